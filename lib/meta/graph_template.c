/* The content of a template message: its name, its language, and the parameters in their places. */
#include "meta/graph_template.h"

#include <string.h>

#include "base/error.h"
#include "base/utf8.h"

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

enum { BUTTONS_MAX = 10 };

static bool made_of(const char *text, const char *characters, size_t least, size_t most)
{
    size_t length = strspn(text, characters);
    return text[length] == '\0' && length >= least && length <= most;
}

static bool in_body(const char *place)
{
    return !place || strcmp(place, "body") == 0;
}

/* What stands behind "header:"; NULL for another place. */
static const char *header_kind(const char *place)
{
    return place && strncmp(place, "header:", 7) == 0 ? place + 7 : NULL;
}

/* What stands behind "button:N:"; NULL for another place. */
static const char *button_kind(const char *place)
{
    bool button = place && strncmp(place, "button:", 7) == 0 && place[7] >= '0' && place[7] <= '9' && place[8] == ':';
    return button ? place + 9 : NULL;
}

static bool one_of(const char *text, const char *const *words)
{
    while (*words && strcmp(text, *words) != 0)
        words++;
    return *words != NULL;
}

static const char *const media[] = {"image", "video", "document", NULL};
static const char *const headers[] = {"text", "image", "video", "document", NULL};
static const char *const buttons[] = {"url", "copy_code", "quick_reply", NULL};

bool graph_is_place(const char *place)
{
    const char *header = header_kind(place), *button = button_kind(place);
    return in_body(place) || (header && one_of(header, headers)) || (button && one_of(button, buttons));
}

bool graph_is_media_place(const char *place)
{
    const char *header = header_kind(place);
    return header && one_of(header, media);
}

bool graph_place_is_named(const char *place)
{
    return in_body(place) || strcmp(place, "header:text") == 0;
}

bool graph_is_link(const char *text)
{
    size_t length = strnlen(text, GRAPH_MAX_LINK + 1);
    if (length > GRAPH_MAX_LINK || strncmp(text, "https://", 8) != 0 || text[8] == '\0' || text[8] == '/')
        return false;
    for (size_t i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] > '~' || strchr("\"<>\\", text[i]))
            return false;
    return true;
}

bool graph_is_media_id(const char *text)
{
    return made_of(text, DIGITS, 1, 64);
}

kl_status graph_parameter_check(const char *text, size_t length, const char **why)
{
    const char *problem = NULL;
    if (!text || length == 0)
        problem = "is empty";
    else if (!utf8_valid(text, length))
        problem = "is not valid UTF-8";
    else if (utf8_count(text, length) > GRAPH_MAX_PARAMETER)
        problem = "has more than 1024 characters";
    size_t blanks = 0;
    for (size_t i = 0; !problem && i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        blanks = c == ' ' ? blanks + 1 : 0;
        if (c == '\n' || c == '\r')
            problem = "has a line break";
        else if (c == '\t')
            problem = "has a tab";
        else if (c < 0x20 || c == 0x7F)
            problem = "has a control character";
        else if (blanks > 4)
            problem = "has more than four blanks in a row";
    }
    if (why && problem)
        *why = problem;
    return problem ? KL_ERR_FORMAT : KL_OK;
}

kl_status graph_value_check(const char *place, const char *text, const char **why)
{
    if (!graph_is_media_place(place))
        return graph_parameter_check(text, text ? strlen(text) : 0, why);
    if (text && (graph_is_media_id(text) || graph_is_link(text)))
        return KL_OK;
    if (why)
        *why = "is neither a media id nor an https link";
    return KL_ERR_FORMAT;
}

static kl_status check_parameters(const graph_parameter *parameters, size_t count, kl_error **error)
{
    const graph_parameter *first = NULL;
    if (count > 0 && !parameters)
        return error_set(error, KL_ERR_ARGUMENT, "the parameters are missing");
    for (size_t i = 0; i < count; i++) {
        const graph_parameter *p = &parameters[i];
        const char *why = NULL;
        if (!graph_is_place(p->place))
            return error_set(error, KL_ERR_ARGUMENT, "parameter %zu is in no place that a template has", i + 1);
        if (graph_place_is_named(p->place)) {
            first = first ? first : p;
            if ((p->name != NULL) != (first->name != NULL))
                return error_set(error, KL_ERR_ARGUMENT, "named and positional parameters are mixed");
        } else if (p->name) {
            return error_set(error, KL_ERR_ARGUMENT, "parameter %zu has a name where none can be", i + 1);
        }
        if (p->name && !made_of(p->name, LOWER DIGITS "_", 1, GRAPH_MAX_TEMPLATE_NAME))
            return error_set(error, KL_ERR_FORMAT, "the name of parameter %zu is not made of a-z, 0-9 and _", i + 1);
        if (graph_value_check(p->place, p->text, &why) != KL_OK)
            return error_set(error, KL_ERR_FORMAT, "parameter %zu %s", i + 1, why);
    }
    return KL_OK;
}

