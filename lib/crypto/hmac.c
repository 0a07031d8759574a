/* SHA-256, HMAC-SHA-256 and the signatures of webhooks. */
#include "crypto/hmac.h"

#include <string.h>

#include <sodium.h>

#include "base/error.h"
#include "crypto/sha256.h"

_Static_assert(SHA256_BYTES == crypto_hash_sha256_BYTES, "a digest has 32 bytes");
_Static_assert(SHA256_BYTES == crypto_auth_hmacsha256_BYTES, "a code has 32 bytes");

static const char prefix[] = "sha256=";
enum { HEX_DIGITS = 2 * SHA256_BYTES };

bool sha256(const void *message, size_t length, uint8_t out[SHA256_BYTES])
{
    if (crypto_hash_sha256(out, message, length) == 0)
        return true;
    sodium_memzero(out, SHA256_BYTES);
    return false;
}

bool hmac_sha256(const void *key, size_t key_length, const void *message, size_t length, uint8_t out[SHA256_BYTES])
{
    if (hmac_sha256_fast(key, key_length, message, length, out))
        return true;
    /* In parts, because the one-step function reads 32 bytes of key whatever its length is. */
    crypto_auth_hmacsha256_state state;
    bool made = crypto_auth_hmacsha256_init(&state, key, key_length) == 0 &&
                crypto_auth_hmacsha256_update(&state, message, length) == 0 &&
                crypto_auth_hmacsha256_final(&state, out) == 0;
    sodium_memzero(&state, sizeof state);
    if (!made)
        sodium_memzero(out, SHA256_BYTES);
    return made;
}

bool hmac_hex_matches(const char *hex, size_t hex_length, const uint8_t mac[SHA256_BYTES])
{
    uint8_t decoded[SHA256_BYTES] = {0};
    if (!hex || hex_length != HEX_DIGITS ||
        sodium_hex2bin(decoded, sizeof decoded, hex, hex_length, NULL, NULL, NULL) != 0)
        return false;
    return sodium_memcmp(decoded, mac, sizeof decoded) == 0;
}

kl_status signature_check_hex(const char *hex, const char *const *secrets, size_t count, const void *body,
                              size_t length, kl_error **error)
{
    if ((!secrets && count) || (!body && length))
        return error_set(error, KL_ERR_ARGUMENT, "the body or the secrets of a signature are missing");
    for (size_t i = 0; i < count; i++)
        if (!secrets[i] || !*secrets[i])
            return error_set(error, KL_ERR_ARGUMENT, "signature secret %zu is empty", i + 1);
    if (!hex)
        return error_set(error, KL_ERR_SIGNATURE, "the signature header is missing or not of SHA-256");

    size_t hex_length = strnlen(hex, HEX_DIGITS + 1);
    bool matches = false;
    for (size_t i = 0; i < count; i++) {
        uint8_t mac[SHA256_BYTES];
        bool made = hmac_sha256(secrets[i], strlen(secrets[i]), body, length, mac);
        matches |= made & hmac_hex_matches(hex, hex_length, mac);
        sodium_memzero(mac, sizeof mac);
    }
    return matches ? KL_OK : error_set(error, KL_ERR_SIGNATURE, "the signature does not belong to this body");
}

kl_status signature_check(const char *header, const char *const *secrets, size_t count, const void *body,
                          size_t length, kl_error **error)
{
    bool prefixed = header && strncmp(header, prefix, sizeof prefix - 1) == 0;
    return signature_check_hex(prefixed ? header + sizeof prefix - 1 : NULL, secrets, count, body, length, error);
}
