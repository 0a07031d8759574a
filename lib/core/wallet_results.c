/* The public batch call: many operations of one vendor in one transaction, each with its own outcome. */
#include "core/wallet_results.h"

#include <stdlib.h>

#include "base/error.h"

struct kl_wallet_results {
    size_t count;
    wallet_item *items; /* their requests are forgotten */
};

kl_status wallet_post_all(kl *handle, const kl_uuid *vendor_id, const kl_wallet_operation *operations, size_t count,
                          kl_wallet_results **out, kl_error **error)
{
    kl_wallet_results *results = calloc(1, sizeof *results);
    transaction_request *requests = calloc(count, sizeof *requests);
    wallet_item **items = calloc(count, sizeof *items);
    kl_status status = KL_OK;
    if (results)
        results->items = calloc(count, sizeof *results->items);
    if (!results || !results->items || !requests || !items) {
        status = error_memory(error);
        goto done;
    }
    results->count = count;
    for (size_t i = 0; i < count; i++) {
        const kl_wallet_operation *o = &operations[i];
        requests[i] = (transaction_request){o->type, o->amount, o->reference, o->idempotency_key, o->debit_id};
        results->items[i].request = &requests[i];
        items[i] = &results->items[i];
    }
    status = wallet_set_post(handle, vendor_id, items, count);
    metrics_add(&handle->metrics, METRIC_wallet_operations, (int64_t)count);
    for (size_t i = 0; i < count; i++)
        results->items[i].request = NULL;
    if (status) {
        const kl_error *why = results->items[0].error;
        error_set_sqlstate(error, status, kl_error_sqlstate(why), "%s", kl_error_message(why));
        goto done;
    }
    *out = results;
    results = NULL;
done:
    kl_wallet_results_free(results);
    free(requests);
    free(items);
    return status;
}

size_t kl_wallet_results_count(const kl_wallet_results *results)
{
    return results ? results->count : 0;
}

kl_status kl_wallet_results_status(const kl_wallet_results *results, size_t index)
{
    return results && index < results->count ? results->items[index].status : KL_ERR_ARGUMENT;
}

const char *kl_wallet_results_message(const kl_wallet_results *results, size_t index)
{
    return results && index < results->count ? kl_error_message(results->items[index].error) : "";
}

const kl_transaction *kl_wallet_results_transaction(const kl_wallet_results *results, size_t index)
{
    return results && index < results->count ? results->items[index].row : NULL;
}

void kl_wallet_results_free(kl_wallet_results *results)
{
    if (!results)
        return;
    for (size_t i = 0; results->items && i < results->count; i++) {
        kl_transaction_free(results->items[i].row);
        kl_error_free(results->items[i].error);
    }
    free(results->items);
    free(results);
}
