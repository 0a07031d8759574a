/* Repository of batches: lease, intent, results. */
#include "repo/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "repo/common.h"
#include "sql.h"

kl_status batch_lease_next(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                           const kl_uuid *lease_token, int lease_ms, batch_lease *out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    kl_uuid debit_id;
    uuid_generate(&debit_id);
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, campaign_id);
    pg_bind_uuid(&p, lease_token);
    pg_bind_int4(&p, lease_ms);
    pg_bind_uuid(&p, &debit_id);
    pg_scope scope = tenant(vendor_id);
    kl_status status = common_query(pool, &scope, sql_batch_claim, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("campaign", error);
    if (status) {
        pg_rows_free(rows);
        return status;
    }
    *out = (batch_lease){
        .rows = rows,
        .campaign_status = pg_text(rows, 0, 0),
        .template_name = pg_text(rows, 0, 1),
        .template_language = pg_text(rows, 0, 2),
        .named = strcmp(pg_text(rows, 0, 3), "NAMED") == 0,
        .names_column = 4,
        .places_column = 12,
        .waba_account_id = pg_uuid(rows, 0, 5),
        .phone_number_id = pg_text(rows, 0, 6),
        .category = pg_text(rows, 0, 7),
        .leased = !pg_is_null(rows, 0, 8),
        .no = pg_int4(rows, 0, 8),
        .first_message_id = pg_uuid(rows, 0, 9),
        .size = pg_int4(rows, 0, 10),
        .started = pg_int4(rows, 0, 11),
        .opens_at = pg_is_null(rows, 0, 13) ? 0 : pg_time(rows, 0, 13),
    };
    return KL_OK;
}

kl_status batch_recipients(pg_pool *pool, const batch_key *key, const kl_uuid *first, const kl_uuid *last, pg_rows **rows,
                           kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, &key->vendor_id);
    pg_bind_uuid(&p, first);
    pg_bind_uuid(&p, last);
    pg_bind_uuid(&p, &key->campaign_id);
    pg_bind_int4(&p, key->no);
    pg_scope scope = tenant_reading(&key->vendor_id);
    return common_query(pool, &scope, sql_batch_recipients, &p, rows, error);
}

static void bind_key(pg_parameters *p, const batch_key *key)
{
    pg_bind_uuid(p, &key->vendor_id);
    pg_bind_uuid(p, &key->campaign_id);
    pg_bind_int4(p, key->no);
}

/* The lost messages that `rows` lists become UNKNOWN; ends the transaction. */
static kl_status commit_unknown(pg_connection *c, const batch_key *key, const pg_rows *rows, kl_error **error)
{
    size_t count = (size_t)pg_rows_count(rows);
    record_event *events = calloc(count + 1, sizeof *events);
    record_statements s = {.count = 0};
    kl_status status = events ? KL_OK : error_memory(error);
    for (size_t i = 0; !status && i < count; i++)
        events[i] = (record_event){.message_id = pg_uuid(rows, (int)i, 0), .status = KL_MESSAGE_UNKNOWN};
    if (!status)
        status = record_statements_make(&s, &key->vendor_id, &(record_change){.events = events, .event_count = count}, error);
    if (!status)
        status = pg_commit_with(c, s.statements, s.count, error);
    else
        pg_rollback(c);
    record_statements_free(&s);
    free(events);
    return status;
}

