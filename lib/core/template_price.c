/* What a template's new category does to the prices of what is queued. */
#include "core/template_price.h"

#include <stdio.h>

#include "base/error.h"
#include "base/uuid.h"
#include "core/breaker.h"
#include "repo/template_price.h"

/* The higher prices are not covered: the campaign stops, and whoever lets it go on does so at the old ones. */
static kl_status stop(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, const template_price_outcome *outcome,
                      kl_error **error)
{
    char text[200], more[KL_MONEY_TEXT];
    kl_money_format(outcome->more, more, sizeof more);
    snprintf(text, sizeof text, "its template is %s now, and the available balance does not cover %s more", outcome->category, more);
    const breaker_cause cause = {.scope = KL_BREAKER_CAMPAIGN, .vendor_id = *vendor_id, .campaign_id = campaign_id, .text = text};
    kl_status status = breaker_trip(handle, &cause, error);
    return status ? status : template_price_keep(handle->pool, vendor_id, campaign_id, error);
}

static kl_status reprice(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_error **error)
{
    for (int attempt = 0;; attempt++) {
        template_price_outcome outcome;
        kl_error *why = NULL;
        kl_uuid hold_id;
        uuid_generate(&hold_id);
        kl_status status = template_price_change(handle->pool, vendor_id, campaign_id, &hold_id, &outcome, &why);
        if (!status && outcome.wanted && !outcome.covered)
            status = stop(handle, vendor_id, campaign_id, &outcome, &why);
        else if (pg_pool_retry(status, attempt)) {
            kl_error_free(why);
            continue;
        }
        if (status)
            error_set_sqlstate(error, status, kl_error_sqlstate(why), "%s", kl_error_message(why));
        kl_error_free(why);
        return status;
    }
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
