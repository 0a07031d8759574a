/* The single door to a vendor's ledger: every credit, debit and refund asked for by a caller goes through here. */
#include "core/wallet.h"

#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "core/ledger.h"
#include "core/wallet_combine.h"
#include "core/wallet_flight.h"
#include "core/wallet_heads.h"
#include "core/wallet_outcome.h"

/* What the request makes of a wallet that is as it was last seen; false: better ask. */
static bool compute(const kl_uuid *vendor_id, const transaction_request *request, const wallet_head *before,
                    const kl_uuid *id, attempt_change *out)
{
    kl_money balance = before->balance + (request->type == KL_DEBIT_MESSAGE ? -request->amount : request->amount);
    if (balance < (before->held > 0 ? before->held : 0) || balance > KL_MONEY_MAX)
        return false;
    ledger_row row = {.vendor_id = *vendor_id, .wallet_id = before->wallet_id, .seq = before->seq + 1, .id = *id,
                      .type = request->type, .amount = request->amount, .balance_after = balance,
                      .reference = request->reference, .idempotency_key = request->idempotency_key, .batch_no = -1,
                      .created_at = before->now};
    buffer scratch = BUFFER_INIT;
    *out = (attempt_change){.balance_before = before->balance, .balance = balance,
                            .seq = row.seq, .at = row.created_at};
    memcpy(out->head_before, before->head, sizeof out->head_before);
    bool computed = ledger_hash(before->head, &row, &scratch, out->head);
    buffer_free(&scratch);
    return computed;
}

static void remember(kl *handle, const kl_uuid *vendor_id, const attempt *done, kl_money held)
{
    wallet_head head = {.wallet_id = kl_transaction_wallet_id(done->row), .held = held,
                        .balance = kl_transaction_balance_after(done->row), .seq = kl_transaction_seq(done->row),
                        .now = done->now};
    memcpy(head.head, kl_transaction_hash(done->row), sizeof head.head);
    wallet_heads_put(handle->heads, vendor_id, &head);
}

/* The ledger row computed here, and written if the wallet is as it was last seen. *row stays NULL when it is not, or
 * when the key may have been used before. */
static kl_status post_computed(kl *handle, const kl_uuid *vendor_id, const transaction_request *request,
                               kl_transaction **row, kl_error **error)
{
    wallet_head before;
    attempt_change change;
    attempt computed = {.vendor_id = vendor_id, .request = request, .change = &change};
    uuid_generate(&computed.id);
    if (!wallet_heads_find(handle->heads, vendor_id, &before) ||
        !compute(vendor_id, request, &before, &computed.id, &change))
        return KL_OK;
    kl_error *why = NULL;
    kl_status status = wallet_flight_post(handle->flights, handle->pool, &computed, &why);
    if (computed.row) {
        remember(handle, vendor_id, &computed, before.held);
        wallet_heads_held(handle->heads, vendor_id);
    } else {
        wallet_heads_missed(handle->heads, vendor_id);
    }
    *row = computed.row;
    if (status == KL_ERR_EXISTS) {
        kl_error_free(why);
        return KL_OK;
    }
    return wallet_failure(status, why, error);
}

/* The same computed by the server, which looks for the key first. *row stays NULL when something stands against it. */
static kl_status post_tried(kl *handle, const kl_uuid *vendor_id, const transaction_request *request,
                            kl_transaction **row, kl_error **error)
{
    attempt tried = {.vendor_id = vendor_id, .request = request};
    kl_error *why = NULL;
    uuid_generate(&tried.id);
    kl_status status = wallet_flight_post(handle->flights, handle->pool, &tried, &why);
    if (tried.row)
        remember(handle, vendor_id, &tried, WALLET_HELD_UNKNOWN);
    *row = tried.row;
    if (wallet_ask_again(status, request->idempotency_key, 0)) {
        kl_error_free(why);
        return KL_OK;
    }
    return wallet_failure(status, why, error);
}

/* The statement that does it or tells what stands against it. */
static kl_status post_asking(kl *handle, const kl_uuid *vendor_id, const transaction_request *request,
                             wallet_outcome *outcome, kl_transaction **row, kl_error **error)
{
    for (int attempt = 0;; attempt++) {
        kl_error *why = NULL;
        kl_status status = transaction_post(handle->pool, vendor_id, request, outcome, row, &why);
        if (!wallet_ask_again(status, request->idempotency_key, attempt))
            return wallet_failure(status, why, error);
        kl_error_free(why);
    }
}

static kl_status post(kl *handle, const kl_uuid *vendor_id, const transaction_request *request, wallet_outcome *outcome,
                      kl_transaction **row, kl_error **error)
{
    kl_status status = KL_OK;
    *outcome = WALLET_CHANGED;
    if (request->type != KL_REFUND)
        status = post_computed(handle, vendor_id, request, row, error);
    if (request->type != KL_REFUND && !status && !*row)
        status = post_tried(handle, vendor_id, request, row, error);
    if (status || *row)
        return status;
    return post_asking(handle, vendor_id, request, outcome, row, error);
}

/* The short way of a lone caller: one statement in one round trip, when nothing stands against it. */
static kl_status post_alone(kl *handle, const kl_uuid *vendor_id, const transaction_request *request,
                            kl_transaction **out, kl_error **error)
{
    wallet_outcome outcome;
    kl_transaction *row = NULL;
    kl_status status = post(handle, vendor_id, request, &outcome, &row, error);
    if (status)
        goto done;
    /* The refusal may be the doing of the same key in a transaction that committed while this one waited. */
    if (!row && request->idempotency_key && outcome != WALLET_MISSING) {
        status = transaction_find(handle->pool, vendor_id, request->idempotency_key, &row, error);
        if (status)
            goto done;
        if (row)
            outcome = WALLET_PRIOR;
    }
    const char *field = outcome == WALLET_PRIOR ? wallet_differing_field(request, row) : NULL;
    if (!row)
        status = wallet_refusal(request, outcome, error);
    else if (field)
        status = wallet_conflict(field, error);
    if (!status && out) {
        *out = row;
        row = NULL;
    }
done:
    kl_transaction_free(row);
    return status;
}

static void post_combined(kl *handle, const kl_uuid *vendor_id, wallet_item *const *items, size_t count)
{
    if (count == 1)
        items[0]->status = post_alone(handle, vendor_id, items[0]->request, &items[0]->row, &items[0]->error);
    else
        wallet_set_post(handle, vendor_id, items, count);
    metrics_add(&handle->metrics, METRIC_wallet_operations, (int64_t)count);
    metrics_add(&handle->metrics, METRIC_wallet_combined, count > 1 ? (int64_t)count : 0);
}

kl_status wallet_post(kl *handle, const kl_uuid *vendor_id, const transaction_request *request, kl_transaction **out,
                      kl_error **error)
{
    wallet_item item = {.request = request};
    wallet_combine(handle->combiner, handle, vendor_id, &item, post_combined);
    if (error && !*error)
        *error = item.error;
    else
        kl_error_free(item.error);
    if (out && !item.status)
        *out = item.row;
    else
        kl_transaction_free(item.row);
    return item.status;
}

kl_status wallet_resolve(kl *handle, const kl_uuid *vendor_id, const char *idempotency_key, kl_transaction **out,
                         kl_error **error)
{
    kl_transaction *row = NULL;
    kl_status status = transaction_find_settled(handle->pool, vendor_id, idempotency_key, &row, error);
    if (!status && !row)
        status = error_set(error, KL_ERR_NOT_FOUND, "nothing was done under this idempotency key");
    if (!status && out)
        *out = row;
    else
        kl_transaction_free(row);
    return status;
}
