/* The error object and the status table. */
#include "base/error.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct kl_error {
    kl_status status;
    char sqlstate[6];
    const char *message; /* of one that was made: behind the struct, in the same allocation */
};

#define STATUSES(X)                                                                                                    \
    X(KL_OK, "success", 0)                                                                                             \
    X(KL_ERR_ARGUMENT, "an argument is missing or out of range", 0)                                                    \
    X(KL_ERR_FORMAT, "a text does not have the form it must have", 0)                                                  \
    X(KL_ERR_JSON, "not strict JSON, or not the kind of JSON value needed", 0)                                         \
    X(KL_ERR_TOO_LONG, "a text or body is longer than allowed", 0)                                                     \
    X(KL_ERR_ENCODING, "a text is not valid UTF-8 or contains a NUL", 0)                                               \
    X(KL_ERR_NOT_FOUND, "no such object", 0)                                                                           \
    X(KL_ERR_EXISTS, "an object with this unique value already exists", 0)                                             \
    X(KL_ERR_IN_USE, "other objects depend on this one", 0)                                                            \
    X(KL_ERR_STATE, "the object's state does not allow this", 0)                                                       \
    X(KL_ERR_INSUFFICIENT, "the available balance does not cover the amount", 0)                                       \
    X(KL_ERR_CONFLICT, "the idempotency key was used with other content", 0)                                           \
    X(KL_ERR_LIMIT, "an amount or balance would pass 999999.9999", 0)                                                  \
    X(KL_ERR_EXCEEDS, "more than the debit or hold it refers to", 0)                                                   \
    X(KL_ERR_INVALID_RECIPIENTS, "template parameters of some recipients do not resolve", 0)                           \
    X(KL_ERR_LEASE_LOST, "the batch was leased to another worker", 0)                                                  \
    X(KL_ERR_EMPTY, "there is nothing to do", 0)                                                                       \
    X(KL_ERR_WINDOW_CLOSED, "more than 24 hours since the user's last message: only a template may be sent", 0)        \
    X(KL_ERR_CONSENT, "the contact is blocked or has stopped marketing messages", 0)                                   \
    X(KL_ERR_NO_RATE, "the rate card has no price for the number", 0)                                                  \
    X(KL_ERR_TEMPLATE, "the template is not approved or takes other parameters", 0)                                    \
    X(KL_ERR_CREDENTIALS, "unknown user or wrong password", 0)                                                         \
    X(KL_ERR_SIGNATURE, "a signature is missing or wrong", 0)                                                          \
    X(KL_ERR_KEY, "no master key, or not the one a secret was sealed with", 0)                                         \
    X(KL_ERR_CORRUPT, "stored data fails its proof", 0)                                                                \
    X(KL_ERR_PERMISSION, "the database role lacks a privilege", 0)                                                     \
    X(KL_ERR_CLOSED, "the handle is closed", 0)                                                                        \
    X(KL_ERR_FORKED, "the handle belongs to the parent process", 0)                                                    \
    X(KL_ERR_MEMORY, "out of memory", 1)                                                                               \
    X(KL_ERR_IO, "reading or writing failed", 0)                                                                       \
    X(KL_ERR_CANCELLED, "the caller asked to stop", 0)                                                                 \
    X(KL_ERR_INTERNAL, "a defect in libkloyst", 0)                                                                     \
    X(KL_ERR_CONNECT, "no connection to the server", 1)                                                                \
    X(KL_ERR_CONNECTION_LOST, "the connection was lost before anything was committed", 1)                              \
    X(KL_ERR_UNKNOWN_OUTCOME, "the connection was lost around COMMIT: it may have happened", 0)                        \
    X(KL_ERR_TIMEOUT, "not done in time", 1)                                                                           \
    X(KL_ERR_SERIALIZATION, "a serialization failure or deadlock", 1)                                                  \
    X(KL_ERR_SCHEMA, "the schema is missing, too old or too new", 0)                                                   \
    X(KL_ERR_DATABASE, "the server reported an error", 0)                                                              \
    X(KL_ERR_SERVER, "the embedded server could not be made or started", 0)                                            \
    X(KL_ERR_HTTP, "the HTTP client could not be set up or could not reach the Graph API", 0)                          \
    X(KL_ERR_REFUSED, "Meta refuses to go on with a token, account, number or template", 0)

