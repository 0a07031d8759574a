/* What campaigns do for circuit breakers: they are paused when one opens, and go on when the last one that holds them
 * is closed. */
#include "base/error.h"
#include "core/breaker.h"
#include "core/campaign_life.h"
#include "repo/breaker.h"

/* The campaign is not what it was, or another breaker of its template has opened: somebody else has decided. */
static bool overtaken(kl_status status)
{
    return status == KL_ERR_STATE || status == KL_ERR_NOT_FOUND || status == KL_ERR_TEMPLATE;
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

/* Its higher prices are not covered: it waits for money behind a breaker of its own. When it is that one which is to be closed,
 * whoever closes it is told. */
static kl_status wait_for_money(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, const kl_uuid *breaker_id,
                                const kl_error *why, kl_error **error)
{
    const breaker_cause cause = {.scope = KL_BREAKER_CAMPAIGN, .vendor_id = *vendor_id, .campaign_id = campaign_id,
                                 .text = kl_error_message(why)};
    bool held = false;
    kl_status status = breaker_trip(handle, &cause, error);
    if (!status)
        status = breaker_holds(handle->pool, vendor_id, campaign_id, breaker_id, &held, error);
    return status || held ? status : error_set(error, KL_ERR_INSUFFICIENT, "%s", kl_error_message(why));
}

/* For the breaker `breaker_id`: before it is closed, or, with `closed`, when no breaker holds the campaign any more. */
static kl_status go_on(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, const kl_uuid *breaker_id, bool closed,
                       kl_error **error)
{
    kl_error *why = NULL;
    bool held = false;
    kl_status status = closed ? breaker_holds(handle->pool, vendor_id, campaign_id, NULL, &held, error) : KL_OK;
    if (status || held)
        return status;
    status = campaign_resume(handle, vendor_id, campaign_id, breaker_id, &why);
    if (overtaken(status))
        status = KL_OK;
    else if (status == KL_ERR_INSUFFICIENT)
        status = wait_for_money(handle, vendor_id, campaign_id, breaker_id, why, error);
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
            status = go_on(handle, vendor_id, &campaign_id, id, false, error);
    }
    if (!status)
        status = close(handle->pool, vendor_id, id, closed, error);
    for (int i = 0; !status && *closed && i < pg_rows_count(paused); i++) {
        kl_uuid campaign_id = pg_uuid(paused, i, 0);
        if (!pg_bool(paused, i, 1))
            status = go_on(handle, vendor_id, &campaign_id, id, true, error);
    }
    pg_rows_free(paused);
    return status;
}
