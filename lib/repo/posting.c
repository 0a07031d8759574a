/* Repository of postings: many ledger rows of one wallet in one transaction of two round trips. */
#include "repo/posting.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "repo/common.h"
#include "sql.h"

static kl_status read_facts(const pg_rows *wallet, const pg_rows *prior, const pg_rows *debits, posting_facts *out,
                            kl_error **error)
{
    posting_wallet *w = &out->wallet;
    size_t length;
    w->found = pg_rows_count(wallet) > 0;
    if (!w->found)
        return KL_OK;
    w->id = pg_uuid(wallet, 0, 0);
    w->balance = pg_money(wallet, 0, 1);
    w->held = pg_money(wallet, 0, 2);
    w->seq = pg_int8(wallet, 0, 3);
    const char *head = pg_bytes(wallet, 0, 4, &length);
    if (length == sizeof w->head)
        memcpy(w->head, head, length);
    w->now = pg_time(wallet, 0, 5);
    if (prior && !(out->prior = transaction_page_of(prior)))
        return error_memory(error);
    out->debits = calloc((size_t)pg_rows_count(debits) + 1, sizeof *out->debits);
    if (!out->debits)
        return error_memory(error);
    for (int i = 0; i < pg_rows_count(debits); i++)
        out->debits[out->debit_count++] = (posting_debit){.id = pg_uuid(debits, i, 0),
                                                          .left = pg_money(debits, i, 1),
                                                          .amount = pg_money(debits, i, 2),
                                                          .has_campaign = !pg_is_null(debits, i, 3),
                                                          .campaign_id = pg_uuid(debits, i, 3)};
    return KL_OK;
}

kl_status posting_begin(pg_connection *c, const pg_scope *scope, const char *const *keys, size_t key_count,
                        const kl_uuid *debit_ids, size_t debit_count, posting_facts *out, kl_error **error)
{
    pg_parameters lock = PG_PARAMETERS_INIT, prior = PG_PARAMETERS_INIT, debits = PG_PARAMETERS_INIT;
    pg_rows *wallet_rows = NULL, *prior_rows = NULL, *debit_rows = NULL;
    pg_statement statements[3] = {{sql_posting_lock, &lock, &wallet_rows, PG_ROLE_SAME}};
    size_t n = 1;
    *out = (posting_facts){0};
    pg_bind_uuid(&lock, scope->vendor_id);
    if (key_count) {
        pg_bind_uuid(&prior, scope->vendor_id);
        pg_bind_text_array(&prior, keys, key_count);
        statements[n++] = (pg_statement){sql_posting_prior, &prior, &prior_rows, PG_ROLE_SAME};
    }
    if (debit_count) {
        pg_bind_uuid(&debits, scope->vendor_id);
        pg_bind_uuid_array(&debits, debit_ids, debit_count);
        statements[n++] = (pg_statement){sql_posting_debits, &debits, &debit_rows, PG_ROLE_SAME};
    }
    kl_status status = pg_begin_with(c, scope, statements, n, error);
    if (!status) {
        status = read_facts(wallet_rows, prior_rows, debit_rows, out, error);
        if (status)
            pg_rollback(c);
    }
    pg_rows_free(wallet_rows);
    pg_rows_free(prior_rows);
    pg_rows_free(debit_rows);
    pg_parameters_free(&lock);
    pg_parameters_free(&prior);
    pg_parameters_free(&debits);
    return status;
}

/* Arrays of the INSERT, one element a row. */
typedef struct columns {
    kl_uuid *ids, *debit_ids, *campaign_ids;
    int64_t *seqs;
    const char **types, **references, **keys;
    kl_money *amounts, *balances;
    uint8_t (*hashes)[32];
} columns;

static bool columns_make(columns *k, const posting_row *rows, size_t count)
{
    static const kl_uuid nil;
    size_t width = 3 * sizeof(kl_uuid) + sizeof(int64_t) + 3 * sizeof(char *) + 2 * sizeof(kl_money) + 32;
    char *memory = malloc((count + 1) * width);
    if (!memory)
        return false;
    *k = (columns){.ids = (kl_uuid *)(void *)memory};
    k->seqs = (int64_t *)(void *)memory;
    k->amounts = k->seqs + count;
    k->balances = k->amounts + count;
    k->types = (const char **)(void *)(k->balances + count);
    k->references = k->types + count;
    k->keys = k->references + count;
    k->ids = (kl_uuid *)(void *)(k->keys + count);
    k->debit_ids = k->ids + count;
    k->campaign_ids = k->debit_ids + count;
    k->hashes = (uint8_t(*)[32])(void *)(k->campaign_ids + count);
    for (size_t i = 0; i < count; i++) {
        const transaction_request *request = rows[i].request;
        k->ids[i] = rows[i].id;
        k->seqs[i] = rows[i].seq;
        k->types[i] = transaction_type_label(request->type);
        k->amounts[i] = request->amount;
        k->balances[i] = rows[i].balance_after;
        k->references[i] = request->reference;
        k->keys[i] = request->idempotency_key;
        k->debit_ids[i] = request->debit_id ? *request->debit_id : nil;
        k->campaign_ids[i] = rows[i].campaign_id;
        memcpy(k->hashes[i], rows[i].hash, 32);
    }
    return true;
}

