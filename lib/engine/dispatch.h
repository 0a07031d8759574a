/* A claimed batch on its way out: which messages were sent, which come again, which results wait to be stored. */
#ifndef KLOYST_ENGINE_DISPATCH_H
#define KLOYST_ENGINE_DISPATCH_H

#include <kloyst/batch.h>

#include "engine/request.h"

/* A message that was refused in passing, or could not be sent, and its next try. */
typedef struct repeat {
    size_t index;
    int attempt; /* that will be made */
    int64_t due;
    int code;    /* of the refusal; 0: it could not be sent */
    char *text;  /* malloc'ed; may be NULL */
} repeat;

typedef struct dispatch {
    struct lane *lane;
    struct dispatch *next;
    kl_batch *batch;
    char *url;
    struct curl_slist *headers; /* with the token, as it was when the batch was claimed */
    size_t count;
    size_t started; /* messages before it may leave */
    size_t sent;    /* messages before it were picked at least once */
    size_t done;    /* messages with a result */
    int in_flight;
    int picked;     /* about to leave */
    unsigned char *state; /* of each message */
    repeat *repeats;
    size_t repeat_count;
    kl_send_result *results; /* not stored yet; their texts are the dispatch's */
    size_t result_count;
    int64_t results_since; /* when the first of them came */
    int64_t renew_at;
    bool over; /* nothing more of it is picked; what did not leave is given back */
    bool lost; /* the lease, so that nothing can be given back */
    bool perhaps_released; /* giving back ended without an answer: it may have been done */
} dispatch;

/* Takes over the batch, also when there is no memory (NULL). */
dispatch *dispatch_new(struct lane *lane, kl_batch *batch);
void dispatch_free(dispatch *d);

/* What the batch's messages are posted to and with. KL_ERR_MEMORY, KL_ERR_FORMAT. */
kl_status dispatch_address(dispatch *d, const endpoint *where, const char *phone_number_id, const char *token,
                           kl_error **error);

/* A repeat whose time has come, taken out; false when there is none. */
bool dispatch_take_due(dispatch *d, int64_t now, repeat *out);
/* When the next repeat is due; INT64_MAX: none. */
int64_t dispatch_next_due(const dispatch *d);

void dispatch_left(dispatch *d, size_t index);
/* Takes over the text. */
void dispatch_repeat(dispatch *d, const repeat *again);
void dispatch_result(dispatch *d, size_t index, kl_send_outcome outcome, int code, char *text, int64_t now);
/* The same of a message that others may send again in so many ms. */
void dispatch_defer(dispatch *d, const repeat *message, int64_t retry_after_ms, int64_t now);
void dispatch_results_stored(dispatch *d);

/* Ends it before all is sent: messages from the answered index on have not reached Meta and can be given back. What
 * waits before it is deferred, and after a lost lease everything that did not leave. */
size_t dispatch_close(dispatch *d, int64_t now);

#endif
