/* A template as Meta describes it in JSON, and the parameters that follow from its components. */
#include "meta/template_definition.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

enum { DEFINITION_BYTES = 64 * 1024, REASON_BYTES = 500, BUTTONS_MAX = 10 };

static bool made_of(const char *text, const char *characters, size_t least, size_t most)
{
    size_t length = strspn(text, characters);
    return text[length] == '\0' && length >= least && length <= most;
}

static kl_status take_text(const json_index *index, const json_node *object, const char *key, char **out, kl_error **error)
{
    const json_node *node = json_index_member(index, object, key);
    if (!node)
        return KL_OK;
    if (!json_index_is(node, JSON_STRING))
        return error_set(error, KL_ERR_FORMAT, "the template's \"%s\" is not a text", key);
    json_span inside = json_index_inside(index, node);
    char *text = malloc(inside.length + 1);
    if (!text)
        return error_memory(error);
    text[json_unescape(inside.bytes, inside.length, text)] = '\0';
    *out = text;
    return KL_OK;
}

static bool word_is(const json_index *index, const json_node *object, const char *key, const char *word)
{
    const json_node *node = json_index_member(index, object, key);
    json_span inside = json_index_inside(index, node);
    return json_index_is(node, JSON_STRING) && inside.length == strlen(word) &&
           memcmp(inside.bytes, word, inside.length) == 0;
}

/* ---- parameters ---------------------------------------------------------- */

static kl_status add(template_definition *d, const char *place, const char *name, size_t length, kl_error **error)
{
    if (d->count == TEMPLATE_PARAMETERS_MAX)
        return error_set(error, KL_ERR_TOO_LONG, "the template has more than %d parameters", TEMPLATE_PARAMETERS_MAX);
    d->places[d->count] = strdup(place);
    d->names[d->count] = strndup(name, length);
    if (!d->places[d->count] || !d->names[d->count]) {
        free(d->places[d->count]);
        free(d->names[d->count]);
        return error_memory(error);
    }
    d->count++;
    return KL_OK;
}

static bool known_name(const template_definition *d, const char *place, const char *name, size_t length)
{
    for (size_t i = 0; i < d->count; i++)
        if (strcmp(d->places[i], place) == 0 && strlen(d->names[i]) == length && memcmp(d->names[i], name, length) == 0)
            return true;
    return false;
}

/* {{1}}, {{2}} … of a text, each once; their numbers go from 1 without a gap. */
static kl_status add_numbered(template_definition *d, const char *place, const char *text, kl_error **error)
{
    bool seen[TEMPLATE_PARAMETERS_MAX + 1] = {false};
    size_t count = 0, highest = 0;
    for (const char *at = text; (at = strstr(at, "{{")) != NULL; at += 2) {
        size_t digits = strspn(at + 2, DIGITS);
        size_t number = digits && digits <= 2 ? strtoul(at + 2, NULL, 10) : 0;
        if (number < 1 || number > TEMPLATE_PARAMETERS_MAX || strncmp(at + 2 + digits, "}}", 2) != 0)
            return error_set(error, KL_ERR_FORMAT, "a text of the template has a parameter that is not numbered");
        count += !seen[number];
        seen[number] = true;
        highest = number > highest ? number : highest;
    }
    if (count != highest)
        return error_set(error, KL_ERR_FORMAT, "the template's parameters are not numbered from 1 without a gap");
    kl_status status = KL_OK;
    for (size_t i = 0; !status && i < count; i++)
        status = add(d, place, "", 0, error);
    return status;
}

/* {{first_name}} … of a text, each once. */
static kl_status add_named(template_definition *d, const char *place, const char *text, kl_error **error)
{
    kl_status status = KL_OK;
    for (const char *at = text; !status && (at = strstr(at, "{{")) != NULL; at += 2) {
        const char *name = at + 2;
        size_t length = strspn(name, LOWER DIGITS "_");
        if (!length || length > 64 || strncmp(name + length, "}}", 2) != 0)
            return error_set(error, KL_ERR_FORMAT, "a text of the template has a parameter that is not named");
        if (!known_name(d, place, name, length))
            status = add(d, place, name, length, error);
    }
    return status;
}

