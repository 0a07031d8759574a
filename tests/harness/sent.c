/* Sending: claimed batches with invented answers, or a worker over HTTP. */
#include "harness/sent.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/handle.h"
#include "harness/fixture.h"
#include "repo/common.h"
#include "repo/window.h"
#include "sql.h"

kl_uuid sent_campaign(const kl_uuid *vendor_id, const kl_uuid *waba_id, kl_money price)
{
    static const char parameters[] = "[{\"attribute\":\"name\",\"fallback\":\"friend\"}]";
    kl_error *error = NULL;
    kl_campaign *campaign = NULL;
    kl_campaign_options options = KL_CAMPAIGN_OPTIONS_INIT;
    options.name = "Diwali";
    options.waba_account_id = waba_id;
    options.template_name = "diwali_offer";
    options.template_language = "en_US";
    options.parameters = parameters;
    options.parameters_length = strlen(parameters);
    options.price = price;
    ck_ok(kl_campaign_create(fixture.handle, vendor_id, &options, &campaign, &error));
    kl_uuid id = kl_campaign_id(campaign);
    kl_campaign_free(campaign);
    return id;
}

void sent_complete(kl_batch *batch, size_t from, size_t to, int fail_every)
{
    kl_error *error = NULL;
    kl_send_result *results = calloc(to - from + 1, sizeof *results);
    char(*wamids)[48] = calloc(to - from + 1, sizeof *wamids);
    ck_ok(kl_batch_start(fixture.handle, batch, to, &error));
    for (size_t i = from; i < to; i++) {
        bool fails = fail_every && (i + 1) % (size_t)fail_every == 0;
        snprintf(wamids[i - from], sizeof wamids[0], "wamid.TEST.%s", kl_batch_mobile(batch, i));
        results[i - from] = (kl_send_result){i, fails ? KL_SEND_FAILED : KL_SEND_ACCEPTED, fails ? NULL : wamids[i - from],
                                             fails ? 131026 : 0, fails ? "Message undeliverable" : NULL, 0};
    }
    ck_ok(kl_batch_complete(fixture.handle, batch, results, to - from, &error));
    free(results);
    free(wamids);
}

int sent_drain(const kl_uuid *vendor_id, const kl_uuid *campaign_id, int fail_every)
{
    int batches = 0;
    for (;;) {
        kl_error *error = NULL;
        kl_batch *batch = NULL;
        kl_status status = kl_batch_claim(fixture.handle, vendor_id, campaign_id, 60000, &batch, &error);
        if (status == KL_ERR_EMPTY) {
            kl_error_free(error);
            return batches;
        }
        ck_assert_msg(!status, "claim: %s", kl_error_message(error));
        sent_complete(batch, 0, kl_batch_count(batch), fail_every);
        kl_batch_free(batch);
        batches++;
    }
}

kl_campaign_stats sent_stats(const kl_uuid *vendor_id, const kl_uuid *campaign_id)
{
    kl_error *error = NULL;
    kl_campaign_stats stats;
    ck_ok(kl_campaign_stats_get(fixture.handle, vendor_id, campaign_id, &stats, &error));
    return stats;
}

kl_status sent_by_worker(kl *handle, const kl_worker_options *options, kl_worker_report *report, kl_error **error)
{
    kl_worker *worker = NULL;
    kl_status status = kl_worker_new(handle, options, &worker, error);
    if (!status)
        status = kl_worker_run(worker, report, error);
    kl_worker_free(worker);
    return status;
}

void sent_window(const kl_uuid *vendor_id, const char *phone_number_id, const char *user, kl_time at)
{
    kl_error *error = NULL;
    pg_parameters p = PG_PARAMETERS_INIT;
    const pg_scope scope = tenant(vendor_id);
    ck_assert(window_bind_open(&p, vendor_id, &(window_opening){phone_number_id, user, at}, 1));
    ck_ok(common_query(fixture.handle->pool, &scope, sql_window_open, &p, NULL, &error));
}
