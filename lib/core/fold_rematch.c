/* Folding: items whose message or vendor was not known go through all the steps once more.
 *
 * A status can come before its account is registered, or be about a message of another system that uses the number. The
 * item's own bytes were kept; in an envelope of their own they are read like any other body. */
#include "core/fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "repo/inbox_aside.h"

static void put_envelope(buffer *b, const inbox_due_item *item)
{
    buffer_text(b, "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"0\",\"changes\":[{\"field\":\"messages\","
                   "\"value\":{\"metadata\":{\"phone_number_id\":");
    buffer_json_string(b, item->phone_number_id, strlen(item->phone_number_id));
    buffer_text(b, item->is_message ? "},\"messages\":[" : "},\"statuses\":[");
    buffer_append(b, item->bytes, item->length);
    buffer_text(b, "]}}]}]}");
}

/* A body an item, in the same order; their bytes are in *bytes. */
static kl_status make_bodies(fold *f, const inbox_due *due, buffer *bytes, kl_error **error)
{
    inbox_body *items = calloc(due->count + 1, sizeof *items);
    if (!items)
        return error_memory(error);
    f->bodies.items = items;
    for (size_t i = 0; i < due->count; i++) {
        items[i].length = bytes->length;
        put_envelope(bytes, &due->items[i]);
    }
    if (bytes->broken)
        return error_memory(error);
    for (size_t i = 0; i < due->count; i++) {
        size_t start = items[i].length, end = i + 1 < due->count ? items[i + 1].length : bytes->length;
        items[i] = (inbox_body){.id = due->items[i].id, .bytes = bytes->data + start, .length = end - start};
    }
    f->bodies.count = due->count;
    return KL_OK;
}

/* What is neither done nor set aside comes again by itself: its next time is set already. */
static kl_status settle(fold *f, kl_fold_report *report, kl_error **error)
{
    int64_t *ids = malloc((3 * f->count + 1) * sizeof *ids), expired = 0;
    const char **reasons = malloc((f->count + 1) * sizeof *reasons);
    size_t matched = 0, wrong = 0, waiting = 0;
    kl_status status = ids && reasons ? KL_OK : error_memory(error);
    for (size_t i = 0; !status && i < f->count; i++) {
        const fold_item *item = &f->items[i];
        int64_t id = f->bodies.items[item->body].id;
        if (item->done) {
            ids[matched++] = id;
        } else if (item->aside && !item->waits) {
            ids[f->count + wrong] = id;
            reasons[wrong++] = item->aside;
        } else if (item->aside) {
            ids[2 * f->count + waiting++] = id;
        }
    }
    if (!status)
        status = inbox_settle_due(f->handle->pool, ids, matched, ids + f->count, reasons, wrong, ids + 2 * f->count, waiting,
                                  &expired, error);
    if (!status) {
        report->matched += (int64_t)matched;
        report->set_aside += (int64_t)wrong;
        report->foreign += expired;
    }
    free(ids);
    free(reasons);
    return status;
}

kl_status fold_rematch(kl *handle, int limit, kl_fold_report *report, kl_error **error)
{
    fold f = {.handle = handle, .every_vendor = true};
    inbox_due due;
    buffer bytes = BUFFER_INIT;
    kl_status status = inbox_lease_due(handle->pool, limit, &due, error);
    if (!status && due.count) {
        status = make_bodies(&f, &due, &bytes, error);
        if (!status)
            status = fold_bodies(&f, error);
        if (f.collected) {
            kl_status settled = settle(&f, report, status ? NULL : error);
            if (!status)
                status = settled;
            report->statuses += f.report.statuses;
            report->inbound += f.report.inbound;
            report->refunded += f.report.refunded;
        }
    }
    fold_free(&f);
    free(f.bodies.items);
    buffer_free(&bytes);
    inbox_due_free(&due);
    return status;
}
