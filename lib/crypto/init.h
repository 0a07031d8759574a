/* Getting libsodium ready, once a process. */
#ifndef KLOYST_CRYPTO_INIT_H
#define KLOYST_CRYPTO_INIT_H

#include <kloyst/status.h>

/* Called by whoever opens a handle; may be called often and from any thread.
 * KL_ERR_INTERNAL: libsodium refuses to work, nothing of lib/crypto may be used. */
kl_status crypto_init(kl_error **error);

#endif
