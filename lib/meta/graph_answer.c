/* What the Graph API answered to a message. */
#include "meta/graph_answer.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json_index.h"

/* Meta's answers are under 1 KB; a page of a proxy may be long, and is unreadable either way. */
static const json_limits answer_limits = {.max_bytes = 256 * 1024, .max_depth = 16, .max_values = 4096};

static const graph_answer empty_answer = {.outcome = GRAPH_UNREADABLE, .code = GRAPH_NO_CODE};

/* A copy of a string that is there and not empty. False when there is no memory. */
static bool copy(const json_index *index, const json_node *node, char **out)
{
    json_span text = json_index_inside(index, node);
    if (text.length == 0)
        return true;
    char *made = malloc(text.length + 1);
    if (!made)
        return false;
    made[json_unescape(text.bytes, text.length, made)] = '\0';
    *out = made;
    return true;
}

static bool read_int(const json_index *index, const json_node *node, int *out)
{
    int64_t value;
    if (!json_index_is(node, JSON_NUMBER) || !json_index_integer(index, node, &value) || value < INT_MIN ||
        value > INT_MAX)
        return false;
    *out = (int)value;
    return true;
}

static const json_node *first_item(const json_index *index, const json_node *object, const char *key)
{
    const json_node *list = json_index_member(index, object, key);
    return json_index_is(list, JSON_ARRAY) ? json_index_child(index, list) : NULL;
}

static bool read_refusal(const json_index *index, const json_node *problem, graph_answer *out)
{
    const json_node *data = json_index_member(index, problem, "error_data");
    const json_node *choices[] = {
        json_index_member(index, data, "details"), json_index_member(index, problem, "message"),
        json_index_member(index, problem, "error_user_msg"), json_index_member(index, problem, "type")};
    out->outcome = GRAPH_REFUSED;
    read_int(index, json_index_member(index, problem, "error_subcode"), &out->subcode);
    for (size_t i = 0; i < sizeof choices / sizeof choices[0] && !out->details; i++)
        if (!copy(index, choices[i], &out->details))
            return false;
    return out->details || (out->details = strdup("no details given"));
}

static bool read_acceptance(const json_index *index, const json_node *message, graph_answer *out)
{
    const json_node *contact = first_item(index, json_index_root(index), "contacts");
    json_span held = json_index_inside(index, json_index_member(index, message, "message_status"));
    out->outcome = GRAPH_ACCEPTED;
    out->held = held.length == strlen("held_for_quality_assessment") &&
                memcmp(held.bytes, "held_for_quality_assessment", held.length) == 0;
    return copy(index, json_index_member(index, message, "id"), &out->wamid) &&
           copy(index, json_index_member(index, contact, "wa_id"), &out->wa_id) &&
           copy(index, json_index_member(index, contact, "user_id"), &out->user_id);
}

static bool unreadable(long http_status, const char *why, graph_answer *out)
{
    char text[96];
    snprintf(text, sizeof text, "HTTP %ld: %s", http_status, why);
    out->outcome = GRAPH_UNREADABLE;
    out->code = GRAPH_NO_CODE;
    return (out->details = strdup(text));
}

static bool read_answer(const json_index *index, long http_status, graph_answer *out)
{
    const json_node *root = json_index_root(index);
    const json_node *problem = json_index_member(index, root, "error");
    const json_node *message = first_item(index, root, "messages");
    bool refused = read_int(index, json_index_member(index, problem, "code"), &out->code);
    bool accepted = json_index_inside(index, json_index_member(index, message, "id")).length > 0;
    if (accepted && problem)
        return unreadable(http_status, "both a message and an error", out);
    if (accepted)
        return read_acceptance(index, message, out);
    if (refused)
        return read_refusal(index, problem, out);
    return unreadable(http_status, problem ? "an error without a code" : "neither a message nor an error", out);
}

kl_status graph_answer_parse(long http_status, const char *body, size_t length, graph_answer *out, kl_error **error)
{
    if (!out || (!body && length > 0))
        return error_set(error, KL_ERR_ARGUMENT, "no answer or no place for it given");
    *out = empty_answer;
    json_index index = {0};
    kl_status status = json_index_build(body ? body : "", length, &answer_limits, &index, NULL);
    bool memory = status == KL_ERR_MEMORY ? false
                  : status != KL_OK       ? unreadable(http_status, "not JSON", out)
                                          : read_answer(&index, http_status, out);
    json_index_free(&index);
    if (memory)
        return KL_OK;
    graph_answer_free(out);
    return error_memory(error);
}

void graph_answer_free(graph_answer *answer)
{
    if (!answer)
        return;
    free(answer->wamid);
    free(answer->wa_id);
    free(answer->user_id);
    free(answer->details);
    *answer = empty_answer;
}
