/* What is sent to the Graph API: the URL and the body of a template message. */
#include "meta/graph_request.h"

#include <string.h>

#include "base/error.h"
#include "base/utf8.h"

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool made_of(const char *text, const char *characters, size_t least, size_t most)
{
    size_t length = strspn(text, characters);
    return text[length] == '\0' && length >= least && length <= most;
}

/* Either the whole text was appended or, without memory, nothing. */
static kl_status finish(buffer *out, size_t before, kl_error **error)
{
    if (!out->broken)
        return KL_OK;
    if (out->data)
        out->data[before] = '\0';
    out->length = before;
    return error_memory(error);
}

static bool is_version(const char *text)
{
    if (*text++ != 'v')
        return false;
    size_t major = strspn(text, DIGITS);
    return major > 0 && major <= 3 && text[major] == '.' && made_of(text + major + 1, DIGITS, 1, 3);
}

static bool is_base_url(const char *text)
{
    size_t scheme = strncmp(text, "https://", 8) == 0 ? 8 : strncmp(text, "http://", 7) == 0 ? 7 : 0;
    if (!scheme || text[scheme] == '\0' || text[scheme] == '/')
        return false;
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7F || strchr("?#\"<>\\", *at))
            return false;
    return true;
}

kl_status graph_messages_url(buffer *out, const char *base_url, const char *api_version, const char *phone_number_id,
                             kl_error **error)
{
    if (!out || !base_url || !api_version || !phone_number_id)
        return error_set(error, KL_ERR_ARGUMENT, "a part of the messages URL is missing");
    if (!is_base_url(base_url))
        return error_set(error, KL_ERR_FORMAT, "the Graph API's base URL is not an http or https URL");
    if (!is_version(api_version))
        return error_set(error, KL_ERR_FORMAT, "the Graph API's version does not look like v25.0");
    if (!made_of(phone_number_id, DIGITS LOWER UPPER "_", 1, 64))
        return error_set(error, KL_ERR_FORMAT, "the phone number id is not made of letters, digits and _");
    size_t before = out->length, base = strlen(base_url);
    while (base_url[base - 1] == '/')
        base--;
    buffer_append(out, base_url, base);
    buffer_format(out, "/%s/%s/messages", api_version, phone_number_id);
    return finish(out, before, error);
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

static kl_status check_parameters(const graph_parameter *body, size_t count, kl_error **error)
{
    if (count > 0 && !body)
        return error_set(error, KL_ERR_ARGUMENT, "the parameters are missing");
    for (size_t i = 0; i < count; i++) {
        const char *why = NULL;
        if ((body[i].name != NULL) != (body[0].name != NULL))
            return error_set(error, KL_ERR_ARGUMENT, "named and positional parameters are mixed");
        if (body[i].name && !made_of(body[i].name, LOWER DIGITS "_", 1, GRAPH_MAX_TEMPLATE_NAME))
            return error_set(error, KL_ERR_FORMAT, "the name of parameter %zu is not made of a-z, 0-9 and _", i + 1);
        if (graph_parameter_check(body[i].text, body[i].text ? strlen(body[i].text) : 0, &why) != KL_OK)
            return error_set(error, KL_ERR_FORMAT, "parameter %zu %s", i + 1, why);
    }
    return KL_OK;
}

static kl_status check_message(const char *mobile, const char *tracker, const char *template_name,
                               const char *language, kl_error **error)
{
    if (!mobile || !template_name || !language)
        return error_set(error, KL_ERR_ARGUMENT, "the mobile number, template name or language is missing");
    if (!made_of(mobile, DIGITS, 4, 15) || mobile[0] == '0')
        return error_set(error, KL_ERR_FORMAT, "the mobile number is not made of E.164 digits");
    if (!made_of(template_name, LOWER DIGITS "_", 1, GRAPH_MAX_TEMPLATE_NAME))
        return error_set(error, KL_ERR_FORMAT, "the template name is not made of a-z, 0-9 and _");
    if (!made_of(language, LOWER UPPER DIGITS "_-", 2, 16))
        return error_set(error, KL_ERR_FORMAT, "the language code does not look like en_US");
    if (tracker && strlen(tracker) > GRAPH_MAX_TRACKER)
        return error_set(error, KL_ERR_TOO_LONG, "the tracker has more than %d bytes", GRAPH_MAX_TRACKER);
    if (tracker && !utf8_valid(tracker, strlen(tracker)))
        return error_set(error, KL_ERR_ENCODING, "the tracker is not valid UTF-8");
    return KL_OK;
}

/* Appends `before` and then `text` in JSON's quotes. */
static void put(buffer *out, const char *before, const char *text)
{
    buffer_text(out, before);
    buffer_json_string(out, text, strlen(text));
}

kl_status graph_template_message(buffer *out, const char *mobile, const char *tracker, const char *template_name,
                                 const char *language, const graph_parameter *body, size_t count, kl_error **error)
{
    if (!out)
        return error_set(error, KL_ERR_ARGUMENT, "no buffer given");
    kl_status status = check_message(mobile, tracker, template_name, language, error);
    if (status == KL_OK)
        status = check_parameters(body, count, error);
    if (status != KL_OK)
        return status;
    size_t before = out->length;
    buffer_text(out, "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"to\":\"+");
    buffer_text(out, mobile);
    buffer_text(out, "\",\"type\":\"template\"");
    if (tracker)
        put(out, ",\"biz_opaque_callback_data\":", tracker);
    put(out, ",\"template\":{\"name\":", template_name);
    put(out, ",\"language\":{\"code\":", language);
    buffer_byte(out, '}');
    if (count > 0)
        buffer_text(out, ",\"components\":[{\"type\":\"body\",\"parameters\":[");
    for (size_t i = 0; i < count; i++) {
        buffer_text(out, i ? ",{\"type\":\"text\"" : "{\"type\":\"text\"");
        if (body[i].name)
            put(out, ",\"parameter_name\":", body[i].name);
        put(out, ",\"text\":", body[i].text);
        buffer_byte(out, '}');
    }
    buffer_text(out, count > 0 ? "]}]}}" : "}}");
    return finish(out, before, error);
}
