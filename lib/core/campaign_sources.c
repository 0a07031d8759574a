/* Where the text of each template parameter comes from: reading the JSON that describes it. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json_index.h"
#include "core/campaign.h"
#include "meta/graph_request.h"

enum { SOURCES_MAX = 64, SOURCES_BYTES = 64 * 1024, NAME_MAX_BYTES = 64, ATTRIBUTE_MAX_BYTES = 256 };

static char *decoded(const json_index *index, const json_node *node)
{
    json_span inside = json_index_inside(index, node);
    char *text = malloc(inside.length + 1);
    if (text)
        text[json_unescape(inside.bytes, inside.length, text)] = '\0';
    return text;
}

/* The text of a string member; NULL in *out when it is absent. */
static kl_status text_member(const json_index *index, const json_node *object, const char *key, size_t number,
                             const char **out, kl_error **error)
{
    const json_node *node = json_index_member(index, object, key);
    *out = NULL;
    if (!node)
        return KL_OK;
    if (!json_index_is(node, JSON_STRING))
        return error_set(error, KL_ERR_FORMAT, "parameter %zu: \"%s\" must be a text", number, key);
    *out = decoded(index, node);
    return *out ? KL_OK : error_memory(error);
}

static bool is_parameter_name(const char *name)
{
    size_t length = strlen(name);
    return length >= 1 && length <= NAME_MAX_BYTES && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

static bool same_place(const char *a, const char *b)
{
    return strcmp(a ? a : "body", b ? b : "body") == 0;
}

static kl_status check_source(const campaign_parameters *s, size_t i, bool named, kl_error **error)
{
    const char *why;
    if (!graph_is_place(s->places[i]))
        return error_set(error, KL_ERR_FORMAT, "parameter %zu: no template has such a \"place\"", i + 1);
    /* A contact's attribute might be no link, which would be found out when its batch is sent. */
    if (graph_is_media_place(s->places[i]) && s->attributes[i])
        return error_set(error, KL_ERR_FORMAT, "parameter %zu: a medium in the header must be a \"text\"", i + 1);
    named = named && graph_place_is_named(s->places[i]);
    if (named != (s->names[i] != NULL))
        return error_set(error, KL_ERR_FORMAT, "parameter %zu: \"name\" belongs to every parameter of a named template and to none else",
                         i + 1);
    if (named && !is_parameter_name(s->names[i]))
        return error_set(error, KL_ERR_FORMAT, "parameter %zu: the name must be lower-case letters, digits and '_'", i + 1);
    for (size_t other = 0; named && other < i; other++)
        if (s->names[other] && strcmp(s->names[other], s->names[i]) == 0 && same_place(s->places[other], s->places[i]))
            return error_set(error, KL_ERR_FORMAT, "parameter %zu: the name is used twice", i + 1);
    if (s->fallbacks[i] && graph_value_check(s->places[i], s->fallbacks[i], &why))
        return error_set(error, KL_ERR_FORMAT, "parameter %zu: %s", i + 1, why);
    return KL_OK;
}

static kl_status parse_source(const json_index *index, const json_node *object, size_t i, campaign_parameters *s,
                              kl_error **error)
{
    const char *attribute = NULL, *text = NULL;
    if (!json_index_is(object, JSON_OBJECT))
        return error_set(error, KL_ERR_FORMAT, "parameter %zu is not an object", i + 1);
    const json_node *mobile = json_index_member(index, object, "mobile");
    kl_status status = text_member(index, object, "name", i + 1, &s->names[i], error);
    if (!status)
        status = text_member(index, object, "place", i + 1, &s->places[i], error);
    if (!status)
        status = text_member(index, object, "fallback", i + 1, &s->fallbacks[i], error);
    if (!status)
        status = text_member(index, object, "attribute", i + 1, &attribute, error);
    if (!status)
        status = text_member(index, object, "text", i + 1, &text, error);
    if (!status && (attribute != NULL) + (text != NULL) + (mobile != NULL) != 1)
        status = error_set(error, KL_ERR_FORMAT, "parameter %zu needs one of \"attribute\", \"mobile\" and \"text\"", i + 1);
    if (!status && (text || mobile) && s->fallbacks[i])
        status = error_set(error, KL_ERR_FORMAT, "parameter %zu: a fallback belongs to an attribute", i + 1);
    if (!status && mobile && !json_index_is(mobile, JSON_TRUE))
        status = error_set(error, KL_ERR_FORMAT, "parameter %zu: \"mobile\" must be true", i + 1);
    if (!status && attribute && (!*attribute || strlen(attribute) > ATTRIBUTE_MAX_BYTES))
        status = error_set(error, KL_ERR_FORMAT, "parameter %zu: the attribute's name is empty or too long", i + 1);
    if (!status && mobile && !(attribute = strdup("")))
        status = error_memory(error);
    s->attributes[i] = attribute;
    if (text) {
        free((char *)s->fallbacks[i]); /* refused above */
        s->fallbacks[i] = text;
    }
    return status;
}

kl_status campaign_sources_parse(const char *json, size_t length, kl_parameter_format format, campaign_parameters *out,
                                 kl_error **error)
{
    *out = (campaign_parameters){0};
    if (!json)
        return KL_OK;
    json_index index;
    kl_status status = json_index_build(json, length, &(json_limits){.max_bytes = SOURCES_BYTES}, &index, error);
    if (status)
        return status;
    const json_node *root = json_index_root(&index);
    if (!json_index_is(root, JSON_ARRAY))
        status = error_set(error, KL_ERR_JSON, "parameters is not a JSON array");
    else if (root->count > SOURCES_MAX)
        status = error_set(error, KL_ERR_TOO_LONG, "more than %d parameters", SOURCES_MAX);
    if (!status) {
        out->count = root->count;
        out->names = calloc(out->count + 1, sizeof *out->names);
        out->places = calloc(out->count + 1, sizeof *out->places);
        out->attributes = calloc(out->count + 1, sizeof *out->attributes);
        out->fallbacks = calloc(out->count + 1, sizeof *out->fallbacks);
        if (!out->names || !out->places || !out->attributes || !out->fallbacks)
            status = error_memory(error);
    }
    const json_node *item = json_index_child(&index, root);
    for (size_t i = 0; !status && i < out->count; i++, item = json_index_next(&index, item)) {
        status = parse_source(&index, item, i, out, error);
        if (!status)
            status = check_source(out, i, format == KL_PARAMETERS_NAMED, error);
    }
    json_index_free(&index);
    if (status)
        campaign_sources_free(out);
    return status;
}

void campaign_sources_free(campaign_parameters *s)
{
    for (size_t i = 0; i < s->count; i++) {
        if (s->names)
            free((char *)s->names[i]);
        if (s->places)
            free((char *)s->places[i]);
        if (s->attributes)
            free((char *)s->attributes[i]);
        if (s->fallbacks)
            free((char *)s->fallbacks[i]);
    }
    free(s->names);
    free(s->places);
    free(s->attributes);
    free(s->fallbacks);
    *s = (campaign_parameters){0};
}
