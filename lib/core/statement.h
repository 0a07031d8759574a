/* Statements: what the ledger says of a time, and whether a campaign's money adds up. */
#ifndef KLOYST_CORE_STATEMENT_H
#define KLOYST_CORE_STATEMENT_H

#include "core/handle.h"
#include "repo/statement.h"

/* Arguments are checked by the caller; statuses are those of the public calls. */
kl_status statement_between(kl *handle, const kl_uuid *vendor_id, kl_time from, kl_time until, int64_t after_seq,
                            int limit, kl_transaction_page **out, kl_error **error);
kl_status statement_day_totals(kl *handle, const kl_uuid *vendor_id, kl_time from, kl_time until, int offset_minutes,
                               kl_day_total_page **out, kl_error **error);
kl_status statement_campaign(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, int64_t after_seq,
                             int limit, kl_transaction_page **out, kl_error **error);
kl_status statement_reconcile(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_campaign_account *out,
                              kl_error **error);

#endif
