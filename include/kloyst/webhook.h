/* Meta's webhooks: handshake, taking a body in, folding it into the message log.
 *
 * Take stores the raw body and returns, so that the caller can answer 200 at once; fold applies what was stored, later
 * and in sets. Folding a body again changes nothing.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_WEBHOOK_H
#define KLOYST_WEBHOOK_H

#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Largest body that Meta posts: 3 MiB. Source: Meta, webhooks overview. */
#define KL_WEBHOOK_BODY_MAX ((size_t)3 * 1024 * 1024)

/* Answers the GET handshake: KL_OK when `mode` is "subscribe" and `token` equals `verify_token`; the caller then answers 200
 * with hub.challenge as the body, else 403. Constant time in the content of the tokens.
 * KL_ERR_ARGUMENT: a NULL, an empty verify_token; KL_ERR_SIGNATURE: no match. Thread-safe. Since 0.1. */
KL_API kl_status kl_webhook_challenge(const char *mode, const char *token, const char *verify_token);

/* Checks X-Hub-Signature-256 (`signature`: "sha256=" and 64 hex digits) over the raw bytes of a body with `app_secret`.
 * Constant time. KL_ERR_ARGUMENT: body or secret is NULL; KL_ERR_SIGNATURE: missing, malformed or wrong. Thread-safe. Since 0.1. */
KL_API kl_status kl_webhook_verify(const char *app_secret, const char *signature, const char *body, size_t length);

/* Verifies a POST with the handle's app secrets, checks that `body` is strict JSON and stores its bytes. After KL_OK it is
 * durable: answer 200. `signature` is the value of X-Hub-Signature-256, NULL when it was missing.
 * KL_ERR_SIGNATURE: answer 401; KL_ERR_TOO_LONG: above KL_WEBHOOK_BODY_MAX; KL_ERR_JSON, KL_ERR_ENCODING: signed, but not JSON;
 * KL_ERR_KEY: the handle has no app secret; and the statuses at the top of vendor.h: answer 500, Meta posts it again.
 * Thread-safe. Since 0.1. */
KL_API kl_status kl_webhook_take(kl *handle, const char *signature, const char *body, size_t length, kl_error **error);

/* The same with the request's headers as they came, for programs that have no table of them: lines "Name: value", each ended by
 * CR LF or LF, `headers_length` bytes in all, with or without request line and final empty line. The signature is looked for in
 * any case of letters; missing or there twice, the body is refused.
 * Statuses of kl_webhook_take(); KL_ERR_ARGUMENT: a NULL. Thread-safe. Since 0.1. */
KL_API kl_status kl_webhook_take_request(kl *handle, const char *headers, size_t headers_length, const char *body,
                                         size_t length, kl_error **error);

typedef struct kl_fold_report {
    int64_t bodies;    /* taken from the inbox */
    int64_t statuses;  /* status updates applied */
    int64_t inbound;   /* inbound messages stored */
    int64_t other;     /* changes of other fields */
    int64_t set_aside; /* items kept for a person, with a reason: malformed, refused */
    int64_t refunded;  /* messages whose money was given back */
    int64_t unmatched; /* items whose message or account is not known yet: tried again for 24 hours */
    int64_t matched;   /* of those of earlier calls: what they are about is known now; counted above too */
    int64_t foreign;   /* of those: status updates given up, as of another system that uses the number; messages from
                          users are then kept for a person */
} kl_fold_report;

/* Applies up to `limit` (1 … 10000) stored bodies, and once a second tries those items again whose message was not known.
 * Several may run in any number of threads and processes.
 *
 * A message's state after any set of updates is the greatest of UNKNOWN < SENT < FAILED < DELIVERED < READ ("played" is READ),
 * whatever their order and number; its times are the earliest that were told. A message that was delivered was sent, and one
 * that was read was delivered: where Meta does not say when, the time of the later step bounds the earlier. A failure is
 * refunded once and so is a message that Meta says it takes no money for (`pricing`); a delivery told afterwards takes
 * nothing back: otherwise the money would depend on the order.
 *
 * *report (may be NULL) is what this call did; bodies is 0 when the inbox is empty.
 * KL_ERR_KEY: the handle has no master key, and so cannot tell which message a status is about;
 * KL_ERR_TIMEOUT, KL_ERR_SERIALIZATION: rows of one vendor were held by somebody else; the others were
 * done, its own bodies are tried again after a minute.
 * The statuses at the top of vendor.h: what was not applied stays in the inbox. Thread-safe. Since 0.1. */
