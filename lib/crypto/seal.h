/* Sealing a secret for one column of one row of one vendor: elsewhere it cannot be opened. */
#ifndef KLOYST_CRYPTO_SEAL_H
#define KLOYST_CRYPTO_SEAL_H

#include <stddef.h>

#include <kloyst/types.h>

#include "base/buffer.h"
#include "crypto/keyring.h"

enum {
    SEAL_OVERHEAD = 45,      /* version 1, key id 4, nonce 24, tag 16 */
    SEAL_PLAIN_MAX = 65536,  /* bytes of a secret */
    SEAL_NAME_MAX = 63       /* bytes of a table's or column's name */
};

/* Where the secret is stored. All four are needed; names are not empty. */
typedef struct seal_binding {
    const kl_uuid *vendor_id;
    const char *table;
    const char *column;
    const kl_uuid *row_id;
} seal_binding;

/* Appends the sealed form, `length` + SEAL_OVERHEAD bytes, to `out`; each call takes a new nonce.
 * KL_ERR_KEY: ring is NULL; KL_ERR_ARGUMENT: the binding; KL_ERR_TOO_LONG; KL_ERR_MEMORY.
 * On failure `out` holds what it held. */
kl_status seal(const keyring *ring, const seal_binding *binding, const void *plain, size_t length, buffer *out,
               kl_error **error);

/* Opens it. *out is NUL-terminated guarded memory, *out_length long without the NUL, for secret_free.
 * KL_ERR_KEY: ring is NULL or lacks the key; KL_ERR_CORRUPT: changed, cut or another place's;
 * KL_ERR_ARGUMENT: the binding; KL_ERR_MEMORY. On failure the outputs are unchanged. */
kl_status unseal(const keyring *ring, const seal_binding *binding, const void *sealed, size_t length, char **out,
                 size_t *out_length, kl_error **error);

/* The id (KEYRING_ID_BYTES) of the key that sealed it; NULL: not a sealed secret. */
const char *seal_key_id(const void *sealed, size_t length);

/* Wipes and releases what unseal gave; NULL is allowed. */
void secret_free(char *secret, size_t length);

#endif
