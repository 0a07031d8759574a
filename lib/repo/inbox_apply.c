/* Applying what webhooks say to one vendor: statuses, refunds and messages from users in one transaction. */
#include "repo/inbox.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/uuid.h"
#include "repo/common.h"
#include "sql.h"

enum { STATEMENTS_MAX = 7 };

/* The statements of one transaction, with what they own. */
typedef struct work {
    const kl_uuid *vendor_id;
    pg_statement statements[STATEMENTS_MAX];
    pg_parameters parameters[STATEMENTS_MAX];
    size_t count;
    pg_rows *unknown;
    pg_rows *refunds;
    pg_rows *messages;
} work;

static pg_parameters *add(work *w, const char *sql, pg_rows **rows)
{
    pg_parameters *p = &w->parameters[w->count];
    w->statements[w->count++] = (pg_statement){sql, p, rows, PG_ROLE_SAME};
    return p;
}

static kl_status add_events(work *w, const inbox_change *change, kl_uuid *ids, kl_error **error)
{
    for (size_t i = 0; i < change->event_count; i++)
        ids[i] = change->events[i].message_id;
    record_bind_lock(add(w, sql_record_lock, &w->unknown), w->vendor_id, ids, change->event_count);
    if (!record_bind_apply(add(w, sql_record_apply, NULL), w->vendor_id, change->events, change->event_count))
        return error_memory(error);
    return KL_OK;
}

static kl_status add_refunds(work *w, const inbox_change *change, kl_uuid *ids, kl_error **error)
{
    bool *free_of_charge = malloc((change->event_count + 1) * sizeof *free_of_charge);
    kl_status status = free_of_charge ? KL_OK : error_memory(error);
    size_t count = 0;
    for (size_t i = 0; !status && i < change->event_count; i++) {
        bool is_free = change->free && change->free[i];
        if (change->events[i].status != KL_MESSAGE_FAILED && !is_free)
            continue;
        ids[count] = change->events[i].message_id;
        free_of_charge[count++] = is_free;
    }
    if (!status && count &&
        !record_bind_refund(add(w, sql_record_refund, &w->refunds), w->vendor_id, ids, free_of_charge, count))
        status = error_memory(error);
    free(free_of_charge);
    return status;
}

/* Messages, the windows that they open, and what they say of consent. */
static kl_status add_messages(work *w, const inbox_change *change, kl_error **error)
{
    pg_parameters windows = PG_PARAMETERS_INIT, consent = PG_PARAMETERS_INIT;
    bool enough = inbound_bind_store(add(w, sql_inbound_store, &w->messages), w->vendor_id, change->messages,
                                     change->message_count);
    int opening = inbound_bind_windows(&windows, w->vendor_id, change->messages, change->message_count);
    int saying = inbound_bind_consent(&consent, w->vendor_id, change->messages, change->message_count);
    if (opening > 0)
        *add(w, sql_window_open, NULL) = windows;
    else
        pg_parameters_free(&windows);
    if (saying > 0)
        *add(w, sql_inbound_consent, NULL) = consent;
    else
        pg_parameters_free(&consent);
    return enough && opening >= 0 && saying >= 0 ? KL_OK : error_memory(error);
}

static kl_status read_outcome(const work *w, inbox_outcome *out, kl_error **error)
{
    inbox_outcome found = {.inbound = w->messages ? pg_int8(w->messages, 0, 0) : 0,
                           .refunded = pg_rows_count(w->refunds) ? pg_int8(w->refunds, 0, 0) : 0,
                           .unknown_count = (size_t)pg_rows_count(w->unknown)};
    if (found.unknown_count) {
        found.unknown = malloc(found.unknown_count * sizeof *found.unknown);
        if (!found.unknown)
            return error_memory(error);
        for (size_t i = 0; i < found.unknown_count; i++)
            found.unknown[i] = pg_uuid(w->unknown, (int)i, 0);
    }
    *out = found;
    return KL_OK;
}

kl_status inbox_apply(pg_pool *pool, const kl_uuid *vendor_id, const inbox_change *change, inbox_outcome *out,
                      kl_error **error)
{
    kl_uuid *ids = malloc((change->event_count + 1) * sizeof *ids);
    work *w = calloc(1, sizeof *w);
    kl_status status = ids && w ? KL_OK : error_memory(error);
    if (status)
        goto done;
    w->vendor_id = vendor_id;
    if (change->event_count)
        status = add_events(w, change, ids, error);
    /* The wallet is locked last: contacts are locked by messages, and by failures that say who wants no marketing. */
    if (!status && change->message_count)
        status = add_messages(w, change, error);
    if (!status && change->event_count && !change->without_refund)
        status = add_refunds(w, change, ids, error);
    pg_scope scope = tenant(vendor_id);
    scope.generic_plans = true;
    if (!status && w->count)
        status = pg_pool_transact(pool, &scope, w->statements, w->count, error);
    if (!status)
        status = read_outcome(w, out, error);
done:
    for (size_t i = 0; w && i < w->count; i++)
        pg_parameters_free(&w->parameters[i]);
    if (w) {
        pg_rows_free(w->refunds);
        pg_rows_free(w->unknown);
        pg_rows_free(w->messages);
    }
    free(w);
    free(ids);
    return status;
}