KL_API kl_status kl_webhook_fold(kl *handle, int limit, kl_fold_report *report, kl_error **error);

/* Removes folded bodies and items kept for a person that are older than `days` (0 … 3650), at most `limit` (1 … 100000) of
 * each; call it again while *removed (may be NULL), their number, is not 0. What waits to be folded or matched stays.
 * KL_ERR_ARGUMENT: out of range; the statuses at the top of vendor.h. Thread-safe. Since 0.1. */
KL_API kl_status kl_webhook_retain(kl *handle, int days, int limit, int64_t *removed, kl_error **error);

/* Has the stored bodies received from `since` (0: the first) to before `until` (0: the last) folded again by the next
 * kl_webhook_fold(). What they said is known, so nothing changes but what was not understood or not known then. *bodies (may be NULL) is their number.
 * KL_ERR_ARGUMENT: `since` is not before `until`; the statuses at the top of vendor.h. Thread-safe. Since 0.1. */
KL_API kl_status kl_webhook_replay(kl *handle, kl_time since, kl_time until, int64_t *bodies, kl_error **error);

typedef struct kl_webhook_stats {
    int64_t waiting;       /* bodies that are not folded yet */
    kl_time waiting_since; /* when the first of them came; 0: none waits */
    int64_t unmatched;     /* items whose message or account is not known yet */
    int64_t set_aside;     /* items kept for a person */
    int64_t foreign;       /* items given up so far, as of another system */
} kl_webhook_stats;

/* What is in the inbox of all vendors. KL_ERR_ARGUMENT: a NULL; the statuses at the top of vendor.h. Thread-safe. Since 0.1. */
KL_API kl_status kl_webhook_stats_get(kl *handle, kl_webhook_stats *stats, kl_error **error);

typedef struct kl_webhook_aside kl_webhook_aside;           /* an item kept for a person, as it was read; immutable */
typedef struct kl_webhook_aside_page kl_webhook_aside_page; /* such items in order of id */

/* Items of webhooks that were kept with a reason, with an id above `after` (0: from the first), at most `limit` (1 … 1000):
 * malformed ones, those that the database refused, messages from users that no vendor could be found for. They go when a
 * replay understands them, or with kl_webhook_retain(). They may hold what users wrote: show them to the platform's
 * people only. KL_ERR_ARGUMENT; the statuses at the top of vendor.h. Thread-safe. Since 0.1. */
KL_API kl_status kl_webhook_aside_list(kl *handle, int64_t after, int limit, kl_webhook_aside_page **out, kl_error **error);

/* Texts live as long as the page. NULL answers 0, "" or NULL. Since 0.1. */
KL_API int64_t kl_webhook_aside_id(const kl_webhook_aside *aside); /* to page by */
KL_API const char *kl_webhook_aside_reason(const kl_webhook_aside *aside);
/* The bytes that Meta signed, *length of them: mostly a JSON object, and the whole body when it was none. */
KL_API const char *kl_webhook_aside_item(const kl_webhook_aside *aside, size_t *length);
KL_API const char *kl_webhook_aside_phone_number_id(const kl_webhook_aside *aside); /* NULL: not known */
KL_API kl_time kl_webhook_aside_at(const kl_webhook_aside *aside);

KL_API size_t kl_webhook_aside_page_count(const kl_webhook_aside_page *page);
KL_API const kl_webhook_aside *kl_webhook_aside_page_at(const kl_webhook_aside_page *page, size_t index); /* NULL out of range */
KL_API void kl_webhook_aside_page_free(kl_webhook_aside_page *page);

#ifdef __cplusplus
}
#endif

#endif
