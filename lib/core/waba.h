/* WABA accounts and their tokens: sealed on the way in, opened for the sender alone. */
#ifndef KLOYST_CORE_WABA_H
#define KLOYST_CORE_WABA_H

#include <kloyst/waba.h>

#include "core/handle.h"

/* Statuses are those of the public calls. */
kl_status waba_create(kl *handle, const kl_uuid *vendor_id, const char *waba_id, const char *phone_number_id,
                      const char *token, size_t token_length, kl_waba **out, kl_error **error);
kl_status waba_set_token(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, const char *token,
                         size_t token_length, kl_error **error);

/* Opens the token of an account. *token is NUL-terminated, for secret_free() of crypto/seal.h; *phone_number_id is
 * malloc'ed. `phone_number_id` and `messages_per_second` may be NULL. On failure the outputs are unchanged. */
kl_status waba_open_token(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, char **token, size_t *token_length,
                          char **phone_number_id, int *messages_per_second, kl_error **error);

/* Whether the token of an account can be opened, and whether the first key sealed it. */
kl_status waba_try_token(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, bool *first_key, kl_error **error);

/* Seals tokens that another key than the first sealed with the first. */
kl_status waba_reseal(kl *handle, const kl_uuid *vendor_id, int64_t *resealed, kl_error **error);

/* The portfolio of the account's number and its limit of users in 24 hours; 0: none. */
kl_status waba_set_portfolio(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, const char *portfolio_id,
                             int user_limit, kl_error **error);

#endif
