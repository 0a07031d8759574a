/* What a template's new category does to the prices of what is queued. */
#include "core/template_price.h"

#include <stdio.h>

#include "base/error.h"
#include "base/uuid.h"
#include "core/breaker.h"
#include "repo/template_price.h"

enum { REASON_BYTES = 200 };

static void say(const template_price_outcome *outcome, char out[REASON_BYTES])
{
    char more[KL_MONEY_TEXT];
    kl_money_format(outcome->more, more, sizeof more);
    snprintf(out, REASON_BYTES, "its template is %s now, and the available balance does not cover %s more", outcome->category, more);
}

/* Prices the campaign anew if it is to be; `reason` says why it is not covered, and is "" otherwise. */
static kl_status change(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, char reason[REASON_BYTES], kl_error **error)
{
    *reason = '\0';
    for (int attempt = 0;; attempt++) {
        template_price_outcome outcome;
        kl_error *why = NULL;
        kl_uuid hold_id;
        uuid_generate(&hold_id);
        kl_status status = template_price_change(handle->pool, vendor_id, campaign_id, &hold_id, &outcome, &why);
        if (!status && outcome.wanted && !outcome.covered)
            say(&outcome, reason);
        bool again = pg_pool_retry(status, attempt);
        if (status && !again)
            error_set_sqlstate(error, status, kl_error_sqlstate(why), "%s", kl_error_message(why));
        kl_error_free(why);
        if (!again)
            return status;
    }
}

/* The higher prices are not covered: the campaign stops until they are. */
static kl_status reprice(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_error **error)
{
    char reason[REASON_BYTES];
    kl_status status = change(handle, vendor_id, campaign_id, reason, error);
    const breaker_cause cause = {.scope = KL_BREAKER_CAMPAIGN, .vendor_id = *vendor_id, .campaign_id = campaign_id, .text = reason};
    return status || !*reason ? status : breaker_trip(handle, &cause, error);
}

kl_status template_reprice_campaign(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_error **error)
{
    char reason[REASON_BYTES];
    kl_status status = change(handle, vendor_id, campaign_id, reason, error);
    return status || !*reason ? status : error_set(error, KL_ERR_INSUFFICIENT, "%s", reason);
}

kl_status template_reprice(kl *handle, const kl_uuid *vendor_id, const kl_uuid *template_id, kl_error **error)
{
    pg_rows *campaigns = NULL;
    kl_status status = template_price_campaigns(handle->pool, vendor_id, template_id, &campaigns, error);
    for (int i = 0; !status && i < pg_rows_count(campaigns); i++) {
        kl_uuid id = pg_uuid(campaigns, i, 0);
        status = reprice(handle, vendor_id, &id, error);
    }
    pg_rows_free(campaigns);
    return status;
}
