/* What the Graph API answered to a message. */
#include "meta/graph_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json_tree.h"

/* Meta's answers are under 1 KB; a page of a proxy may be long, and is unreadable either way. */
static const json_limits answer_limits = {.max_bytes = 256 * 1024, .max_depth = 16, .max_values = 4096};

static const graph_answer empty_answer = {.outcome = GRAPH_UNREADABLE, .code = GRAPH_NO_CODE};

/* A copy of a text that is there and not empty. False when there is no memory. */
static bool copy(const char *text, char **out)
{
    return !text || !*text || (*out = strdup(text));
}

/* A whole number that fits an int, but for the least, which stands for no code; Meta's codes do, and cJSON reads such numbers
 * exactly. */
static bool read_int(const cJSON *item, int *out)
{
    if (!cJSON_IsNumber(item) || item->valuedouble <= INT_MIN || item->valuedouble > INT_MAX ||
        item->valuedouble != (double)(int)item->valuedouble)
        return false;
    *out = (int)item->valuedouble;
    return true;
}

static const cJSON *first_item(const cJSON *object, const char *key)
{
    const cJSON *list = json_member(object, key);
    return cJSON_IsArray(list) ? cJSON_GetArrayItem(list, 0) : NULL;
}

static bool read_refusal(const cJSON *problem, graph_answer *out)
{
    const char *choices[] = {json_text(json_member(problem, "error_data"), "details"), json_text(problem, "message"),
                             json_text(problem, "error_user_msg"), json_text(problem, "type")};
    out->outcome = GRAPH_REFUSED;
    read_int(json_member(problem, "error_subcode"), &out->subcode);
    for (size_t i = 0; i < sizeof choices / sizeof choices[0] && !out->details; i++)
        if (!copy(choices[i], &out->details))
            return false;
    return out->details || (out->details = strdup("no details given"));
}

static bool read_acceptance(const cJSON *root, const cJSON *message, graph_answer *out)
{
    const cJSON *contact = first_item(root, "contacts");
    const char *held = json_text(message, "message_status");
    out->outcome = GRAPH_ACCEPTED;
    out->held = held && strcmp(held, "held_for_quality_assessment") == 0;
    return copy(json_text(message, "id"), &out->wamid) && copy(json_text(contact, "wa_id"), &out->wa_id) &&
           copy(json_text(contact, "user_id"), &out->user_id);
}

static bool unreadable(long http_status, const char *why, graph_answer *out)
{
    char text[96];
    snprintf(text, sizeof text, "HTTP %ld: %s", http_status, why);
    out->outcome = GRAPH_UNREADABLE;
    out->code = GRAPH_NO_CODE;
    return (out->details = strdup(text));
}

static bool read_answer(const cJSON *root, long http_status, graph_answer *out)
{
    const cJSON *problem = json_member(root, "error");
    const cJSON *message = first_item(root, "messages");
    const char *wamid = json_text(message, "id");
    if (cJSON_IsNull(problem))
        problem = NULL;
    bool refused = read_int(json_member(problem, "code"), &out->code);
    bool accepted = wamid && *wamid;
    if (accepted && problem)
        return unreadable(http_status, "both a message and an error", out);
    if (accepted)
        return read_acceptance(root, message, out);
    if (refused)
        return read_refusal(problem, out);
    return unreadable(http_status, problem ? "an error without a code" : "neither a message nor an error", out);
}

kl_status graph_answer_parse(long http_status, const char *body, size_t length, graph_answer *out, kl_error **error)
{
    if (!out || (!body && length > 0))
        return error_set(error, KL_ERR_ARGUMENT, "no answer or no place for it given");
    *out = empty_answer;
    cJSON *root = NULL;
    kl_status status = json_parse(body ? body : "", length, &answer_limits, &root, NULL);
    bool memory = status == KL_ERR_MEMORY ? false
                  : status != KL_OK       ? unreadable(http_status, "not JSON", out)
                                          : read_answer(root, http_status, out);
    cJSON_Delete(root);
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
