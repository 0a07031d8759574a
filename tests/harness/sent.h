/* Sending: claimed batches with invented answers, or a worker over HTTP. */
#ifndef TESTS_HARNESS_SENT_H
#define TESTS_HARNESS_SENT_H

#include <kloyst/kloyst.h>

/* A DRAFT campaign of the vendor with parameters {"attribute":"name","fallback":"friend"}, at `price`. */
kl_uuid sent_campaign(const kl_uuid *vendor_id, const kl_uuid *waba_id, kl_money price);

/* Completes messages from … to-1 of a batch: accepted with wamid "wamid.TEST.<mobile>", except that every
 * `fail_every`-th (0: none) fails with code 131026. Starts them first. */
void sent_complete(kl_batch *batch, size_t from, size_t to, int fail_every);

/* Claims and completes until nothing waits; answers the number of batches. */
int sent_drain(const kl_uuid *vendor_id, const kl_uuid *campaign_id, int fail_every);

/* What waits, through a worker of its own, over HTTP. *report may be NULL. */
kl_status sent_by_worker(kl *handle, const kl_worker_options *options, kl_worker_report *report, kl_error **error);

/* The user wrote to the number at that moment, as folding a webhook stores it. */
void sent_window(const kl_uuid *vendor_id, const char *phone_number_id, const char *user, kl_time at);

kl_campaign_stats sent_stats(const kl_uuid *vendor_id, const kl_uuid *campaign_id);

#endif
