/* The rules of holds: setting money aside, capturing it in parts, releasing it. */
#include "core/hold.h"

#include <string.h>

#include "base/error.h"
#include "core/wallet_outcome.h"

enum { EXPIRED_AT_ONCE = 500 };

static const char *differing_field(const hold_request *request, const kl_hold *prior)
{
    if (kl_hold_amount(prior) != request->amount)
        return "amount";
    if (strcmp(kl_hold_reference(prior), request->reference) != 0)
        return "reference";
    if (kl_hold_expires_at(prior) != request->expires_at)
        return "expires_at";
    return kl_hold_campaign_id(prior) ? "campaign" : NULL;
}

static kl_status insert(kl *handle, const kl_uuid *vendor_id, const hold_request *request, wallet_outcome *outcome,
                        kl_hold **made, kl_error **error)
{
    for (int attempt = 0;; attempt++) {
        kl_error *why = NULL;
        kl_status status = hold_insert(handle->pool, vendor_id, request, outcome, made, &why);
        if (!wallet_ask_again(status, request->idempotency_key, attempt))
            return wallet_failure(status, why, error);
        kl_error_free(why);
    }
}

kl_status hold_make(kl *handle, const kl_uuid *vendor_id, const hold_request *request, kl_hold **out, kl_error **error)
{
    wallet_outcome outcome;
    kl_hold *made = NULL;
    kl_status status = insert(handle, vendor_id, request, &outcome, &made, error);
    if (status)
        goto done;
    /* The refusal may be the doing of the same key in a transaction that committed while this one waited. */
    if (!made && request->idempotency_key && outcome != WALLET_MISSING) {
        status = hold_find(handle->pool, vendor_id, request->idempotency_key, &made, error);
        if (status)
            goto done;
    }
    const char *field = made ? differing_field(request, made) : NULL;
    if (!made && outcome == WALLET_EXPIRED)
        status = error_set(error, KL_ERR_ARGUMENT, "expires_at is not in the future");
    else if (!made)
        status = wallet_refusal(&(transaction_request){.type = KL_DEBIT_MESSAGE, .amount = request->amount}, outcome,
                                error);
    else if (field)
        status = wallet_conflict(field, error);
    if (!status && out) {
        *out = made;
        made = NULL;
    }
done:
    kl_hold_free(made);
    return status;
}

static kl_status capture(kl *handle, const kl_uuid *vendor_id, const hold_capture_request *request,
                         wallet_outcome *outcome, kl_transaction **row, kl_error **error)
{
    for (int attempt = 0;; attempt++) {
        kl_error *why = NULL;
        kl_status status = hold_capture(handle->pool, vendor_id, request, outcome, row, &why);
        if (!wallet_ask_again(status, request->idempotency_key, attempt))
            return wallet_failure(status, why, error);
        kl_error_free(why);
    }
}

static const char *differing_capture(const hold_capture_request *request, const kl_transaction *prior)
{
    const kl_uuid *hold_id = kl_transaction_hold_id(prior);
    if (kl_transaction_type_of(prior) != KL_DEBIT_MESSAGE)
        return "type";
    if (kl_transaction_amount(prior) != request->amount)
        return "amount";
    if (strcmp(kl_transaction_reference(prior), request->reference) != 0)
        return "reference";
    return hold_id && memcmp(hold_id, request->hold_id, sizeof *hold_id) == 0 ? NULL : "hold";
}

static kl_status refusal(const hold_capture_request *request, wallet_outcome outcome, kl_error **error)
{
    char amount[KL_MONEY_TEXT];
    kl_money_format(request->amount, amount, sizeof amount);
    switch (outcome) {
    case WALLET_EXCEEDS:
        return error_set(error, KL_ERR_EXCEEDS, "less than %s is left of the hold", amount);
    case WALLET_EXPIRED:
        return error_set(error, KL_ERR_STATE, "the hold has expired");
    case WALLET_OF_CAMPAIGN:
        return error_set(error, KL_ERR_STATE, "the hold belongs to a campaign, which captures from it by itself");
    default:
        return error_set(error, KL_ERR_NOT_FOUND, "no such hold");
    }
}

kl_status hold_take(kl *handle, const kl_uuid *vendor_id, const hold_capture_request *request, kl_transaction **out,
                    kl_error **error)
{
    wallet_outcome outcome;
    kl_transaction *row = NULL;
    kl_status status = capture(handle, vendor_id, request, &outcome, &row, error);
    if (status)
        goto done;
    /* As in hold_make(). */
    if (!row && request->idempotency_key && outcome == WALLET_EXCEEDS) {
        status = transaction_find(handle->pool, vendor_id, request->idempotency_key, &row, error);
        if (status)
            goto done;
        if (row)
            outcome = WALLET_PRIOR;
    }
    const char *field = outcome == WALLET_PRIOR ? differing_capture(request, row) : NULL;
    if (!row)
        status = refusal(request, outcome, error);
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

kl_status hold_free_rest(kl *handle, const kl_uuid *vendor_id, const kl_uuid *hold_id, kl_money *released,
                         kl_error **error)
{
    kl_money freed = 0;
    bool allowed = false;
    kl_status status = hold_release(handle->pool, vendor_id, hold_id, &freed, &allowed, error);
    if (!status && !allowed)
        status = error_set(error, KL_ERR_STATE, "the hold belongs to a campaign that is not finished");
    if (!status && released)
        *released = freed;
    return status;
}

/* All of one vendor, in steps; a step of fewer holds than wanted may have left some to others who were busy with them. */
static kl_status expire_all_of(kl *handle, const kl_uuid *vendor_id, int64_t *released, kl_error **error)
{
    int step = EXPIRED_AT_ONCE;
    while (step == EXPIRED_AT_ONCE) {
        kl_status status = hold_expire(handle->pool, vendor_id, EXPIRED_AT_ONCE, &step, error);
        if (status)
            return status;
        *released += step;
    }
    return hold_note_next(handle->pool, vendor_id, error);
}

kl_status hold_expire_due(kl *handle, int vendors, int64_t *released, kl_error **error)
{
    pg_rows *due = NULL;
    kl_status status = hold_due(handle->pool, vendors, &due, error);
    for (int i = 0; !handle_trouble_of_all(status) && i < pg_rows_count(due); i++) {
        kl_uuid vendor_id = pg_uuid(due, i, 0);
        kl_status one = expire_all_of(handle, &vendor_id, released, error);
        status = status ? status : one;
    }
    pg_rows_free(due);
    return status;
}
