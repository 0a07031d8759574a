/* Statements: what the ledger says of a time, and whether a campaign's money adds up. */
#include "core/statement.h"

#include "base/error.h"
#include "repo/campaign.h"

kl_status statement_between(kl *handle, const kl_uuid *vendor_id, kl_time from, kl_time until, int64_t after_seq,
                            int limit, kl_transaction_page **out, kl_error **error)
{
    const kl_time moments[2] = {from, until};
    statement_edge edges[2];
    kl_status status = statement_before(handle->pool, vendor_id, moments, 2, edges, error);
    if (status)
        return status;
    int64_t after = after_seq > edges[0].seq ? after_seq : edges[0].seq;
    return transaction_list(handle->pool, vendor_id, after, edges[1].seq, limit, out, error);
}

kl_status statement_day_totals(kl *handle, const kl_uuid *vendor_id, kl_time from, kl_time until, int offset_minutes,
                               kl_day_total_page **out, kl_error **error)
{
    const kl_time moments[2] = {from, until};
    statement_edge edges[2];
    kl_status status = statement_before(handle->pool, vendor_id, moments, 2, edges, error);
    if (status)
        return status;
    return statement_totals(handle->pool, vendor_id, edges[0].seq, edges[1].seq, offset_minutes, out, error);
}

kl_status statement_campaign(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, int64_t after_seq,
                             int limit, kl_transaction_page **out, kl_error **error)
{
    kl_transaction_page *page = NULL;
    kl_status status = statement_of_campaign(handle->pool, vendor_id, campaign_id, after_seq, limit, &page, error);
    if (!status && kl_transaction_page_count(page) == 0) { /* nothing of it, or no such campaign */
        kl_campaign *campaign = NULL;
        status = campaign_get(handle->pool, vendor_id, campaign_id, &campaign, error);
        kl_campaign_free(campaign);
    }
    if (status)
        kl_transaction_page_free(page);
    else
        *out = page;
    return status;
}

/* The first sum that does not hold; NULL: all do. */
static const char *broken_sum(const statement_account *s)
{
    const kl_campaign_account *a = &s->account;
    if (a->messages != s->recipients)
        return "messages = recipients of its batches";
    if (a->held != s->worth)
        return "held = prices of its messages";
    if (a->held != a->captured + a->released + a->still_held)
        return "held = captured + released + still held";
    if (a->refunded != s->given_back)
        return "refunded = given back to its messages";
    if (a->captured - a->refunded != s->claimed_worth - s->given_back)
        return "captured - refunded = prices of the messages that count";
    if (a->refunded + a->refunded_by_hand != s->given_of_debits)
        return "refunded + refunded by hand = given back of its debits";
    return NULL;
}

kl_status statement_reconcile(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_campaign_account *out,
                              kl_error **error)
{
    statement_account read;
    kl_status status = statement_read_account(handle->pool, vendor_id, campaign_id, &read, error);
    if (status)
        return status;
    if (out)
        *out = read.account;
    const char *broken = broken_sum(&read);
    return broken ? error_set(error, KL_ERR_CORRUPT, "the campaign's money does not add up: %s", broken) : KL_OK;
}
