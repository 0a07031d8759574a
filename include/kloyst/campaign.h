/* Campaigns: one template message to contacts of a vendor: all of them, a list, or those that a filter chooses.
 *
 * DRAFT -> enqueue -> QUEUED -> first batch claimed -> PROCESSING -> last message settled -> COMPLETED.
 * Enqueueing freezes one row per recipient, with parameters and price, and holds the money. Claiming a batch pays for
 * it; a message that fails for good is refunded once. A campaign may be enqueued for later (SCHEDULED), PAUSED and resumed,
 * CANCELLED, and have its failed messages sent again.
 *
 * Contacts that are blocked are left out, and those who opted out unless the template is known to be no marketing. A contact
 * without a number is written to by its user id.
 *
 * All calls: the statuses listed at the top of vendor.h. They are thread-safe.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_CAMPAIGN_H
#define KLOYST_CAMPAIGN_H

#include <kloyst/error_policy.h>
#include <kloyst/rate.h>
#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kl_campaign_status {
    KL_CAMPAIGN_DRAFT = 1,
    KL_CAMPAIGN_QUEUED = 2,
    KL_CAMPAIGN_PROCESSING = 3,
    KL_CAMPAIGN_COMPLETED = 4,
    KL_CAMPAIGN_FAILED = 5,
    KL_CAMPAIGN_SCHEDULED = 6, /* enqueued; starts when its time has come */
    KL_CAMPAIGN_PAUSED = 7,    /* nothing more of it is started until it is resumed */
    KL_CAMPAIGN_CANCELLED = 8  /* nothing more of it is ever started */
} kl_campaign_status;

/* Fixed when the template is created at Meta: {{1}}, {{2}} … or {{name}}. */
typedef enum kl_parameter_format { KL_PARAMETERS_POSITIONAL = 1, KL_PARAMETERS_NAMED = 2 } kl_parameter_format;

/* What becomes of a message whose answer was lost and of which nothing was heard until its deadline: it counts as failed and is
 * refunded, or it is sent once more, at the risk that it comes twice. */
typedef enum kl_unknown_policy { KL_UNKNOWN_FAIL = 1, KL_UNKNOWN_RESEND = 2 } kl_unknown_policy;

typedef struct kl_campaign kl_campaign;           /* one campaign as it was read; immutable */
typedef struct kl_campaign_page kl_campaign_page; /* campaigns in order of id */
typedef struct kl_campaign_failure_page kl_campaign_failure_page; /* error codes with how often they occur */
typedef struct kl_preflight kl_preflight;         /* outcome of a preflight; immutable */

typedef struct kl_campaign_options {
    size_t size;                    /* sizeof(kl_campaign_options) as the caller was compiled */
    const char *name;               /* 1 … 200 characters */
    const kl_uuid *waba_account_id; /* the account to send from */
    const char *template_name;      /* 1 … 512 of [a-z0-9_] */
    const char *template_language;  /* such as "en" or "en_US" */
    kl_parameter_format parameter_format; /* default KL_PARAMETERS_POSITIONAL */
    const char *parameters;         /* JSON array, one object a body parameter in order, or NULL for none:
                                       {"attribute":"city","fallback":"your city"} a contact's attribute, the fallback optional;
                                       {"mobile":true} its number; {"text":"10 %"} the same text for all.
                                       With KL_PARAMETERS_NAMED each also has "name": lower-case letters, digits, '_'.
                                       "place" says where it belongs unless that is the body, see kl_message_options; a medium
                                       in the header is a {"text":"https://…"}. At most 64. */
    size_t parameters_length;
    kl_money price;                 /* per message, 0 … 999999.9999 or KL_PRICE_BY_RATE_CARD */
    const char *audience;           /* JSON, at most 8 MiB, see below; NULL: all contacts */
    size_t audience_length;
    int send_from, send_until;      /* minutes of the day, 0 … 1439 and 0 … 1440, between which messages leave: 540 and 1260 from
                                       nine to nine in the evening; 1320 and 360 pass midnight. Equal: at any time. */
    const char *time_zone;          /* whose clock that is: an IANA name that the server knows. NULL: "time_zone" of the vendor's
                                       settings, else UTC */
    int weight;                     /* its share beside other campaigns on the same number, 1 … 100; default 1 */
    kl_unknown_policy unknown_policy; /* default KL_UNKNOWN_FAIL */
    int unknown_seconds;            /* when that is decided, 60 … 2592000 after the message left; default 86400 */
    kl_template_category category;  /* of a template that is not stored: for the rate card and for contacts who want no marketing;
                                       0: MARKETING. A stored one's is its own */
} kl_campaign_options;

