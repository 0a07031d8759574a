/* Repository of statements: readings of the ledger by time, day, campaign and message. */
#ifndef KLOYST_REPO_STATEMENT_H
#define KLOYST_REPO_STATEMENT_H

#include <kloyst/statement.h>

#include "repo/transaction.h"

/* The newest row before a moment. */
typedef struct statement_edge {
    int64_t seq;      /* 0: none */
    kl_money balance; /* after it */
} statement_edge;

/* Finds the edges of `count` (1 … 2) moments. KL_ERR_NOT_FOUND: no such vendor; KL_ERR_CORRUPT: a row is missing. */
kl_status statement_before(pg_pool *pool, const kl_uuid *vendor_id, const kl_time *moments, size_t count,
                           statement_edge *out, kl_error **error);

/* Rows with after < seq <= last, by day and type. */
kl_status statement_totals(pg_pool *pool, const kl_uuid *vendor_id, int64_t after, int64_t last, int offset_minutes,
                           kl_day_total_page **out, kl_error **error);

kl_status statement_of_campaign(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *campaign_id, int64_t after,
                                int limit, kl_transaction_page **out, kl_error **error);

/* KL_ERR_NOT_FOUND: no such message. Each is NULL when there is none; neither pointer may be NULL. */
kl_status statement_message(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *message_id, kl_transaction **paid,
                            kl_transaction **given_back, kl_error **error);

/* What kl_campaign_reconcile() compares. */
typedef struct statement_account {
    kl_campaign_account account;
    kl_money given_back;      /* to its messages */
    kl_money given_of_debits; /* to its debits */
    int64_t recipients;       /* rows of them in its batches */
    kl_money worth;           /* sum of their prices */
    kl_money claimed_worth;   /* of those in batches that were claimed */
} statement_account;

/* KL_ERR_NOT_FOUND: no such campaign. */
kl_status statement_read_account(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                                 statement_account *out, kl_error **error);

#endif
