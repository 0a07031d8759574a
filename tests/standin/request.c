/* Checking a send request: strict JSON, the common fields, free text. */
#include "request.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "content.h"
#include "template.h"

bool refuse(refusal *why, int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why->details, sizeof why->details, format, arguments);
    va_end(arguments);
    why->code = code;
    return false;
}

static size_t utf8_length(const unsigned char *bytes, size_t left)
{
    unsigned first = bytes[0];
    if (first < 0x80)
        return 1;
    size_t length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    if (length == 0 || length > left)
        return 0;
    for (size_t at = 1; at < length; at++)
        if ((bytes[at] & 0xC0) != 0x80)
            return 0;
    if ((first == 0xE0 && bytes[1] < 0xA0) || (first == 0xED && bytes[1] > 0x9F) ||
        (first == 0xF0 && bytes[1] < 0x90) || (first == 0xF4 && bytes[1] > 0x8F))
        return 0;
    return length;
}

/* cJSON takes bare control characters, broken UTF-8 and \u0000; a judge of other people's JSON must not. */
static bool strict_bytes(const char *body, size_t length, refusal *why)
{
    const unsigned char *in = (const unsigned char *) body;
    bool quoted = false;
    for (size_t at = 0; at < length;) {
        size_t step = utf8_length(in + at, length - at);
        if (step == 0)
            return refuse(why, 100, "The body is not UTF-8 at byte %zu", at);
        if (in[at] < 0x20 && (quoted || !strchr("\t\n\r", in[at]) || in[at] == 0))
            return refuse(why, 100, "The body is not JSON: bare control character at byte %zu", at);
        if (quoted && in[at] == '\\') {
            if (length - at >= 6 && memcmp(in + at, "\\u0000", 6) == 0)
                return refuse(why, 100, "A string holds a NUL at byte %zu", at);
            step = 2;
        } else if (in[at] == '"') {
            quoted = !quoted;
        }
        at += step;
    }
    return true;
}

bool keys_check(const cJSON *object, const char *const *names, const char *where, refusal *why)
{
    unsigned seen = 0;
    if (!cJSON_IsObject(object))
        return refuse(why, 100, "Param %s must be a JSON object.", where);
    for (const cJSON *child = object->child; child; child = child->next) {
        unsigned index = 0;
        while (names[index] && strcmp(names[index], child->string) != 0)
            index++;
        if (!names[index])
            return refuse(why, 100, "Unexpected key \"%.60s\" on param \"%s\".", child->string, where);
        if (seen & 1u << index)
            return refuse(why, 100, "Key \"%s\" comes twice on param \"%s\".", names[index], where);
        seen |= 1u << index;
    }
    return true;
}

static size_t characters(const char *string)
{
    size_t count = 0;
    for (; *string; string++)
        count += ((unsigned char) *string & 0xC0) != 0x80;
    return count;
}

const char *string_check(const cJSON *object, const char *name, size_t most, int too_long_code, refusal *why)
{
    const cJSON *field = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!field || (cJSON_IsString(field) && !field->valuestring[0])) {
        refuse(why, 131008, "The parameter %s is required.", name);
        return NULL;
    }
    if (!cJSON_IsString(field)) {
        refuse(why, 100, "Param %s must be a string.", name);
        return NULL;
    }
    if (characters(field->valuestring) > most) {
        refuse(why, too_long_code, "Param %s is longer than %zu characters.", name, most);
        return NULL;
    }
    return field->valuestring;
}

static bool to_check(const cJSON *root, send_request *out, refusal *why)
{
    const char *to = string_check(root, "to", 64, 131009, why);
    if (!to)
        return false;
    /* Meta would take it and prepend the sender's country code: the wrong person gets the message. */
    if (to[0] != '+')
        return refuse(why, 131009, "Param to has no leading plus sign.");
    size_t digits = strspn(to + 1, "0123456789");
    if (to[1 + digits] || digits < 7 || digits > 15 || to[1] == '0')
        return refuse(why, 131009, "Param to is not an E.164 number.");
    for (const char *at = to + 1; *at; at++)
        out->to = out->to * 10 + (uint64_t) (*at - '0');
    return true;
}