/* The parameters of the member "text". */
static kl_status add_texts(const json_index *index, const json_node *component, template_definition *d, const char *place,
                           kl_error **error)
{
    char *text = NULL;
    kl_status status = take_text(index, component, "text", &text, error);
    if (!status && text)
        status = d->named ? add_named(d, place, text, error) : add_numbered(d, place, text, error);
    free(text);
    return status;
}

static void unsupported(template_definition *d, const char *what)
{
    if (!d->unsupported)
        d->unsupported = what;
}

static kl_status add_header(const json_index *index, const json_node *component, template_definition *d, kl_error **error)
{
    if (word_is(index, component, "format", "TEXT"))
        return add_texts(index, component, d, "header:text", error);
    if (word_is(index, component, "format", "IMAGE"))
        return add(d, "header:image", "", 0, error);
    if (word_is(index, component, "format", "VIDEO"))
        return add(d, "header:video", "", 0, error);
    if (word_is(index, component, "format", "DOCUMENT"))
        return add(d, "header:document", "", 0, error);
    unsupported(d, "header of another kind than text, image, video and document");
    return KL_OK;
}

/* A URL takes a parameter when it ends in one; a one-time password always goes into its button too. */
static kl_status add_button(const json_index *index, const json_node *button, template_definition *d, size_t number,
                            kl_error **error)
{
    char place[40], *url = NULL;
    const char *kind = NULL;
    kl_status status = KL_OK;
    if (word_is(index, button, "type", "URL")) {
        status = take_text(index, button, "url", &url, error);
        kind = url && strstr(url, "{{") ? "url" : NULL;
        free(url);
    } else if (word_is(index, button, "type", "OTP")) {
        kind = "url";
    } else if (word_is(index, button, "type", "COPY_CODE")) {
        kind = "copy_code";
    } else if (word_is(index, button, "type", "QUICK_REPLY")) {
        kind = "quick_reply?";
    } else if (!word_is(index, button, "type", "PHONE_NUMBER")) {
        unsupported(d, "button of another kind than URL, phone number, quick reply and copied code");
    }
    if (status || !kind)
        return status;
    snprintf(place, sizeof place, "button:%zu:%s", number, kind);
    return add(d, place, "", 0, error);
}

static kl_status add_buttons(const json_index *index, const json_node *component, template_definition *d, kl_error **error)
{
    const json_node *buttons = json_index_member(index, component, "buttons");
    kl_status status = KL_OK;
    if (!json_index_is(buttons, JSON_ARRAY) || buttons->count > BUTTONS_MAX)
        return error_set(error, KL_ERR_FORMAT, "the template's buttons are not an array of at most %d", BUTTONS_MAX);
    const json_node *button = json_index_child(index, buttons);
    for (size_t i = 0; !status && i < buttons->count; i++, button = json_index_next(index, button))
        status = add_button(index, button, d, i, error);
    return status;
}

static kl_status add_components(const json_index *index, const json_node *array, template_definition *d, kl_error **error)
{
    kl_status status = KL_OK;
    if (!json_index_is(array, JSON_ARRAY) || !array->count)
        return error_set(error, KL_ERR_FORMAT, "the template's \"components\" are not an array of at least one");
    const json_node *component = json_index_child(index, array);
    for (size_t i = 0; !status && i < array->count; i++, component = json_index_next(index, component)) {
        if (word_is(index, component, "type", "HEADER"))
            status = add_header(index, component, d, error);
        else if (word_is(index, component, "type", "BODY"))
            status = add_texts(index, component, d, "body", error);
        else if (word_is(index, component, "type", "BUTTONS"))
            status = add_buttons(index, component, d, error);
        else if (!word_is(index, component, "type", "FOOTER"))
            unsupported(d, "component of another kind than header, body, footer and buttons");
    }
    return status;
}

/* ---- the whole ----------------------------------------------------------- */

