/* Getting libsodium ready, once a process. */
#include "crypto/init.h"

#include <sodium.h>

#include "base/error.h"

kl_status crypto_init(kl_error **error)
{
    /* 0 the first time, 1 afterwards; it has its own lock. */
    if (sodium_init() < 0)
        return error_set(error, KL_ERR_INTERNAL, "libsodium could not be initialised");
    return KL_OK;
}
