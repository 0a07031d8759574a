/* Master keys: a primary one that seals, older ones that only open, and their subkeys. */
#ifndef KLOYST_CRYPTO_KEYRING_H
#define KLOYST_CRYPTO_KEYRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kloyst/status.h>

enum {
    KEYRING_KEY_BYTES = 32,
    KEYRING_ID_BYTES = 4,
    KEYRING_SUBKEY_BYTES = 32,
    KEYRING_KEYS_MAX = 16
};

/* What a subkey is for; one is never used for another purpose. */
typedef enum keyring_purpose {
    KEYRING_SEAL,
    KEYRING_TRACKER,
    KEYRING_RECIPIENT,
    KEYRING_PURPOSES
} keyring_purpose;

/* Immutable and readable from any thread. Holds subkeys only: the master keys are
 * forgotten before keyring_new answers. */
typedef struct keyring keyring;

/* Makes a ring of `count` keys of KEYRING_KEY_BYTES each, one behind the other; the first is the primary.
 * `keys` stays the caller's, who wipes it.
 * KL_ERR_KEY: no key; KL_ERR_ARGUMENT: more than KEYRING_KEYS_MAX, one twice, one all zeros, a NULL;
 * KL_ERR_MEMORY, KL_ERR_INTERNAL. */
kl_status keyring_new(const uint8_t *keys, size_t count, keyring **out, kl_error **error);

/* The same from text, as KLOYST_MASTER_KEY holds it: each key as 64 hex digits or as the 44 characters
 * of its base64, separated by commas. KL_ERR_KEY: NULL or empty; KL_ERR_FORMAT: anything else. */
kl_status keyring_parse_text(const char *text, keyring **out, kl_error **error);

/* Wipes and releases; NULL is allowed. */
void keyring_free(keyring *ring);

/* Keys by index, 0 is the primary. */
size_t keyring_count(const keyring *ring);
const uint8_t *keyring_id(const keyring *ring, size_t index);
const uint8_t *keyring_subkey(const keyring *ring, size_t index, keyring_purpose purpose);

/* Index of the key with this id (KEYRING_ID_BYTES); false when the ring has none. */
bool keyring_find(const keyring *ring, const uint8_t *id, size_t *index);

#endif
