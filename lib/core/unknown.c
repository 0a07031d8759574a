/* Messages whose answer never came. */
#include "core/unknown.h"

#include "meta/error_policy.h"
#include "repo/unknown.h"

enum { STEP = 500, ACCOUNTS = 100 };

/* All of one account, in steps. */
static kl_status settle_account(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, int64_t limit,
                                int64_t *settled, kl_error **error)
{
    const error_policy *policy = error_policy_for(KL_ERROR_CODE_NO_ANSWER);
    int64_t before = *settled;
    while (*settled < limit) {
        unknown_settled step;
        int most = limit - *settled < STEP ? (int)(limit - *settled) : STEP;
        kl_status status = unknown_settle(handle->pool, vendor_id, waba_account_id, most, KL_ERROR_CODE_NO_ANSWER,
                                          policy->text, &step, error);
        if (status)
            return status;
        metrics_add(&handle->metrics, METRIC_unknown_failed, step.failed);
        metrics_add(&handle->metrics, METRIC_unknown_resent, step.resent);
        *settled += step.failed + step.resent;
        if (step.picked < most)
            break;
    }
    if (*settled > before)
        log_line(&handle->log, KL_LOG_INFO, "unknown", "%lld messages without an answer were settled",
                 (long long)(*settled - before));
    return KL_OK;
}

kl_status unknown_settle_due(kl *handle, int limit, int64_t *settled, kl_error **error)
{
    pg_rows *due = NULL;
    int64_t count = 0;
    kl_status status = unknown_due(handle->pool, ACCOUNTS, &due, error);
    for (int i = 0; !handle_trouble_of_all(status) && i < pg_rows_count(due) && count < limit; i++) {
        kl_uuid vendor_id = pg_uuid(due, i, 0), waba_account_id = pg_uuid(due, i, 1);
        kl_status one = settle_account(handle, &vendor_id, &waba_account_id, limit, &count, error);
        status = status ? status : one;
    }
    if (settled)
        *settled = count;
    pg_rows_free(due);
    return status;
}
