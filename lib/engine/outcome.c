/* What the end of a request means for its message. */
#include "engine/outcome.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/uuid.h"
#include "meta/graph_answer.h"

/* A wamid has no documented limit, but an index entry has. */
enum { WAMID_BYTES = 1024 };

/* 0 … 255. Of a UUID because the C library's generators have shared state. */
static int any_byte(void)
{
    kl_uuid random;
    uuid_generate(&random);
    return random.bytes[15];
}

int64_t outcome_backoff_ms(int64_t first_ms, int growth, int64_t most_ms, int attempt)
{
    int64_t wait = first_ms;
    for (int i = 1; i < attempt && wait < most_ms; i++)
        wait *= growth;
    if (wait > most_ms)
        wait = most_ms;
    return wait + wait * any_byte() / 512;
}

static void refused(const request *r, int most_attempts, outcome *out)
{
    const error_policy *policy = out->policy;
    int attempt = r->attempt + r->before;
    int64_t first_ms = 1000 * (int64_t)policy->backoff_seconds;
    int64_t most_ms = policy->most_seconds ? 1000 * (int64_t)policy->most_seconds : INT64_MAX;
    switch (policy->class) {
    case ERROR_RETRY:
        /* What passes for certain is waited for, however long it takes. */
        if (policy->retries == ERROR_RETRIES_UNLIMITED)
            most_attempts = INT_MAX;
        else if (policy->retries + 1 < most_attempts)
            most_attempts = policy->retries + 1;
        out->kind = attempt < most_attempts ? OUTCOME_REPEAT : OUTCOME_FAILED;
        out->wait_ms = outcome_backoff_ms(first_ms, policy->growth, most_ms, attempt);
        return;
    case ERROR_RETRY_AFTER_DAY:
        out->kind = attempt <= policy->retries ? OUTCOME_REPEAT : OUTCOME_FAILED;
        out->wait_ms = first_ms;
        return;
    case ERROR_STOP_NUMBER:
    case ERROR_STOP_WABA:
    case ERROR_STOP_CAMPAIGN:
        out->kind = OUTCOME_STOP;
        return;
    case ERROR_UNKNOWN_OUTCOME:
        out->kind = OUTCOME_UNKNOWN;
        return;
    case ERROR_PERMANENT:
        break;
    }
    out->kind = OUTCOME_FAILED;
}

kl_status outcome_of(const request *r, int most_attempts, outcome *out, kl_error **error)
{
    *out = (outcome){.kind = r->end == REQUEST_NOT_SENT ? OUTCOME_NOT_SENT : OUTCOME_UNKNOWN};
    if (r->end != REQUEST_ANSWERED)
        return KL_OK;
    graph_answer answer;
    kl_status status = graph_answer_parse(r->http_status, r->answer.data, r->answer.length, &answer, error);
    if (status)
        return status;
    if (answer.outcome == GRAPH_ACCEPTED && strlen(answer.wamid) <= WAMID_BYTES) {
        out->kind = OUTCOME_ACCEPTED;
        out->text = answer.wamid;
        answer.wamid = NULL;
    } else if (answer.outcome == GRAPH_REFUSED) {
        out->code = answer.code;
        out->policy = error_policy_for(answer.code);
        out->text = answer.details;
        answer.details = NULL;
        refused(r, most_attempts, out);
    }
    graph_answer_free(&answer);
    return KL_OK;
}
