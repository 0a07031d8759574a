/* Writing a webhook's body. */
#include "payload.h"

#include <inttypes.h>
#include <string.h>

#include "answers.h"

static const char *const names[] = {"sent", "delivered", "read", "failed"};

static void write_pricing(text *out, const message *message)
{
    if (message->is_template)
        text_addf(out, ",\"pricing\":{\"billable\":true,\"pricing_model\":\"PMP\",\"type\":\"regular\","
                       "\"category\":\"%s\"}", standin_options.category);
    else
        text_addf(out, ",\"pricing\":{\"billable\":false,\"pricing_model\":\"PMP\",\"type\":\"free_customer_service\","
                       "\"category\":\"service\"}");
}

static void write_errors(text *out, int code)
{
    const char *title = answers_title(code);
    size_t length = strlen(title);
    text_addf(out, ",\"errors\":[{\"code\":%d,\"title\":", code);
    text_add_json(out, title, length);
    text_addf(out, ",\"message\":");
    text_add_json(out, title, length);
    text_addf(out, ",\"error_data\":{\"details\":");
    text_add_json(out, title, length);
    text_addf(out, "},\"href\":\"\\/documentation\\/business-messaging\\/whatsapp\\/support\\/error-codes\"}]");
}

static void write_status(text *out, const update *update)
{
    const message *message = update->message;
    char wamid[WAMID_SIZE];
    char wa_id[WA_ID_SIZE];
    answers_wamid(message, false, wamid);
    answers_wa_id(message->to, wa_id);
    text_addf(out, "{\"id\":");
    text_add_json(out, wamid, strlen(wamid));
    text_addf(out, ",\"status\":\"%s\",\"timestamp\":\"%" PRId64 "\",\"recipient_id\":\"%s\"", names[update->kind],
              message->time_us / 1000000, wa_id);
    if (message->tracker) {
        text_addf(out, ",\"biz_opaque_callback_data\":");
        text_add_json(out, message->tracker, message->tracker_length);
    }
    if (update->priced)
        write_pricing(out, message);
    if (update->kind == UPDATE_FAILED)
        write_errors(out, message->code);
    text_addf(out, "}");
}

static void write_inbound(text *out, const update *update)
{
    const message *message = update->message;
    char sent[WAMID_SIZE];
    char reply[WAMID_SIZE];
    char wa_id[WA_ID_SIZE];
    answers_wamid(message, false, sent);
    answers_wamid(message, true, reply);
    answers_wa_id(message->to, wa_id);
    text_addf(out, "{\"context\":{\"from\":\"%s\",\"id\":", ledger_phone_at(message->phone)->display);
    text_add_json(out, sent, strlen(sent));
    text_addf(out, "},\"from\":\"%s\",\"id\":", wa_id);
    text_add_json(out, reply, strlen(reply));
    text_addf(out, ",\"timestamp\":\"%" PRId64 "\",\"type\":\"text\",\"text\":{\"body\":", message->time_us / 1000000);
    text_add_json(out, standin_options.inbound_text, strlen(standin_options.inbound_text));
    text_addf(out, "}}");
}

static void write_contact(text *out, const update *update)
{
    char wa_id[WA_ID_SIZE];
    answers_wa_id(update->message->to, wa_id);
    text_addf(out, "{\"profile\":{\"name\":\"Recipient %s\"},\"wa_id\":\"%s\"}", wa_id, wa_id);
}

static bool belongs(const update *update, unsigned phone, bool inbound)
{
    return update->message->phone == phone && (update->kind == UPDATE_INBOUND) == inbound;
}

static void write_list(text *out, const update *updates, size_t count, unsigned phone, bool inbound,
                       void (*write)(text *, const update *))
{
    const char *comma = "";
    for (size_t at = 0; at < count; at++) {
        if (!belongs(&updates[at], phone, inbound))
            continue;
        text_addf(out, "%s", comma);
        write(out, &updates[at]);
        comma = ",";
    }
}

static bool write_change(text *out, const update *updates, size_t count, unsigned phone, bool inbound, bool comma)
{
    size_t at = 0;
    while (at < count && !belongs(&updates[at], phone, inbound))
        at++;
    if (at == count)
        return false;
    text_addf(out, "%s{\"value\":{\"messaging_product\":\"whatsapp\",\"metadata\":{\"display_phone_number\":\"%s\","
                   "\"phone_number_id\":\"%s\"},", comma ? "," : "", ledger_phone_at((int) phone)->display,
              ledger_phone_at((int) phone)->id);
    if (inbound) {
        text_addf(out, "\"contacts\":[");
        write_list(out, updates, count, phone, inbound, write_contact);
        text_addf(out, "],\"messages\":[");
    } else {
        text_addf(out, "\"statuses\":[");
    }
    write_list(out, updates, count, phone, inbound, inbound ? write_inbound : write_status);
    text_addf(out, "]},\"field\":\"messages\"}");
    return true;
}

void payload_write(text *out, const update *updates, size_t count)
{
    unsigned seen[PAYLOAD_UPDATES];
    size_t seen_count = 0;
    text_addf(out, "{\"object\":\"whatsapp_business_account\",\"entry\":[");
    for (size_t at = 0; at < count; at++) {
        unsigned phone = updates[at].message->phone;
        size_t index = 0;
        while (index < seen_count && seen[index] != phone)
            index++;
        if (index < seen_count)
            continue;
        text_addf(out, "%s{\"id\":\"%s\",\"changes\":[", seen_count ? "," : "", ledger_phone_at((int) phone)->waba);
        seen[seen_count++] = phone;
        bool any = write_change(out, updates, count, phone, false, false);
        write_change(out, updates, count, phone, true, any);
        text_addf(out, "]}");
    }
    text_addf(out, "]}");
}

size_t payload_bound(const update *update)
{
    /* An escaped byte takes six; the frame of an entry is counted to every update. */
    bool inbound = update->kind == UPDATE_INBOUND;
    size_t text = inbound ? strlen(standin_options.inbound_text) : update->message->tracker_length;
    size_t errors = update->kind == UPDATE_FAILED ? 3 * strlen(answers_title(update->message->code)) : 0;
    return 1024 + 6 * text + 2 * errors;
}
