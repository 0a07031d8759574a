/* What campaigns do for circuit breakers: they are paused when one opens, and go on when the last one that holds them
 * is closed. */
#include "base/error.h"
#include "core/breaker.h"
#include "core/campaign_life.h"
#include "repo/breaker.h"

/* The campaign is not what it was: somebody else has decided. */
static bool overtaken(kl_status status)
{
    return status == KL_ERR_STATE || status == KL_ERR_NOT_FOUND;
}

kl_status breaker_pause_campaigns(kl *handle, const kl_uuid *vendor_id, const pg_rows *campaigns, const char *reason,
                                  kl_error **error)
{
    kl_status status = KL_OK;
    for (int i = 0; !status && i < pg_rows_count(campaigns); i++) {
        kl_uuid id = pg_uuid(campaigns, i, 0);
        kl_error *why = NULL;
        status = campaign_pause(handle, vendor_id, &id, reason, &why);
        if (overtaken(status))
            status = KL_OK;
        else if (status)
            error_set(error, status, "%s", kl_error_message(why));
        kl_error_free(why);
    }
    return status;
}

/* `held`: when no breaker holds it any more. */
static kl_status go_on(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, bool held, kl_error **error)
{
    kl_error *why = NULL;
    kl_status status = held ? breaker_holds(handle->pool, vendor_id, campaign_id, &held, error) : KL_OK;
    if (status || held)
        return status;
    status = campaign_resume(handle, vendor_id, campaign_id, &why);
    if (overtaken(status))
        status = KL_OK;
    else if (status)
        error_set(error, status, "%s", kl_error_message(why));
    kl_error_free(why);
    return status;
}

/* Campaigns that only this breaker holds go on before it is closed: who is stopped in between finds it open and starts
 * again. Those that another one held are looked at once more afterwards, as that may be closed at this moment. */
kl_status breaker_close_campaigns(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, breaker_close_function close,
                                  bool *closed, kl_error **error)
{
    pg_rows *paused = NULL;
    kl_status status = breaker_paused(handle->pool, vendor_id, id, &paused, error);
    for (int i = 0; !status && i < pg_rows_count(paused); i++) {
        kl_uuid campaign_id = pg_uuid(paused, i, 0);
        if (pg_bool(paused, i, 1))
            status = go_on(handle, vendor_id, &campaign_id, false, error);
    }
    if (!status)
        status = close(handle->pool, vendor_id, id, closed, error);
    for (int i = 0; !status && *closed && i < pg_rows_count(paused); i++) {
        kl_uuid campaign_id = pg_uuid(paused, i, 0);
        if (!pg_bool(paused, i, 1))
            status = go_on(handle, vendor_id, &campaign_id, true, error);
    }
    pg_rows_free(paused);
    return status;
}