/* Audiences.
 *   {"contacts":["018f…", …]}  up to 100,000 ids; those of no contact are ignored
 *   {"filter":CONDITION}
 * CONDITION is {"and":[CONDITION, …]}, {"or":[…]}, {"not":CONDITION}, {"undeliverable":true} or false (see
 * kl_contact_undeliverable_at()), or says of an attribute what must all be so:
 *   {"attribute":"city", OPERATOR, …}
 *   "equals":V      the attribute is V, of the same JSON type; V is a text, a number, true or false
 *   "not_equals":V  not that: so also when there is no such attribute
 *   "in":[V, …]     it equals one of them
 *   "contains":V    it is a list with V in it, or in a list in it
 *   "exists":true   it is there and not null; false: the opposite
 *   "lt", "lte", "gt", "gte": with a number: the attribute is a number, or a text of a plain decimal (of up to 15 digits), below,
 *                   at most, above, at least that; with a date such as "2026-11-22" or "2026-11-22T18:30:00+05:30": the
 *                   attribute is a text of such a date, before, until, after, from then on. Days begin in UTC, and times
 *                   without an offset are in UTC.
 * A condition is true or false, never in between: "not" is its opposite. At most 256 conditions, 16 deep; what does not make
 * sense is KL_ERR_FORMAT with the place in the JSON. */

#define KL_CAMPAIGN_OPTIONS_INIT                                                                                       \
    {sizeof(kl_campaign_options), NULL, NULL, NULL, NULL, KL_PARAMETERS_POSITIONAL, NULL, 0, 0,                            \
     NULL, 0, 0, 0, NULL, 1, KL_UNKNOWN_FAIL, 86400, (kl_template_category)0}

/* Writes KL_CAMPAIGN_OPTIONS_INIT to *options; NULL is ignored. Since 0.1. */
KL_API void kl_campaign_options_init(kl_campaign_options *options);

/* Creates a DRAFT. *out may be NULL. KL_ERR_NOT_FOUND: no such vendor or account; KL_ERR_FORMAT: template name,
 * language, a parameter, the audience or the time zone; KL_ERR_TEMPLATE: the account's templates are stored and this one is
 * not among them, not APPROVED, or takes other parameters; KL_ERR_JSON; KL_ERR_TOO_LONG; KL_ERR_ENCODING. Since 0.1. */
KL_API kl_status kl_campaign_create(kl *handle, const kl_uuid *vendor_id, const kl_campaign_options *options,
                                    kl_campaign **out, kl_error **error);

/* Reads one campaign. KL_ERR_NOT_FOUND. Since 0.1. */
KL_API kl_status kl_campaign_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_campaign **out,
                                 kl_error **error);

/* Up to `limit` (1 … 1000) campaigns after `after` (NULL: from the first). Since 0.1. */
KL_API kl_status kl_campaign_list(kl *handle, const kl_uuid *vendor_id, const kl_uuid *after, int limit,
                                  kl_campaign_page **out, kl_error **error);

/* Gives it another `name`, 1 … 200 characters. KL_ERR_NOT_FOUND, KL_ERR_TOO_LONG, KL_ERR_ENCODING. Since 0.1. */
KL_API kl_status kl_campaign_rename(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, const char *name,
                                    kl_error **error);

/* Removes a DRAFT. KL_ERR_NOT_FOUND; KL_ERR_STATE: it was enqueued. Since 0.1. */
KL_API kl_status kl_campaign_delete(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_error **error);

/* Resolves every recipient's parameters without changing anything and compares the cost with what is available. Lists at
 * most `list_limit` (0 … 10000) recipients whose parameters do not resolve; all are counted.
 * KL_ERR_NOT_FOUND; KL_ERR_STATE: not a DRAFT. Since 0.1. */
KL_API kl_status kl_campaign_preflight(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, int list_limit,
                                       kl_preflight **out, kl_error **error);

KL_API int64_t kl_preflight_contacts(const kl_preflight *preflight);  /* the audience */
KL_API int64_t kl_preflight_blocked(const kl_preflight *preflight);   /* of them: nothing is sent to them */
KL_API int64_t kl_preflight_opted_out(const kl_preflight *preflight); /* of the others: they want no marketing, and this is */
KL_API int64_t kl_preflight_invalid(const kl_preflight *preflight);   /* of the others: parameters that do not resolve */
KL_API int64_t kl_preflight_unpriced(const kl_preflight *preflight);  /* of the others: the rate card has no price for them */
KL_API kl_money kl_preflight_cost(const kl_preflight *preflight);     /* of the rest */
KL_API kl_money kl_preflight_available(const kl_preflight *preflight);
KL_API size_t kl_preflight_listed(const kl_preflight *preflight);
/* Of listed recipient `index`: its contact, its number (or user id), the 1-based parameter (0: its price) and what is wrong with it. Out of
 * range: a nil UUID, "", 0 and "". */
