/* What to do about each error code of the Graph API, as data. */
#ifndef KLOYST_META_ERROR_POLICY_H
#define KLOYST_META_ERROR_POLICY_H

#include <stdbool.h>

#include <kloyst/error_policy.h>

typedef enum error_class {
    ERROR_RETRY = KL_ERROR_RETRY, /* the same message may be sent again after a wait */
    ERROR_RETRY_AFTER_DAY = KL_ERROR_RETRY_AFTER_DAY, /* the same, 24 hours later: earlier tries make it worse */
    ERROR_PERMANENT = KL_ERROR_PERMANENT, /* this message will never be delivered */
    ERROR_STOP_NUMBER = KL_ERROR_STOP_NUMBER, /* pause the sending number; its messages wait */
    ERROR_STOP_WABA = KL_ERROR_STOP_WABA, /* pause everything of the WhatsApp Business account; its messages wait */
    ERROR_STOP_CAMPAIGN = KL_ERROR_STOP_CAMPAIGN, /* pause every campaign with this template; this message has failed */
    ERROR_UNKNOWN_OUTCOME = KL_ERROR_UNKNOWN_OUTCOME /* it may have been sent: wait for its status */
} error_class;

/* What the cause lies in, so what backs off, pauses or has its failures counted together. */
typedef enum error_scope {
    ERROR_SCOPE_MESSAGE = KL_ERROR_OF_MESSAGE,
    ERROR_SCOPE_PAIR = KL_ERROR_OF_PAIR, /* this number to this recipient */
    ERROR_SCOPE_NUMBER = KL_ERROR_OF_NUMBER, /* the sending number */
    ERROR_SCOPE_TEMPLATE = KL_ERROR_OF_TEMPLATE,
    ERROR_SCOPE_CAMPAIGN = KL_ERROR_OF_CAMPAIGN, /* its parameters: one failure says little, all failing stop it */
    ERROR_SCOPE_WABA = KL_ERROR_OF_WABA,
    ERROR_SCOPE_APP = KL_ERROR_OF_APP /* every WABA served by the same Meta app */
} error_scope;

#define ERROR_RETRIES_UNLIMITED (-1) /* only the message's own expiry ends them */

typedef struct error_policy {
    int first, last; /* the codes it is for */
    error_class class;
    error_scope scope;
    int backoff_seconds; /* before the first retry, or how long a pause lasts at least; 0: no retry, or by hand */
    int growth;          /* each further wait is this many times as long */
    int most_seconds;    /* but no longer than this */
    int retries;         /* how often one message may be tried again because of it */
    bool refund;         /* when a message ends failed by it, its debit is given back */
    bool opt_out;        /* the recipient has stopped marketing messages: keep that */
    bool unreachable;    /* the recipient's number cannot be reached on WhatsApp: mark the contact */
    bool bad_token;      /* the access token must be replaced before anything is sent */
    bool own_access;     /* it may lie in the sender's own token or permissions, and says nothing of others */
    const char *text;    /* what happened, for a person */
} error_policy;

/* The row of a code. A code that is not in the table is refused, so not sent: it is retried a few times with long
 * waits, and then failed and refunded, in the scope of the message alone. Never NULL; static. */
const error_policy *error_policy_for(int code);

/* The row for no answer, or one without a readable code: 5xx pages, broken bodies, time-outs after bytes left. */
const error_policy *error_policy_unreadable(void);

/* The rows by code, ascending and disjoint. */
size_t error_policy_count(void);
const error_policy *error_policy_at(size_t index);

#endif