static bool tracker_check(const cJSON *root, send_request *out, refusal *why)
{
    const cJSON *tracker = cJSON_GetObjectItemCaseSensitive(root, "biz_opaque_callback_data");
    if (!tracker)
        return true;
    if (!cJSON_IsString(tracker))
        return refuse(why, 100, "Param biz_opaque_callback_data must be a string.");
    size_t length = strlen(tracker->valuestring);
    /* Sources differ between 512 bytes and 512 characters: the smaller one holds for both. */
    if (length > TRACKER_LIMIT)
        return refuse(why, 131009, "Param biz_opaque_callback_data is longer than 512.");
    memcpy(out->tracker, tracker->valuestring, length + 1);
    out->tracker_length = length;
    out->has_tracker = true;
    return true;
}

static bool text_check(const cJSON *root, refusal *why)
{
    static const char *const keys[] = {"body", "preview_url", NULL};
    const cJSON *text = cJSON_GetObjectItemCaseSensitive(root, "text");
    if (!text)
        return refuse(why, 131008, "The parameter text is required.");
    if (!keys_check(text, keys, "text", why) || !string_check(text, "body", 4096, 131009, why))
        return false;
    const cJSON *preview = cJSON_GetObjectItemCaseSensitive(text, "preview_url");
    if (preview && !cJSON_IsBool(preview))
        return refuse(why, 100, "Param text['preview_url'] must be a boolean.");
    return true;
}

static bool context_check(const cJSON *root, refusal *why)
{
    static const char *const keys[] = {"message_id", NULL};
    const cJSON *context = cJSON_GetObjectItemCaseSensitive(root, "context");
    return !context ||
           (keys_check(context, keys, "context", why) && string_check(context, "message_id", 512, 100, why));
}

/* Of the members that belong to types only that of its own may be there. */
static bool type_check(const cJSON *root, send_request *out, refusal *why)
{
    /* Meta takes a missing type for text. */
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(root, "type");
    const char *name = !type ? "text" : cJSON_IsString(type) ? type->valuestring : "";
    out->is_template = strcmp(name, "template") == 0;
    bool is_text = strcmp(name, "text") == 0;
    if (!out->is_template && !is_text && !content_known(name))
        return refuse(why, 131051, "Message type is not known.");
    for (const cJSON *other = root->child; other; other = other->next)
        if (strcmp(other->string, name) != 0 &&
            (strcmp(other->string, "text") == 0 || strcmp(other->string, "template") == 0 || content_known(other->string)))
            return refuse(why, 100, "Unexpected key \"%s\" beside type %s.", other->string, name);
    if (out->is_template)
        return template_check(cJSON_GetObjectItemCaseSensitive(root, "template"), why);
    return is_text ? text_check(root, why) : content_of_type_check(root, name, why);
}

static bool fields_check(const cJSON *root, send_request *out, refusal *why)
{
    static const char *const keys[] = {"messaging_product", "recipient_type", "to",      "type",     "template",    "text",
                                       "context",           "biz_opaque_callback_data", "image",   "video",    "audio",
                                       "document",          "sticker",        "interactive", "reaction", NULL};
    const cJSON *product = cJSON_GetObjectItemCaseSensitive(root, "messaging_product");
    if (!cJSON_IsString(product) || strcmp(product->valuestring, "whatsapp") != 0)
        return refuse(why, 100, "The parameter messaging_product is required.");
    if (!to_check(root, out, why) || !keys_check(root, keys, "body", why) || !tracker_check(root, out, why) ||
        !context_check(root, why))
        return false;
    const cJSON *recipient = cJSON_GetObjectItemCaseSensitive(root, "recipient_type");
    if (recipient && (!cJSON_IsString(recipient) || strcmp(recipient->valuestring, "individual") != 0))
        return refuse(why, 131009, "Param recipient_type must be one of {individual}.");
    return type_check(root, out, why);
}

bool request_check(const char *body, size_t length, send_request *out, refusal *why)
{
    if (length == 0)
        return refuse(why, 100, "The parameter messaging_product is required.");
    if (length > REQUEST_LIMIT)
        return refuse(why, 100, "The body is longer than %zu bytes.", REQUEST_LIMIT);
    if (!strict_bytes(body, length, why))
        return false;
    /* The body ends with a NUL that is not counted in `length`; cJSON wants it to find trailing rubbish. */
    cJSON *root = cJSON_ParseWithLengthOpts(body, length + 1, NULL, 1);
    bool good = root && cJSON_IsObject(root) ? fields_check(root, out, why)
                                             : refuse(why, 100, "The body is not a JSON object.");
    cJSON_Delete(root);
    return good;
}
