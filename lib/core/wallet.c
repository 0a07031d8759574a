/* The single door to a vendor's ledger: every credit, debit and refund asked for by a caller goes through here. */
#include "core/wallet.h"

#include <string.h>

#include "base/error.h"
#include "core/wallet_combine.h"

bool wallet_ask_again(kl_status status, const char *idempotency_key, int attempt)
{
    return status == KL_ERR_EXISTS && idempotency_key && attempt == 0;
}

kl_status wallet_failure(kl_status status, kl_error *why, kl_error **error)
{
    if (status == KL_ERR_EXISTS)
        status = error_set(error, KL_ERR_CORRUPT, "the ledger has a row that its wallet does not know of");
    else if (status)
        error_set_sqlstate(error, status, kl_error_sqlstate(why), "%s", kl_error_message(why));
    kl_error_free(why);
    return status;
}

kl_status wallet_conflict(const char *field, kl_error **error)
{
    return error_set(error, KL_ERR_CONFLICT, "the idempotency key was used with another %s", field);
}

const char *wallet_differing_field(const transaction_request *request, const kl_transaction *prior)
{
    const kl_uuid *debit_id = kl_transaction_debit_id(prior);
    if (kl_transaction_type_of(prior) != request->type)
        return "type";
    if (kl_transaction_amount(prior) != request->amount)
        return "amount";
    if (strcmp(kl_transaction_reference(prior), request->reference) != 0)
        return "reference";
    if (!debit_id != !request->debit_id || (debit_id && memcmp(debit_id, request->debit_id, sizeof *debit_id) != 0))
        return "debit";
    if (kl_transaction_hold_id(prior))
        return "hold";
    return kl_transaction_batch_no(prior) >= 0 ? "campaign" : NULL;
}

kl_status wallet_refusal(const transaction_request *request, wallet_outcome outcome, kl_error **error)
{
    char amount[KL_MONEY_TEXT];
    kl_money_format(request->amount, amount, sizeof amount);
    switch (outcome) {
    case WALLET_MISSING:
        return error_set(error, KL_ERR_NOT_FOUND, "no such vendor");
    case WALLET_NO_DEBIT:
        return error_set(error, KL_ERR_NOT_FOUND, "no such debit");
    case WALLET_EXCEEDS:
        return error_set(error, KL_ERR_EXCEEDS, "less than %s is left of the debit", amount);
    default:
        if (request->type == KL_DEBIT_MESSAGE)
            return error_set(error, KL_ERR_INSUFFICIENT, "the available balance does not cover %s", amount);
        return error_set(error, KL_ERR_LIMIT, "the balance would pass 999999.9999 with %s more", amount);
    }
}

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
