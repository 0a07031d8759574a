/* Sealing a secret for one column of one row of one vendor. */
#include "crypto/seal.h"

#include <string.h>

#include <sodium.h>

#include "base/error.h"

enum {
    VERSION = 1,
    KEY_ID_AT = 1,
    NONCE_AT = KEY_ID_AT + KEYRING_ID_BYTES,
    NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TEXT_AT = NONCE_AT + NONCE_BYTES,
    TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES
};

_Static_assert(TEXT_AT + TAG_BYTES == SEAL_OVERHEAD, "the stored form has this overhead");
_Static_assert(KEYRING_SUBKEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "subkeys fit the cipher");

static const char domain[] = "kloyst/seal/v1";

/* The place, authenticated with the secret but not stored: six parts, each behind its length. */
typedef struct place {
    uint8_t bytes[6 * 4 + sizeof domain + 2 * sizeof(kl_uuid) + 2 * SEAL_NAME_MAX + KEYRING_ID_BYTES];
    size_t length;
} place;

static void place_add(place *where, const void *part, size_t length)
{
    uint8_t *at = where->bytes + where->length;
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(length >> (24 - 8 * i));
    memcpy(at + 4, part, length);
    where->length += 4 + length;
}

static bool name_fits(const char *name)
{
    size_t length = name ? strnlen(name, SEAL_NAME_MAX + 1) : 0;
    return length > 0 && length <= SEAL_NAME_MAX;
}

static kl_status place_of(const seal_binding *binding, const uint8_t *key_id, place *where, kl_error **error)
{
    if (!binding || !binding->vendor_id || !binding->row_id || !name_fits(binding->table) ||
        !name_fits(binding->column))
        return error_set(error, KL_ERR_ARGUMENT, "a secret needs its vendor, table, column and row");
    where->length = 0;
    place_add(where, domain, sizeof domain - 1);
    place_add(where, binding->vendor_id->bytes, sizeof binding->vendor_id->bytes);
    place_add(where, binding->table, strlen(binding->table));
    place_add(where, binding->column, strlen(binding->column));
    place_add(where, binding->row_id->bytes, sizeof binding->row_id->bytes);
    place_add(where, key_id, KEYRING_ID_BYTES);
    return KL_OK;
}

kl_status seal(const keyring *ring, const seal_binding *binding, const void *plain, size_t length, buffer *out,
               kl_error **error)
{
    place where;
    if (!ring)
        return error_set(error, KL_ERR_KEY, "no master key is given");
    if (!out || (!plain && length))
        return error_set(error, KL_ERR_ARGUMENT, "nothing to seal, or nowhere to put it");
    if (length > SEAL_PLAIN_MAX)
        return error_set(error, KL_ERR_TOO_LONG, "a secret is longer than %d bytes", SEAL_PLAIN_MAX);
    const uint8_t *key_id = keyring_id(ring, 0);
    kl_status status = place_of(binding, key_id, &where, error);
    if (status != KL_OK)
        return status;
    if (!buffer_reserve(out, length + SEAL_OVERHEAD))
        return error_memory(error);

    uint8_t *sealed = (uint8_t *)out->data + out->length;
    sealed[0] = VERSION;
    memcpy(sealed + KEY_ID_AT, key_id, KEYRING_ID_BYTES);
    randombytes_buf(sealed + NONCE_AT, NONCE_BYTES);
    unsigned long long written = 0;
    if (crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + TEXT_AT, &written, plain, length, where.bytes,
                                                   where.length, NULL, sealed + NONCE_AT,
                                                   keyring_subkey(ring, 0, KEYRING_SEAL)) != 0 ||
        written != length + TAG_BYTES) {
        sodium_memzero(sealed, length + SEAL_OVERHEAD);
        return error_set(error, KL_ERR_INTERNAL, "a secret could not be sealed");
    }
    out->length += length + SEAL_OVERHEAD;
    out->data[out->length] = '\0';
    return KL_OK;
}

kl_status unseal(const keyring *ring, const seal_binding *binding, const void *sealed, size_t length, char **out,
                 size_t *out_length, kl_error **error)
{
    const uint8_t *stored = sealed;
    place where;
    size_t key;
    if (!ring)
        return error_set(error, KL_ERR_KEY, "no master key is given");
    if (!out || !out_length || (!sealed && length))
        return error_set(error, KL_ERR_ARGUMENT, "nothing to open, or nowhere to put it");
    if (length < SEAL_OVERHEAD || length > SEAL_OVERHEAD + SEAL_PLAIN_MAX)
        return error_set(error, KL_ERR_CORRUPT, "a sealed secret has an impossible length");
    if (stored[0] != VERSION)
        return error_set(error, KL_ERR_CORRUPT, "a sealed secret has an unknown version");
    kl_status status = place_of(binding, stored + KEY_ID_AT, &where, error);
    if (status != KL_OK)
        return status;
    /* By its id only: trying one key after the other would let a ciphertext fit two of them. */
    if (!keyring_find(ring, stored + KEY_ID_AT, &key))
        return error_set(error, KL_ERR_KEY, "a secret was sealed with a master key that is not given");

    size_t plain_length = length - SEAL_OVERHEAD;
    char *plain = sodium_malloc(plain_length + 1);
    if (!plain)
        return error_memory(error);
    unsigned long long written = 0;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt((unsigned char *)plain, &written, NULL, stored + TEXT_AT,
                                                   length - TEXT_AT, where.bytes, where.length, stored + NONCE_AT,
                                                   keyring_subkey(ring, key, KEYRING_SEAL)) != 0 ||
        written != plain_length) {
        secret_free(plain, plain_length);
        return error_set(error, KL_ERR_CORRUPT, "a sealed secret fails its authentication");
    }
    plain[plain_length] = '\0';
    *out = plain;
    *out_length = plain_length;
    return KL_OK;
}

const char *seal_key_id(const void *sealed, size_t length)
{
    const char *stored = sealed;
    return length >= SEAL_OVERHEAD && stored[0] == VERSION ? stored + KEY_ID_AT : NULL;
}

void secret_free(char *secret, size_t length)
{
    if (!secret)
        return;
    sodium_memzero(secret, length);
    sodium_free(secret);
}