static bool bind_rows(pg_parameters *p, const kl_uuid *vendor_id, const posting_row *rows, size_t count,
                      const posting_wallet *wallet)
{
    columns k;
    if (!columns_make(&k, rows, count))
        return false;
    pg_bind_uuid(p, vendor_id);
    pg_bind_uuid(p, &wallet->id);
    pg_bind_time(p, wallet->now);
    pg_bind_uuid_array(p, k.ids, count);
    pg_bind_int8_array(p, k.seqs, count);
    pg_bind_text_array(p, k.types, count);
    pg_bind_money_array(p, k.amounts, count);
    pg_bind_money_array(p, k.balances, count);
    pg_bind_text_array(p, k.references, count);
    pg_bind_text_array(p, k.keys, count);
    pg_bind_uuid_array(p, k.debit_ids, count);
    pg_bind_uuid_array(p, k.campaign_ids, count);
    pg_bind_bytes_array(p, k.hashes, 32, count);
    free(k.seqs);
    return true;
}

static bool bind_totals(pg_parameters *p, const kl_uuid *vendor_id, const posting_facts *facts)
{
    size_t count = 0;
    kl_uuid *ids = malloc((facts->debit_count + 1) * sizeof *ids);
    kl_money *amounts = malloc((facts->debit_count + 1) * sizeof *amounts);
    kl_money *refunded = malloc((facts->debit_count + 1) * sizeof *refunded);
    bool enough = ids && amounts && refunded;
    for (size_t i = 0; enough && i < facts->debit_count; i++) {
        if (!facts->debits[i].refunded)
            continue;
        ids[count] = facts->debits[i].id;
        amounts[count] = facts->debits[i].amount;
        refunded[count++] = facts->debits[i].refunded;
    }
    if (enough) {
        pg_bind_uuid(p, vendor_id);
        pg_bind_uuid_array(p, ids, count);
        pg_bind_money_array(p, amounts, count);
        pg_bind_money_array(p, refunded, count);
    }
    free(ids);
    free(amounts);
    free(refunded);
    return enough;
}

kl_status posting_commit(pg_connection *c, const kl_uuid *vendor_id, const posting_row *rows, size_t count,
                         const posting_facts *facts, const posting_wallet *after, kl_error **error)
{
    pg_parameters insert = PG_PARAMETERS_INIT, totals = PG_PARAMETERS_INIT, wallet = PG_PARAMETERS_INIT;
    if (!count) {
        pg_rollback(c);
        return KL_OK;
    }
    kl_status status = KL_OK;
    if (!bind_rows(&insert, vendor_id, rows, count, after) || !bind_totals(&totals, vendor_id, facts))
        status = error_memory(error);
    pg_bind_uuid(&wallet, vendor_id);
    pg_bind_money(&wallet, after->balance);
    pg_bind_int8(&wallet, after->seq);
    pg_bind_bytes(&wallet, after->head, sizeof after->head);
    pg_statement statements[] = {{sql_posting_wallet, &wallet, NULL, PG_ROLE_SAME},
                                 {sql_posting_insert, &insert, NULL, PG_ROLE_SAME},
                                 {sql_posting_refund_totals, &totals, NULL, PG_ROLE_SAME}};
    if (status)
        pg_rollback(c);
    else
        status = pg_commit_with(c, statements, facts->debit_count ? 3 : 2, error);
    pg_parameters_free(&insert);
    pg_parameters_free(&totals);
    pg_parameters_free(&wallet);
    return status;
}

/* The columns that a row needs when it is no refund. */
static bool bind_plain(pg_parameters *p, const posting_row *rows, size_t count)
{
    columns k;
    if (!columns_make(&k, rows, count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (rows[i].request->type == KL_DEBIT_MESSAGE)
            k.amounts[i] = -k.amounts[i];
    pg_bind_uuid_array(p, k.ids, count);
    pg_bind_money_array(p, k.amounts, count);
    pg_bind_money_array(p, k.balances, count);
    pg_bind_text_array(p, k.references, count);
    pg_bind_text_array(p, k.keys, count);
    pg_bind_bytes_array(p, k.hashes, 32, count);
    free(k.seqs);
    return true;
}

kl_status posting_append(pg_pool *pool, const pg_scope *scope, const posting_row *rows, size_t count,
                         const posting_wallet *before, const posting_wallet *after, bool *done, kl_time *now,
                         kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *answer = NULL;
    *done = false;
    pg_bind_uuid(&p, scope->vendor_id);
    pg_bind_money(&p, after->balance);
    pg_bind_int8(&p, after->seq);
    pg_bind_bytes(&p, after->head, sizeof after->head);
    pg_bind_time(&p, before->now);
    pg_bind_int8(&p, before->seq);
    pg_bind_money(&p, before->balance);
    pg_bind_bytes(&p, before->head, sizeof before->head);
    pg_bind_money(&p, before->held);
    if (!bind_plain(&p, rows, count)) {
        pg_parameters_free(&p);
        return error_memory(error);
    }
    kl_status status = common_query(pool, scope, sql_posting_append, &p, &answer, error);
    if (!status && pg_rows_count(answer)) {
        *done = true;
        *now = pg_time(answer, 0, 0);
    }
    pg_rows_free(answer);
    return status;
}

void posting_facts_free(posting_facts *facts)
{
    kl_transaction_page_free(facts->prior);
    free(facts->debits);
    *facts = (posting_facts){0};
}
