/* Circuit breakers: opening them when Meta refuses to go on, listing and closing them. */
#ifndef KLOYST_CORE_BREAKER_H
#define KLOYST_CORE_BREAKER_H

#include <kloyst/breaker.h>

#include "core/handle.h"

/* What was refused and why. What a scope has no use for is ignored. */
typedef struct breaker_cause {
    kl_breaker_scope scope;
    kl_uuid vendor_id;           /* whose message was refused; nil with waba_id: a webhook told it of the account */
    const char *phone_number_id; /* NUMBER; WABA: the number it was sent from, NULL with waba_id */
    const char *waba_id;         /* WABA: NULL looks it up by the number */
    const kl_uuid *campaign_id;  /* CAMPAIGN; TEMPLATE: stands for the next three when they are NULL */
    const kl_uuid *waba_account_id;
    const char *template_name;
    const char *template_language;
    int code;                    /* Meta's; 0: none */
    const char *text;            /* one line for the vendor, may be NULL; of TEMPLATE and CAMPAIGN only */
    int64_t resume_after_ms;     /* 0: it stays open until somebody closes it */
} breaker_cause;

/* Opens the breaker, or keeps it open for the longer time. From then on lane/list.sql does not list the lanes of the
 * number or WABA, and campaigns of the template, or the campaign, are PAUSED. Cheap enough to be called for every such
 * refusal. KL_ERR_NOT_FOUND: no such number or campaign of the vendor. */
kl_status breaker_trip(kl *handle, const breaker_cause *cause, kl_error **error);

/* What campaigns do for a breaker that opens, and for one that closes. `close` closes it in the database. */
kl_status breaker_pause_campaigns(kl *handle, const kl_uuid *vendor_id, const pg_rows *campaigns, const char *reason,
                                  kl_error **error);
typedef kl_status (*breaker_close_function)(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, bool *closed,
                                            kl_error **error);
kl_status breaker_close_campaigns(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, breaker_close_function close,
                                  bool *closed, kl_error **error);

/* Closes breakers whose time is up; what they paused goes on. *closed may be NULL. For housekeeping, once a second or
 * so. */
kl_status breaker_close_expired(kl *handle, int limit, int64_t *closed, kl_error **error);

/* Statuses are those of the public calls. */
kl_status breaker_page_of(kl *handle, const kl_uuid *vendor_id, const kl_uuid *after, int limit, kl_breaker_page **out,
                          kl_error **error);
kl_status breaker_page_shared(kl *handle, const kl_uuid *after, int limit, kl_breaker_page **out, kl_error **error);
kl_status breaker_resume(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, kl_error **error);
kl_status breaker_resume_shared(kl *handle, const kl_uuid *id, kl_error **error);

#endif
