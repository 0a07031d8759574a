/* The handle: what every call of the API works with. */
#ifndef KLOYST_CORE_HANDLE_H
#define KLOYST_CORE_HANDLE_H

#include <stdatomic.h>

#include <kloyst/client.h>

#include "base/log.h"
#include "base/metrics.h"
#include "crypto/keyring.h"
#include "pg/pool.h"
#include "pg/server.h"

struct kl {
    pg_pool *pool;
    pg_server *server;        /* NULL unless embedded */
    keyring *keys;            /* NULL without a master key */
    char *app_secrets[2];     /* newest first; NULL where there is none */
    char *razorpay_secrets[2];
    struct wallet_combiner *combiner;
    struct wallet_heads *heads;
    struct wallet_flights *flights;
    logger log;
    metrics metrics;
    atomic_int closed;
    atomic_llong learned_ms;   /* when it was last heard how Meta shows numbers */
    atomic_llong rematched_ms; /* when items that wait for their message were last looked through */
};

/* Makes a handle from checked options; `url` as in kl_open. */
kl_status handle_open(const char *url, const kl_options *options, kl **out, kl_error **error);
kl_status handle_migrate(const char *url, kl_error **error);
void handle_close(kl *handle);
void handle_free(kl *handle);

/* KL_OK for a usable handle; KL_ERR_ARGUMENT for NULL, KL_ERR_CLOSED. First line of every API call. */
kl_status handle_check(const kl *handle, kl_error **error);

/* KL_ERR_KEY when the handle has no master key. */
kl_status handle_need_keys(const kl *handle, kl_error **error);

/* Whether a failure is not the trouble of one vendor or thing, for which the others need not wait. */
bool handle_trouble_of_all(kl_status status);

#endif
