/* The public calls on wallets, holds and the ledger. */
#include "core/wallet.h"

#include "api/check.h"
#include "base/error.h"
#include "core/ledger.h"

enum { TEXT_CHARACTERS = 255 };

kl_status kl_wallet_get(kl *handle, const kl_uuid *vendor_id, kl_wallet **out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(out, "out", error));
    return wallet_get(handle->pool, vendor_id, out, error);
}

/* What all calls that move money share. */
static kl_status check_movement(kl *handle, const kl_uuid *vendor_id, kl_money amount, const char *reference,
                                const char *idempotency_key, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_amount(amount, error));
    CHECK(check_text(reference, TEXT_CHARACTERS, "reference", error));
    return check_optional_text(idempotency_key, TEXT_CHARACTERS, "idempotency_key", error);
}

kl_status kl_wallet_credit(kl *handle, const kl_uuid *vendor_id, kl_money amount, const char *reference,
                           const char *idempotency_key, kl_transaction **out, kl_error **error)
{
    CHECK(check_movement(handle, vendor_id, amount, reference, idempotency_key, error));
    transaction_request request = {KL_CREDIT_RECHARGE, amount, reference, idempotency_key, NULL};
    return wallet_post(handle, vendor_id, &request, out, error);
}

kl_status kl_wallet_debit(kl *handle, const kl_uuid *vendor_id, kl_money amount, const char *reference,
                          const char *idempotency_key, kl_transaction **out, kl_error **error)
{
    CHECK(check_movement(handle, vendor_id, amount, reference, idempotency_key, error));
    transaction_request request = {KL_DEBIT_MESSAGE, amount, reference, idempotency_key, NULL};
    return wallet_post(handle, vendor_id, &request, out, error);
}

kl_status kl_wallet_refund(kl *handle, const kl_uuid *vendor_id, const kl_uuid *debit_id, kl_money amount,
                           const char *reference, const char *idempotency_key, kl_transaction **out, kl_error **error)
{
    CHECK(check_movement(handle, vendor_id, amount, reference, idempotency_key, error));
    CHECK(check_pointer(debit_id, "debit_id", error));
    transaction_request request = {KL_REFUND, amount, reference, idempotency_key, debit_id};
    return wallet_post(handle, vendor_id, &request, out, error);
}

kl_status kl_wallet_hold(kl *handle, const kl_uuid *vendor_id, kl_money amount, const char *reference,
                         const char *idempotency_key, kl_hold **out, kl_error **error)
{
    CHECK(check_movement(handle, vendor_id, amount, reference, idempotency_key, error));
    return wallet_hold(handle, vendor_id, amount, reference, idempotency_key, out, error);
}

kl_status kl_wallet_release(kl *handle, const kl_uuid *vendor_id, const kl_uuid *hold_id, kl_money *released,
                            kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(hold_id, "hold_id", error));
    return wallet_release(handle, vendor_id, hold_id, released, error);
}

kl_status kl_wallet_hold_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *hold_id, kl_hold **out,
                             kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(hold_id, "hold_id", error));
    CHECK(check_pointer(out, "out", error));
    return hold_get(handle->pool, vendor_id, hold_id, out, error);
}

kl_status kl_wallet_verify(kl *handle, const kl_uuid *vendor_id, kl_ledger_report *report, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    kl_ledger_report unwanted;
    return ledger_verify(handle, vendor_id, report ? report : &unwanted, error);
}

kl_status kl_wallet_statement(kl *handle, const kl_uuid *vendor_id, int64_t after_seq, int limit,
                              kl_transaction_page **out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_limit(limit, error));
    CHECK(check_pointer(out, "out", error));
    if (after_seq < 0)
        return error_set(error, KL_ERR_ARGUMENT, "after_seq is negative");
    return transaction_list(handle->pool, vendor_id, after_seq, INT64_MAX, limit, out, error);
}

kl_status kl_transaction_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *transaction_id, kl_transaction **out,
                             kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(transaction_id, "transaction_id", error));
    CHECK(check_pointer(out, "out", error));
    return transaction_get(handle->pool, vendor_id, transaction_id, out, error);
}
