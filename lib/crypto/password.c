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

/* The most a stored hash may ask for: libsodium's MODERATE, about half a second. */
enum { MEMORY_KIB_MAX = 262144, PASSES_MAX = 3, LANES_MAX = 4 };

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

/* Reads "m=65536" and the like: the name, then a decimal number without leading zeros, up to `most`. */
static bool read_parameter(const char **at, const char *name, uint32_t most, uint32_t *value)
{
    size_t length = strlen(name);
    if (strncmp(*at, name, length) != 0)
        return false;
    const char *digit = *at + length;
    if (*digit < '1' || *digit > '9')
        return false;
    for (*value = 0; *digit >= '0' && *digit <= '9'; digit++) {
        *value = *value * 10 + (uint32_t)(*digit - '0');
        if (*value > most)
            return false;
    }
    *at = digit;
    return true;
}

/* Whether `stored` claims to be an Argon2id hash of affordable cost; *current: of the cost used now. */
static bool affordable(const char *stored, bool *current)
{
    uint32_t memory, passes, lanes;
    const char *at = stored;
    if (strnlen(stored, PASSWORD_HASH_SIZE) >= PASSWORD_HASH_SIZE || strncmp(at, "$argon2id$v=19$", 15) != 0)
        return false;
    at += 15;
    if (!read_parameter(&at, "m=", MEMORY_KIB_MAX, &memory) || !read_parameter(&at, ",t=", PASSES_MAX, &passes) ||
        !read_parameter(&at, ",p=", LANES_MAX, &lanes) || *at != '$')
        return false;
    *current = memory == MEMORY_KIB && passes == PASSES && lanes == 1;
    return true;
}

kl_status password_verify(const char *stored, const char *password, size_t length, bool *matches, bool *rehash,
                          kl_error **error)
{
    bool current = false;
    if (!stored || !matches || !rehash)
        return error_set(error, KL_ERR_ARGUMENT, "the stored hash or the outputs are missing");
    *matches = *rehash = false;
    kl_status status = check_input(password, length, error);
    if (status != KL_OK || !affordable(stored, &current))
        return status;
    status = slots_enter(error);
    if (status != KL_OK)
        return status;
    /* -1 for a wrong password, a malformed hash and a lack of memory: only errno tells the last one. */
    errno = 0;
    bool verified = crypto_pwhash_argon2id_str_verify(stored, password, length) == 0;
    bool starved = !verified && errno == ENOMEM;
    sem_post(&slots);
    if (starved)
        return error_memory(error);
    *matches = verified;
    *rehash = verified && !current;
    return KL_OK;
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
