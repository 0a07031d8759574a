/* Folding, third step: what was placed is applied, a vendor at a time and in parts that are one transaction each. */
#include "core/fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"

/* Items of one transaction. */
enum { PART_ITEMS = 4096 };

/* By vendor, so that each is one run; then by message, so that those of a campaign are. */
static int compare_items(const void *a, const void *b)
{
    const fold_item *left = *(fold_item *const *)a, *right = *(fold_item *const *)b;
    int order = uuid_compare(&left->vendor_id, &right->vendor_id);
    if (!order)
        order = left->is_message - right->is_message;
    if (!order)
        order = uuid_compare(&left->message_id, &right->message_id);
    return order ? order : (left > right) - (left < right);
}

static bool is_unknown(const inbox_outcome *outcome, const kl_uuid *id)
{
    for (size_t low = 0, high = outcome->unknown_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        int order = uuid_compare(&outcome->unknown[middle], id);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static void account(fold *f, fold_item *const *items, size_t count, const inbox_outcome *outcome)
{
    for (size_t i = 0; i < count; i++) {
        if (!items[i]->is_message && is_unknown(outcome, &items[i]->message_id)) {
            items[i]->aside = "the vendor has no such message";
            continue;
        }
        items[i]->done = true;
        f->report.statuses += !items[i]->is_message;
    }
    f->report.inbound += outcome->inbound;
    f->report.refunded += outcome->refunded;
}

/* One transaction: all of the items or none. */
static kl_status apply(fold *f, fold_item *const *items, size_t count, bool without_refund, kl_error **error)
{
    record_event *events = malloc((count + 1) * sizeof *events);
    inbound_message *messages = malloc((count + 1) * sizeof *messages);
    bool *free_of_charge = malloc((count + 1) * sizeof *free_of_charge);
    inbox_change change = {.events = events, .free = free_of_charge, .messages = messages, .without_refund = without_refund};
    inbox_outcome outcome = {0};
    kl_status status = events && messages && free_of_charge ? KL_OK : error_memory(error);
    for (size_t i = 0; !status && i < count; i++) {
        fold_item *item = items[i];
        if (!item->is_message) {
            free_of_charge[change.event_count] = item->free;
            events[change.event_count++] = (record_event){item->message_id, item->wamid,      item->status,
                                                          item->at,         item->error_code, item->error_text};
            continue;
        }
        if (!item->content && !(item->content = fold_text(f, item->raw.bytes, item->raw.length)))
            status = error_memory(error);
        inbound_message *message = &messages[change.message_count++];
        *message = f->inbound[item->inbound];
        message->id = item->message_id;
        message->wamid = item->wamid;
        message->phone_number_id = item->phone_number_id;
        message->content = item->content;
        message->context_wamid = item->context_wamid;
        message->at = item->at;
    }
    if (!status && change.message_count)
        status = fold_hear_consent(f, &items[0]->vendor_id, messages, change.message_count, error);
    if (!status)
        status = inbox_apply(f->handle->pool, &items[0]->vendor_id, &change, &outcome, error);
    if (!status)
        account(f, items, count, &outcome);
    free(outcome.unknown);
    free(events);
    free(messages);
    free(free_of_charge);
    return status;
}

/* Whether the server refused what was written, and not the writing: data exceptions, constraints, limits. */
bool fold_is_about_data(const kl_error *why)
{
    const char *sqlstate = kl_error_sqlstate(why);
    return strncmp(sqlstate, "22", 2) == 0 || strncmp(sqlstate, "23", 2) == 0 || strncmp(sqlstate, "54", 2) == 0;
}

/* The one item that spoils a part. What it says of a message holds also when a refund does not fit into the wallet. */
static kl_status put_aside(fold *f, fold_item *item, const kl_error *why, kl_error **error)
{
    kl_status status = KL_OK;
    if (kl_error_status(why) == KL_ERR_LIMIT && !item->is_message)
        status = apply(f, &item, 1, true, error);
    if (!status && item->done) {
        f->report.statuses--;
        item->done = false;
    }
    if (!status)
        item->aside = fold_text(f, kl_error_message(why), strlen(kl_error_message(why)));
    return status || item->aside ? status : error_memory(error);
}

/* Applies items of one vendor; those that are refused are found by halving. */
static kl_status apply_part(fold *f, fold_item **items, size_t count, kl_error **error)
{
    kl_error *why = NULL;
    kl_status status = apply(f, items, count, false, &why);
    if (status && fold_is_about_data(why)) {
        if (count == 1) {
            status = put_aside(f, items[0], why, error);
        } else {
            status = apply_part(f, items, count / 2, error);
            if (!status)
                status = apply_part(f, items + count / 2, count - count / 2, error);
        }
    } else if (status) {
        error_set_sqlstate(error, status, kl_error_sqlstate(why), "%s", kl_error_message(why));
    }
    kl_error_free(why);
    return status;
}

/* How many of the items make the next part. */
static size_t part_of(fold_item *const *items, size_t count)
{
    size_t end = 1;
    while (end < count && end < PART_ITEMS && uuid_compare(&items[end]->vendor_id, &items[0]->vendor_id) == 0)
        end++;
    return end;
}

bool fold_trouble_of_one(kl_status status)
{
    return status == KL_ERR_TIMEOUT || status == KL_ERR_SERIALIZATION;
}

kl_status fold_apply(fold *f, kl_error **error)
{
    fold_item **items = malloc((f->count + 1) * sizeof *items);
    kl_status first = items ? KL_OK : error_memory(error);
    size_t count = 0;
    bool stop = first;
    for (size_t i = 0; items && i < f->count; i++)
        if (f->items[i].placed && !f->items[i].aside)
            items[count++] = &f->items[i];
    if (count)
        qsort(items, count, sizeof *items, compare_items);
    for (size_t at = 0; at < count && !stop;) {
        size_t part = part_of(items + at, count - at);
        kl_status status = apply_part(f, items + at, part, error);
        if (!first)
            first = status;
        stop = status && !fold_trouble_of_one(status);
        at += part;
    }
    free(items);
    return first;
}
