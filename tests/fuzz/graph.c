/* Fuzz target: answers of the Graph API. The first two bytes are the HTTP status. */
#include "fuzz/target.h"

#include "meta/graph_answer.h"

int FUZZ_TARGET(const uint8_t *data, size_t size)
{
    graph_answer answer;
    if (size < 2)
        return 0;
    long http_status = 100 + (data[0] << 8 | data[1]) % 500;
    kl_status status = graph_answer_parse(http_status, (const char *)data + 2, size - 2, &answer, NULL);
    PROMISE(status == KL_OK);
    PROMISE((answer.outcome == GRAPH_ACCEPTED) == (answer.wamid != NULL));
    PROMISE((answer.outcome == GRAPH_REFUSED) == (answer.code != GRAPH_NO_CODE));
    PROMISE(answer.outcome != GRAPH_ACCEPTED || *answer.wamid);
    PROMISE(answer.outcome != GRAPH_UNREADABLE || answer.details);
    graph_answer_free(&answer);
    return 0;
}
