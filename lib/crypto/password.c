/* Hashing passwords with Argon2id, and checking them at a bounded cost. */
#include "crypto/password.h"

#include <errno.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "base/error.h"
#include "crypto/init.h"

/* What password_hash uses; above the floor of 19 MiB and two passes that OWASP gives. */
#define MEMORY_KIB (crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE / 1024)
#define PASSES crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE

enum {
    /* The most a stored hash may ask for: libsodium's MODERATE, about half a second. */
    MEMORY_KIB_MAX = 262144,
    PASSES_MAX = 3,
    MEMORY_KIB_MIN = crypto_pwhash_argon2id_MEMLIMIT_MIN / 1024,
    SALT_BYTES = crypto_pwhash_argon2id_SALTBYTES,
    TAG_BYTES = 32
};

_Static_assert(PASSWORD_HASH_SIZE == crypto_pwhash_argon2id_STRBYTES, "a hash's text has this room");
_Static_assert(MEMORY_KIB <= MEMORY_KIB_MAX && PASSES <= PASSES_MAX, "own hashes are within the bounds");

static sem_t slots;

/* The semaphore is made anew in a child process: what its parent's other threads hold there,
 * nobody would ever give back. The owner is negative while one thread is making it. */
static kl_status slots_enter(kl_error **error)
{
    static _Atomic int64_t owner;
    int64_t self = getpid();
    for (int64_t seen = atomic_load(&owner); seen != self; seen = atomic_load(&owner)) {
        if (seen != -self && atomic_compare_exchange_strong(&owner, &seen, -self)) {
            bool made = sem_init(&slots, 0, PASSWORD_CONCURRENCY) == 0;
            atomic_store(&owner, made ? self : 0);
            if (!made)
                return error_set(error, KL_ERR_INTERNAL, "the limit of password computations could not be set up");
        } else {
            sched_yield();
        }
    }
    while (sem_wait(&slots) != 0)
        if (errno != EINTR)
            return error_set(error, KL_ERR_INTERNAL, "waiting for a password computation failed");
    return KL_OK;
}

static kl_status check_input(const char *password, size_t length, kl_error **error)
{
    if (!password || length == 0)
        return error_set(error, KL_ERR_ARGUMENT, "the password is empty");
    if (length > PASSWORD_MAX)
        return error_set(error, KL_ERR_TOO_LONG, "the password is longer than %d bytes", PASSWORD_MAX);
    return crypto_init(error);
}

kl_status password_hash(const char *password, size_t length, char out[PASSWORD_HASH_SIZE], kl_error **error)
{
    if (!out)
        return error_set(error, KL_ERR_ARGUMENT, "nowhere to put the hash");
    out[0] = '\0';
    kl_status status = check_input(password, length, error);
    if (status == KL_OK)
        status = slots_enter(error);
    if (status != KL_OK)
        return status;
    int failed = crypto_pwhash_argon2id_str(out, password, length, PASSES, crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE);
    sem_post(&slots);
    if (failed) {
        /* Memory is all that it can lack. */
        sodium_memzero(out, PASSWORD_HASH_SIZE);
        return error_memory(error);
    }
    return KL_OK;
}

typedef struct parsed_hash {
    uint32_t memory_kib;
    uint32_t passes;
    uint8_t salt[SALT_BYTES];
    uint8_t tag[TAG_BYTES];
} parsed_hash;

static bool read_text(const char **at, const char *expected)
{
    size_t length = strlen(expected);
    if (strncmp(*at, expected, length) != 0)
        return false;
    *at += length;
    return true;
}

/* A decimal number without leading zeros. */
static bool read_number(const char **at, uint32_t least, uint32_t most, uint32_t *value)
{
    if (**at < '1' || **at > '9')
        return false;
    for (*value = 0; **at >= '0' && **at <= '9'; ++*at) {
        *value = *value * 10 + (uint32_t)(**at - '0');
        if (*value > most)
            return false;
    }
    return *value >= least;
}

/* Base64 without padding, up to `stop`. */
static bool read_bytes(const char **at, char stop, uint8_t *bytes, size_t size)
{
    size_t length = 0;
    const char *end = strchr(*at, stop);
    bool read = end && sodium_base642bin(bytes, size, *at, (size_t)(end - *at), NULL, &length, NULL,
                                         sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0;
    *at = end;
    return read && length == size;
}

/* Only what password_hash writes, but for the costs within their bounds. */
static bool parse_hash(const char *stored, parsed_hash *hash)
{
    const char *at = stored;
    return strnlen(stored, PASSWORD_HASH_SIZE) < PASSWORD_HASH_SIZE && read_text(&at, "$argon2id$v=19$m=") &&
           read_number(&at, MEMORY_KIB_MIN, MEMORY_KIB_MAX, &hash->memory_kib) && read_text(&at, ",t=") &&
           read_number(&at, 1, PASSES_MAX, &hash->passes) && read_text(&at, ",p=1$") &&
           read_bytes(&at, '$', hash->salt, sizeof hash->salt) && read_text(&at, "$") &&
           read_bytes(&at, '\0', hash->tag, sizeof hash->tag);
}

kl_status password_verify(const char *stored, const char *password, size_t length, bool *matches, bool *rehash,
                          kl_error **error)
{
    parsed_hash hash;
    uint8_t tag[TAG_BYTES];
    if (!stored || !matches || !rehash)
        return error_set(error, KL_ERR_ARGUMENT, "the stored hash or the outputs are missing");
    *matches = *rehash = false;
    kl_status status = check_input(password, length, error);
    if (status != KL_OK || !parse_hash(stored, &hash))
        return status;
    status = slots_enter(error);
    if (status != KL_OK)
        return status;
    /* Not crypto_pwhash_str_verify(), which answers a lack of memory like a wrong password. */
    int failed = crypto_pwhash_argon2id(tag, sizeof tag, password, length, hash.salt, hash.passes,
                                        (size_t)hash.memory_kib * 1024, crypto_pwhash_argon2id_ALG_ARGON2ID13);
    sem_post(&slots);
    if (failed) {
        status = error_memory(error);
    } else {
        *matches = sodium_memcmp(tag, hash.tag, sizeof tag) == 0;
        *rehash = *matches && (hash.memory_kib != MEMORY_KIB || hash.passes != PASSES);
    }
    sodium_memzero(tag, sizeof tag);
    return status;
}

kl_status password_verify_dummy(const char *password, size_t length, kl_error **error)
{
    /* Of the parameters in use; nobody knows a password that gives 32 zeros. */
    static const char dummy[] = "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
                                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    _Static_assert(MEMORY_KIB == 65536 && PASSES == 2, "the dummy costs what a hash costs");
    bool matches, rehash;
    return password_verify(dummy, password, length, &matches, &rehash, error);
}
