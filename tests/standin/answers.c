/* Writing Meta's answers. */
#include "answers.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

static uint32_t run;

void answers_new_run(void)
{
    run = randombytes_random();
}

void answers_wa_id(uint64_t to, char out[WA_ID_SIZE])
{
    snprintf(out, WA_ID_SIZE, "%" PRIu64, to);
    size_t length = strlen(out);
    if (length == 13 && strncmp(out, "55", 2) == 0 && out[4] == '9')
        memmove(out + 4, out + 5, length - 4);
    else if (length == 12 && strncmp(out, "52", 2) == 0) {
        memmove(out + 3, out + 2, length - 1);
        out[2] = '1';
    }
}

void answers_wamid(const message *message, bool reply, char out[WAMID_SIZE])
{
    char wa_id[WA_ID_SIZE];
    char raw[64];
    answers_wa_id(message->to, wa_id);
    /* The bytes around number and serial are those of real ids. */
    int length = snprintf(raw, sizeof raw, "\x1c\x18%c%s\x15\x02%c%c\x18%c%s%08X%010" PRIX64, (int) strlen(wa_id),
                          wa_id, 1, reply ? 0x12 : 0x11, reply ? 0x14 : 0x12, reply ? "3A" : "", run,
                          message->sequence & 0xFFFFFFFFFFu);
    raw[strlen(wa_id) + 5] = 0;
    memcpy(out, "wamid.", 7);
    sodium_bin2base64(out + 6, WAMID_SIZE - 6, (unsigned char *) raw, (size_t) length + 1,
                      sodium_base64_VARIANT_ORIGINAL);
}

void answers_accepted(text *out, const message *message)
{
    char wa_id[WA_ID_SIZE];
    char wamid[WAMID_SIZE];
    answers_wa_id(message->to, wa_id);
    answers_wamid(message, false, wamid);
    text_addf(out,
              "{\"messaging_product\":\"whatsapp\",\"contacts\":[{\"input\":\"+%" PRIu64 "\",\"wa_id\":\"%s\"}],"
              "\"messages\":[{\"id\":\"%s\"%s}]}",
              message->to, wa_id, wamid, message->is_template ? ",\"message_status\":\"accepted\"" : "");
}

typedef struct error_row {
    int code;
    unsigned status;
    const char *title;
} error_row;

static const error_row errors[] = {
    {1, 400, "API Unknown"},
    {2, 500, "API Service"},
    {4, 429, "API Too Many Calls"},
    {10, 403, "Application does not have permission for this action"},
    {33, 400, "Parameter value is not valid"},
    {100, 400, "Invalid parameter"},
    {190, 401, "Invalid OAuth access token - Cannot parse access token"},
    {200, 403, "API Permission"},
    {368, 403, "Temporarily blocked for policies violations"},
    {2500, 400, "Unknown path components"},
    {80007, 429, "Rate limit issues"},
    {130403, 400, "Business has blocked this user"},
    {130429, 429, "Rate limit hit"},
    {130472, 400, "User's number is part of an experiment"},
    {130497, 403, "Business account is restricted from messaging users in this country."},
    {131000, 500, "Something went wrong"},
    {131005, 403, "Access denied"},
    {131008, 400, "Required parameter is missing"},
    {131009, 400, "Parameter value is not valid"},
    {131016, 503, "Service unavailable"},
    {131021, 400, "Recipient cannot be sender"},
    {131026, 400, "Message undeliverable"},
    {131031, 403, "Account has been locked"},
    {131042, 400, "Business eligibility payment issue"},
    {131047, 400, "Re-engagement message"},
    {131048, 400, "Spam rate limit hit"},
    {131049, 400, "This message was not delivered to maintain healthy ecosystem engagement."},
    {131050, 400,
     "Unable to deliver the message. This recipient has chosen to stop receiving marketing messages on WhatsApp from "
     "your business"},
    {131051, 400, "Unsupported message type"},
    {131053, 400, "Media upload error"},
    {131056, 429, "(Business Account, Consumer Account) pair rate limit hit"},
    {131057, 500, "Account in maintenance mode"},
    {132000, 400, "Number of parameters does not match the expected number of params"},
    {132001, 404, "Template name does not exist in the translation"},
    {132005, 400, "Translated text too long"},
    {132007, 400, "Template format character policy violated"},
    {132012, 400, "Parameter format does not match format in the created template"},
    {132015, 400, "Template is paused"},
    {132016, 400, "Template is disabled"},
    {132018, 400, "There is an issue with the parameters in your template message"},
    {133004, 503, "Server temporarily unavailable"},
    {133010, 400, "Phone number not registered"},
    {135000, 400, "Generic user error"},
};

static const error_row *row_of(int code)
{
    static const error_row unknown = {0, 400, "Something went wrong"};
    for (size_t at = 0; at < sizeof errors / sizeof *errors; at++)
        if (errors[at].code == code)
            return &errors[at];
    return &unknown;
}

const char *answers_title(int code)
{
    return row_of(code)->title;
}

unsigned answers_status(int code)
{
    return row_of(code)->status;
}

void answers_error(text *out, int code, int subcode, const char *details)
{
    const char *title = answers_title(code);
    char message[256];
    char trace[24];
    unsigned char noise[15];
    /* Meta writes the plain title for a bad token, and the code in front of it for the rest. */
    if (code == 190)
        snprintf(message, sizeof message, "%s", title);
    else
        snprintf(message, sizeof message, "(#%d) %s", code, title);
    text_addf(out, "{\"error\":{\"message\":");
    text_add_json(out, message, strlen(message));
    text_addf(out, ",\"type\":\"OAuthException\",\"code\":%d", code);
    if (code != 190) {
        text_addf(out, ",\"error_data\":{\"messaging_product\":\"whatsapp\",\"details\":");
        text_add_json(out, details ? details : title, strlen(details ? details : title));
        text_addf(out, "}");
    }
    if (subcode)
        text_addf(out, ",\"error_subcode\":%d", subcode);
    randombytes_buf(noise, sizeof noise);
    sodium_bin2base64(trace, sizeof trace, noise, sizeof noise, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    text_addf(out, ",\"fbtrace_id\":\"A%s\"}}", trace);
}
