/* Opening, migrating and closing a handle.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_CLIENT_H
#define KLOYST_CLIENT_H

#include <kloyst/log.h>
#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Settings of a handle. Start from KL_OPTIONS_INIT or kl_options_init(). */
typedef struct kl_options {
    size_t size;              /* sizeof(kl_options) as the caller was compiled */
    const uint8_t *master_key; /* 32 bytes that seal tokens and sign trackers; NULL: from $KLOYST_MASTER_KEY
                                  (64 hex digits or base64, several separated by commas, the first seals) */
    size_t master_key_length;  /* 32 × number of keys; 0 with NULL */
    const char *app_secret;    /* Meta app secret that signs webhooks; NULL: $KLOYST_APP_SECRET, if set */
    const char *app_secret_previous; /* still accepted during rotation; may be NULL */
    int pool_size;             /* most connections, 1 … 1000; default 8 */
    int connect_timeout_ms;    /* default 10000 */
    int statement_timeout_ms;  /* of one round trip; default 30000; 0: none */
    int wait_timeout_ms;       /* for a free connection; default 10000 */
    int migrate;               /* 1: bring the schema up to date first; an embedded database always is */
    int unprepared;            /* 1: no prepared statements, for poolers that cannot follow them */
    const char *razorpay_secret; /* of Razorpay's webhook; NULL: $KLOYST_RAZORPAY_SECRET, if set */
    const char *razorpay_secret_previous; /* still accepted during rotation; may be NULL */
    kl_log_function log;       /* is told what happens, see log.h; may be NULL */
    void *log_context;         /* for log; must live as long as the handle */
    kl_log_level log_level;    /* the most talkative level that is wanted; default KL_LOG_INFO */
} kl_options;

#define KL_OPTIONS_INIT {sizeof(kl_options), NULL, 0, NULL, NULL, 8, 10000, 30000, 10000, 0, 0, NULL, NULL, NULL, NULL, KL_LOG_INFO}

/* Writes KL_OPTIONS_INIT to *options; NULL is ignored. Thread-safe. Since 0.1. */
KL_API void kl_options_init(kl_options *options);

/* Opens a handle.
 * `url`: a PostgreSQL URL or conninfo string whose role is a member of kloyst_app and kloyst_platform; or
 * "embedded:DIR", a private PostgreSQL that the library makes, starts and stops in DIR; or NULL for
 * $KLOYST_URL, else an embedded directory under the user's data home. A server that is neither behind a Unix socket nor on
 * a loopback address must prove its name over TLS (sslmode=verify-full) unless the URL, $PGSSLMODE or a service file says
 * another sslmode.
 * `options` may be NULL. On success *out is owned by the caller: kl_close(), then kl_free().
 * KL_ERR_ARGUMENT: out is NULL or an option is out of range; KL_ERR_KEY: a malformed master key;
 * KL_ERR_CONNECT, KL_ERR_SERVER: no server; KL_ERR_SCHEMA: call kl_migrate() first;
 * KL_ERR_PERMISSION: the role is no member; KL_ERR_MEMORY. Thread-safe. Since 0.1. */
KL_API kl_status kl_open(const char *url, const kl_options *options, kl **out, kl_error **error);

/* Brings the schema of the database at `url` up to date, as a role that may create schemas and roles.
 * "embedded:DIR" works too, and TLS is as of kl_open(). Safe from several processes at once; does nothing when there is nothing to do.
 * KL_ERR_ARGUMENT: url is NULL; KL_ERR_SCHEMA: the database is newer or was migrated by another build;
 * KL_ERR_CONNECT, KL_ERR_SERVER, KL_ERR_PERMISSION, KL_ERR_DATABASE. Thread-safe. Since 0.1. */
KL_API kl_status kl_migrate(const char *url, kl_error **error);

/* One round trip to the server. KL_ERR_CLOSED, KL_ERR_FORKED, KL_ERR_CONNECT, KL_ERR_CONNECTION_LOST,
 * KL_ERR_TIMEOUT. Thread-safe. Since 0.1. */
KL_API kl_status kl_ping(kl *handle, kl_error **error);

/* Closes: waits for calls inside, ends the connections, stops the embedded server with its last user.
 * The handle stays valid and every later call on it answers KL_ERR_CLOSED; closing again does nothing.
 * NULL is allowed. In a forked child it only gives up the child's copy. Thread-safe. Since 0.1. */
KL_API void kl_close(kl *handle);

/* Closes if needed and releases the handle; nobody may use it any more, in any thread. NULL is allowed. Since 0.1. */
KL_API void kl_free(kl *handle);

/* Wipes and releases a secret that the library handed out, such as a token, of `length` bytes. NULL is allowed. Thread-safe. Since 0.1. */
KL_API void kl_secret_free(char *secret, size_t length);

#ifdef __cplusplus
}
#endif

#endif
