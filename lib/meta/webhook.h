/* Meta's webhook bodies, taken apart into the events they carry. */
#ifndef KLOYST_META_WEBHOOK_H
#define KLOYST_META_WEBHOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kloyst/message.h>

#include "base/json_index.h"

/* Texts are NUL-terminated UTF-8, NULL when absent, null or empty, and live until the callback returns.
 * Spans point into the body itself: the bytes that Meta signed. */

typedef enum webhook_kind {
    WEBHOOK_SENT,
    WEBHOOK_DELIVERED,
    WEBHOOK_READ, /* also "played" */
    WEBHOOK_FAILED,
    WEBHOOK_OTHER /* anything else, kept in kind_text */
} webhook_kind;

#define WEBHOOK_NO_ERROR (-1)  /* 0 is a code of Meta's */
#define WEBHOOK_UNKNOWN (-1)   /* of a billable flag that is not there */

typedef struct webhook_pricing {
    bool present;
    int billable; /* 1, 0 or WEBHOOK_UNKNOWN */
    const char *model;
    const char *type;
    const char *category;
} webhook_pricing;

/* One item of statuses[]. */
typedef struct webhook_status {
    const char *waba_id;
    const char *phone_number_id; /* may be NULL */
    const char *wamid;
    webhook_kind kind;
    const char *kind_text;       /* as Meta wrote it */
    int64_t timestamp;           /* seconds since 1970 */
    const char *recipient_id;
    const char *recipient_user_id;
    const char *tracker;         /* biz_opaque_callback_data */
    int error_code;              /* of the first error, WEBHOOK_NO_ERROR when there is none */
    const char *error_title;
    const char *error_details;   /* error_data.details, else message */
    webhook_pricing pricing;
    json_span raw;
} webhook_status;

/* One item of messages[]. */
typedef struct webhook_message {
    const char *waba_id;
    const char *phone_number_id; /* may be NULL */
    const char *wamid;
    const char *from;            /* NULL for a user known by user_id only */
    const char *user_id;
    const char *profile_name;    /* of the contacts[] entry that is the same user */
    int64_t timestamp;           /* seconds since 1970 */
    kl_message_kind kind;
    const char *type;            /* "text", "button", "interactive", "reaction", "system", … */
    const char *context_wamid;   /* the message it replies to, or reacts to */
    const char *text;            /* what the user wrote or chose: body, caption, button text, reply title, emoji */
    const char *payload;         /* of a template's quick reply, the id of an interactive reply, a flow's answers */
    const char *old_user_id;     /* of a system message: */
    const char *new_wa_id;       /*   whom it is about is this from now on */
    const char *new_user_id;
    int error_code;              /* as above */
    json_span raw;
} webhook_message;

/* One item of user_preferences[]: the native opt-out and opt-in. */
typedef struct webhook_preference {
    const char *waba_id;
    const char *phone_number_id;
    const char *wa_id;    /* one of wa_id and user_id is there */
    const char *user_id;
    const char *category; /* "marketing_messages" */
    const char *value;    /* "stop", "resume", … */
    int64_t timestamp;    /* seconds since 1970 */
    json_span raw;
} webhook_preference;

/* A change of any other field, and one of field "messages" that has neither statuses nor messages, or errors
 * of its own. */
typedef struct webhook_change {
    const char *waba_id;
    const char *field;
    json_span raw;        /* of `value`; empty when absent */
    int64_t entry_time;   /* as written (seconds), 0 when absent */
} webhook_change;

/* A member may be NULL: those events are passed over (preferences then go to on_other, as whole changes). Anything
 * else than KL_OK from a callback ends the parse and is its answer. */
typedef struct webhook_handler {
    kl_status (*on_status)(void *context, const webhook_status *status);
    kl_status (*on_message)(void *context, const webhook_message *message);
    kl_status (*on_preference)(void *context, const webhook_preference *preference);
    kl_status (*on_other)(void *context, const webhook_change *change);
    /* An item that cannot be understood; waba_id is NULL when it is the entry itself or the envelope. `reason` is
     * static text that quotes nothing of the item, `raw` are its bytes. */
    kl_status (*on_bad)(void *context, const char *waba_id, const char *reason, json_span raw);
    /* How Meta shows the number of a change of field "messages", before its items. */
    kl_status (*on_number)(void *context, const char *phone_number_id, const char *shown);
} webhook_handler;

/* Checks the body strictly (3 MiB, depth 32) and calls the handler for every item of every change of every entry,
 * in order. An item whose identity, kind, time, error code or billable flag has the wrong type goes to on_bad and its
 * siblings are read; unknown members and unknown values are no error; descriptive texts of a wrong type are absent.
 * KL_ERR_JSON, KL_ERR_TOO_LONG, KL_ERR_ENCODING: not such a body, no callback was called; KL_ERR_ARGUMENT: a NULL;
 * KL_ERR_MEMORY; or a callback's status. */
kl_status webhook_parse(const char *body, size_t length, const webhook_handler *handler, void *context,
                        kl_error **error);

/* The subscription handshake: mode is "subscribe" and the token the expected one, whose content does not show in the
 * time taken. False for a NULL and for an empty expected token. */
bool webhook_challenge_ok(const char *mode, const char *token, const char *expected_token);

#endif
