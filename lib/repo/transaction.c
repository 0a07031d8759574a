/* Repository of ledger rows. */
#include "repo/transaction.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "repo/common.h"
#include "repo/page.h"
#include "sql.h"

enum { HASH_BYTES = 32 };

struct kl_transaction {
    kl_uuid id;
    kl_uuid vendor_id;
    kl_uuid wallet_id;
    int64_t seq;
    kl_transaction_type type;
    kl_money amount;
    kl_money balance_after;
    char *reference;
    char *idempotency_key;
    bool has_debit;
    bool has_campaign;
    kl_uuid debit_id;
    kl_uuid campaign_id;
    int batch_no;
    uint8_t hash[HASH_BYTES];
    kl_time created_at;
    bool has_hold;
    kl_uuid hold_id;
};
PAGE_STRUCT(transaction);

static const char *const labels[] = {
    [KL_CREDIT_RECHARGE] = "CREDIT_RECHARGE", [KL_DEBIT_MESSAGE] = "DEBIT_MESSAGE", [KL_REFUND] = "REFUND"};

kl_transaction_type transaction_type_from(const char *label)
{
    for (int type = KL_CREDIT_RECHARGE; type <= KL_REFUND; type++) {
        if (strcmp(labels[type], label) == 0)
            return (kl_transaction_type)type;
    }
    return (kl_transaction_type)0;
}

/* Columns: vendor_id, id, wallet_id, seq, type, amount, balance_after, reference, idempotency_key, debit_id,
 * campaign_id, batch_no, hash, created_at, hold_id. The last may be left out where nobody asks for it. */
static kl_transaction *transaction_from(const pg_rows *rows, int row)
{
    kl_transaction *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->vendor_id = pg_uuid(rows, row, 0);
    t->id = pg_uuid(rows, row, 1);
    t->wallet_id = pg_uuid(rows, row, 2);
    t->seq = pg_int8(rows, row, 3);
    t->type = transaction_type_from(pg_text(rows, row, 4));
    t->amount = pg_money(rows, row, 5);
    t->balance_after = pg_money(rows, row, 6);
    t->reference = pg_text_copy(rows, row, 7);
    bool has_key = !pg_is_null(rows, row, 8);
    t->idempotency_key = has_key ? pg_text_copy(rows, row, 8) : NULL;
    t->has_debit = !pg_is_null(rows, row, 9);
    t->debit_id = pg_uuid(rows, row, 9);
    t->has_campaign = !pg_is_null(rows, row, 10);
    t->campaign_id = pg_uuid(rows, row, 10);
    t->batch_no = pg_is_null(rows, row, 11) ? -1 : pg_int4(rows, row, 11);
    size_t length;
    const char *hash = pg_bytes(rows, row, 12, &length);
    memcpy(t->hash, hash, length < HASH_BYTES ? length : HASH_BYTES);
    t->created_at = pg_time(rows, row, 13);
    t->hold_id = pg_uuid(rows, row, 14);
    t->has_hold = memcmp(&t->hold_id, &(kl_uuid){{0}}, sizeof t->hold_id) != 0;
    if (t->reference && (t->idempotency_key || !has_key))
        return t;
    kl_transaction_free(t);
    return NULL;
}
PAGE_ACCESSORS(transaction)
PAGE_FROM_ROWS(transaction)

const char *transaction_type_label(kl_transaction_type type)
{
    return labels[type];
}

kl_transaction *transaction_of(const pg_rows *rows, int row)
{
    return transaction_from(rows, row);
}

kl_transaction_page *transaction_page_of(const pg_rows *rows)
{
    return transaction_page(rows);
}

/* Gives the copy texts of its own; frees it when there is no memory. */
static kl_transaction *own_texts(kl_transaction *t, const char *reference, const char *key)
{
    t->reference = strdup(reference);
    t->idempotency_key = key ? strdup(key) : NULL;
    if (t->reference && (t->idempotency_key || !key))
        return t;
    kl_transaction_free(t);
    return NULL;
}

