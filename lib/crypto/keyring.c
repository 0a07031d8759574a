/* Master keys and their subkeys. */
#include "crypto/keyring.h"

#include <string.h>

#include <sodium.h>

#include "base/error.h"
#include "crypto/init.h"

typedef struct ring_key {
    uint8_t id[KEYRING_ID_BYTES];
    uint8_t subkeys[KEYRING_PURPOSES][KEYRING_SUBKEY_BYTES];
} ring_key;

/* Bytes throughout: sodium_malloc() puts the end, not the start, on a page boundary. */
struct keyring {
    uint8_t count;
    ring_key keys[];
};

_Static_assert(_Alignof(struct keyring) == 1, "a ring may start at any address");

_Static_assert(KEYRING_KEY_BYTES == crypto_kdf_KEYBYTES, "a master key is a key of the derivation");

/* Frozen: other texts here are other keys, and nothing stored could be opened. */
static const char contexts[KEYRING_PURPOSES][crypto_kdf_CONTEXTBYTES + 1] = {
    [KEYRING_SEAL] = "klstseal",
    [KEYRING_TRACKER] = "klsttrak",
    [KEYRING_RECIPIENT] = "klstrcpt",
};
static const char id_personal[crypto_generichash_blake2b_PERSONALBYTES] = "kloyst key id";

/* Names the key without telling anything about it. */
static bool derive_id(const uint8_t *master, uint8_t id[KEYRING_ID_BYTES])
{
    uint8_t digest[crypto_generichash_blake2b_BYTES];
    bool derived = crypto_generichash_blake2b_salt_personal(digest, sizeof digest, master, KEYRING_KEY_BYTES, NULL, 0,
                                                            NULL, (const unsigned char *)id_personal) == 0;
    memcpy(id, digest, KEYRING_ID_BYTES);
    sodium_memzero(digest, sizeof digest);
    return derived;
}

static kl_status add_key(keyring *ring, const uint8_t *master, kl_error **error)
{
    size_t known;
    ring_key *key = &ring->keys[ring->count];
    if (sodium_is_zero(master, KEYRING_KEY_BYTES))
        return error_set(error, KL_ERR_ARGUMENT, "master key %d is all zeros", ring->count + 1);
    if (!derive_id(master, key->id))
        return error_set(error, KL_ERR_INTERNAL, "the id of a master key could not be derived");
    if (keyring_find(ring, key->id, &known))
        return error_set(error, KL_ERR_ARGUMENT, "master keys %zu and %d are the same", known + 1, ring->count + 1);
    for (int purpose = 0; purpose < KEYRING_PURPOSES; purpose++)
        if (crypto_kdf_derive_from_key(key->subkeys[purpose], KEYRING_SUBKEY_BYTES, 1, contexts[purpose], master) != 0)
            return error_set(error, KL_ERR_INTERNAL, "a subkey could not be derived");
    ring->count++;
    return KL_OK;
}

kl_status keyring_new(const uint8_t *keys, size_t count, keyring **out, kl_error **error)
{
    if (!out)
        return error_set(error, KL_ERR_ARGUMENT, "nowhere to put the key ring");
    if (count == 0)
        return error_set(error, KL_ERR_KEY, "no master key is given");
    if (!keys || count > KEYRING_KEYS_MAX)
        return error_set(error, KL_ERR_ARGUMENT, "1 to %d master keys are needed", KEYRING_KEYS_MAX);
    kl_status status = crypto_init(error);
    if (status != KL_OK)
        return status;

    keyring *ring = sodium_malloc(sizeof *ring + count * sizeof ring->keys[0]);
    if (!ring)
        return error_memory(error);
    ring->count = 0;
    for (size_t i = 0; i < count && status == KL_OK; i++)
        status = add_key(ring, keys + i * KEYRING_KEY_BYTES, error);
    /* Nobody changes a ring again. Threads read it at any time, so it cannot be closed to reading. */
    if (status == KL_OK && sodium_mprotect_readonly(ring) != 0)
        status = error_set(error, KL_ERR_INTERNAL, "the master keys could not be protected");
    if (status == KL_OK)
        *out = ring;
    else
        keyring_free(ring);
    return status;
}

static bool decode_key(const char *text, size_t length, uint8_t key[KEYRING_KEY_BYTES])
{
    size_t decoded = 0;
    if (length == 2 * KEYRING_KEY_BYTES)
        return sodium_hex2bin(key, KEYRING_KEY_BYTES, text, length, NULL, &decoded, NULL) == 0 &&
               decoded == KEYRING_KEY_BYTES;
    if (length == sodium_base64_ENCODED_LEN(KEYRING_KEY_BYTES, sodium_base64_VARIANT_ORIGINAL) - 1)
        return sodium_base642bin(key, KEYRING_KEY_BYTES, text, length, NULL, &decoded, NULL,
                                 sodium_base64_VARIANT_ORIGINAL) == 0 &&
               decoded == KEYRING_KEY_BYTES;
    return false;
}

kl_status keyring_parse_text(const char *text, keyring **out, kl_error **error)
{
    if (!text || !*text)
        return error_set(error, KL_ERR_KEY, "no master key is given");
    uint8_t keys[KEYRING_KEYS_MAX * KEYRING_KEY_BYTES];
    size_t count = 0;
    kl_status status = KL_OK;
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        if (count == KEYRING_KEYS_MAX) {
            status = error_set(error, KL_ERR_ARGUMENT, "more than %d master keys", KEYRING_KEYS_MAX);
            goto done;
        }
        if (!decode_key(at, length, keys + count * KEYRING_KEY_BYTES)) {
            status = error_set(error, KL_ERR_FORMAT, "master key %zu is neither 64 hex digits nor base64 of 32 bytes",
                               count + 1);
            goto done;
        }
        count++;
        at += length;
        if (!*at)
            break;
    }
    status = keyring_new(keys, count, out, error);
done:
    sodium_memzero(keys, sizeof keys);
    return status;
}

void keyring_free(keyring *ring)
{
    /* Wipes it, whatever its protection is. */
    sodium_free(ring);
}

size_t keyring_count(const keyring *ring)
{
    return ring->count;
}

const uint8_t *keyring_id(const keyring *ring, size_t index)
{
    return ring->keys[index].id;
}

const uint8_t *keyring_subkey(const keyring *ring, size_t index, keyring_purpose purpose)
{
    return ring->keys[index].subkeys[purpose];
}

bool keyring_find(const keyring *ring, const uint8_t *id, size_t *index)
{
    for (size_t i = 0; i < ring->count; i++)
        if (memcmp(ring->keys[i].id, id, KEYRING_ID_BYTES) == 0) {
            *index = i;
            return true;
        }
    return false;
}
