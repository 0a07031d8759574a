/* Recipients as keyed hashes: equal ones are seen to be equal, and without the key nobody can tell who they are. */
#ifndef KLOYST_CRYPTO_RECIPIENT_HASH_H
#define KLOYST_CRYPTO_RECIPIENT_HASH_H

#include <stdint.h>

#include "crypto/keyring.h"

/* SipHash-2-4 of a number or business-scoped user id under the ring's primary key. After a change of keys the old hashes
 * are other ones: what they stand for is forgotten within a day. */
int64_t recipient_hash(const keyring *ring, const char *recipient);

#endif
