/* Taking Meta's webhooks in: the handshake, the signature, the inbox and how long it keeps what. */
#ifndef KLOYST_CORE_WEBHOOK_H
#define KLOYST_CORE_WEBHOOK_H

#include <kloyst/webhook.h>

#include "core/handle.h"

/* Statuses are those of the public calls. */
kl_status webhook_challenge(const char *mode, const char *token, const char *verify_token);
kl_status webhook_verify(const char *app_secret, const char *signature, const char *body, size_t length);
kl_status webhook_take(kl *handle, const char *signature, const char *body, size_t length, kl_error **error);
kl_status webhook_take_request(kl *handle, const char *headers, size_t headers_length, const char *body, size_t length,
                               kl_error **error);
kl_status webhook_retain(kl *handle, int days, int limit, int64_t *removed, kl_error **error);
kl_status webhook_replay(kl *handle, kl_time since, kl_time until, int64_t *bodies, kl_error **error);
kl_status webhook_list_asides(kl *handle, int64_t after, int limit, kl_webhook_aside_page **out, kl_error **error);
kl_status webhook_stats(kl *handle, kl_webhook_stats *out, kl_error **error);

#endif