kl_transaction *transaction_make(const kl_uuid *vendor_id, const kl_uuid *wallet_id, kl_uuid id, int64_t seq,
                                 const transaction_request *request, kl_money balance_after, const kl_uuid *campaign_id,
                                 const uint8_t *hash, kl_time created_at)
{
    kl_transaction *t = malloc(sizeof *t);
    if (!t)
        return NULL;
    *t = (kl_transaction){.id = id, .vendor_id = *vendor_id, .wallet_id = *wallet_id, .seq = seq, .type = request->type,
                          .amount = request->amount, .balance_after = balance_after, .batch_no = -1,
                          .has_debit = request->debit_id, .has_campaign = campaign_id, .created_at = created_at};
    if (request->debit_id)
        t->debit_id = *request->debit_id;
    if (campaign_id)
        t->campaign_id = *campaign_id;
    memcpy(t->hash, hash, HASH_BYTES);
    return own_texts(t, request->reference, request->idempotency_key);
}

kl_transaction *transaction_copy(const kl_transaction *transaction)
{
    kl_transaction *t = malloc(sizeof *t);
    if (!t)
        return NULL;
    *t = *transaction;
    return own_texts(t, transaction->reference, transaction->idempotency_key);
}

static void bind_refund(pg_parameters *p, const transaction_request *request)
{
    pg_bind_money(p, request->amount);
    pg_bind_text(p, request->reference);
    pg_bind_text(p, request->idempotency_key);
    pg_bind_uuid(p, request->debit_id);
}

static void bind_post(pg_parameters *p, const transaction_request *request)
{
    pg_bind_text(p, labels[request->type]);
    pg_bind_money(p, request->amount);
    pg_bind_text(p, request->reference);
    pg_bind_text(p, request->idempotency_key);
    pg_bind_money(p, request->type == KL_DEBIT_MESSAGE ? -request->amount : request->amount);
}

static kl_status query(pg_pool *pool, const char *sql, const kl_uuid *vendor_id, const kl_uuid *id,
                       const transaction_request *request, pg_rows **rows, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    if (request->type == KL_REFUND)
        bind_refund(&p, request);
    else
        bind_post(&p, request);
    pg_scope scope = tenant(vendor_id);
    return common_query(pool, &scope, sql, &p, rows, error);
}

kl_status transaction_post(pg_pool *pool, const kl_uuid *vendor_id, const transaction_request *request,
                           wallet_outcome *outcome, kl_transaction **out, kl_error **error)
{
    kl_uuid id;
    uuid_generate(&id);
    pg_rows *rows = NULL;
    *out = NULL;
    const char *sql = request->type == KL_REFUND ? sql_transaction_refund : sql_transaction_post;
    kl_status status = query(pool, sql, vendor_id, &id, request, &rows, error);
    *outcome = pg_rows_count(rows) ? (wallet_outcome)pg_int4(rows, 0, 15) : WALLET_MISSING;
    if (!status && (*outcome == WALLET_CHANGED || *outcome == WALLET_PRIOR) && !(*out = transaction_from(rows, 0)))
        status = common_untold(error);
    pg_rows_free(rows);
    return status;
}

/* The row that the statement answers, or NULL. */
static kl_status read_one(pg_pool *pool, const kl_uuid *vendor_id, const char *sql, pg_parameters *p,
                          kl_transaction **out, kl_error **error)
{
    pg_rows *rows = NULL;
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql, p, &rows, error);
    kl_transaction *found = NULL;
    if (!status && pg_rows_count(rows) && !(found = transaction_from(rows, 0)))
        status = error_memory(error);
    if (!status)
        *out = found;
    pg_rows_free(rows);
    return status;
}

kl_status transaction_get(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_transaction **out,
                          kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    kl_transaction *found = NULL;
    kl_status status = read_one(pool, vendor_id, sql_transaction_get, &p, &found, error);
    if (!status && !found)
        status = common_not_found("transaction", error);
    if (!status)
        *out = found;
    return status;
}

kl_status transaction_find(pg_pool *pool, const kl_uuid *vendor_id, const char *idempotency_key, kl_transaction **out,
                           kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_text(&p, idempotency_key);
    return read_one(pool, vendor_id, sql_transaction_find, &p, out, error);
}

