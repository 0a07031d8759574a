/* SHA-256, HMAC-SHA-256 and the signatures of webhooks. */
#ifndef KLOYST_CRYPTO_HMAC_H
#define KLOYST_CRYPTO_HMAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kloyst/status.h>

enum { SHA256_BYTES = 32 };

/* False only when libsodium fails; `out` is then all zeros and must not be used. */
bool sha256(const void *message, size_t length, uint8_t out[SHA256_BYTES]) __attribute__((warn_unused_result));

/* The same for a key of any length. */
bool hmac_sha256(const void *key, size_t key_length, const void *message, size_t length, uint8_t out[SHA256_BYTES])
    __attribute__((warn_unused_result));

/* Whether `hex` is exactly the 64 hex digits of `mac`, in either case. The bytes are
 * compared in a time that does not depend on them. */
bool hmac_hex_matches(const char *hex, size_t hex_length, const uint8_t mac[SHA256_BYTES]);

/* Whether `header`, "sha256=" and 64 hex digits, signs the body with one of the `count` secrets.
 * All of them are always computed, so that the time does not tell which one is in use.
 * KL_ERR_SIGNATURE: the header is missing, misspelt or signs something else, or there is no secret;
 * KL_ERR_ARGUMENT: a secret or the body is NULL, or a secret is empty and anybody could sign with it. */
kl_status signature_check(const char *header, const char *const *secrets, size_t count, const void *body,
                          size_t length, kl_error **error);

/* The same for a header that is the 64 hex digits alone. */
kl_status signature_check_hex(const char *hex, const char *const *secrets, size_t count, const void *body,
                              size_t length, kl_error **error);

#endif
