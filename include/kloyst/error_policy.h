/* What the library does about each error code of Meta's Graph API, as data: for programs that explain failures, for
 * user interfaces, and for senders of your own.
 *
 * Codes and meanings are Meta's; class, scope and waits are this library's reading of them. Codes come with the answer
 * to a request, by webhook, or both: the effects are the same and happen once.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_ERROR_POLICY_H
#define KLOYST_ERROR_POLICY_H

#include <stddef.h>

#include <kloyst/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kl_error_class {
    KL_ERROR_RETRY = 1,           /* refused in passing: the same message is sent again after a wait */
    KL_ERROR_RETRY_AFTER_DAY = 2, /* the same, at least 24 hours later: earlier tries make it worse */
    KL_ERROR_PERMANENT = 3,       /* the message will never be delivered */
    KL_ERROR_STOP_NUMBER = 4,     /* a breaker opens for the sending number; its messages wait */
    KL_ERROR_STOP_WABA = 5,       /* a breaker opens for the WhatsApp Business account; its messages wait */
    KL_ERROR_STOP_CAMPAIGN = 6,   /* a breaker opens for the template and pauses its campaigns; the message has failed */
    KL_ERROR_UNKNOWN_OUTCOME = 7  /* it may have been sent: settled by its status or at a deadline */
} kl_error_class;

/* What the cause lies in, so what backs off or stops together. */
typedef enum kl_error_scope {
    KL_ERROR_OF_MESSAGE = 1,
    KL_ERROR_OF_PAIR = 2,   /* this number and this recipient */
    KL_ERROR_OF_NUMBER = 3, /* the sending number */
    KL_ERROR_OF_TEMPLATE = 4,
    KL_ERROR_OF_CAMPAIGN = 5, /* its parameters: one failure says little */
    KL_ERROR_OF_WABA = 6,
    KL_ERROR_OF_APP = 7     /* every account served by the same Meta app */
} kl_error_scope;

/* One row of the table. */
typedef struct kl_error_policy {
    int first_code;            /* the codes it is for; a single one has both alike */
    int last_code;
    kl_error_class error_class;
    kl_error_scope scope;
    int wait_seconds;          /* before the first retry, or how long a breaker stays open; 0: no retry, or by hand */
    int growth;                /* each further wait is this many times as long; a worker adds up to a half at random */
    int most_wait_seconds;     /* no wait is longer before that random part; 0 where nothing is waited for */
    int retries;               /* how often one message is tried again because of it; -1: until it expires */
    int refunded;              /* 1: a message that ends failed by it is given back */
    int opts_out;              /* 1: the recipient has stopped marketing messages, and that is kept */
    int unreachable;           /* 1: the recipient's number cannot be reached on WhatsApp */
    int stops_sender_only;     /* 1: it may lie in the sender's own token or permissions: stops no other vendor */
    const char *text;          /* what happened, for a person; static */
} kl_error_policy;

/* The code that the library itself gives to a message whose answer never came within the time of its campaign (see
 * kl_campaign_options, unknown_policy): it failed and was given back. Meta has no such code. */
#define KL_ERROR_CODE_NO_ANSWER 900001

/* The codes that the library itself gives to a message that was paid and waited when its user stopped marketing
 * messages, or when its contact was blocked: it was not sent and was given back. */
#define KL_ERROR_CODE_OPTED_OUT 900002
#define KL_ERROR_CODE_BLOCKED 900003

/* The row of a code. Codes that are not in the table are answered by its default: refused, so not sent; tried again a
 * few times with long waits, then failed and given back. KL_ERR_ARGUMENT: out is NULL. Thread-safe. Since 0.1. */
KL_API kl_status kl_error_policy_get(int code, kl_error_policy *out);

/* The row for an answer that tells nothing: a time-out or a cut after bytes left, a 5xx page without a code, a broken
 * body. KL_ERR_ARGUMENT: out is NULL. Thread-safe. Since 0.1. */
KL_API kl_status kl_error_policy_unreadable(kl_error_policy *out);

/* How many rows the table has. Thread-safe. Since 0.1. */
KL_API size_t kl_error_policy_count(void);

/* Row `index` (0 … kl_error_policy_count()-1), by ascending code. KL_ERR_ARGUMENT: out is NULL or index not below the count.
 * Thread-safe. Since 0.1. */
KL_API kl_status kl_error_policy_at(size_t index, kl_error_policy *out);

/* "retry", "retry after a day", "permanent", "stop number", "stop account", "stop campaign", "unknown outcome"; "" for
 * anything else. Static. Thread-safe. Since 0.1. */
KL_API const char *kl_error_class_name(kl_error_class error_class);

#ifdef __cplusplus
}
#endif

#endif