/* Appends `before` and then `text` in JSON's quotes. */
static void put(buffer *out, const char *before, const char *text)
{
    buffer_text(out, before);
    buffer_json_string(out, text, strlen(text));
}

static void put_text(buffer *out, const graph_parameter *p)
{
    buffer_text(out, "{\"type\":\"text\"");
    if (p->name)
        put(out, ",\"parameter_name\":", p->name);
    put(out, ",\"text\":", p->text);
}

/* {"type":"image","image":{"id":"1"}} without the last brace, and the like. */
static void put_value(buffer *out, const graph_parameter *p)
{
    const char *header = header_kind(p->place), *button = button_kind(p->place);
    if (header && strcmp(header, "text") != 0) {
        buffer_format(out, "{\"type\":\"%s\",\"%s\":", header, header);
        put(out, graph_is_media_id(p->text) ? "{\"id\":" : "{\"link\":", p->text);
        buffer_byte(out, '}');
    } else if (button && strcmp(button, "copy_code") == 0) {
        put(out, "{\"type\":\"coupon_code\",\"coupon_code\":", p->text);
    } else if (button && strcmp(button, "quick_reply") == 0) {
        put(out, "{\"type\":\"payload\",\"payload\":", p->text);
    } else {
        put_text(out, p);
    }
}

/* Which component a parameter belongs to, in the order in which they are written: the header, the body, the buttons. */
static int component_of(const graph_parameter *p)
{
    return header_kind(p->place) ? 0 : in_body(p->place) ? 1 : 2 + (p->place[7] - '0');
}

static void put_component(buffer *out, const graph_parameter *parameters, size_t count, int component, bool first)
{
    size_t written = 0;
    for (size_t i = 0; i < count; i++) {
        const graph_parameter *p = &parameters[i];
        if (component_of(p) != component)
            continue;
        if (written++) {
            buffer_byte(out, ',');
        } else {
            buffer_text(out, first ? ",\"components\":[" : ",");
            if (component >= 2)
                buffer_format(out, "{\"type\":\"button\",\"sub_type\":\"%s\",\"index\":\"%d\"", button_kind(p->place),
                              component - 2);
            else
                buffer_text(out, component ? "{\"type\":\"body\"" : "{\"type\":\"header\"");
            buffer_text(out, ",\"parameters\":[");
        }
        put_value(out, p);
        buffer_byte(out, '}');
    }
    buffer_text(out, "]}");
}

kl_status graph_template_content(buffer *out, const char *template_name, const char *language,
                                 const graph_parameter *parameters, size_t count, kl_error **error)
{
    if (!out || !template_name || !language)
        return error_set(error, KL_ERR_ARGUMENT, "the template name or language is missing");
    if (!made_of(template_name, LOWER DIGITS "_", 1, GRAPH_MAX_TEMPLATE_NAME))
        return error_set(error, KL_ERR_FORMAT, "the template name is not made of a-z, 0-9 and _");
    if (!made_of(language, LOWER UPPER DIGITS "_-", 2, 16))
        return error_set(error, KL_ERR_FORMAT, "the language code does not look like en_US");
    kl_status status = check_parameters(parameters, count, error);
    if (status)
        return status;
    size_t before = out->length;
    bool used[2 + BUTTONS_MAX] = {false}, first = true;
    for (size_t i = 0; i < count; i++)
        used[component_of(&parameters[i])] = true;
    put(out, "\"template\":{\"name\":", template_name);
    put(out, ",\"language\":{\"code\":", language);
    buffer_byte(out, '}');
    for (int component = 0; component < 2 + BUTTONS_MAX; component++) {
        if (!used[component])
            continue;
        put_component(out, parameters, count, component, first);
        first = false;
    }
    buffer_text(out, first ? "}" : "]}");
    return buffer_or_as_before(out, before, error);
}
