/* Applying what webhooks say to one vendor: statuses, refunds and messages from users in one transaction. */
#include "repo/inbox.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/uuid.h"
#include "repo/common.h"
#include "sql.h"

enum { STATEMENTS_MAX = 5 };

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
    size_t failed = 0;
    for (size_t i = 0; i < change->event_count; i++)
        if (change->events[i].status == KL_MESSAGE_FAILED)
            ids[failed++] = change->events[i].message_id;
    if (failed && !record_bind_refund(add(w, sql_record_refund, &w->refunds), w->vendor_id, ids, NULL, failed))
        return error_memory(error);
    return KL_OK;
}

static kl_status add_messages(work *w, const inbox_change *change, kl_uuid *ids, kl_error **error)
{
    size_t count = change->message_count;
    const char **texts = malloc((count + 1) * sizeof *texts);
    kl_time *times = malloc((count + 1) * sizeof *times);
    kl_status status = texts && times ? KL_OK : error_memory(error);
    if (!status) {
        for (size_t i = 0; i < count; i++) {
            uuid_generate(&ids[i]);
            texts[i] = change->messages[i].mobile;
            times[i] = change->messages[i].at;
        }
        pg_parameters *contacts = add(w, sql_inbox_contacts, NULL);
        pg_bind_uuid(contacts, w->vendor_id);
        pg_bind_uuid_array(contacts, ids, count);
        pg_bind_text_array(contacts, texts, count);
        pg_parameters *messages = add(w, sql_inbox_messages, &w->messages);
        for (size_t i = 0; i < count; i++)
            ids[i] = change->messages[i].id;
        pg_bind_uuid(messages, w->vendor_id);
        pg_bind_uuid_array(messages, ids, count);
        pg_bind_text_array(messages, texts, count);
        for (size_t i = 0; i < count; i++)
            texts[i] = change->messages[i].wamid;
        pg_bind_text_array(messages, texts, count);
        for (size_t i = 0; i < count; i++)
            texts[i] = change->messages[i].content;
        pg_bind_text_array(messages, texts, count);
        pg_bind_time_array(messages, times, count);
    }
    free(texts);
    free(times);
    return status;
}

static kl_status read_outcome(const work *w, inbox_outcome *out, kl_error **error)
{
    inbox_outcome found = {.inbound = w->messages ? pg_rows_affected(w->messages) : 0,
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
    size_t most = change->event_count > change->message_count ? change->event_count : change->message_count;
    kl_uuid *ids = malloc((most + 1) * sizeof *ids);
    work *w = calloc(1, sizeof *w);
    kl_status status = ids && w ? KL_OK : error_memory(error);
    if (status)
        goto done;
    w->vendor_id = vendor_id;
    if (change->event_count)
        status = add_events(w, change, ids, error);
    if (!status && change->event_count && !change->without_refund)
        status = add_refunds(w, change, ids, error);
    if (!status && change->message_count)
        status = add_messages(w, change, ids, error);
    pg_scope scope = tenant(vendor_id);
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
