/* Repository of circuit breakers: the platform's table that senders look at, and what a vendor is told about its own.
 * */
#ifndef KLOYST_REPO_BREAKER_H
#define KLOYST_REPO_BREAKER_H

#include "pg/pool.h"

/* One thing that is stopped. Texts are the caller's. */
typedef struct breaker_row {
    kl_uuid id;
    const char *scope;           /* NUMBER, WABA, TEMPLATE, CAMPAIGN */
    const char *subject;
    kl_uuid vendor_id;           /* nil: every vendor of the number or WABA */
    const char *phone_number_id; /* NULL: all numbers of the WABA, or none */
    int code;
    int64_t resume_after_ms;     /* 0: by hand */
} breaker_row;

/* Whose campaigns a breaker pauses. */
typedef struct breaker_target {
    const kl_uuid *campaign_id;     /* one campaign, or NULL: those with this template */
    const kl_uuid *waba_account_id;
    const char *template_name;
    const char *template_language;
    const char *detail;             /* may be NULL */
    const char *reason;             /* why campaigns are paused, as they will say it */
} breaker_target;

/* Opens one or two breakers of numbers and WABAs, the second if it has a subject: all or none. */
kl_status breaker_open(pg_pool *pool, const breaker_row rows[2], kl_error **error);

/* Opens the breaker of a template or campaign. *campaigns has the ids of those to pause for it. */
kl_status breaker_open_for(pg_pool *pool, const breaker_row *row, const breaker_target *target, pg_rows **campaigns,
                           kl_error **error);

/* *rows has the ids of campaigns that the breaker has paused, and whether no other one holds them. */
kl_status breaker_paused(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, pg_rows **rows, kl_error **error);

/* Whether a breaker holds the campaign, other than `other_than` unless that is NULL. */
kl_status breaker_holds(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *campaign_id, const kl_uuid *other_than,
                        bool *held, kl_error **error);

/* *rows has waba_account_id, template_name, template_language of the campaign, or no row. */
kl_status breaker_template(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *campaign_id, pg_rows **rows,
                           kl_error **error);

/* *rows has the waba_id of the vendor's number, or no row. */
kl_status breaker_waba(pg_pool *pool, const kl_uuid *vendor_id, const char *phone_number_id, pg_rows **rows,
                       kl_error **error);

/* Open ones that stop the vendor: *rows has id, scope, subject, own, code, opened_at, resumes_at; *notes has id,
 * account, template's name and language, detail of at least those. */
kl_status breaker_list(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *after, int limit, pg_rows **rows,
                       pg_rows **notes, kl_error **error);
/* Those that stop every vendor; the columns of *rows. */
kl_status breaker_list_shared(pg_pool *pool, const kl_uuid *after, int limit, pg_rows **rows, kl_error **error);

/* Closes the vendor's breaker; it holds no campaign any more. *closed: it was there. */
kl_status breaker_close(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, bool *closed, kl_error **error);
kl_status breaker_close_shared(pg_pool *pool, const kl_uuid *id, bool *closed, kl_error **error);

/* Whether it is an open one that stops the vendor and others. */
kl_status breaker_is_shared(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, bool *shared, kl_error **error);

/* *rows has id, vendor_id and scope of up to `limit` whose time is up. */
kl_status breaker_due(pg_pool *pool, int limit, pg_rows **rows, kl_error **error);
/* Closes one of them, unless it was opened for longer meanwhile. */
kl_status breaker_close_due(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, bool *closed, kl_error **error);

#endif
