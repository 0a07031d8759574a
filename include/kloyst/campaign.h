/* Campaigns: one template message to every contact of a vendor.
 *
 * DRAFT -> enqueue -> QUEUED -> first batch claimed -> PROCESSING -> last batch completed -> COMPLETED.
 * Enqueueing freezes one row per recipient, with parameters and price, and holds the money. Claiming a batch pays for
 * it; a message that fails for good is refunded once.
 *
 * All calls: the statuses listed at the top of vendor.h. They are thread-safe.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_CAMPAIGN_H
#define KLOYST_CAMPAIGN_H

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
                                       With KL_PARAMETERS_NAMED each also has "name": lower-case letters, digits, '_'. At most 64. */
    size_t parameters_length;
    kl_money price;                 /* per message, 0 … 999999.9999 */
} kl_campaign_options;

#define KL_CAMPAIGN_OPTIONS_INIT {sizeof(kl_campaign_options), NULL, NULL, NULL, NULL, KL_PARAMETERS_POSITIONAL, NULL, 0, 0}

/* Writes KL_CAMPAIGN_OPTIONS_INIT to *options; NULL is ignored. Since 0.1. */
KL_API void kl_campaign_options_init(kl_campaign_options *options);

/* Creates a DRAFT. *out may be NULL. KL_ERR_NOT_FOUND: no such vendor or account; KL_ERR_FORMAT: template name,
 * language or a parameter; KL_ERR_JSON; KL_ERR_TOO_LONG; KL_ERR_ENCODING. Since 0.1. */
KL_API kl_status kl_campaign_create(kl *handle, const kl_uuid *vendor_id, const kl_campaign_options *options,
                                    kl_campaign **out, kl_error **error);

/* KL_ERR_NOT_FOUND. Since 0.1. */
KL_API kl_status kl_campaign_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_campaign **out,
                                 kl_error **error);

/* Up to `limit` (1 … 1000) campaigns after `after` (NULL: from the first). Since 0.1. */
KL_API kl_status kl_campaign_list(kl *handle, const kl_uuid *vendor_id, const kl_uuid *after, int limit,
                                  kl_campaign_page **out, kl_error **error);

/* Renames. KL_ERR_NOT_FOUND, KL_ERR_TOO_LONG, KL_ERR_ENCODING. Since 0.1. */
KL_API kl_status kl_campaign_rename(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, const char *name,
                                    kl_error **error);

/* Removes a DRAFT. KL_ERR_NOT_FOUND; KL_ERR_STATE: it was enqueued. Since 0.1. */
KL_API kl_status kl_campaign_delete(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_error **error);

/* Resolves every recipient's parameters without changing anything and compares the cost with what is available. Lists at
 * most `list_limit` (0 … 10000) recipients whose parameters do not resolve; all are counted.
 * KL_ERR_NOT_FOUND; KL_ERR_STATE: not a DRAFT. Since 0.1. */
KL_API kl_status kl_campaign_preflight(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, int list_limit,
                                       kl_preflight **out, kl_error **error);

KL_API int64_t kl_preflight_contacts(const kl_preflight *preflight); /* the audience */
KL_API int64_t kl_preflight_invalid(const kl_preflight *preflight);  /* of them: parameters that do not resolve */
KL_API kl_money kl_preflight_cost(const kl_preflight *preflight);    /* price × valid; saturates at INT64_MAX */
KL_API kl_money kl_preflight_available(const kl_preflight *preflight);
KL_API size_t kl_preflight_listed(const kl_preflight *preflight);
/* Of listed recipient `index`: its contact, its number, the 1-based parameter and what is wrong with it. Out of
 * range: a nil UUID, "", 0 and "". */
KL_API kl_uuid kl_preflight_contact_id(const kl_preflight *preflight, size_t index);
KL_API const char *kl_preflight_mobile(const kl_preflight *preflight, size_t index);
KL_API int kl_preflight_parameter(const kl_preflight *preflight, size_t index);
KL_API const char *kl_preflight_reason(const kl_preflight *preflight, size_t index);
KL_API void kl_preflight_free(kl_preflight *preflight);

/* Turns a DRAFT into a QUEUED campaign in one transaction: a row per recipient, batches of 500, the hold.
 * `leave_out_invalid`: 1 leaves recipients whose parameters do not resolve out and counts them, 0 refuses.
 * *recipients (may be NULL) is their number. KL_ERR_NOT_FOUND; KL_ERR_STATE: not a DRAFT;
 * KL_ERR_INVALID_RECIPIENTS; KL_ERR_EMPTY: nobody to send to; KL_ERR_INSUFFICIENT; KL_ERR_LIMIT. Since 0.1. */
KL_API kl_status kl_campaign_enqueue(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                                     int leave_out_invalid, int64_t *recipients, kl_error **error);

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
    kl_money refunded;  /* given back for failed messages */
} kl_campaign_stats;

/* KL_ERR_NOT_FOUND. Since 0.1. */
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
KL_API void kl_campaign_free(kl_campaign *campaign);

KL_API size_t kl_campaign_page_count(const kl_campaign_page *page);
KL_API const kl_campaign *kl_campaign_page_at(const kl_campaign_page *page, size_t index);
KL_API void kl_campaign_page_free(kl_campaign_page *page);

#ifdef __cplusplus
}
#endif

#endif