#define INFO(status, text, retriable) {status, #status, text, retriable},
static const kl_status_info status_table[] = {STATUSES(INFO)};

static const size_t status_rows = sizeof status_table / sizeof status_table[0];

/* Reporting an exhausted heap must not need the heap, nor turn one failure into another. */
#define BARE(status, text, retriable) {status, "", text},
static kl_error bare_errors[] = {STATUSES(BARE)};

static kl_error *bare_error(kl_status status)
{
    for (size_t i = 0; i < status_rows; i++)
        if (bare_errors[i].status == status)
            return &bare_errors[i];
    return bare_error(KL_ERR_MEMORY);
}

static bool is_bare(const kl_error *error)
{
    for (size_t i = 0; i < status_rows; i++)
        if (error == &bare_errors[i])
            return true;
    return false;
}

size_t kl_status_count(void)
{
    return status_rows;
}

const kl_status_info *kl_status_at(size_t index)
{
    return index < status_rows ? &status_table[index] : NULL;
}

static const kl_status_info *find(kl_status status)
{
    for (size_t i = 0; i < status_rows; i++)
        if (status_table[i].status == status)
            return &status_table[i];
    return NULL;
}

const char *kl_status_name(kl_status status)
{
    const kl_status_info *row = find(status);
    return row ? row->name : "KL_ERR_?";
}

const char *kl_status_text(kl_status status)
{
    const kl_status_info *row = find(status);
    return row ? row->text : "unknown status";
}

int kl_status_retriable(kl_status status)
{
    const kl_status_info *row = find(status);
    return row ? row->retriable : 0;
}

kl_status kl_error_status(const kl_error *error)
{
    return error ? error->status : KL_OK;
}

const char *kl_error_message(const kl_error *error)
{
    return error ? error->message : "";
}

const char *kl_error_sqlstate(const kl_error *error)
{
    return error ? error->sqlstate : "";
}

int kl_error_retriable(const kl_error *error)
{
    return kl_status_retriable(kl_error_status(error));
}

void kl_error_free(kl_error *error)
{
    if (!is_bare(error))
        free(error);
}

static void fill(kl_error **error, kl_status status, const char *sqlstate, const char *format, va_list arguments)
{
    if (!error || *error)
        return;
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    kl_error *made = length < 0 ? NULL : malloc(sizeof *made + (size_t)length + 1);
    if (!made) {
        *error = bare_error(status);
        return;
    }
    made->status = status;
    char *message = (char *)(made + 1);
    made->message = message;
    snprintf(made->sqlstate, sizeof made->sqlstate, "%s", sqlstate ? sqlstate : "");
    vsnprintf(message, (size_t)length + 1, format, arguments);
    for (char *c = message; *c; c++)
        if (*c == '\n' || *c == '\r')
            *c = ' ';
    *error = made;
}

kl_status error_set(kl_error **error, kl_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(error, status, NULL, format, arguments);
    va_end(arguments);
    return status;
}

kl_status error_set_sqlstate(kl_error **error, kl_status status, const char *sqlstate, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(error, status, sqlstate, format, arguments);
    va_end(arguments);
    return status;
}

kl_status error_memory(kl_error **error)
{
    if (error && !*error)
        *error = bare_error(KL_ERR_MEMORY);
    return KL_ERR_MEMORY;
}

void error_hand_over(kl_error **error, kl_error *why)
{
    if (error && !*error)
        *error = why;
    else
        kl_error_free(why);
}

void error_clear(kl_error **error)
{
    if (!error)
        return;
    kl_error_free(*error);
    *error = NULL;
}
