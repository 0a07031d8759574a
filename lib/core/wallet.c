/* The single door to a vendor's ledger: every credit, debit and refund asked for by a caller goes through here. */
#include "core/wallet.h"

#include "base/error.h"
#include "core/wallet_combine.h"
#include "core/wallet_outcome.h"

static kl_status post(kl *handle, const kl_uuid *vendor_id, const transaction_request *request, wallet_outcome *outcome,
                      kl_transaction **row, kl_error **error)
{
    for (int attempt = 0;; attempt++) {
        kl_error *why = NULL;
        kl_status status = transaction_post(handle->pool, vendor_id, request, outcome, row, &why);
        if (!wallet_ask_again(status, request->idempotency_key, attempt))
            return wallet_failure(status, why, error);
        kl_error_free(why);
    }
}

/* The short way of a lone caller: one statement in one round trip. */
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
