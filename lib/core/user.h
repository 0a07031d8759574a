/* Rules of users: what an e-mail address and a password must be. */
#ifndef KLOYST_CORE_USER_H
#define KLOYST_CORE_USER_H

#include <kloyst/user.h>

#include "core/handle.h"

enum { USER_EMAIL_BYTES = 254, USER_PASSWORD_LEAST = 8 };

/* Checks an address and writes it in the lower case it is kept in; only ASCII letters have one here.
 * KL_ERR_TOO_LONG, KL_ERR_ENCODING, KL_ERR_FORMAT; `out` is then "". */
kl_status user_email(const char *email, char out[USER_EMAIL_BYTES + 1], kl_error **error);

/* Statuses are those of the public calls. */
kl_status user_create(kl *handle, const kl_uuid *vendor_id, const char *email, const char *password,
                      size_t password_length, kl_user_role role, kl_user **out, kl_error **error);
kl_status user_set_password(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, const char *password,
                            size_t password_length, kl_error **error);

#endif
