/* What the Graph API answered to a message. */
#ifndef KLOYST_META_GRAPH_ANSWER_H
#define KLOYST_META_GRAPH_ANSWER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include <kloyst/status.h>

typedef enum graph_outcome {
    GRAPH_ACCEPTED,  /* Meta took the message: wamid is set */
    GRAPH_REFUSED,   /* Meta named an error code: the message was not taken */
    GRAPH_UNREADABLE /* neither: whether Meta took it is not known */
} graph_outcome;

typedef struct graph_answer {
    graph_outcome outcome;
    char *wamid;   /* NULL unless accepted */
    char *wa_id;   /* the user's id, which may differ from the number sent to; NULL when absent */
    char *user_id; /* the business-scoped id; NULL when absent */
    bool held;     /* accepted, but held back for quality assessment */
    int code;      /* GRAPH_NO_CODE unless refused; 0 is a code of Meta's */
    int subcode;   /* 0 when absent */
    char *details; /* refused: Meta's details, else its message; unreadable: why; accepted: NULL */
} graph_answer;

#define GRAPH_NO_CODE INT_MIN /* no code of Meta's, who also knows -1 */

/* Decides on the body alone: proxies and Meta itself use HTTP statuses loosely. http_status goes into the text of
 * an unreadable answer. A body that names both a message and an error is unreadable.
 * KL_ERR_ARGUMENT: out or (with length > 0) body is NULL; KL_ERR_MEMORY. On failure out is empty.
 * The caller releases it with graph_answer_free. */
kl_status graph_answer_parse(long http_status, const char *body, size_t length, graph_answer *out, kl_error **error);

/* Releases the texts and empties the struct; NULL is allowed. */
void graph_answer_free(graph_answer *answer);

#endif
