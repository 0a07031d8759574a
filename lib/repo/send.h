/* Repository of single messages: what decides whether one may go, and the rows of one that goes. */
#ifndef KLOYST_REPO_SEND_H
#define KLOYST_REPO_SEND_H

#include <kloyst/recipient.h>

#include "pg/pool.h"

/* What is asked for. Texts and pointers may be NULL where it says so. */
typedef struct send_request {
    const kl_uuid *vendor_id;
    const kl_uuid *waba_account_id;
    const char *recipient;       /* digits or user id; NULL: the contact */
    const kl_uuid *contact_id;   /* NULL: the recipient */
    const char *template_name;   /* NULL: no template */
    const char *template_language;
    const char *category;        /* of a template that is not stored; NULL: none said */
    const char *kind;
    const char *reply_to;        /* may be NULL */
    const char *idempotency_key; /* may be NULL */
    kl_money price;
    bool by_rate_card;           /* `price` does not count */
    kl_time at;                  /* 0: now */
    uint8_t content_hash[32];
} send_request;

/* What is known; `rows` own the texts. */
typedef struct send_facts {
    pg_rows *rows;
    bool account;            /* there is such an account; without it nothing else is known */
    bool contact;            /* there is such a contact */
    kl_uuid contact_id;
    const char *mobile;      /* of the contact; NULL: none */
    const char *bsuid;       /* of the contact; NULL: none */
    bool blocked;
    bool opted_out;
    bool window_open;        /* now, and at the moment asked for */
    bool stored;             /* the template is stored */
    bool catalogued;         /* it is, or others of the account's WABA are */
    const char *category;    /* of the stored template, else as asked for; NULL: none */
    const char *status;      /* of the stored template */
    bool named;
    int places_column;       /* in rows */
    int names_column;
    const char *unsupported; /* NULL: none */
    bool priced;             /* the rate card has a price */
    kl_money price;
    const char *rests;       /* why the template rests beyond the moment asked for, "": not told; NULL: it does not */
} send_facts;

/* What the key was used for; `rows` own the texts. */
typedef struct send_prior {
    pg_rows *rows;
    bool found;
    kl_uuid message_id;
    const char *differs; /* what differs from the request; NULL: nothing */
} send_prior;

/* Opens a transaction on `c` and reads. On failure it is ended. Release both in any case. */
kl_status send_begin(pg_connection *c, const send_request *request, send_facts *facts, send_prior *prior, kl_error **error);
void send_facts_free(send_facts *facts);
void send_prior_free(send_prior *prior);

/* What is written for a message that may go. */
typedef struct send_message {
    kl_uuid id;
    const kl_uuid *contact_id; /* NULL: made for the recipient */
    const char *recipient;
    const char *body;
    const char *category;      /* may be NULL */
    kl_money price;
} send_message;

/* Writes it and pays for it, in the open transaction. *paid false: not covered; then the transaction must be rolled back.
 * KL_ERR_EXISTS: the key was used meanwhile. */
kl_status send_write(pg_connection *c, const send_request *request, const send_message *message, bool *paid,
                     kl_error **error);

/* Where a single message is. *next_at may be NULL. KL_ERR_NOT_FOUND. */
kl_status send_state(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *message_id, kl_recipient_state *state,
                     kl_time *next_at, kl_error **error);

#endif