kl_status batch_recover(pg_pool *pool, const batch_key *key, const kl_uuid *first, const kl_uuid *last, kl_error **error)
{
    pg_parameters lock = PG_PARAMETERS_INIT, lost = PG_PARAMETERS_INIT;
    bind_key(&lock, key);
    pg_bind_uuid(&lost, &key->vendor_id);
    pg_bind_uuid(&lost, first);
    pg_bind_uuid(&lost, last);
    pg_scope scope = tenant(&key->vendor_id);
    kl_status status = KL_OK;
    for (int attempt = 0;; attempt++) {
        pg_rows *rows = NULL;
        pg_connection *c = NULL;
        kl_error *why = NULL;
        pg_statement statements[] = {{sql_batch_lock, &lock, NULL, PG_ROLE_SAME}, {sql_batch_lost, &lost, &rows, PG_ROLE_SAME}};
        status = pg_pool_take(pool, &c, &why);
        if (!status)
            status = pg_begin_with(c, &scope, statements, 2, &why);
        if (!status)
            status = commit_unknown(c, key, rows, &why);
        pg_pool_give(pool, c);
        pg_rows_free(rows);
        if (!pg_pool_retry(status, attempt)) {
            error_hand_over(error, why);
            break;
        }
        kl_error_free(why);
    }
    pg_parameters_free(&lock);
    pg_parameters_free(&lost);
    return status;
}

kl_status batch_dead_due(pg_pool *pool, int limit, pg_rows **rows, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_int4(&p, limit);
    pg_scope scope = {.role = PG_ROLE_PLATFORM, .read_only = true};
    return common_query(pool, &scope, sql_batch_dead_due, &p, rows, error);
}

/* The locked batch of row 0: its messages that may have left and have no result. */
static kl_status find_lost(pg_connection *c, const kl_uuid *vendor_id, const pg_rows *batch, pg_rows **lost, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    kl_uuid first = pg_uuid(batch, 0, 1), last;
    uuid_series_after(&first, (uint32_t)pg_int4(batch, 0, 2) - 1, &last);
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, &first);
    pg_bind_uuid(&p, &last);
    return common_execute(c, sql_batch_lost, &p, lost, error);
}

static kl_status recover_dead(pg_connection *c, batch_key *key, kl_time at, bool *found, kl_error **error)
{
    pg_parameters lock = PG_PARAMETERS_INIT;
    pg_rows *batch = NULL, *lost = NULL;
    bind_key(&lock, key);
    pg_bind_time(&lock, at);
    const pg_statement statement = {sql_batch_dead_lock, &lock, &batch, PG_ROLE_SAME};
    pg_scope scope = tenant(&key->vendor_id);
    kl_status status = pg_begin_with(c, &scope, &statement, 1, error);
    pg_parameters_free(&lock);
    if (status)
        return status;
    *found = pg_rows_count(batch) > 0;
    if (*found)
        status = find_lost(c, &key->vendor_id, batch, &lost, error);
    if (status || !*found) {
        pg_rollback(c);
    } else {
        key->no = pg_int4(batch, 0, 0);
        status = commit_unknown(c, key, lost, error);
    }
    pg_rows_free(batch);
    pg_rows_free(lost);
    return status;
}

kl_status batch_recover_dead(pg_pool *pool, batch_key *key, kl_time at, bool *found, kl_error **error)
{
    batch_key from = *key;
    for (int attempt = 0;; attempt++) {
        pg_connection *c = NULL;
        kl_error *why = NULL;
        *key = from;
        *found = false;
        kl_status status = pg_pool_take(pool, &c, &why);
        if (!status)
            status = recover_dead(c, key, at, found, &why);
        pg_pool_give(pool, c);
        if (!pg_pool_retry(status, attempt)) {
            error_hand_over(error, why);
            return status;
        }
        kl_error_free(why);
    }
}

kl_status batch_dead_next(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_time at, kl_error **error)
{
    pg_parameters lock = PG_PARAMETERS_INIT, next = PG_PARAMETERS_INIT;
    pg_bind_uuid(&lock, vendor_id);
    pg_bind_uuid(&lock, campaign_id);
    pg_bind_uuid(&next, vendor_id);
    pg_bind_uuid(&next, campaign_id);
    pg_bind_time(&next, at);
    const pg_statement statements[] = {{sql_campaign_lock_row, &lock, NULL, PG_ROLE_SAME},
                                       {sql_batch_dead_next, &next, NULL, PG_ROLE_SAME}};
    pg_scope scope = tenant(vendor_id);
    kl_status status = pg_pool_transact(pool, &scope, statements, 2, error);
    pg_parameters_free(&lock);
    pg_parameters_free(&next);
    return status;
}

