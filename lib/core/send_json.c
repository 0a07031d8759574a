/* Reading the JSON in a message's options: the parameters of a template, the choices of buttons and lists. */
#include "core/send_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json_index.h"

enum { ITEMS_MAX = 64, JSON_BYTES = 64 * 1024, MEMBERS_MAX = 4 };

/* The members that an item may have, in the order of the texts that they become. */
typedef struct members {
    const char *what;
    const char *names[MEMBERS_MAX];
} members;

static char *decoded(const json_index *index, const json_node *node)
{
    json_span inside = json_index_inside(index, node);
    char *text = malloc(inside.length + 1);
    if (text)
        text[json_unescape(inside.bytes, inside.length, text)] = '\0';
    return text;
}

/* The texts of one item; NULL where there is none. */
static kl_status read_item(const json_index *index, const json_node *object, const members *members, size_t number,
                           char *texts[MEMBERS_MAX], kl_error **error)
{
    uint32_t known = 0;
    if (!json_index_is(object, JSON_OBJECT))
        return error_set(error, KL_ERR_FORMAT, "%s %zu is not an object", members->what, number);
    for (int m = 0; m < MEMBERS_MAX && members->names[m]; m++) {
        const json_node *node = json_index_member(index, object, members->names[m]);
        if (!node)
            continue;
        known++;
        if (!json_index_is(node, JSON_STRING))
            return error_set(error, KL_ERR_FORMAT, "%s %zu: \"%s\" must be a text", members->what, number, members->names[m]);
        texts[m] = decoded(index, node);
        if (!texts[m])
            return error_memory(error);
    }
    if (known != object->count)
        return error_set(error, KL_ERR_FORMAT, "%s %zu has an unknown member, or one that is null", members->what, number);
    return KL_OK;
}

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; texts && i < count * MEMBERS_MAX; i++)
        free(texts[i]);
    free(texts);
}

/* All items as rows of MEMBERS_MAX texts. */
static kl_status read_items(const char *json, size_t length, const members *members, char ***out, size_t *count,
                            kl_error **error)
{
    json_index index;
    kl_status status = json_index_build(json, length, &(json_limits){.max_bytes = JSON_BYTES}, &index, error);
    if (status)
        return status;
    const json_node *root = json_index_root(&index);
    char **texts = NULL;
    if (!json_index_is(root, JSON_ARRAY))
        status = error_set(error, KL_ERR_JSON, "the %ss are not a JSON array", members->what);
    else if (root->count > ITEMS_MAX)
        status = error_set(error, KL_ERR_TOO_LONG, "more than %d %ss", ITEMS_MAX, members->what);
    else if (!(texts = calloc((size_t)root->count * MEMBERS_MAX + 1, sizeof *texts)))
        status = error_memory(error);
    size_t items = root->count, i = 0;
    for (const json_node *item = json_index_child(&index, root); !status && i < items; i++, item = json_index_next(&index, item))
        status = read_item(&index, item, members, i + 1, texts + i * MEMBERS_MAX, error);
    json_index_free(&index);
    if (status) {
        free_texts(texts, items);
        return status;
    }
    *out = texts;
    *count = items;
    return KL_OK;
}

kl_status send_parameters_parse(const char *json, size_t length, send_parameters *out, kl_error **error)
{
    static const members members = {"parameter", {"text", "name", "place"}};
    char **texts = NULL;
    size_t count = 0;
    *out = (send_parameters){0};
    kl_status status = json ? read_items(json, length, &members, &texts, &count, error) : KL_OK;
    if (status || !count) {
        free(texts);
        return status;
    }
    out->items = calloc(count, sizeof *out->items);
    if (!out->items) {
        free_texts(texts, count);
        return error_memory(error);
    }
    for (size_t i = 0; i < count; i++) {
        char **t = texts + i * MEMBERS_MAX;
        out->items[i] = (graph_parameter){.text = t[0], .name = t[1], .place = t[2]};
    }
    out->count = count;
    free(texts);
    for (size_t i = 0; i < count; i++) {
        if (!out->items[i].text)
            return error_set(error, KL_ERR_FORMAT, "parameter %zu has no \"text\"", i + 1);
        if (!graph_is_place(out->items[i].place))
            return error_set(error, KL_ERR_FORMAT, "parameter %zu: no template has such a \"place\"", i + 1);
    }
    return KL_OK;
}

void send_parameters_free(send_parameters *parameters)
{
    for (size_t i = 0; i < parameters->count; i++) {
        free((char *)parameters->items[i].text);
        free((char *)parameters->items[i].name);
        free((char *)parameters->items[i].place);
    }
    free(parameters->items);
    *parameters = (send_parameters){0};
}

kl_status send_choices_parse(const char *json, size_t length, send_choices *out, kl_error **error)
{
    static const members members = {"choice", {"id", "title", "description", "section"}};
    char **texts = NULL;
    size_t count = 0;
    *out = (send_choices){0};
    kl_status status = json ? read_items(json, length, &members, &texts, &count, error) : KL_OK;
    if (status || !count) {
        free(texts);
        return status;
    }
    out->items = calloc(count, sizeof *out->items);
    if (!out->items) {
        free_texts(texts, count);
        return error_memory(error);
    }
    for (size_t i = 0; i < count; i++) {
        char **t = texts + i * MEMBERS_MAX;
        out->items[i] = (graph_choice){t[0], t[1], t[2], t[3]};
    }
    out->count = count;
    free(texts);
    return KL_OK;
}

void send_choices_free(send_choices *choices)
{
    for (size_t i = 0; i < choices->count; i++) {
        free((char *)choices->items[i].id);
        free((char *)choices->items[i].title);
        free((char *)choices->items[i].description);
        free((char *)choices->items[i].section);
    }
    free(choices->items);
    *choices = (send_choices){0};
}
