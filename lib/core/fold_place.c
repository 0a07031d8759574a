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

/* Up to so many vendors of a number are all asked for a wamid; of more, those who wrote to the user. */
enum { ASKED_VENDORS = 8 };

static int compare_owners(const void *a, const void *b)
{
    const inbox_owner *left = a, *right = b;
    int order = strcmp(left->phone_number_id, right->phone_number_id);
    return order ? order : uuid_compare(&left->vendor_id, &right->vendor_id);
}

bool fold_owns(const inbox_owners *owners, const char *phone_number_id, const kl_uuid *vendor_id)
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

size_t fold_owner_count(const inbox_owners *owners, const char *phone_number_id)
{
    size_t count;
    owners_of(owners, phone_number_id, &count);
    return count;
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
        item->waits = true;
    } else if (item->tracked) {
        item->placed = fold_owns(owners, item->phone_number_id, &item->vendor_id);
        if (!item->placed)
            item->aside = "the message's vendor does not have this phone number id";
    } else if (item->is_message && count == 1) {
        item->vendor_id = first->vendor_id;
        item->placed = true;
    }
}

static int compare_ids(const void *a, const void *b)
{
    return uuid_compare(a, b);
}

static const char *asked_wamid(const fold_item *item)
{
    return item->is_message ? item->context_wamid : item->wamid;
}

static bool is_asked(const fold *f, const fold_item *item, const inbox_owners *owners, const fold_routes *routes,
                     const kl_uuid *vendor_id)
{
    return fold_open(item) && asked_wamid(item) && fold_owns(owners, item->phone_number_id, vendor_id) &&
           (f->every_vendor || fold_owner_count(owners, item->phone_number_id) <= ASKED_VENDORS ||
            fold_has_route(routes, item, vendor_id));
}

/* Room for one vendor's questions. */
typedef struct question {
    fold_item **items;
    const char **wamids;
    kl_uuid *ids;
} question;

static kl_status ask(fold *f, const inbox_owners *owners, const fold_routes *routes, const kl_uuid *vendor_id, question *q,
                     kl_error **error)
{
    size_t count = 0;
    for (size_t i = 0; i < f->count; i++) {
        if (is_asked(f, &f->items[i], owners, routes, vendor_id)) {
            q->items[count] = &f->items[i];
            q->wamids[count++] = asked_wamid(&f->items[i]);
        }
    }
    kl_status status = count ? inbox_find_messages(f->handle->pool, vendor_id, q->wamids, count, q->ids, error) : KL_OK;
    for (size_t i = 0; !status && i < count; i++) {
        if (uuid_is_nil(&q->ids[i]))
            continue;
        q->items[i]->vendor_id = *vendor_id;
        q->items[i]->message_id = q->ids[i];
        q->items[i]->placed = true;
    }
    return status;
}

/* By wamid: asks the vendors who have the numbers of the open items. */
static kl_status place_by_wamid(fold *f, const inbox_owners *owners, const fold_routes *routes, size_t open, kl_error **error)
{
    question q = {malloc((open + 1) * sizeof *q.items), malloc((open + 1) * sizeof *q.wamids),
                  malloc((open + 1) * sizeof *q.ids)};
    kl_uuid *vendors = malloc((owners->count + 1) * sizeof *vendors);
    kl_status status = q.items && q.wamids && q.ids && vendors ? KL_OK : error_memory(error);
    for (size_t i = 0; !status && i < owners->count; i++)
        vendors[i] = owners->items[i].vendor_id;
    if (!status && owners->count)
        qsort(vendors, owners->count, sizeof *vendors, compare_ids);
    for (size_t v = 0; !status && v < owners->count; v++)
        if (!v || uuid_compare(&vendors[v - 1], &vendors[v]) != 0)
            status = ask(f, owners, routes, &vendors[v], &q, error);
    free(q.items);
    free(q.wamids);
    free(q.ids);
    free(vendors);
    return status;
}

/* What neither tracker nor wamid decided: a message from a user goes to whoever wrote to the user last. */
static void settle(fold_item *item, const inbox_owners *owners, const fold_routes *routes)
{
    if (!fold_open(item))
        return;
    if (item->is_message && fold_last_writer(routes, item, owners, &item->vendor_id)) {
        item->placed = true;
        return;
    }
    item->waits = true;
    item->aside = item->is_message ? "no vendor who shares this phone number id wrote to the sender"
                                   : "no account with this phone number id knows the message";
}

static void uuid_at(int64_t seconds, kl_uuid *out)
{
    uint64_t milliseconds = seconds < 0 ? 0 : (uint64_t)seconds * 1000;
    memset(out, 0, sizeof *out);
    for (int i = 0; i < 6; i++)
        out->bytes[i] = (uint8_t)(milliseconds >> (40 - 8 * i));
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

static size_t count_open(const fold *f)
{
    size_t open = 0;
    for (size_t i = 0; i < f->count; i++)
        open += fold_open(&f->items[i]);
    return open;
}

kl_status fold_place(fold *f, kl_error **error)
{
    inbox_owners owners = {0};
    fold_routes routes = {0};
    kl_status status = find_owners(f, &owners, error);
    for (size_t i = 0; !status && i < f->count; i++)
        if (!f->items[i].aside)
            place_by_number(&f->items[i], &owners);
    if (!status)
        status = fold_find_routes(f, &owners, &routes, error);
    size_t open = count_open(f);
    if (!status && open)
        status = place_by_wamid(f, &owners, &routes, open, error);
    if (!status && open)
        status = fold_note_routes(f, &owners, error);
    for (size_t i = 0; !status && i < f->count; i++) {
        fold_item *item = &f->items[i];
        settle(item, &owners, &routes);
        if (item->is_message && item->placed && !name_message(item))
            status = error_set(error, KL_ERR_INTERNAL, "a message could not be named");
    }
    fold_free_routes(&routes);
    inbox_owners_free(&owners);
    return status;
}
