/* kloyst send: a single message, and where it is. */
#include <stdlib.h>
#include <string.h>

#include "campaign.h"
#include "groups.h"
#include "list.h"
#include "message.h"

/* The key that is told when none was given: whoever lost the answer asks again with it. */
static const char *key_of(invocation *in)
{
    static char made[KL_UUID_TEXT + 1];
    kl_uuid uuid;
    if (given(in, "key"))
        return given(in, "key");
    if (!*made && !kl_uuid_generate(&uuid))
        kl_uuid_format(&uuid, made);
    return made;
}

static void fill(invocation *in, kl_message_options *o, kl_uuid *account, kl_uuid *contact)
{
    o->waba_account_id = given_uuid(in, "account", account);
    o->to = given(in, "to");
    o->country = given(in, "country");
    o->contact_id = given_uuid(in, "contact", contact);
    o->kind = (kl_content_kind)given_choice(in, "kind", given(in, "template") ? KL_CONTENT_TEMPLATE : KL_CONTENT_TEXT);
    o->text = given(in, "text");
    o->preview_url = flagged(in, "preview-url");
    o->template_name = given(in, "template");
    o->template_language = given(in, "language");
    o->category = (kl_template_category)given_choice(in, "category", 0);
    o->media_id = given(in, "media-id");
    o->media_link = given(in, "media-link");
    o->filename = given(in, "filename");
    o->header = given(in, "header");
    o->footer = given(in, "footer");
    o->label = given(in, "label");
    o->reply_to = given(in, "reply-to");
    o->idempotency_key = key_of(in);
    o->price = given_money(in, "price", KL_PRICE_BY_RATE_CARD);
    o->at = given_time(in, "at", 0);
}

static kl_status send(invocation *in)
{
    kl_message_options options = KL_MESSAGE_OPTIONS_INIT;
    kl_uuid account, contact, id;
    char *parameters = NULL, *choices = NULL;
    if (!given(in, "to") == !given(in, "contact"))
        return command_wrong(in, "either --to or --contact is needed");
    fill(in, &options, &account, &contact);
    kl_status status = given_json(in, "parameters", &parameters, &options.parameters_length);
    if (!status)
        status = given_json(in, "choices", &choices, &options.choices_length);
    options.parameters = parameters;
    options.choices = choices;
    if (!status)
        status = kl_message_send(in->handle, &in->vendor, &options, &id, &in->error);
    free(parameters);
    free(choices);
    if (!status) {
        output_begin();
        output_id("id", id);
        output_text("key", options.idempotency_key);
        output_end();
    } else if (status == KL_ERR_UNKNOWN_OUTCOME) {
        command_fail(in, status, "%s; the same command with --key %s tells, and sends nothing twice",
                     kl_error_message(in->error), options.idempotency_key);
    }
    return status;
}

static kl_status state(invocation *in)
{
    kl_uuid id;
    kl_recipient_state where;
    kl_time next_at = 0;
    kl_status status =
        kl_message_state(in->handle, &in->vendor, given_uuid(in, "message", &id), &where, &next_at, &in->error);
    if (!status) {
        output_begin();
        output_id("id", id);
        output_text("state", campaign_state_name(where));
        output_time("next_at", next_at);
        output_end();
    }
    return status;
}

const char *message_status_name(kl_message_status status)
{
    static const char *const names[] = {"?", "unknown", "sent", "failed", "delivered", "read"};
    return names[status >= 1 && status <= 5 ? status : 0];
}

static void show(const kl_message *m)
{
    output_begin();
    output_id("id", kl_message_id(m));
    output_text("direction", kl_message_direction_of(m) == KL_INBOUND ? "in" : "out");
    output_text("user", kl_message_mobile(m));
    output_text("status", message_status_name(kl_message_status_of(m)));
    output_text("wamid", kl_message_wa_message_id(m));
    output_uuid("campaign_id", kl_message_campaign_id(m));
    output_text("text", kl_message_text(m));
    output_money("price", kl_message_price(m));
    output_number("error_code", kl_message_error_code(m));
    output_text("error", kl_message_error_text(m));
    output_time("sent_at", kl_message_sent_at(m));
    output_time("delivered_at", kl_message_delivered_at(m));
    output_time("read_at", kl_message_read_at(m));
    output_time("failed_at", kl_message_failed_at(m));
    output_end();
}

LIST(list, message, kl_message_id,
     kl_message_list(in->handle, &in->vendor, given_uuid(in, "campaign", &(kl_uuid){{0}}), after, limit, &page, &in->error),
     show)

const command send_commands[] = {
    {"send", "send a single message",
     "Workers send it; it is taken and paid for when the command answers. What is no template goes only while the\n"
     "user's window is open.",
     TAKES_DATABASE | TAKES_VENDOR | TAKES_KEYS,
     (const parameter[]){
         {"account", "UUID", "the account to send from", NEEDED},
         {"to", "NUMBER", "the user's number or Meta's user id", OPTIONAL},
         {"contact", "UUID", "or a contact", OPTIONAL},
         {"country", "CODE", "of a number in national spelling, such as IN", OPTIONAL},
         {"kind", "template|text|image|video|audio|document|sticker|buttons|list|reaction",
          "default template with --template, else text", OPTIONAL},
         {"text", "TEXT", "the text, caption or emoji", OPTIONAL},
         {"preview-url", NULL, "shows a preview of the first link of a text", OPTIONAL},
         {"template", "NAME", "the template's name at Meta", OPTIONAL},
         {"language", "CODE", "the template's language, such as en_US", OPTIONAL},
         {"parameters", "JSON", "the template's: an array of {\"text\":\"...\"}", OPTIONAL},
         {"category", "marketing|utility|authentication", "of a template that is not stored", OPTIONAL},
         {"media-id", "ID", "Meta's id of an uploaded medium", OPTIONAL},
         {"media-link", "URL", "or an https link", OPTIONAL},
         {"filename", "NAME", "of a document", OPTIONAL},
         {"header", "TEXT", "of buttons and lists", OPTIONAL},
         {"footer", "TEXT", "of buttons and lists", OPTIONAL},
         {"label", "TEXT", "of the button that opens a list", OPTIONAL},
         {"choices", "JSON", "an array of the buttons or rows", OPTIONAL},
         {"reply-to", "WAMID", "the message that is answered or reacted to", OPTIONAL},
         {"price", "AMOUNT", "else by the rate card", OPTIONAL},
         {"at", "TIME", "not before then", OPTIONAL},
         {"key", "TEXT", "idempotency key: under one key it is sent once; else one is made and told", OPTIONAL},
         {0}},
     send},
    {"message state", "tell where a single message is", NULL, TAKES_DATABASE | TAKES_VENDOR,
     (const parameter[]){{"message", "UUID", "the message's id", OPERAND}, {0}}, state},
    {"message list", "list messages that were sent or received", NULL, TAKES_DATABASE | TAKES_VENDOR | TAKES_PAGE,
     (const parameter[]){{"campaign", "UUID", "only those of a campaign", OPTIONAL}, {0}}, list},
    {0}};
