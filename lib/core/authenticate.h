/* Logging in, without telling by status, message or time whether an address is known. */
#ifndef KLOYST_CORE_AUTHENTICATE_H
#define KLOYST_CORE_AUTHENTICATE_H

#include <kloyst/user.h>

#include "core/handle.h"

/* kl_user_authenticate with its pointers checked. */
kl_status authenticate(kl *handle, const char *email, const char *password, size_t password_length, kl_user **out,
                       kl_error **error);

#endif
