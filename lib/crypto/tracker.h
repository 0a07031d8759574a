/* The authenticated id that travels with a message through the Graph API and comes back in its statuses. */
#ifndef KLOYST_CRYPTO_TRACKER_H
#define KLOYST_CRYPTO_TRACKER_H

#include <stdbool.h>

#include <kloyst/types.h>

#include "crypto/keyring.h"

/* Room for the text with its NUL: "k1." and the base64url of 48 bytes. */
enum { TRACKER_TEXT = 68 };

/* KL_ERR_KEY: ring is NULL; KL_ERR_INTERNAL. On failure `out` is "". */
kl_status tracker_make(const keyring *ring, const kl_uuid *vendor, const kl_uuid *message, char out[TRACKER_TEXT],
                       kl_error **error);

/* Whether `text` was made with a key of this ring; it may be NULL or anything else. Takes
 * a time that depends on the form of the text only. When false the ids are unchanged. */
bool tracker_open(const keyring *ring, const char *text, kl_uuid *vendor, kl_uuid *message);

#endif