KL_API kl_uuid kl_preflight_contact_id(const kl_preflight *preflight, size_t index);
KL_API const char *kl_preflight_mobile(const kl_preflight *preflight, size_t index);
KL_API int kl_preflight_parameter(const kl_preflight *preflight, size_t index);
KL_API const char *kl_preflight_reason(const kl_preflight *preflight, size_t index);
KL_API void kl_preflight_free(kl_preflight *preflight);

/* Turns a DRAFT into a QUEUED campaign in one transaction: a row per recipient, batches of 500, the hold.
 * `leave_out_invalid`: 1 leaves recipients whose parameters do not resolve out and counts them, 0 refuses.
 * *recipients (may be NULL) is their number. KL_ERR_NOT_FOUND; KL_ERR_STATE: not a DRAFT;
 * KL_ERR_INVALID_RECIPIENTS; KL_ERR_EMPTY: nobody to send to; KL_ERR_INSUFFICIENT; KL_ERR_LIMIT; KL_ERR_TEMPLATE: the stored
 * template is not approved any more or takes other parameters, or a breaker of it is open (breaker.h). Since 0.1. */
KL_API kl_status kl_campaign_enqueue(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                                     int leave_out_invalid, int64_t *recipients, kl_error **error);

/* The same, to start at `at` by the server's clock: the campaign is SCHEDULED, its recipients, parameters, prices and money
 * are settled now. A campaign that is SCHEDULED already starts at `at` instead, and leave_out_invalid means nothing. It becomes
 * QUEUED when a worker runs. A breaker of its template that closes by itself before then does not matter. The statuses of
 * kl_campaign_enqueue(), and KL_ERR_ARGUMENT: `at` is not in the future;
 * KL_ERR_STATE: neither DRAFT nor SCHEDULED. Since 0.1. */
KL_API kl_status kl_campaign_schedule(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_time at,
                                      int leave_out_invalid, int64_t *recipients, kl_error **error);

/* Stops a campaign that is SCHEDULED, QUEUED or PROCESSING: when the call returns, no further message of it is started anywhere;
 * those under way settle. `reason` (1 … 500 characters, or NULL) is kept with it. KL_ERR_NOT_FOUND; KL_ERR_STATE. Since 0.1. */
KL_API kl_status kl_campaign_pause(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, const char *reason,
                                   kl_error **error);

/* Lets a PAUSED campaign go on as what it was; one whose start has passed meanwhile starts. If its template has been put into another
 * category, what is not paid for gets the prices of that one first. KL_ERR_NOT_FOUND; KL_ERR_STATE: it is not PAUSED;
 * KL_ERR_TEMPLATE: a breaker of its template is open, see kl_breaker_resume(); KL_ERR_INSUFFICIENT: the wallet does not cover the
 * new prices, and it stays PAUSED at the old ones. Since 0.1. */
KL_API kl_status kl_campaign_resume(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_error **error);

/* Ends a campaign that is SCHEDULED, QUEUED, PROCESSING or PAUSED: when the call returns, no further message of it is started
 * anywhere. What was held for messages that were not paid for is released, what was paid for messages that have not left is
 * refunded as one ledger row; those under way settle. *cancelled (may be NULL): messages that will not be sent. A campaign
 * that is CANCELLED already is left as it is but for messages that came back since.
 * KL_ERR_NOT_FOUND; KL_ERR_STATE; KL_ERR_LIMIT: the refund would pass the cap of the wallet. Since 0.1. */
KL_API kl_status kl_campaign_cancel(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, int64_t *cancelled,
                                    kl_error **error);

/* Sends messages that FAILED once more, as further messages of the campaign with the parameters and prices of the failed ones:
 * those with one of the `count` error codes (0: failed without a code), or, when count is 0, with any code whose cause passes
 * (the table of error codes in the documentation says which). Each failed message is sent again once at most; if the new one fails
 * that is another failure. Contacts that are gone or blocked, or have opted out, are left out. The money is held; the
 * campaign, which is QUEUED, PROCESSING or COMPLETED, goes on. *messages (may be NULL) is how many there are.
 * KL_ERR_NOT_FOUND; KL_ERR_STATE; KL_ERR_EMPTY: no such message; KL_ERR_INSUFFICIENT; KL_ERR_LIMIT: too many messages for one
 * campaign; KL_ERR_TEMPLATE: a breaker of its template is open; KL_ERR_ARGUMENT: codes is NULL, or count above 1000. Since 0.1. */
KL_API kl_status kl_campaign_retry_failed(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, const int *codes,
                                          size_t count, int64_t *messages, kl_error **error);

/* The same of those that FAILED with a code of one class (error_policy.h); codes that are not in the table are KL_ERROR_RETRY, and
 * failures without a code of no class. The statuses of kl_campaign_retry_failed(); KL_ERR_ARGUMENT: not a class. Since 0.1. */
