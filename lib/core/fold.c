/* Folding: leases bodies, runs the steps over them and marks them as folded. */
#include "core/fold.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/uuid.h"
#include "repo/event.h"
#include "repo/inbox_aside.h"

/* Bodies of one round, and how long it may take before somebody else tries: bounds memory, not the work of a call. */
enum { ROUND_BODIES = 1000, ROUND_BYTES = 8 * 1024 * 1024, LEASE_SECONDS = 60, REMATCH_MS = 1000, REMATCH_ITEMS = 2000 };

static void add_report(kl_fold_report *sum, const kl_fold_report *more)
{
    sum->bodies += more->bodies;
    sum->statuses += more->statuses;
    sum->inbound += more->inbound;
    sum->other += more->other;
    sum->set_aside += more->set_aside;
    sum->refunded += more->refunded;
    sum->unmatched += more->unmatched;
}

static void keep_aside(const fold *f, const fold_item *item, inbox_aside *out)
{
    *out = (inbox_aside){.inbox_id = f->bodies.items[item->body].id,
                         .ordinal = item->ordinal,
                         .reason = item->aside,
                         .item = item->raw.bytes,
                         .length = item->raw.length,
                         .waits = item->waits,
                         .phone_number_id = item->phone_number_id,
                         .is_message = item->is_message};
}

/* Bodies of which something could not be applied keep their lease, so that those behind them come first now. */
static kl_status finish(fold *f, kl_error **error)
{
    size_t bodies = f->bodies.count, ids = 0, asides = 0, waiting = 0;
    bool *open = calloc(bodies + 1, sizeof *open), again = false;
    int64_t *folded = malloc((bodies + 1) * sizeof *folded);
    inbox_aside *kept = malloc((f->count + 1) * sizeof *kept);
    kl_status status = open && folded && kept ? KL_OK : error_memory(error);
    if (status)
        goto done;
    for (size_t i = 0; i < f->count; i++)
        open[f->items[i].body] |= !f->items[i].done && !f->items[i].aside;
    for (size_t i = 0; i < bodies; i++) {
        if (open[i])
            continue;
        folded[ids++] = f->bodies.items[i].id;
        again |= f->bodies.items[i].replayed;
    }
    for (size_t i = 0; i < f->count; i++) {
        if (!f->items[i].aside || open[f->items[i].body])
            continue;
        waiting += f->items[i].waits;
        keep_aside(f, &f->items[i], &kept[asides++]);
    }
    if (ids)
        status = inbox_finish(f->handle->pool, folded, ids, kept, asides, FOLD_WAIT_SECONDS, again, error);
    if (!status) {
        f->report.bodies += (int64_t)ids;
        f->report.set_aside += (int64_t)(asides - waiting);
        f->report.unmatched += (int64_t)waiting;
    }
done:
    free(open);
    free(folded);
    free(kept);
    return status;
}

/* A worker that stops for want of a server or memory does not let the next one wait for its lease. */
static void give_back(const fold *f)
{
    int64_t *ids = malloc((f->bodies.count + 1) * sizeof *ids);
    for (size_t i = 0; ids && i < f->bodies.count; i++)
        ids[i] = f->bodies.items[i].id;
    if (ids && f->bodies.count)
        inbox_release(f->handle->pool, ids, f->bodies.count, NULL);
    free(ids);
}

void fold_free(fold *f)
{
    fold_free_texts(f);
    free(f->items);
    fold_free_extras(f);
}

kl_status fold_bodies(fold *f, kl_error **error)
{
    f->learns = fold_learning_is_due(f->handle);
    kl_status status = fold_collect(f, error);
    if (!status)
        status = fold_learn_numbers(f, error);
    if (!status)
        status = fold_place(f, error);
    f->collected = !status;
    if (!status)
        status = fold_apply(f, error);
    if (!status || (f->collected && fold_trouble_of_one(status))) {
        kl_status extras = fold_apply_extras(f, status ? NULL : error);
        status = status ? status : extras;
    }
    return status;
}

static int compare_ids(const void *a, const void *b)
{
    return uuid_compare(a, b);
}

/* Readers of the event feed need not wait until they look again. That a vendor is not woken does no other harm. */
static void wake_readers(const fold *f)
{
    kl_uuid *vendors = malloc((f->count + 1) * sizeof *vendors);
    size_t count = 0, kept = 0;
    for (size_t i = 0; vendors && i < f->count; i++)
        if (f->items[i].done && (!count || uuid_compare(&vendors[count - 1], &f->items[i].vendor_id) != 0))
            vendors[count++] = f->items[i].vendor_id;
    if (count)
        qsort(vendors, count, sizeof *vendors, compare_ids);
    for (size_t i = 0; i < count; i++)
        if (!kept || uuid_compare(&vendors[kept - 1], &vendors[i]) != 0)
            vendors[kept++] = vendors[i];
    if (kept)
        event_wake(f->handle->pool, vendors, kept, NULL);
    free(vendors);
}

/* One round; *bodies is how many were leased. */
static kl_status run_round(kl *handle, int limit, kl_fold_report *report, size_t *bodies, kl_error **error)
{
    fold f = {.handle = handle};
    kl_status status = inbox_lease(handle->pool, limit, ROUND_BYTES, LEASE_SECONDS, &f.bodies, error);
    *bodies = f.bodies.count;
    if (!status && f.bodies.count) {
        status = fold_bodies(&f, error);
        if (f.collected) {
            kl_status finished = finish(&f, status ? NULL : error);
            if (!status)
                status = finished;
            wake_readers(&f);
        }
        if (status && !(f.collected && fold_trouble_of_one(status)))
            give_back(&f);
        add_report(report, &f.report);
        metrics_add(&handle->metrics, METRIC_webhooks_folded, f.report.bodies);
        metrics_add(&handle->metrics, METRIC_webhook_updates, f.report.statuses + f.report.inbound + f.report.other);
        metrics_add(&handle->metrics, METRIC_webhooks_set_aside, f.report.set_aside);
    }
    fold_free(&f);
    inbox_bodies_free(&f.bodies);
    return status;
}

/* Asking costs a round trip, and nothing waits for less than ten seconds: once a second is enough, whoever folds. */
static bool rematch_is_due(kl *handle)
{
    int64_t now = clock_monotonic_ms();
    long long last = atomic_load(&handle->rematched_ms);
    return now - last >= REMATCH_MS && atomic_compare_exchange_strong(&handle->rematched_ms, &last, now);
}

kl_status fold_run(kl *handle, int limit, kl_fold_report *report, kl_error **error)
{
    kl_status status = handle_need_keys(handle, error);
    size_t bodies = 1;
    while (!status && limit > 0 && bodies) {
        status = run_round(handle, limit < ROUND_BODIES ? limit : ROUND_BODIES, report, &bodies, error);
        limit -= (int)bodies;
    }
    if (!status && rematch_is_due(handle))
        status = fold_rematch(handle, REMATCH_ITEMS, report, error);
    return status;
}
