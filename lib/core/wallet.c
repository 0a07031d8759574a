/* The single door to a vendor's money: every credit, debit, refund and hold asked for by a caller goes through here. */
#include "core/wallet.h"

#include <string.h>

#include "base/error.h"

/* Two transactions with one key at the same time: the second is told so by the unique index and asks again. Once
 * is enough, because the first has committed by then. */
enum { KEY_ATTEMPTS = 2 };

static const char *differing_field(const transaction_request *request, const kl_transaction *prior)
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
    return kl_transaction_batch_no(prior) >= 0 ? "campaign" : NULL;
}

static kl_status same_or_conflict(const transaction_request *request, const kl_transaction *prior, kl_error **error)
{
    const char *field = differing_field(request, prior);
    if (!field)
        return KL_OK;
    return error_set(error, KL_ERR_CONFLICT, "the idempotency key was used with another %s", field);
}

static kl_status refusal(const transaction_request *request, wallet_outcome outcome, kl_error **error)
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
    for (int attempt = 1;; attempt++) {
        kl_error *why = NULL;
        kl_status status = transaction_post(handle->pool, vendor_id, request, outcome, row, &why);
        bool again = status == KL_ERR_EXISTS && request->idempotency_key && attempt < KEY_ATTEMPTS;
        if (status && !again)
            error_set_sqlstate(error, status, kl_error_sqlstate(why), "%s", kl_error_message(why));
        kl_error_free(why);
        if (!again)
            return status;
    }
}

kl_status wallet_post(kl *handle, const kl_uuid *vendor_id, const transaction_request *request, kl_transaction **out,
                      kl_error **error)
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
    if (outcome == WALLET_PRIOR)
        status = same_or_conflict(request, row, error);
    else if (outcome != WALLET_CHANGED)
        status = refusal(request, outcome, error);
    if (!status && out) {
        *out = row;
        row = NULL;
    }
done:
    kl_transaction_free(row);
    return status;
}