/* An UPDATE that only the holder of the lease may do. */
static kl_status change_lease(pg_pool *pool, const batch_key *key, const char *sql, int value, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    bind_key(&p, key);
    pg_bind_uuid(&p, &key->lease_token);
    pg_bind_int4(&p, value);
    pg_scope scope = tenant(&key->vendor_id);
    kl_status status = common_query(pool, &scope, sql, &p, &rows, error);
    if (!status && pg_rows_affected(rows) == 0)
        status = error_set(error, KL_ERR_LEASE_LOST, "%s", kl_status_text(KL_ERR_LEASE_LOST));
    pg_rows_free(rows);
    return status;
}

kl_status batch_set_started(pg_pool *pool, const batch_key *key, int started, kl_error **error)
{
    kl_error *why = NULL;
    kl_status status = change_lease(pool, key, sql_batch_start, started, &why);
    if (status == KL_ERR_LEASE_LOST) {
        pg_parameters p = PG_PARAMETERS_INIT;
        pg_rows *rows = NULL;
        bind_key(&p, key);
        pg_bind_uuid(&p, &key->lease_token);
        pg_scope scope = tenant_reading(&key->vendor_id);
        if (common_query(pool, &scope, sql_batch_halted, &p, &rows, NULL) == KL_OK && pg_rows_count(rows)) {
            error_clear(&why);
            status = error_set(&why, KL_ERR_STATE, "the campaign is %s", pg_text(rows, 0, 0));
        }
        pg_rows_free(rows);
    }
    error_hand_over(error, why);
    return status;
}

kl_status batch_extend(pg_pool *pool, const batch_key *key, int lease_ms, kl_error **error)
{
    return change_lease(pool, key, sql_batch_renew, lease_ms, error);
}

kl_status batch_give_back(pg_pool *pool, const batch_key *key, int started, kl_error **error)
{
    return change_lease(pool, key, sql_batch_release, started, error);
}

kl_status batch_store_accepted(pg_pool *pool, const batch_key *key, const record_accepted *accepted, bool *stored,
                               kl_error **error)
{
    pg_parameters lock = PG_PARAMETERS_INIT, accept = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_statement statements[] = {{sql_batch_lock, &lock, NULL, PG_ROLE_SAME}, {sql_record_accept, &accept, &rows, PG_ROLE_SAME}};
    pg_scope scope = tenant(&key->vendor_id);
    scope.generic_plans = true;
    bind_key(&lock, key);
    record_bind_accept(&accept, &key->vendor_id, &key->campaign_id, key->no, accepted);
    kl_status status = pg_pool_transact(pool, &scope, statements, 2, error);
    *stored = !status && pg_rows_count(rows) > 0;
    pg_rows_free(rows);
    pg_parameters_free(&lock);
    pg_parameters_free(&accept);
    return status;
}

kl_status batch_store(pg_pool *pool, const batch_key *key, const record_change *change, pg_rows **dropped,
                      kl_error **error)
{
    pg_parameters lock = PG_PARAMETERS_INIT;
    record_statements s;
    record_change of_batch = *change;
    of_batch.campaign_id = &key->campaign_id;
    of_batch.batch_no = key->no;
    kl_status status = record_statements_make(&s, &key->vendor_id, &of_batch, error);
    if (!status) {
        pg_statement statements[RECORD_STATEMENTS_MAX + 1] = {{sql_batch_lock, &lock, NULL, PG_ROLE_SAME}};
        bind_key(&lock, key);
        memcpy(statements + 1, s.statements, s.count * sizeof *s.statements);
        pg_scope scope = tenant(&key->vendor_id);
        status = pg_pool_transact(pool, &scope, statements, s.count + 1, error);
    }
    if (!status) {
        *dropped = s.dropped;
        s.dropped = NULL;
    }
    pg_parameters_free(&lock);
    record_statements_free(&s);
    return status;
}
