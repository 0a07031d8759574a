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

/* Verifies a POST with the handle's app secrets, checks that it is strict JSON and stores its bytes. After KL_OK it is
 * durable: answer 200. `signature` is the value of X-Hub-Signature-256, NULL when it was missing.
 * KL_ERR_SIGNATURE: answer 401; KL_ERR_TOO_LONG: above KL_WEBHOOK_BODY_MAX; KL_ERR_JSON, KL_ERR_ENCODING: signed, but not JSON;
 * KL_ERR_KEY: the handle has no app secret; and the statuses at the top of vendor.h: answer 500, Meta posts it again.
 * Thread-safe. Since 0.1. */
KL_API kl_status kl_webhook_take(kl *handle, const char *signature, const char *body, size_t length, kl_error **error);

typedef struct kl_fold_report {
    int64_t bodies;    /* taken from the inbox */
    int64_t statuses;  /* status updates applied */
    int64_t inbound;   /* inbound messages stored */
    int64_t other;     /* changes of other fields */
    int64_t set_aside; /* items kept with a reason: unknown message or account, malformed */
    int64_t refunded;  /* messages whose money was given back */
} kl_fold_report;

/* Applies up to `limit` (1 … 10000) stored bodies. Several may run in any number of threads and processes.
 * *report (may be NULL) is what this call did; bodies is 0 when the inbox is empty.
 * KL_ERR_KEY: the handle has no master key, and so cannot tell which message a status is about;
 * KL_ERR_TIMEOUT, KL_ERR_SERIALIZATION: rows of one vendor were held by somebody else; the others were
 * done, its own bodies are tried again after a minute.
 * The statuses at the top of vendor.h: what was not applied stays in the inbox. Thread-safe. Since 0.1. */
KL_API kl_status kl_webhook_fold(kl *handle, int limit, kl_fold_report *report, kl_error **error);

#ifdef __cplusplus
}
#endif

#endif
