/* Rules of users: what an e-mail address and a password must be. */
#include "core/user.h"

#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "crypto/password.h"
#include "repo/user.h"

/* Whether a sequence of valid UTF-8 shows as nothing: two addresses that look the same would be two logins. */
static bool invisible(const char *bytes, size_t length)
{
    const unsigned char *b = (const unsigned char *)bytes;
    if (length == 1)
        return b[0] <= 0x20 || b[0] == 0x7F;
    if (length == 2) /* C1 controls, no-break space, soft hyphen */
        return b[0] == 0xC2 && (b[1] <= 0xA0 || b[1] == 0xAD);
    if (length == 4) /* tag characters */
        return b[0] == 0xF3 && b[1] == 0xA0;
    unsigned code = (b[0] & 0x0Fu) << 12 | (b[1] & 0x3Fu) << 6 | (b[2] & 0x3Fu);
    return code == 0x1680 || code == 0x180E || (code >= 0x2000 && code <= 0x200F) ||
           (code >= 0x2028 && code <= 0x202F) || (code >= 0x205F && code <= 0x206F) || code == 0x3000 || code == 0xFEFF;
}

kl_status user_email(const char *email, char out[USER_EMAIL_BYTES + 1], kl_error **error)
{
    out[0] = '\0';
    size_t length = strnlen(email, USER_EMAIL_BYTES + 1);
    if (length > USER_EMAIL_BYTES)
        return error_set(error, KL_ERR_TOO_LONG, "the e-mail address is longer than %d bytes", USER_EMAIL_BYTES);
    if (!utf8_valid(email, length))
        return error_set(error, KL_ERR_ENCODING, "the e-mail address is not valid UTF-8");
    const char *at = strchr(email, '@');
    bool sound = at && at != email && at[1] && !strchr(at + 1, '@');
    for (size_t i = 0, step; sound && i < length; i += step) {
        step = utf8_sequence(email + i, length - i);
        sound = !invisible(email + i, step);
    }
    if (!sound)
        return error_set(error, KL_ERR_FORMAT, "not an e-mail address");
    for (size_t i = 0; i <= length; i++)
        out[i] = email[i] >= 'A' && email[i] <= 'Z' ? (char)(email[i] - 'A' + 'a') : email[i];
    return KL_OK;
}

/* KL_ERR_TOO_LONG comes from password_hash. */
static kl_status hash_checked(const char *password, size_t length, char hash[PASSWORD_HASH_SIZE], kl_error **error)
{
    if (length < USER_PASSWORD_LEAST)
        return error_set(error, KL_ERR_FORMAT, "the password is shorter than %d bytes", USER_PASSWORD_LEAST);
    return password_hash(password, length, hash, error);
}

kl_status user_create(kl *handle, const kl_uuid *vendor_id, const char *email, const char *password,
                      size_t password_length, kl_user_role role, kl_user **out, kl_error **error)
{
    char address[USER_EMAIL_BYTES + 1], hash[PASSWORD_HASH_SIZE];
    kl_status status = user_email(email, address, error);
    if (!status)
        status = hash_checked(password, password_length, hash, error);
    if (!status)
        status = user_insert(handle->pool, vendor_id, address, hash, role, out, error);
    return status;
}

kl_status user_set_password(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, const char *password,
                            size_t password_length, kl_error **error)
{
    char hash[PASSWORD_HASH_SIZE];
    kl_status status = hash_checked(password, password_length, hash, error);
    if (!status)
        status = user_update_hash(handle->pool, vendor_id, id, hash, error);
    return status;
}
