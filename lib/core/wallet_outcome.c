/* What became of a posting, as a status with its description. */
#include "core/wallet_outcome.h"

#include <string.h>

#include "base/error.h"

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
