/* The proof of a ledger: its hash chain recomputed in C. docs/ledger-format.md describes the bytes. */
#include "core/ledger.h"

#include <string.h>

#include "base/error.h"
#include "repo/transaction.h"

enum { PAGE_ROWS = 1000 };

static const kl_uuid nil;

static void append_uuid(buffer *b, const kl_uuid *uuid)
{
    buffer_append(b, uuid ? uuid->bytes : nil.bytes, sizeof nil.bytes);
}

static void append_text(buffer *b, const char *text)
{
    buffer_u32(b, text ? (uint32_t)strlen(text) : UINT32_MAX);
    buffer_text(b, text ? text : "");
}

bool ledger_hash(const uint8_t previous[SHA256_BYTES], const ledger_row *row, buffer *b, uint8_t out[SHA256_BYTES])
{
    buffer_clear(b);
    buffer_text(b, "KLG1");
    buffer_append(b, previous, SHA256_BYTES);
    append_uuid(b, &row->vendor_id);
    append_uuid(b, &row->wallet_id);
    buffer_u64(b, (uint64_t)row->seq);
    append_uuid(b, &row->id);
    buffer_byte(b, (char)row->type);
    buffer_u64(b, (uint64_t)row->amount);
    buffer_u64(b, (uint64_t)row->balance_after);
    buffer_u64(b, (uint64_t)row->created_at);
    append_uuid(b, row->debit_id);
    append_uuid(b, row->campaign_id);
    buffer_u32(b, (uint32_t)row->batch_no);
    append_text(b, row->reference);
    append_text(b, row->idempotency_key);
    return !b->broken && sha256(b->data, b->length, out);
}

static ledger_row row_of(const kl_transaction *t)
{
    return (ledger_row){.vendor_id = kl_transaction_vendor_id(t),
                        .wallet_id = kl_transaction_wallet_id(t),
                        .seq = kl_transaction_seq(t),
                        .id = kl_transaction_id(t),
                        .type = kl_transaction_type_of(t),
                        .amount = kl_transaction_amount(t),
                        .balance_after = kl_transaction_balance_after(t),
                        .reference = kl_transaction_reference(t),
                        .idempotency_key = kl_transaction_idempotency_key(t),
                        .debit_id = kl_transaction_debit_id(t),
                        .campaign_id = kl_transaction_campaign_id(t),
                        .batch_no = kl_transaction_batch_no(t),
                        .created_at = kl_transaction_created_at(t)};
}

/* How far the proof has come. */
typedef struct proof {
    kl_ledger_report *report;
    kl_money balance;
    uint8_t head[SHA256_BYTES];
    buffer scratch;
} proof;

static kl_status bad_row(proof *p, int64_t seq, const char *what, kl_error **error)
{
    p->report->bad_seq = seq;
    return error_set(error, KL_ERR_CORRUPT, "row %lld of the ledger %s", (long long)seq, what);
}

static void count_in(kl_ledger_report *report, const ledger_row *row)
{
    kl_money *sum = row->type == KL_CREDIT_RECHARGE ? &report->credited
                    : row->type == KL_DEBIT_MESSAGE ? &report->debited
                                                    : &report->refunded;
    *sum += row->amount;
}

static kl_status check_row(proof *p, const kl_transaction *t, kl_error **error)
{
    ledger_row row = row_of(t);
    int64_t expected = p->report->rows + 1;
    if (row.seq < expected)
        return bad_row(p, row.seq, "is one too many", error);
    if (row.seq > expected)
        return bad_row(p, expected, "is missing", error);
    p->report->rows++;
    count_in(p->report, &row);
    p->balance += row.type == KL_DEBIT_MESSAGE ? -row.amount : row.amount;
    if (!ledger_hash(p->head, &row, &p->scratch, p->head))
        return error_memory(error);
    if (memcmp(p->head, kl_transaction_hash(t), SHA256_BYTES) != 0)
        return bad_row(p, row.seq, "does not have the hash of its content", error);
    if (row.balance_after != p->balance)
        return bad_row(p, row.seq, "does not continue the balance", error);
    return KL_OK;
}

static kl_status check_rows(kl *handle, const kl_uuid *vendor_id, const wallet_proof *wallet, proof *p,
                            kl_error **error)
{
    int64_t after = INT64_MIN;
    for (;;) {
        kl_transaction_page *page = NULL;
        kl_status status = transaction_list(handle->pool, vendor_id, after, wallet->seq, PAGE_ROWS, &page, error);
        size_t count = kl_transaction_page_count(page);
        for (size_t i = 0; !status && i < count; i++) {
            const kl_transaction *t = kl_transaction_page_at(page, i);
            after = kl_transaction_seq(t);
            status = check_row(p, t, error);
        }
        kl_transaction_page_free(page);
        if (status || count < PAGE_ROWS)
            return status;
    }
}

static kl_status disagrees(const char *what, kl_error **error)
{
    return error_set(error, KL_ERR_CORRUPT, "the wallet disagrees with its ledger: %s", what);
}

/* The wallet was read first and rows are never changed: what was written meanwhile has a higher seq and is left out. */
static kl_status check_end(const wallet_proof *wallet, proof *p, kl_error **error)
{
    if (p->report->rows < wallet->seq)
        return bad_row(p, p->report->rows + 1, "is missing", error);
    if (wallet->last_seq > wallet->seq)
        return bad_row(p, wallet->seq + 1, "is unknown to the wallet", error);
    if (memcmp(p->head, wallet->head, SHA256_BYTES) != 0)
        return disagrees("hash of the last row", error);
    if (p->balance != wallet->balance)
        return disagrees("balance", error);
    if (wallet->open_holds != wallet->held)
        return error_set(error, KL_ERR_CORRUPT, "the wallet disagrees with its holds");
    return KL_OK;
}

kl_status ledger_verify(kl *handle, const kl_uuid *vendor_id, kl_ledger_report *report, kl_error **error)
{
    wallet_proof wallet;
    kl_status status = wallet_read_proof(handle->pool, vendor_id, &wallet, error);
    if (status)
        return status;
    kl_ledger_report found = {.balance = wallet.balance, .held = wallet.held};
    proof p = {.report = &found};
    status = check_rows(handle, vendor_id, &wallet, &p, error);
    if (!status)
        status = check_end(&wallet, &p, error);
    if (!status || status == KL_ERR_CORRUPT)
        *report = found;
    buffer_free(&p.scratch);
    return status;
}
