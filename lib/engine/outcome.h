/* What the end of a request means for its message: the error policy applied. */
#ifndef KLOYST_ENGINE_OUTCOME_H
#define KLOYST_ENGINE_OUTCOME_H

#include "engine/request.h"
#include "meta/error_policy.h"

typedef enum outcome_kind {
    OUTCOME_ACCEPTED,
    OUTCOME_FAILED,  /* refused for good */
    OUTCOME_UNKNOWN, /* may have arrived: never repeated */
    OUTCOME_REPEAT,  /* refused in passing: again after wait_ms */
    OUTCOME_NOT_SENT,/* nothing left this machine */
    OUTCOME_STOP     /* refused because of the account, number or template: nothing more of it may be sent */
} outcome_kind;

typedef struct outcome {
    outcome_kind kind;
    char *text;  /* malloc'ed: the wamid of an accepted message, else one line or NULL */
    int code;    /* Meta's, with FAILED, REPEAT and STOP */
    const error_policy *policy; /* of that code; NULL without one */
    int64_t wait_ms;
} outcome;

/* `most_attempts`: a message that was refused in passing this often has failed. KL_ERR_MEMORY. */
kl_status outcome_of(const request *r, int most_attempts, outcome *out, kl_error **error);

/* Milliseconds before attempt `attempt` + 1, at most `most_ms` and up to a half more at random: what was refused together must
 * not come back together. */
int64_t outcome_backoff_ms(int64_t first_ms, int growth, int64_t most_ms, int attempt);

#endif
