/* What is sent to the Graph API: the URL, and a message's body from the parts that all kinds share. */
#include "meta/graph_request.h"

#include <string.h>

#include "base/error.h"
#include "base/utf8.h"

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

enum { USER_ID_CHARACTERS = 128 };

static bool made_of(const char *text, const char *characters, size_t least, size_t most)
{
    size_t length = strspn(text, characters);
    return text[length] == '\0' && length >= least && length <= most;
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
    return buffer_or_as_before(out, before, error);
}

bool graph_is_user_id(const char *text)
{
    if (strspn(text, UPPER) != 2 || text[2] != '.')
        return false;
    return made_of(strncmp(text + 2, ".ENT.", 5) == 0 ? text + 7 : text + 3, DIGITS LOWER UPPER, 1, USER_ID_CHARACTERS);
}

static kl_status check_text(const char *text, size_t most, const char *what, kl_error **error)
{
    if (text && strlen(text) > most)
        return error_set(error, KL_ERR_TOO_LONG, "the %s has more than %zu bytes", what, most);
    if (text && !utf8_valid(text, strlen(text)))
        return error_set(error, KL_ERR_ENCODING, "the %s is not valid UTF-8", what);
    return KL_OK;
}

static kl_status check_envelope(const graph_envelope *envelope, kl_error **error)
{
    const char *recipient = envelope->recipient;
    if (!recipient)
        return error_set(error, KL_ERR_ARGUMENT, "the mobile number or user id is missing");
    if ((!made_of(recipient, DIGITS, 4, 15) || recipient[0] == '0') && !graph_is_user_id(recipient))
        return error_set(error, KL_ERR_FORMAT, "the mobile number is not made of E.164 digits");
    kl_status status = check_text(envelope->tracker, GRAPH_MAX_TRACKER, "tracker", error);
    return status ? status : check_text(envelope->reply_to, GRAPH_MAX_WAMID, "wamid of the message answered", error);
}

/* Appends `before` and then `text` in JSON's quotes. */
static void put(buffer *out, const char *before, const char *text)
{
    buffer_text(out, before);
    buffer_json_string(out, text, strlen(text));
}

/* Everything before the content, with the comma that follows. */
static void put_envelope(buffer *out, const graph_envelope *envelope, const char *type)
{
    buffer_text(out, "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",");
    buffer_text(out, strchr(envelope->recipient, '.') ? "\"recipient\":\"" : "\"to\":\"+");
    buffer_text(out, envelope->recipient);
    buffer_byte(out, '"');
    if (envelope->reply_to) {
        put(out, ",\"context\":{\"message_id\":", envelope->reply_to);
        buffer_byte(out, '}');
    }
    put(out, ",\"type\":", type);
    if (envelope->tracker)
        put(out, ",\"biz_opaque_callback_data\":", envelope->tracker);
    buffer_byte(out, ',');
}

kl_status graph_message(buffer *out, const graph_envelope *envelope, const char *type, const char *content, size_t length,
                        kl_error **error)
{
    if (!out || !envelope || !type || !content)
        return error_set(error, KL_ERR_ARGUMENT, "a part of the message is missing");
    kl_status status = check_envelope(envelope, error);
    if (status)
        return status;
    size_t before = out->length;
    put_envelope(out, envelope, type);
    buffer_append(out, content, length);
    buffer_byte(out, '}');
    return buffer_or_as_before(out, before, error);
}

kl_status graph_template_message(buffer *out, const char *mobile, const char *tracker, const char *template_name,
                                 const char *language, const graph_parameter *parameters, size_t count, kl_error **error)
{
    const graph_envelope envelope = {mobile, tracker, NULL};
    if (!out)
        return error_set(error, KL_ERR_ARGUMENT, "no buffer given");
    kl_status status = check_envelope(&envelope, error);
    if (status)
        return status;
    size_t before = out->length;
    put_envelope(out, &envelope, "template");
    status = graph_template_content(out, template_name, language, parameters, count, error);
    buffer_byte(out, '}');
    if (!status)
        return buffer_or_as_before(out, before, error);
    if (out->data)
        out->data[before] = '\0';
    out->length = before;
    return status;
}
