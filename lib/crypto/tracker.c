/* The authenticated id that travels with a message. */
#include "crypto/tracker.h"

#include <string.h>

#include <sodium.h>

#include "base/error.h"

enum {
    PREFIX_LENGTH = 3,
    IDS_BYTES = 2 * sizeof(kl_uuid),
    TAG_BYTES = 16,
    BODY_BYTES = IDS_BYTES + TAG_BYTES,
    BODY_TEXT = BODY_BYTES / 3 * 4
};

_Static_assert(BODY_BYTES % 3 == 0, "the base64 has no loose bits that could be spelt two ways");
_Static_assert(TRACKER_TEXT == PREFIX_LENGTH + BODY_TEXT + 1, "the text has this length");

static const char prefix[PREFIX_LENGTH + 1] = "k1.";
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static bool tag_of(const keyring *ring, size_t key, const uint8_t ids[IDS_BYTES], uint8_t tag[TAG_BYTES])
{
    uint8_t digest[crypto_generichash_BYTES];
    bool made = crypto_generichash(digest, sizeof digest, ids, IDS_BYTES, keyring_subkey(ring, key, KEYRING_TRACKER),
                                   KEYRING_SUBKEY_BYTES) == 0;
    memcpy(tag, digest, TAG_BYTES);
    sodium_memzero(digest, sizeof digest);
    return made;
}

kl_status tracker_make(const keyring *ring, const kl_uuid *vendor, const kl_uuid *message, char out[TRACKER_TEXT],
                       kl_error **error)
{
    uint8_t body[BODY_BYTES];
    out[0] = '\0';
    if (!ring)
        return error_set(error, KL_ERR_KEY, "no master key is given");
    memcpy(body, vendor->bytes, sizeof vendor->bytes);
    memcpy(body + sizeof vendor->bytes, message->bytes, sizeof message->bytes);
    if (!tag_of(ring, 0, body, body + IDS_BYTES))
        return error_set(error, KL_ERR_INTERNAL, "a tracker could not be authenticated");
    memcpy(out, prefix, PREFIX_LENGTH);
    sodium_bin2base64(out + PREFIX_LENGTH, TRACKER_TEXT - PREFIX_LENGTH, body, sizeof body,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return KL_OK;
}

bool tracker_open(const keyring *ring, const char *text, kl_uuid *vendor, kl_uuid *message)
{
    uint8_t body[BODY_BYTES];
    size_t length = 0;
    if (!ring || !text || strnlen(text, TRACKER_TEXT) != TRACKER_TEXT - 1 ||
        memcmp(text, prefix, PREFIX_LENGTH) != 0 ||
        /* libsodium takes some bytes above 127 for letters. */
        strspn(text + PREFIX_LENGTH, alphabet) != BODY_TEXT ||
        sodium_base642bin(body, sizeof body, text + PREFIX_LENGTH, BODY_TEXT, NULL, &length, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        length != sizeof body)
        return false;

    bool authentic = false;
    for (size_t key = 0; key < keyring_count(ring); key++) {
        uint8_t tag[TAG_BYTES];
        bool made = tag_of(ring, key, body, tag);
        authentic |= made & (sodium_memcmp(tag, body + IDS_BYTES, TAG_BYTES) == 0);
        sodium_memzero(tag, sizeof tag);
    }
    if (authentic) {
        memcpy(vendor->bytes, body, sizeof vendor->bytes);
        memcpy(message->bytes, body + sizeof vendor->bytes, sizeof message->bytes);
    }
    return authentic;
}
