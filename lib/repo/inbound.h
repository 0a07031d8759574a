/* Repository of messages from users: statements for the transaction that applies a webhook to one vendor. */
#ifndef KLOYST_REPO_INBOUND_H
#define KLOYST_REPO_INBOUND_H

#include <kloyst/consent.h>
#include <kloyst/message.h>

#include "pg/connection.h"

/* A message from a user. Texts may be NULL unless something else is said. */
typedef struct inbound_message {
    kl_uuid id;                  /* the same whenever it is folded */
    const char *wamid;           /* not NULL */
    const char *number;          /* one of number and user_id is not NULL */
    const char *user_id;
    const char *phone_number_id; /* not NULL */
    const char *content;         /* JSON, not NULL */
    kl_time at;
    kl_message_kind kind;
    const char *text;
    const char *payload;
    const char *context_wamid;
    const char *new_number;      /* of a system message: whom it is about from now on */
    const char *new_user_id;
    const char *old_user_id;
    int error_code;              /* 0: none */
    kl_consent_kind says;        /* 0: nothing about consent */
    kl_consent_source source;    /* by which means it says so */
} inbound_message;

/* Parameters of sql_inbound_store. Its row: how many were new. False when there is no memory. */
bool inbound_bind_store(pg_parameters *p, const kl_uuid *vendor_id, const inbound_message *messages, size_t count);

/* Parameters of sql_window_open. Answers how many of the messages open one; -1 when there is no memory. */
int inbound_bind_windows(pg_parameters *p, const kl_uuid *vendor_id, const inbound_message *messages, size_t count);

/* Parameters of sql_inbound_consent. Answers how many of the messages say something; -1 when there is no memory. */
int inbound_bind_consent(pg_parameters *p, const kl_uuid *vendor_id, const inbound_message *messages, size_t count);

#endif