kl_status transaction_find_settled(pg_pool *pool, const kl_uuid *vendor_id, const char *idempotency_key,
                                   kl_transaction **out, kl_error **error)
{
    pg_parameters lock = PG_PARAMETERS_INIT, find = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&lock, vendor_id);
    pg_bind_uuid(&find, vendor_id);
    pg_bind_text(&find, idempotency_key);
    pg_statement statements[] = {{sql_posting_lock, &lock, NULL, PG_ROLE_SAME},
                                 {sql_transaction_find, &find, &rows, PG_ROLE_SAME}};
    pg_scope scope = tenant(vendor_id);
    kl_status status = pg_pool_transact(pool, &scope, statements, 2, error);
    if (status == KL_ERR_UNKNOWN_OUTCOME) { /* nothing was written: not knowing is harmless */
        error_clear(error);
        status = error_set(error, KL_ERR_CONNECTION_LOST, "%s", kl_status_text(KL_ERR_CONNECTION_LOST));
    }
    *out = NULL;
    if (!status && pg_rows_count(rows) && !(*out = transaction_from(rows, 0)))
        status = error_memory(error);
    pg_rows_free(rows);
    pg_parameters_free(&lock);
    pg_parameters_free(&find);
    return status;
}

kl_status transaction_list(pg_pool *pool, const kl_uuid *vendor_id, int64_t after, int64_t last, int limit,
                           kl_transaction_page **out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_int8(&p, after);
    pg_bind_int8(&p, last);
    pg_bind_int4(&p, limit);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_transaction_list, &p, &rows, error);
    if (!status && !(*out = transaction_page(rows)))
        status = error_memory(error);
    pg_rows_free(rows);
    return status;
}

kl_uuid kl_transaction_id(const kl_transaction *transaction)
{
    return transaction ? transaction->id : (kl_uuid){{0}};
}

kl_uuid kl_transaction_vendor_id(const kl_transaction *transaction)
{
    return transaction ? transaction->vendor_id : (kl_uuid){{0}};
}

kl_uuid kl_transaction_wallet_id(const kl_transaction *transaction)
{
    return transaction ? transaction->wallet_id : (kl_uuid){{0}};
}

int64_t kl_transaction_seq(const kl_transaction *transaction)
{
    return transaction ? transaction->seq : 0;
}

kl_transaction_type kl_transaction_type_of(const kl_transaction *transaction)
{
    return transaction ? transaction->type : (kl_transaction_type)0;
}

kl_money kl_transaction_amount(const kl_transaction *transaction)
{
    return transaction ? transaction->amount : 0;
}

kl_money kl_transaction_balance_after(const kl_transaction *transaction)
{
    return transaction ? transaction->balance_after : 0;
}

const char *kl_transaction_reference(const kl_transaction *transaction)
{
    return transaction ? transaction->reference : "";
}

const char *kl_transaction_idempotency_key(const kl_transaction *transaction)
{
    return transaction ? transaction->idempotency_key : NULL;
}

const kl_uuid *kl_transaction_debit_id(const kl_transaction *transaction)
{
    return transaction && transaction->has_debit ? &transaction->debit_id : NULL;
}

const kl_uuid *kl_transaction_campaign_id(const kl_transaction *transaction)
{
    return transaction && transaction->has_campaign ? &transaction->campaign_id : NULL;
}

int kl_transaction_batch_no(const kl_transaction *transaction)
{
    return transaction ? transaction->batch_no : -1;
}

const kl_uuid *kl_transaction_hold_id(const kl_transaction *transaction)
{
    return transaction && transaction->has_hold ? &transaction->hold_id : NULL;
}

const uint8_t *kl_transaction_hash(const kl_transaction *transaction)
{
    return transaction ? transaction->hash : NULL;
}

kl_time kl_transaction_created_at(const kl_transaction *transaction)
{
    return transaction ? transaction->created_at : 0;
}

void kl_transaction_free(kl_transaction *transaction)
{
    if (!transaction)
        return;
    free(transaction->reference);
    free(transaction->idempotency_key);
    free(transaction);
}
