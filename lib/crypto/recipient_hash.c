/* Recipients as keyed hashes. */
#include "crypto/recipient_hash.h"

#include <string.h>

#include <sodium.h>

_Static_assert(KEYRING_SUBKEY_BYTES >= crypto_shorthash_KEYBYTES, "a subkey holds a key of the hash");
_Static_assert(crypto_shorthash_BYTES == sizeof(int64_t), "the hash has 64 bits");

int64_t recipient_hash(const keyring *ring, const char *recipient)
{
    int64_t hash;
    unsigned char bytes[crypto_shorthash_BYTES];
    crypto_shorthash(bytes, (const unsigned char *)recipient, strlen(recipient),
                     keyring_subkey(ring, 0, KEYRING_RECIPIENT));
    memcpy(&hash, bytes, sizeof hash);
    return hash;
}
