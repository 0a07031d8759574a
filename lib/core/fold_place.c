/* Folding, second step: which vendor an item belongs to, and which message a status update is about.
 *
 * A body names a phone number, and the directory says which vendors have it: nobody else's rows are ever touched
 * because of that body. An authentic tracker names vendor and message; without one the wamid is looked up. */
#include "core/fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "crypto/hmac.h"

/* How long before a message from a user the message that it may answer can have been enqueued, and how much later when
 * the clocks differ. */
#define ANSWER_SECONDS INT64_C(2592000)
#define SKEW_SECONDS INT64_C(60)

static int compare_owners(const void *a, const void *b)
{
    const inbox_owner *left = a, *right = b;
    int order = strcmp(left->phone_number_id, right->phone_number_id);
    return order ? order : uuid_compare(&left->vendor_id, &right->vendor_id);
}

static bool owns(const inbox_owners *owners, const char *phone_number_id, const kl_uuid *vendor_id)
{
    inbox_owner wanted = {phone_number_id, *vendor_id};
    return owners->count && bsearch(&wanted, owners->items, owners->count, sizeof wanted, compare_owners);
}

/* The run of a number's owners. */
static const inbox_owner *owners_of(const inbox_owners *owners, const char *phone_number_id, size_t *count)
{
    size_t low = 0, high = owners->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(owners->items[middle].phone_number_id, phone_number_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *count = 0;
    while (low + *count < owners->count && strcmp(owners->items[low + *count].phone_number_id, phone_number_id) == 0)
        ++*count;
    return owners->items + low;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static kl_status find_owners(fold *f, inbox_owners *owners, kl_error **error)
{
    const char **numbers = malloc((f->count + 1) * sizeof *numbers);
    size_t count = 0, kept = 0;
    if (!numbers)
        return error_memory(error);
    for (size_t i = 0; i < f->count; i++) {
        const char *number = f->items[i].phone_number_id;
        if (!f->items[i].aside && (!count || numbers[count - 1] != number))
            numbers[count++] = number;
    }
    if (count)
        qsort(numbers, count, sizeof *numbers, compare_texts);
    for (size_t i = 0; i < count; i++)
        if (!kept || strcmp(numbers[kept - 1], numbers[i]) != 0)
            numbers[kept++] = numbers[i];
    kl_status status = kept ? inbox_find_owners(f->handle->pool, numbers, kept, owners, error) : KL_OK;
    free(numbers);
    return status;
}

/* What the directory alone decides. */
static void place_by_number(fold_item *item, const inbox_owners *owners)
{
    size_t count;
    const inbox_owner *first = owners_of(owners, item->phone_number_id, &count);
    if (!count) {
        item->aside = "no account has this phone number id";
    } else if (item->tracked) {
        item->placed = owns(owners, item->phone_number_id, &item->vendor_id);
        if (!item->placed)
            item->aside = "the message's vendor does not have this phone number id";
    } else if (item->is_message && count == 1) {
        item->vendor_id = first->vendor_id;
        item->placed = true;
    }
}

static bool open_item(const fold_item *item)
{
    return !item->aside && !item->placed;
}

static void uuid_at(int64_t seconds, kl_uuid *out)
{
    uint64_t milliseconds = seconds < 0 ? 0 : (uint64_t)seconds * 1000;
    memset(out, 0, sizeof *out);
    for (int i = 0; i < 6; i++)
        out->bytes[i] = (uint8_t)(milliseconds >> (40 - 8 * i));
}

/* What one vendor is asked, with room for `count` items of each kind. */
typedef struct question {
    inbox_question asked;
    fold_item **by_wamid, **by_mobile;
} question;

static void question_free(question *q)
{
    free(q->asked.wamids);
    free(q->asked.wamid_ids);
    free(q->asked.mobiles);
    free(q->asked.low);
    free(q->asked.high);
    free(q->asked.mobile_ids);
    free(q->by_wamid);
    free(q->by_mobile);
}

static bool question_make(question *q, size_t count)
{
    inbox_question *a = &q->asked;
    *q = (question){0};
    count++;
    a->wamids = malloc(count * sizeof *a->wamids);
    a->wamid_ids = malloc(count * sizeof *a->wamid_ids);
    a->mobiles = malloc(count * sizeof *a->mobiles);
    a->low = malloc(count * sizeof *a->low);
    a->high = malloc(count * sizeof *a->high);
    a->mobile_ids = malloc(count * sizeof *a->mobile_ids);
    q->by_wamid = malloc(count * sizeof(fold_item *));
    q->by_mobile = malloc(count * sizeof(fold_item *));
    return a->wamids && a->wamid_ids && a->mobiles && a->low && a->high && a->mobile_ids && q->by_wamid && q->by_mobile;
}

static void ask(question *q, fold_item *item)
{
    inbox_question *a = &q->asked;
    const char *wamid = item->is_message ? item->context_wamid : item->wamid;
    if (wamid) {
        q->by_wamid[a->wamid_count] = item;
        a->wamids[a->wamid_count++] = wamid;
    }
    if (item->is_message) {
        uuid_at(item->at / 1000000 - ANSWER_SECONDS, &a->low[a->mobile_count]);
        uuid_at(item->at / 1000000 + SKEW_SECONDS, &a->high[a->mobile_count]);
        q->by_mobile[a->mobile_count] = item;
        a->mobiles[a->mobile_count++] = item->mobile;
    }
}

/* A wamid decides; of the vendors who wrote to the number, the last one is remembered in the item for the end. */
static void hear(const question *q, const kl_uuid *vendor_id)
{
    const inbox_question *a = &q->asked;
    for (size_t i = 0; i < a->wamid_count; i++) {
        fold_item *item = q->by_wamid[i];
        if (uuid_is_nil(&a->wamid_ids[i]) || item->placed)
            continue;
        item->vendor_id = *vendor_id;
        item->message_id = a->wamid_ids[i];
        item->placed = true;
    }
    for (size_t i = 0; i < a->mobile_count; i++) {
        fold_item *item = q->by_mobile[i];
        if (item->placed || uuid_compare(&a->mobile_ids[i], &item->message_id) <= 0)
            continue;
        item->vendor_id = *vendor_id;
        item->message_id = a->mobile_ids[i];
    }
}

static int compare_ids(const void *a, const void *b)
{
    return uuid_compare(a, b);
}

/* Asks every vendor that has the number of an open item. */
static kl_status place_by_content(fold *f, const inbox_owners *owners, size_t open, kl_error **error)
{
    question q;
    kl_uuid *vendors = malloc((owners->count + 1) * sizeof *vendors);
    kl_status status = question_make(&q, open) && vendors ? KL_OK : error_memory(error);
    for (size_t i = 0; !status && i < owners->count; i++)
        vendors[i] = owners->items[i].vendor_id;
    if (!status && owners->count)
        qsort(vendors, owners->count, sizeof *vendors, compare_ids);
    for (size_t v = 0; !status && v < owners->count; v++) {
        if (v && uuid_compare(&vendors[v - 1], &vendors[v]) == 0)
            continue;
        q.asked.wamid_count = q.asked.mobile_count = 0;
        for (size_t i = 0; i < f->count; i++)
            if (open_item(&f->items[i]) && owns(owners, f->items[i].phone_number_id, &vendors[v]))
                ask(&q, &f->items[i]);
        status = inbox_find_messages(f->handle->pool, &vendors[v], &q.asked, error);
        if (!status)
            hear(&q, &vendors[v]);
    }
    question_free(&q);
    free(vendors);
    return status;
}

static void settle(fold_item *item)
{
    if (!open_item(item))
        return;
    if (!item->is_message)
        item->aside = "no account with this phone number id knows the message";
    else if (uuid_is_nil(&item->message_id))
        item->aside = "no vendor who shares this phone number id wrote to the sender";
    else
        item->placed = true;
}

/* The same version 7 UUID whenever the message is folded: its time, and bits that depend on vendor and wamid. */
static bool name_message(fold_item *item)
{
    uint8_t digest[SHA256_BYTES], text[sizeof(kl_uuid) + 1024];
    size_t length = strnlen(item->wamid, sizeof text - sizeof(kl_uuid));
    memcpy(text, item->vendor_id.bytes, sizeof(kl_uuid));
    memcpy(text + sizeof(kl_uuid), item->wamid, length);
    if (!sha256(text, sizeof(kl_uuid) + length, digest))
        return false;
    uuid_at(item->at / 1000000, &item->message_id);
    memcpy(item->message_id.bytes + 6, digest, 10);
    item->message_id.bytes[6] = 0x70 | (digest[0] & 0x0f);
    item->message_id.bytes[8] = 0x80 | (digest[2] & 0x3f);
    return true;
}

kl_status fold_place(fold *f, kl_error **error)
{
    inbox_owners owners = {0};
    size_t open = 0;
    kl_status status = find_owners(f, &owners, error);
    for (size_t i = 0; !status && i < f->count; i++) {
        if (!f->items[i].aside)
            place_by_number(&f->items[i], &owners);
        open += open_item(&f->items[i]);
    }
    if (!status && open)
        status = place_by_content(f, &owners, open, error);
    for (size_t i = 0; !status && i < f->count; i++) {
        fold_item *item = &f->items[i];
        settle(item);
        if (item->is_message && item->placed && !name_message(item))
            status = error_set(error, KL_ERR_INTERNAL, "a message could not be named");
    }
    inbox_owners_free(&owners);
    return status;
}
