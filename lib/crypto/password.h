/* Hashing passwords with Argon2id, and checking them at a bounded cost. */
#ifndef KLOYST_CRYPTO_PASSWORD_H
#define KLOYST_CRYPTO_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#include <kloyst/status.h>

enum {
    PASSWORD_MAX = 1024,         /* bytes of a password */
    PASSWORD_HASH_SIZE = 128,    /* room for a hash's text with its NUL */
    PASSWORD_CONCURRENCY = 2     /* computations at once in one process, 64 MiB each; others wait */
};

/* All of these: KL_ERR_ARGUMENT: a NULL or an empty password; KL_ERR_TOO_LONG; KL_ERR_MEMORY.
 * A password is `length` bytes of any value. Thread-safe; each takes about 0.1 s of one core. */

/* Writes the hash to store; "" on failure. */
kl_status password_hash(const char *password, size_t length, char out[PASSWORD_HASH_SIZE], kl_error **error);

/* *matches: whether `stored` is the hash of this password. A stored text that is not of the form which
 * password_hash writes, or that would cost more than 256 MiB or three passes, matches nothing and is
 * not computed.
 * *rehash: it matches and was made with other parameters than password_hash uses now. */
kl_status password_verify(const char *stored, const char *password, size_t length, bool *matches, bool *rehash,
                          kl_error **error);

/* For an unknown user: does and answers what password_verify would for a wrong password. */
kl_status password_verify_dummy(const char *password, size_t length, kl_error **error);

#endif
