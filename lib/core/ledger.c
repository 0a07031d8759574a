/* The proof of a ledger: its hash chain recomputed in C. docs/ledger-format.md describes the bytes. */
#include "core/ledger.h"

#include <string.h>

#include "base/error.h"
#include "crypto/sha256.h"
#include "repo/wallet.h"

/* All but the texts. */
enum { FIXED_BYTES = 4 + SHA256_BYTES + 16 + 16 + 8 + 16 + 1 + 8 + 8 + 8 + 16 + 16 + 4 + 4 + 4 };

static char *put(char *at, const void *bytes, size_t length)
{
    memcpy(at, bytes, length);
    return at + length;
}

static char *put_uuid(char *at, const kl_uuid *uuid)
{
    static const kl_uuid nil;
    return put(at, uuid ? uuid->bytes : nil.bytes, sizeof nil.bytes);
}

static char *put_u32(char *at, uint32_t value)
{
    const uint8_t bytes[] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value};
    return put(at, bytes, sizeof bytes);
}

static char *put_u64(char *at, int64_t value)
{
    at = put_u32(at, (uint32_t)((uint64_t)value >> 32));
    return put_u32(at, (uint32_t)value);
}

static char *put_text(char *at, const char *text, size_t length)
{
    at = put_u32(at, text ? (uint32_t)length : UINT32_MAX);
    return text ? put(at, text, length) : at;
}

bool ledger_hash(const uint8_t previous[SHA256_BYTES], const ledger_row *row, buffer *b, uint8_t out[SHA256_BYTES])
{
    size_t reference = strlen(row->reference), key = row->idempotency_key ? strlen(row->idempotency_key) : 0;
    buffer_clear(b);
    if (!buffer_reserve(b, FIXED_BYTES + reference + key))
        return false;
    /* Straight into the memory: a checked append a field costs as much as the hash. */
    char *at = put(b->data, "KLG1", 4);
    at = put(at, previous, SHA256_BYTES);
    at = put_uuid(at, &row->vendor_id);
    at = put_uuid(at, &row->wallet_id);
    at = put_u64(at, row->seq);
    at = put_uuid(at, &row->id);
    *at++ = (char)row->type;
    at = put_u64(at, row->amount);
    at = put_u64(at, row->balance_after);
    at = put_u64(at, row->created_at);
    at = put_uuid(at, row->debit_id);
    at = put_uuid(at, row->campaign_id);
    at = put_u32(at, (uint32_t)row->batch_no);
    at = put_text(at, row->reference, reference);
    at = put_text(at, row->idempotency_key, key);
    b->length = (size_t)(at - b->data);
    return sha256_fast(b->data, b->length, out);
}

kl_status ledger_proof_bad(ledger_proof *proof, int64_t seq, const char *what, kl_error **error)
{
    proof->report->bad_seq = seq;
    return error_set(error, KL_ERR_CORRUPT, "row %lld of the ledger %s", (long long)seq, what);
}

static void count_in(kl_ledger_report *report, const ledger_row *row)
{
    kl_money *sum = row->type == KL_CREDIT_RECHARGE ? &report->credited
                    : row->type == KL_DEBIT_MESSAGE ? &report->debited
                                                    : &report->refunded;
    *sum += row->amount;
}

kl_status ledger_proof_row(ledger_proof *proof, const ledger_row *row, const uint8_t *hash, kl_error **error)
{
    uint8_t computed[SHA256_BYTES];
    int64_t expected = proof->at.seq + 1;
    kl_money balance = proof->at.balance + (row->type == KL_DEBIT_MESSAGE ? -row->amount : row->amount);
    if (row->seq < expected)
        return ledger_proof_bad(proof, row->seq, "is one too many", error);
    if (row->seq > expected)
        return ledger_proof_bad(proof, expected, "is missing", error);
    proof->report->rows++;
    count_in(proof->report, row);
    if (!ledger_hash(proof->at.hash, row, &proof->scratch, computed))
        return error_memory(error);
    if (memcmp(computed, hash, SHA256_BYTES) != 0)
        return ledger_proof_bad(proof, row->seq, "does not have the hash of its content", error);
    if (row->balance_after != balance)
        return ledger_proof_bad(proof, row->seq, "does not continue the balance", error);
    proof->at.seq = expected;
    proof->at.balance = balance;
    memcpy(proof->at.hash, computed, SHA256_BYTES);
    return KL_OK;
}

static kl_status check_row(void *context, const ledger_row *row, const uint8_t *hash, kl_error **error)
{
    return ledger_proof_row(context, row, hash, error);
}

static kl_status disagrees(const char *what, kl_error **error)
{
    return error_set(error, KL_ERR_CORRUPT, "the wallet disagrees with its ledger: %s", what);
}

/* The wallet was read first and rows are never changed: what was written meanwhile has a higher seq and is left out. */
static kl_status check_end(const wallet_proof *wallet, ledger_proof *proof, kl_error **error)
{
    if (wallet->last_seq > wallet->seq)
        return ledger_proof_bad(proof, wallet->seq + 1, "is unknown to the wallet", error);
    if (memcmp(proof->at.hash, wallet->head, SHA256_BYTES) != 0)
        return disagrees("hash of the last row", error);
    if (proof->at.balance != wallet->balance)
        return disagrees("balance", error);
    if (wallet->open_holds != wallet->held)
        return error_set(error, KL_ERR_CORRUPT, "the wallet disagrees with its holds");
    return KL_OK;
}

kl_status ledger_verify(kl *handle, const kl_uuid *vendor_id, const kl_ledger_point *from, kl_ledger_point *reached,
                        kl_ledger_report *report, kl_error **error)
{
    wallet_proof wallet;
    kl_status status = wallet_read_proof(handle->pool, vendor_id, &wallet, error);
    if (status)
        return status;
    kl_ledger_report found = {.balance = wallet.balance, .held = wallet.held};
    ledger_proof proof = {.report = &found};
    if (from)
        proof.at = *from;
    /* From the beginning, rows that stand before the first one are seen too. */
    int64_t after = proof.at.seq ? proof.at.seq : INT64_MIN;
    status = ledger_walk(handle, vendor_id, &wallet.id, after, wallet.seq, check_row, &proof, error);
    int64_t both = proof.at.seq < wallet.seq ? proof.at.seq : wallet.seq;
    if (!status && proof.at.seq != wallet.seq)
        status = ledger_proof_bad(&proof, both + 1, "is missing", error);
    if (!status)
        status = check_end(&wallet, &proof, error);
    if (!status && reached)
        *reached = proof.at;
    if (!status || status == KL_ERR_CORRUPT)
        *report = found;
    buffer_free(&proof.scratch);
    return status;
}
