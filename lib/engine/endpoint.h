/* Where the Graph API is: which addresses a token may be sent to. */
#ifndef KLOYST_ENGINE_ENDPOINT_H
#define KLOYST_ENGINE_ENDPOINT_H

#include <stdbool.h>

#include <kloyst/status.h>

typedef struct endpoint {
    const char *base_url; /* https, or http to this machine */
    const char *api_version;
    bool loopback;
} endpoint;

/* Keeps the two texts by their address.
 * KL_ERR_ARGUMENT: plain http to another machine, credentials, a query or a malformed version; KL_ERR_MEMORY. */
kl_status endpoint_check(const char *base_url, const char *api_version, endpoint *out, kl_error **error);

#endif
