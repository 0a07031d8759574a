/* Folding: which vendor a user of a shared number answers.
 *
 * That a message was sent or delivered says that its vendor wrote to its user, and when. It is noted where several vendors
 * have the number; nobody else's answer needs it. */
#include "core/fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "crypto/sha256.h"
#include "repo/inbox_route.h"

/* How much later than the message from the user the message that it answers can have been sent, when the clocks differ. */
#define SKEW (INT64_C(60) * 1000000)

typedef struct fold_candidate {
    const fold_item *item;
    kl_uuid vendor_id;
    kl_time last_at;
} fold_candidate;

/* Users' numbers and ids are not stored with the routes. */
static bool name_recipient(const char *phone_number_id, const char *user, kl_uuid *out)
{
    uint8_t digest[SHA256_BYTES];
    char text[256];
    size_t first = strnlen(phone_number_id, 100) + 1, second = strnlen(user, 150);
    memcpy(text, phone_number_id, first - 1);
    text[first - 1] = '\n';
    memcpy(text + first, user, second);
    if (!sha256_fast(text, first + second, digest))
        return false;
    memcpy(out, digest, sizeof *out);
    return true;
}

static int compare_routes(const void *a, const void *b)
{
    const inbox_route *left = a, *right = b;
    int order = strcmp(left->phone_number_id, right->phone_number_id);
    if (!order)
        order = uuid_compare(&left->recipient, &right->recipient);
    return order ? order : uuid_compare(&left->vendor_id, &right->vendor_id);
}

/* In the order of the key, each once with its latest time. */
static size_t sort_routes(inbox_route *routes, size_t count)
{
    size_t kept = 0;
    if (count)
        qsort(routes, count, sizeof *routes, compare_routes);
    for (size_t i = 0; i < count; i++) {
        if (!kept || compare_routes(&routes[kept - 1], &routes[i]) != 0)
            routes[kept++] = routes[i];
        else if (routes[i].last_at > routes[kept - 1].last_at)
            routes[kept - 1].last_at = routes[i].last_at;
    }
    return kept;
}

static bool is_noted(const fold_item *item, bool tracked)
{
    return item->placed && !item->is_message && item->tracked == tracked && (item->status == KL_MESSAGE_SENT || item->status == KL_MESSAGE_DELIVERED);
}

/* What is noted and what is asked; asked[i] is about items[i]. */
typedef struct exchange {
    inbox_route *noted, *asked;
    const fold_item **items;
    size_t noted_count, asked_count;
} exchange;

/* A user may be known by number, by id or by both, and answer as either. */
static bool add(exchange *x, const fold_item *item, const char *user)
{
    inbox_route route = {.phone_number_id = item->phone_number_id, .vendor_id = item->vendor_id, .last_at = item->at};
    if (!user)
        return true;
    if (!name_recipient(item->phone_number_id, user, &route.recipient))
        return false;
    if (item->placed) {
        x->noted[x->noted_count++] = route;
    } else {
        x->items[x->asked_count] = item;
        x->asked[x->asked_count++] = route;
    }
    return true;
}

static kl_status prepare(const fold *f, const inbox_owners *owners, bool tracked, exchange *x, kl_error **error)
{
    const char *number = NULL;
    size_t vendors = 0;
    for (size_t i = 0; i < f->count; i++) {
        const fold_item *item = &f->items[i];
        if (item->aside || !(is_noted(item, tracked) || (tracked && fold_open(item))))
            continue;
        if (number != item->phone_number_id) {
            number = item->phone_number_id;
            vendors = fold_owner_count(owners, number);
        }
        if (vendors >= 2 && !(add(x, item, item->mobile) && add(x, item, item->user_id)))
            return error_set(error, KL_ERR_INTERNAL, "a route could not be named");
    }
    x->noted_count = sort_routes(x->noted, x->noted_count);
    return KL_OK;
}

static kl_status trade(fold *f, const inbox_owners *owners, bool tracked, fold_routes *out, kl_error **error)
{
    size_t room = 2 * f->count + 1, count = 0;
    exchange x = {.noted = malloc(room * sizeof *x.noted),
                  .asked = malloc(room * sizeof *x.asked),
                  .items = malloc(room * sizeof *x.items)};
    inbox_candidate *found = NULL;
    kl_status status = x.noted && x.asked && x.items ? prepare(f, owners, tracked, &x, error) : error_memory(error);
    if (!status)
        status = inbox_routes(f->handle->pool, x.noted, x.noted_count, x.asked, x.asked_count, &found, &count, error);
    if (!status && count) {
        out->items = malloc(count * sizeof *out->items);
        if (!out->items)
            status = error_memory(error);
        for (size_t i = 0; !status && i < count; i++)
            if (found[i].place < x.asked_count)
                out->items[out->count++] = (fold_candidate){x.items[found[i].place], found[i].vendor_id, found[i].last_at};
    }
    free(x.noted);
    free(x.asked);
    free(x.items);
    free(found);
    return status;
}

kl_status fold_find_routes(fold *f, const inbox_owners *owners, fold_routes *out, kl_error **error)
{
    *out = (fold_routes){0};
    return trade(f, owners, true, out, error);
}

kl_status fold_note_routes(fold *f, const inbox_owners *owners, kl_error **error)
{
    fold_routes none = {0};
    return trade(f, owners, false, &none, error);
}

void fold_free_routes(fold_routes *routes)
{
    free(routes->items);
    *routes = (fold_routes){0};
}

/* The first candidate of an item. */
static size_t first_of(const fold_routes *routes, const fold_item *item)
{
    size_t low = 0, high = routes->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (routes->items[middle].item < item)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool fold_has_route(const fold_routes *routes, const fold_item *item, const kl_uuid *vendor_id)
{
    for (size_t i = first_of(routes, item); i < routes->count && routes->items[i].item == item; i++)
        if (uuid_compare(&routes->items[i].vendor_id, vendor_id) == 0)
            return true;
    return false;
}

/* Who wrote last before the message; when all wrote again since, who did so first. */
static bool is_better(const fold_candidate *a, const fold_candidate *b, kl_time moment)
{
    bool before = a->last_at <= moment, other_before = b->last_at <= moment;
    if (before != other_before)
        return before;
    return before ? a->last_at > b->last_at : a->last_at < b->last_at;
}

bool fold_last_writer(const fold_routes *routes, const fold_item *item, const inbox_owners *owners, kl_uuid *vendor_id)
{
    const fold_candidate *best = NULL;
    for (size_t i = first_of(routes, item); i < routes->count && routes->items[i].item == item; i++) {
        const fold_candidate *candidate = &routes->items[i];
        if (fold_owns(owners, item->phone_number_id, &candidate->vendor_id) &&
            (!best || is_better(candidate, best, item->at + SKEW)))
            best = candidate;
    }
    if (best)
        *vendor_id = best->vendor_id;
    return best != NULL;
}
