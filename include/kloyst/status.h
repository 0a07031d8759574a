/* Status codes and the error object.
 *
 * Every function that can fail answers a kl_status. Functions that take a
 * `kl_error **` as their last argument also describe the failure there when
 * the pointer is not NULL; on success it is left alone.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_STATUS_H
#define KLOYST_STATUS_H

#include <stddef.h>

#include <kloyst/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers are frozen: a value is never changed, reused or removed. */
typedef enum kl_status {
    KL_OK = 0,

    /* The caller's input. */
    KL_ERR_ARGUMENT = 1,       /* a NULL, an unknown enum value, a number out of range */
    KL_ERR_FORMAT = 2,         /* text that is not what it claims to be: money, phone, UUID, e-mail, CSV */
    KL_ERR_JSON = 3,           /* JSON that is not strict RFC 8259, or not an object where one is needed */
    KL_ERR_TOO_LONG = 4,       /* text or body above its documented size */
    KL_ERR_ENCODING = 5,       /* not UTF-8, or an embedded NUL */

    /* The state of the data. */
    KL_ERR_NOT_FOUND = 20,     /* no such row for this vendor */
    KL_ERR_EXISTS = 21,        /* a row with this unique value exists */
    KL_ERR_IN_USE = 22,        /* other rows depend on it */
    KL_ERR_STATE = 23,         /* the object is in a state that does not allow the call */
    KL_ERR_INSUFFICIENT = 24,  /* the available balance does not cover the amount */
    KL_ERR_CONFLICT = 25,      /* the idempotency key was used with other content */
    KL_ERR_LIMIT = 26,         /* a balance would pass 999999.9999 */
    KL_ERR_EXCEEDS = 27,       /* a refund above its debit, a capture or release above its hold */
    KL_ERR_INVALID_RECIPIENTS = 28, /* recipients whose template parameters do not resolve */
    KL_ERR_LEASE_LOST = 29,    /* the batch was leased to somebody else meanwhile */
    KL_ERR_EMPTY = 30,         /* nothing to do: no recipient, no batch to claim */
    KL_ERR_WINDOW_CLOSED = 31, /* a free-form message more than 24 hours after the user's last one */
    KL_ERR_CONSENT = 32,       /* the contact is blocked, or has stopped marketing messages */
    KL_ERR_NO_RATE = 33,       /* the rate card has no price for the number */
    KL_ERR_TEMPLATE = 34,      /* the stored template is not approved, or takes other parameters */

    /* Trust. */
    KL_ERR_CREDENTIALS = 40,   /* unknown user or wrong password */
    KL_ERR_SIGNATURE = 41,     /* a webhook signature is missing or wrong */
    KL_ERR_KEY = 42,           /* no master key, or not the one a secret was sealed with */
    KL_ERR_CORRUPT = 43,       /* stored bytes fail authentication or a ledger fails its proof */
    KL_ERR_PERMISSION = 44,    /* the database role lacks a privilege */

    /* The handle and the machine. */
    KL_ERR_CLOSED = 60,        /* the handle was closed */
    KL_ERR_FORKED = 61,        /* the handle was opened by the parent process */
    KL_ERR_MEMORY = 62,        /* out of memory */
    KL_ERR_IO = 63,            /* a file or a callback of the caller failed */
    KL_ERR_CANCELLED = 64,     /* a callback of the caller asked to stop */
    KL_ERR_INTERNAL = 65,      /* a defect in libkloyst */

    /* The database. */
    KL_ERR_CONNECT = 80,       /* no connection to the server could be made */
    KL_ERR_CONNECTION_LOST = 81, /* the connection died before COMMIT was sent: nothing happened */
    KL_ERR_UNKNOWN_OUTCOME = 82, /* the connection died around COMMIT, or memory ran out behind it: it may have happened */
    KL_ERR_TIMEOUT = 83,       /* a statement or lock time-out, or no pooled connection in time */
    KL_ERR_SERIALIZATION = 84, /* a serialization failure or deadlock */
    KL_ERR_SCHEMA = 85,        /* the schema is missing, too old or too new */
    KL_ERR_DATABASE = 86,      /* any other failure of the server; see the SQLSTATE */
    KL_ERR_SERVER = 87,        /* the embedded server could not be made or started */

    /* The Graph API. */
    KL_ERR_HTTP = 100,         /* the HTTP client could not be set up, or the Graph API not be reached */
    KL_ERR_REFUSED = 101       /* Meta refuses to go on with a token, account, number or template */
} kl_status;

/* One row of the status table, for bindings that build exceptions from it. */
typedef struct kl_status_info {
    kl_status status;
    const char *name;  /* "KL_ERR_INSUFFICIENT" */
    const char *text;  /* one line of English, no full stop */
    int retriable;     /* 1 when the same call may succeed later without any change */
} kl_status_info;

/* Number of rows of the status table. Thread-safe. Since 0.1. */
KL_API size_t kl_status_count(void);

/* Row `index` (0 … kl_status_count()-1) of the status table, ordered by number,
 * or NULL when out of range. The row is static. Thread-safe. Since 0.1. */
KL_API const kl_status_info *kl_status_at(size_t index);

/* Name of a status, "KL_OK" for KL_OK, "KL_ERR_?" for a number not in the table.
 * Static text. Thread-safe. Since 0.1. */
KL_API const char *kl_status_name(kl_status status);

/* One-line text of a status. Static text. Thread-safe. Since 0.1. */
KL_API const char *kl_status_text(kl_status status);

/* 1 when the same call may succeed later without any change, else 0. Thread-safe. Since 0.1. */
KL_API int kl_status_retriable(kl_status status);

/* A failure, described. Made by the library, owned by the caller. Immutable,
 * so it may be read from any thread. */
typedef struct kl_error kl_error;

/* Status of the failure; KL_OK for NULL. Since 0.1. */
KL_API kl_status kl_error_status(const kl_error *error);

/* One line of UTF-8 without a line break, fit to be an exception's text; never
 * contains a secret. Lives as long as the error; "" for NULL. Since 0.1. */
KL_API const char *kl_error_message(const kl_error *error);

/* Five-character SQLSTATE, or "" when the failure did not come from the server.
 * Lives as long as the error. Since 0.1. */
KL_API const char *kl_error_sqlstate(const kl_error *error);

/* Same as kl_status_retriable() of its status. Since 0.1. */
KL_API int kl_error_retriable(const kl_error *error);

/* Releases an error; NULL is allowed. Since 0.1. */
KL_API void kl_error_free(kl_error *error);

#ifdef __cplusplus
}
#endif

#endif