KL_API kl_status kl_campaign_retry_class(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                                         kl_error_class error_class, int64_t *messages, kl_error **error);

/* How many contacts an audience has. */
typedef struct kl_audience_count {
    int64_t contacts;
    int64_t blocked;   /* of them: nothing is sent to them */
    int64_t opted_out; /* of the others: they want no marketing */
} kl_audience_count;

/* Counts the contacts of an audience, NULL for all, without a campaign: for the one who writes a filter.
 * KL_ERR_FORMAT, KL_ERR_JSON, KL_ERR_TOO_LONG, KL_ERR_ENCODING: as kl_campaign_create(). Since 0.1. */
KL_API kl_status kl_campaign_audience_count(kl *handle, const kl_uuid *vendor_id, const char *audience, size_t length,
                                            kl_audience_count *out, kl_error **error);

/* Where a campaign's messages and money are. Each message is in one of waiting, deferred, cancelled, unknown, sent, delivered,
 * read and failed. The counts change in the transactions that change the messages: they are exact, and reading them reads
 * no message. */
typedef struct kl_campaign_stats {
    int64_t recipients; /* messages of the campaign */
    int64_t left_out;   /* contacts left out at enqueue */
    int64_t waiting;    /* not yet handed to Meta, or with a worker just now */
    int64_t deferred;   /* refused by Meta in passing: sent again later */
    int64_t cancelled;  /* will not be sent */
    int64_t unknown;    /* may have been handed to Meta: the answer was lost */
    int64_t sent;       /* in state SENT */
    int64_t delivered;  /* in state DELIVERED */
    int64_t read;       /* in state READ */
    int64_t failed;     /* in state FAILED */
    int64_t accepted;   /* messages that Meta accepted, whatever came after */
    kl_money held;      /* still set aside */
    kl_money debited;   /* paid for claimed batches */
    kl_money refunded;  /* given back for failed and cancelled messages */
    int64_t retried;    /* of the recipients: there because another message failed */
    int64_t blocked;    /* contacts left out at enqueue because nothing is sent to them */
    int64_t opted_out;  /* contacts left out because they want no marketing */
} kl_campaign_stats;

/* Reads them of one campaign. KL_ERR_NOT_FOUND. Since 0.1. */
KL_API kl_status kl_campaign_stats_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                                       kl_campaign_stats *out, kl_error **error);

/* Error codes of the messages in state FAILED and how many there are of each, the most frequent first. KL_ERR_NOT_FOUND.
 * Since 0.1. */
KL_API kl_status kl_campaign_failures(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                                      kl_campaign_failure_page **out, kl_error **error);
KL_API size_t kl_campaign_failure_page_count(const kl_campaign_failure_page *page);
/* Of entry `index`: Meta's code, 0 without one, and the number of messages. Out of range: 0. */
KL_API int kl_campaign_failure_page_code(const kl_campaign_failure_page *page, size_t index);
KL_API int64_t kl_campaign_failure_page_messages(const kl_campaign_failure_page *page, size_t index);
KL_API void kl_campaign_failure_page_free(kl_campaign_failure_page *page);

KL_API kl_uuid kl_campaign_id(const kl_campaign *campaign);
KL_API kl_uuid kl_campaign_vendor_id(const kl_campaign *campaign);
KL_API const char *kl_campaign_name(const kl_campaign *campaign);
KL_API kl_campaign_status kl_campaign_status_of(const kl_campaign *campaign);
KL_API kl_uuid kl_campaign_waba_account_id(const kl_campaign *campaign);
KL_API const char *kl_campaign_template_name(const kl_campaign *campaign);
KL_API const char *kl_campaign_template_language(const kl_campaign *campaign);
KL_API kl_parameter_format kl_campaign_parameter_format(const kl_campaign *campaign);
KL_API kl_money kl_campaign_price(const kl_campaign *campaign);
KL_API int64_t kl_campaign_recipients(const kl_campaign *campaign);
KL_API kl_time kl_campaign_created_at(const kl_campaign *campaign);
KL_API kl_time kl_campaign_queued_at(const kl_campaign *campaign);
KL_API kl_time kl_campaign_completed_at(const kl_campaign *campaign);
KL_API kl_time kl_campaign_starts_at(const kl_campaign *campaign);        /* of a SCHEDULED campaign, or one that was */
KL_API const char *kl_campaign_pause_reason(const kl_campaign *campaign); /* of a PAUSED one; "": none */
KL_API void kl_campaign_free(kl_campaign *campaign);

KL_API size_t kl_campaign_page_count(const kl_campaign_page *page);
KL_API const kl_campaign *kl_campaign_page_at(const kl_campaign_page *page, size_t index);
KL_API void kl_campaign_page_free(kl_campaign_page *page);

#ifdef __cplusplus
}
#endif

#endif
