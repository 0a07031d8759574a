/* Logging in, without telling by status, message or time whether an address is known. */
#include "core/authenticate.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/uuid.h"
#include "core/user.h"
#include "crypto/password.h"
#include "repo/user.h"

/* The user of an address and its hash, NULL with KL_OK when there is none: in two round trips either way. */
static kl_status find(kl *handle, const char *email, kl_user **user, char **hash, kl_error **error)
{
    char address[USER_EMAIL_BYTES + 1];
    kl_error *malformed = NULL;
    kl_uuid vendor_id, id;
    bool found = false;
    uuid_generate(&vendor_id);
    uuid_generate(&id);
    /* A malformed address is looked for too: as "", which nobody has. */
    user_email(email, address, &malformed);
    kl_error_free(malformed);
    kl_status status = user_find_login(handle->pool, address, &vendor_id, &id, &found, error);
    if (!status)
        status = user_get_with_hash(handle->pool, &vendor_id, &id, user, hash, error);
    return status;
}

/* Computes with today's parameters. The login stands whether or not the new hash could be stored. */
static void renew(kl *handle, const kl_user *user, const char *old, const char *password, size_t length)
{
    char renewed[PASSWORD_HASH_SIZE];
    if (password_hash(password, length, renewed, NULL) == KL_OK)
        user_renew_hash(handle->pool, user, old, renewed, NULL);
}

kl_status authenticate(kl *handle, const char *email, const char *password, size_t password_length, kl_user **out,
                       kl_error **error)
{
    kl_user *user = NULL;
    char *hash = NULL;
    bool matches = false, outdated = false;
    /* Nobody's password has this length; it is refused after the same work as any wrong one. */
    bool possible = password_length >= USER_PASSWORD_LEAST && password_length <= PASSWORD_MAX;
    const char *tried = possible ? password : "impossible";
    size_t tried_length = possible ? password_length : sizeof "impossible" - 1;
    kl_status status = find(handle, email, &user, &hash, error);
    if (!status && hash && possible)
        status = password_verify(hash, tried, tried_length, &matches, &outdated, error);
    else if (!status)
        status = password_verify_dummy(tried, tried_length, error);
    if (!status && !matches)
        status = error_set(error, KL_ERR_CREDENTIALS, "unknown user or wrong password");
    if (!status && outdated)
        renew(handle, user, hash, password, password_length);
    if (!status) {
        *out = user;
        user = NULL;
    }
    kl_user_free(user);
    free(hash);
    return status;
}
