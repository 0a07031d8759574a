/* Taking Meta's webhooks in: the handshake, the signature, the inbox. */
#ifndef KLOYST_CORE_WEBHOOK_H
#define KLOYST_CORE_WEBHOOK_H

#include <kloyst/webhook.h>

#include "core/handle.h"

/* Statuses are those of the public calls. */
kl_status webhook_challenge(const char *mode, const char *token, const char *verify_token);
kl_status webhook_verify(const char *app_secret, const char *signature, const char *body, size_t length);
kl_status webhook_take(kl *handle, const char *signature, const char *body, size_t length, kl_error **error);

#endif
