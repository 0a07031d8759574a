/* Repository of single credits and debits that are tried without asking what stands against them, of one wallet or of
 * several in one transaction. */
#include "repo/attempt.h"

#include <string.h>

#include "base/error.h"
#include "repo/common.h"
#include "sql.h"

static void bind_computed(pg_parameters *p, const attempt *a)
{
    const attempt_change *change = a->change;
    pg_bind_money(p, change->balance);
    pg_bind_int8(p, change->seq);
    pg_bind_bytes(p, change->head, sizeof change->head);
    pg_bind_time(p, change->at);
    pg_bind_money(p, change->balance_before);
    pg_bind_bytes(p, change->head_before, sizeof change->head_before);
    pg_bind_text(p, a->request->reference);
    pg_bind_text(p, a->request->idempotency_key);
}

static void bind_attempt(pg_parameters *p, const attempt *a)
{
    const transaction_request *request = a->request;
    pg_bind_uuid(p, a->vendor_id);
    pg_bind_uuid(p, &a->id);
    pg_bind_text(p, transaction_type_label(request->type));
    pg_bind_money(p, request->amount);
    if (a->change) {
        bind_computed(p, a);
        return;
    }
    pg_bind_text(p, request->reference);
    pg_bind_text(p, request->idempotency_key);
    pg_bind_money(p, request->type == KL_DEBIT_MESSAGE ? -request->amount : request->amount);
}

/* Columns: wallet_id, seq, balance_after, hash, created_at, and of a computed one the server's time. */
static bool read_row(attempt *a, const pg_rows *rows)
{
    size_t length;
    uint8_t hash[32] = {0};
    if (!pg_rows_count(rows))
        return true;
    kl_uuid wallet_id = pg_uuid(rows, 0, 0);
    const char *bytes = pg_bytes(rows, 0, 3, &length);
    if (length == sizeof hash)
        memcpy(hash, bytes, length);
    a->now = pg_time(rows, 0, a->change ? 5 : 4);
    a->row = transaction_make(a->vendor_id, &wallet_id, a->id, pg_int8(rows, 0, 1), a->request, pg_money(rows, 0, 2),
                              NULL, hash, pg_time(rows, 0, 4));
    return a->row;
}

kl_status attempt_all(pg_pool *pool, attempt *const *attempts, size_t count, int lock_timeout_ms, kl_error **error)
{
    pg_parameters parameters[ATTEMPTS_MAX];
    pg_statement statements[ATTEMPTS_MAX] = {{0}};
    pg_rows *rows[ATTEMPTS_MAX] = {NULL};
    const kl_uuid *vendors[ATTEMPTS_MAX];
    pg_scope scope = {.role = PG_ROLE_TENANT, .statement_vendors = vendors,
                      .lock_timeout_ms = count > 1 ? lock_timeout_ms : 0};
    for (size_t i = 0; i < count; i++) {
        parameters[i] = PG_PARAMETERS_INIT;
        bind_attempt(&parameters[i], attempts[i]);
        vendors[i] = attempts[i]->vendor_id;
        const char *sql = attempts[i]->change ? sql_transaction_append : sql_transaction_try;
        statements[i] = (pg_statement){sql, &parameters[i], &rows[i], PG_ROLE_SAME};
    }
    kl_status status = pg_pool_transact(pool, &scope, statements, count, error);
    bool told = true;
    for (size_t i = 0; i < count; i++) {
        if (!status && !read_row(attempts[i], rows[i]))
            told = false;
        pg_rows_free(rows[i]);
        pg_parameters_free(&parameters[i]);
    }
    if (told)
        return status;
    for (size_t i = 0; i < count; i++) {
        kl_transaction_free(attempts[i]->row);
        attempts[i]->row = NULL;
    }
    return common_untold(error);
}