static kl_status take_texts(const json_index *index, const json_node *root, template_definition *d, kl_error **error)
{
    const struct {
        const char *key;
        char **out;
    } members[] = {{"name", &d->name},     {"language", &d->language}, {"id", &d->meta_id},
                   {"category", &d->category}, {"status", &d->status}, {"rejected_reason", &d->reason}};
    kl_status status = KL_OK;
    for (size_t i = 0; !status && i < sizeof members / sizeof members[0]; i++)
        status = take_text(index, root, members[i].key, members[i].out, error);
    if (!status)
        status = take_text(index, json_index_member(index, root, "quality_score"), "score", &d->quality, error);
    if (d->reason && (strcmp(d->reason, "NONE") == 0 || strlen(d->reason) > REASON_BYTES)) {
        free(d->reason);
        d->reason = NULL;
    }
    return status;
}

/* xx, xxx, xx_XX and the like. */
static bool is_language(const char *text)
{
    size_t head = strspn(text, LOWER);
    if (head < 2 || head > 3)
        return false;
    return !text[head] || (strchr("_-", text[head]) && made_of(text + head + 1, LOWER UPPER, 2, 4));
}

static kl_status check(const template_definition *d, kl_error **error)
{
    if (!d->name || !made_of(d->name, LOWER DIGITS "_", 1, 512))
        return error_set(error, KL_ERR_FORMAT, "the template's \"name\" is missing or not made of a-z, 0-9 and _");
    if (!d->language || !is_language(d->language))
        return error_set(error, KL_ERR_FORMAT, "the template's \"language\" is missing or does not look like en_US");
    if (d->meta_id && !made_of(d->meta_id, DIGITS, 1, 32))
        return error_set(error, KL_ERR_FORMAT, "the template's \"id\" is not 1 to 32 digits");
    if (!d->category || (strcmp(d->category, "MARKETING") != 0 && strcmp(d->category, "UTILITY") != 0 &&
                         strcmp(d->category, "AUTHENTICATION") != 0))
        return error_set(error, KL_ERR_FORMAT, "the template's \"category\" is missing or none of Meta's three");
    if (!d->status || !made_of(d->status, UPPER "_", 1, 64))
        return error_set(error, KL_ERR_FORMAT, "the template's \"status\" is missing or not a word of capitals");
    if (d->quality && !made_of(d->quality, UPPER "_", 1, 64))
        return error_set(error, KL_ERR_FORMAT, "the template's quality score is not a word of capitals");
    return KL_OK;
}

static kl_status read_root(const json_index *index, template_definition *d, kl_error **error)
{
    const json_node *root = json_index_root(index);
    if (!json_index_is(root, JSON_OBJECT))
        return error_set(error, KL_ERR_JSON, "the template is not a JSON object");
    kl_status status = take_texts(index, root, d, error);
    if (!status)
        status = check(d, error);
    const json_node *format = json_index_member(index, root, "parameter_format");
    d->named = word_is(index, root, "parameter_format", "NAMED");
    if (!status && format && !d->named && !word_is(index, root, "parameter_format", "POSITIONAL"))
        status = error_set(error, KL_ERR_FORMAT, "the template's \"parameter_format\" is neither POSITIONAL nor NAMED");
    const json_node *components = json_index_member(index, root, "components");
    if (!status)
        status = add_components(index, components, d, error);
    if (!status)
        d->components = json_index_raw(index, components);
    return status;
}

kl_status template_definition_parse(const char *json, size_t length, template_definition *out, kl_error **error)
{
    json_index index;
    *out = (template_definition){0};
    kl_status status = json_index_build(json, length, &(json_limits){.max_bytes = DEFINITION_BYTES}, &index, error);
    if (status)
        return status;
    status = read_root(&index, out, error);
    json_index_free(&index);
    return status;
}

void template_definition_free(template_definition *d)
{
    free(d->name);
    free(d->language);
    free(d->meta_id);
    free(d->category);
    free(d->status);
    free(d->quality);
    free(d->reason);
    for (size_t i = 0; i < d->count; i++) {
        free(d->places[i]);
        free(d->names[i]);
    }
    *d = (template_definition){0};
}
