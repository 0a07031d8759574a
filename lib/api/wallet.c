/* The public calls on wallets and the ledger. */
#include "core/wallet.h"

#include "api/check.h"
#include "base/error.h"
#include "core/wallet_results.h"

enum { TEXT_CHARACTERS = 255, OPERATIONS_MAX = 10000 };

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

kl_status kl_wallet_resolve(kl *handle, const kl_uuid *vendor_id, const char *idempotency_key, kl_transaction **out,
                            kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_text(idempotency_key, TEXT_CHARACTERS, "idempotency_key", error));
    return wallet_resolve(handle, vendor_id, idempotency_key, out, error);
}

static kl_status check_operation(const kl_wallet_operation *operation, kl_error **error)
{
    if (operation->type < KL_CREDIT_RECHARGE || operation->type > KL_REFUND)
        return error_set(error, KL_ERR_ARGUMENT, "no such type");
    if ((operation->type == KL_REFUND) != (operation->debit_id != NULL))
        return error_set(error, KL_ERR_ARGUMENT, "debit_id belongs to a refund and to nothing else");
    CHECK(check_amount(operation->amount, error));
    CHECK(check_text(operation->reference, TEXT_CHARACTERS, "reference", error));
    return check_optional_text(operation->idempotency_key, TEXT_CHARACTERS, "idempotency_key", error);
}

kl_status kl_wallet_post(kl *handle, const kl_uuid *vendor_id, const kl_wallet_operation *operations, size_t count,
                         kl_wallet_results **out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(operations, "operations", error));
    CHECK(check_pointer(out, "out", error));
    if (count < 1 || count > OPERATIONS_MAX)
        return error_set(error, KL_ERR_ARGUMENT, "the number of operations must be between 1 and %d", OPERATIONS_MAX);
    for (size_t i = 0; i < count; i++) {
        kl_error *why = NULL;
        kl_status status = check_operation(&operations[i], &why);
        if (status)
            error_set(error, status, "operation %zu: %s", i + 1, kl_error_message(why));
        kl_error_free(why);
        if (status)
            return status;
    }
    return wallet_post_all(handle, vendor_id, operations, count, out, error);
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
