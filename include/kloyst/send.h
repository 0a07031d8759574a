/* Single messages: a template, a text, a medium, buttons or a list to one user, before campaigns.
 *
 * A message is taken in one transaction: its contact is found or made, it is paid for and put into the queue of its account,
 * from where a worker sends it. Its life is then that of every message (kl_message_get(), webhooks); when it fails it is
 * refunded once. What is not a template may be sent only while the user's conversation window is open (window.h). A window that
 * closes before the message leaves fails it with code 131047; a user who was blocked or has stopped marketing since fails it with
 * KL_ERROR_CODE_BLOCKED or KL_ERROR_CODE_OPTED_OUT. Messages with a template that has stopped since wait until its breaker is
 * closed (breaker.h).
 *
 * All calls: the statuses listed at the top of vendor.h. They are thread-safe.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_SEND_H
#define KLOYST_SEND_H

#include <kloyst/campaign.h>
#include <kloyst/rate.h>
#include <kloyst/recipient.h>
#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kl_content_kind {
    KL_CONTENT_TEMPLATE = 1,
    KL_CONTENT_TEXT = 2,
    KL_CONTENT_IMAGE = 3,
    KL_CONTENT_VIDEO = 4,
    KL_CONTENT_AUDIO = 5,
    KL_CONTENT_DOCUMENT = 6,
    KL_CONTENT_STICKER = 7,
    KL_CONTENT_BUTTONS = 8, /* up to 3 reply buttons */
    KL_CONTENT_LIST = 9,    /* up to 10 rows behind one button */
    KL_CONTENT_REACTION = 10
} kl_content_kind;

/* What a kind does not use must be NULL, 0 or as KL_MESSAGE_OPTIONS_INIT has it. Lengths are Meta's limits, in characters. */
typedef struct kl_message_options {
    size_t size;                    /* sizeof(kl_message_options) as the caller was compiled */
    const kl_uuid *waba_account_id; /* the account to send from */
    const char *to;                 /* number or user id as in kl_window_get(); or NULL with contact_id */
    const char *country;            /* default country of national spellings; NULL: none */
    const kl_uuid *contact_id;      /* a contact; or NULL with `to` */
    kl_content_kind kind;
    const char *text;               /* TEXT: 1 … 4096; BUTTONS: 1 … 1024; LIST: 1 … 4096; caption of IMAGE, VIDEO and DOCUMENT:
                                       up to 1024, or NULL; REACTION: the emoji, "" takes it back */
    int preview_url;                /* TEXT: 1 shows a preview of the first link */
    const char *template_name;      /* TEMPLATE */
    const char *template_language;  /* TEMPLATE: such as "en_US" */
    const char *parameters;         /* TEMPLATE: JSON array of {"text":"…"} in order, with "name" when the template's parameters
                                       have names and "place" when it is not the body: "header:text", "header:image",
                                       "header:video", "header:document" (a media id or https link), "button:0:url",
                                       "button:0:copy_code", "button:0:quick_reply" (the number is the button's index).
                                       At most 64; NULL: none */
    size_t parameters_length;
    kl_template_category category;  /* TEMPLATE: of one that is not stored, for the rate card and for users who stopped
                                       marketing; 0: the stored one's, else MARKETING */
    const char *media_id;           /* of a medium: Meta's id of an uploaded one, */
    const char *media_link;         /* or an https link of at most 2048 bytes */
    const char *filename;           /* DOCUMENT: up to 240, or NULL */
    const char *header;             /* BUTTONS, LIST: up to 60, or NULL */
    const char *footer;             /* BUTTONS, LIST: up to 60, or NULL */
    const char *label;              /* LIST: of the button that opens it, 1 … 20 */
    const char *choices;            /* BUTTONS: JSON array of {"id":"…","title":"…"}, ids up to 256, titles up to 20;
                                       LIST: of {"id":"…","title":"…","description":"…","section":"…"}, ids up to 200, titles
                                       and sections up to 24, descriptions up to 72. Rows of a section stand together; with
                                       more than one section every row names its own */
    size_t choices_length;
    const char *reply_to;           /* wamid of the message that is answered, or NULL; REACTION: of the one reacted to */
    const char *idempotency_key;    /* 1 … 255, or NULL. Never sends twice under one key of the vendor */
    kl_money price;                 /* 0 … 999999.9999 or KL_PRICE_BY_RATE_CARD */
    kl_time at;                     /* not before this moment; 0: now */
} kl_message_options;

#define KL_MESSAGE_OPTIONS_INIT                                                                                        \
    {sizeof(kl_message_options), NULL, NULL, NULL, NULL, KL_CONTENT_TEXT, NULL, 0, NULL, NULL, NULL, 0,                \
     (kl_template_category)0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, KL_PRICE_BY_RATE_CARD, 0}

/* Writes KL_MESSAGE_OPTIONS_INIT to *options; NULL is ignored. Since 0.1. */
KL_API void kl_message_options_init(kl_message_options *options);

/* Takes a message. *message_id (may be NULL) is its id. The same again under an idempotency key answers the same id and does
 * nothing, whatever has become of the message or the user since.
 * KL_ERR_NOT_FOUND: no such account, or no such contact; KL_ERR_ARGUMENT, KL_ERR_FORMAT, KL_ERR_TOO_LONG, KL_ERR_ENCODING,
 * KL_ERR_JSON: an option; KL_ERR_CONFLICT: the key was used for another message, the description names what differs;
 * KL_ERR_WINDOW_CLOSED: not a template, and the user's window is closed; KL_ERR_CONSENT: the contact is blocked, or has stopped
 * marketing and the template is marketing; KL_ERR_TEMPLATE: the account's templates are stored and this one is not among
 * them, not approved, or takes other parameters, or a breaker of it is open at the moment asked for; KL_ERR_NO_RATE; KL_ERR_INSUFFICIENT; KL_ERR_KEY: the handle has no master
 * key. After KL_ERR_UNKNOWN_OUTCOME the same call with the same key tells what happened. Since 0.1. */
KL_API kl_status kl_message_send(kl *handle, const kl_uuid *vendor_id, const kl_message_options *options,
                                 kl_uuid *message_id, kl_error **error);

/* Where a single message is, from the moment that it was taken; of a campaign's messages kl_recipient_list() tells. *next_at (may be
 * NULL) is when it may leave, or when a lost answer is decided; 0 when nothing more is waited for.
 * KL_ERR_NOT_FOUND: no such single message. Since 0.1. */
KL_API kl_status kl_message_state(kl *handle, const kl_uuid *vendor_id, const kl_uuid *message_id, kl_recipient_state *state,
                                  kl_time *next_at, kl_error **error);

#ifdef __cplusplus
}
#endif

#endif
