/* Promises of taking webhook bodies apart. */
#include "harness/suite.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "meta/webhook.h"

static const char *const samples[] = {
    "01_status_sent_marketing_pmp.json",  "02_status_delivered_cbp.json",    "04_status_read_v24_docs_verbatim.json",
    "05_status_failed_131049.json",       "07_status_sent_with_tracker.json", "08_inbound_text.json",
    "09_inbound_button_quick_reply.json", "11_inbound_interactive_list_reply.json", "13_inbound_reaction.json",
    "16_system_number_change.json",       "17_template_status_approved.json", "19_user_preferences_resume.json",
    "22_batch_two_changes_one_entry.json", "25_batch_many_entries_COMPOSED.json",
    "30_razorpay_payment_captured_card.json", "32_razorpay_payment_failed.json", "40_send_response_template.json",
    "42_send_error_130429.json"};

enum { SAMPLES = sizeof samples / sizeof samples[0] };

/* What a parse said, a line an event. */
typedef struct record {
    const char *body;
    size_t length;
    buffer lines;
    int events;
    kl_status answer; /* of every callback */
} record;

/* A raw span is one whole value inside the body. */
static void check_raw(const record *r, json_span raw)
{
    ck_assert(raw.bytes >= r->body && raw.length <= r->length);
    ck_assert((size_t)(raw.bytes - r->body) <= r->length - raw.length);
    ck_assert_int_eq(json_check(raw.bytes, raw.length, NULL, NULL, NULL), KL_OK);
}

static const char *or_dash(const char *text)
{
    return text ? text : "-";
}

static kl_status note_status(void *context, const webhook_status *s)
{
    static const char *const kinds[] = {"SENT", "DELIVERED", "READ", "FAILED", "OTHER"};
    record *r = context;
    check_raw(r, s->raw);
    buffer_format(&r->lines, "status %s %s %s %s=%s %" PRId64 " %s %s %s %d", s->waba_id, or_dash(s->phone_number_id),
                  s->wamid, kinds[s->kind], s->kind_text, s->timestamp, or_dash(s->recipient_id),
                  or_dash(s->recipient_user_id), or_dash(s->tracker), s->error_code);
    if (s->error_code != WEBHOOK_NO_ERROR)
        buffer_format(&r->lines, " [%s|%s]", or_dash(s->error_title), or_dash(s->error_details));
    if (s->pricing.present)
        buffer_format(&r->lines, " pricing %d %s %s %s", s->pricing.billable, or_dash(s->pricing.model),
                      or_dash(s->pricing.type), or_dash(s->pricing.category));
    buffer_byte(&r->lines, '\n');
    r->events++;
    return r->answer;
}

static kl_status note_message(void *context, const webhook_message *m)
{
    record *r = context;
    check_raw(r, m->raw);
    buffer_format(&r->lines, "message %s %s %s %s %s '%s' %" PRId64 " %s %s '%s' '%s' %d\n", m->waba_id,
                  or_dash(m->phone_number_id), m->wamid, or_dash(m->from), or_dash(m->user_id),
                  or_dash(m->profile_name), m->timestamp, m->type, or_dash(m->context_wamid), or_dash(m->text),
                  or_dash(m->payload), m->error_code);
    r->events++;
    return r->answer;
}

static kl_status note_preference(void *context, const webhook_preference *p)
{
    record *r = context;
    check_raw(r, p->raw);
    buffer_format(&r->lines, "preference %s %s %s %s %s=%s %" PRId64 "\n", p->waba_id, or_dash(p->phone_number_id),
                  or_dash(p->wa_id), or_dash(p->user_id), p->category, p->value, p->timestamp);
    r->events++;
    return r->answer;
}

static kl_status note_other(void *context, const webhook_change *c)
{
    record *r = context;
    if (c->raw.bytes)
        check_raw(r, c->raw);
    buffer_format(&r->lines, "other %s %s %" PRId64 " %.*s\n", c->waba_id, c->field, c->entry_time,
                  (int)c->raw.length, c->raw.bytes ? c->raw.bytes : "");
    r->events++;
    return r->answer;
}

static kl_status note_bad(void *context, const char *waba_id, const char *reason, json_span raw)
{
    record *r = context;
    if (raw.bytes)
        check_raw(r, raw);
    buffer_format(&r->lines, "bad %s: %s\n", or_dash(waba_id), reason);
    r->events++;
    return r->answer;
}

static const webhook_handler everything = {note_status, note_message, note_preference, note_other, note_bad, NULL};

static kl_status parse(record *r, const char *body, size_t length, kl_error **error)
{
    *r = (record){.body = body, .length = length};
    buffer_text(&r->lines, "");
    return webhook_parse(body, length, &everything, r, error);
}

static void says(const char *body, size_t length, const char *expected)
{
    record r;
    kl_error *error = NULL;
    ck_assert_msg(parse(&r, body, length, &error) == KL_OK, "%s", kl_error_message(error));
    ck_assert_str_eq(r.lines.data, expected);
    buffer_free(&r.lines);
}

/* The file in exactly as many bytes as it has, so that reading past its end shows. */
static char *sample(const char *name, size_t *length)
{
    char path[256], bytes[16384];
    snprintf(path, sizeof path, "tests/data/webhooks/%s", name);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s is missing", path);
    *length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    char *copy = malloc(*length);
    memcpy(copy, bytes, *length);
    return copy;
}

static void sample_says(const char *name, const char *expected)
{
    size_t length;
    char *body = sample(name, &length);
    says(body, length, expected);
    free(body);
}

#define WABA "102290129340398 106540352242922 "
#define WAMID "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQUFERjg0NDEzNDdFODU3MUMxMAA="
#define KEPT_BACK "This message was not delivered to maintain healthy ecosystem engagement."

START_TEST(sample_statuses_are_read_exactly)
{
    sample_says("01_status_sent_marketing_pmp.json",
                "status " WABA WAMID " SENT=sent 1750030073 16505551234 - - -1 pricing 1 PMP regular marketing\n");
    sample_says("02_status_delivered_cbp.json",
                "status 5467539754836534 1122334455667 wamid.xyzxyz DELIVERED=delivered 1698266945 972987654321 "
                "US.13491208655302741918 - -1 pricing 1 CBP - service\n");
    sample_says("04_status_read_v24_docs_verbatim.json",
                "status " WABA WAMID " SENT=sent 1750030073 16505551234 - - -1\n");
    sample_says("05_status_failed_131049.json",
                "status " WABA "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI0QUQ2MjA4NEYyRkExNjMyREUA FAILED=failed 1751142888 "
                "16505551234 - - 131049 [" KEPT_BACK "|In order to maintain a healthy ecosystem engagement, the "
                "message failed to be delivered.]\n");
    sample_says("07_status_sent_with_tracker.json",
                "status 5467539754836534 1122334455667 wamid.xyzxyz SENT=sent 1698266945 972987654321 "
                "US.13491208655302741918 some data -1 pricing 1 CBP - service\n");
}
END_TEST

START_TEST(sample_messages_are_read_exactly)
{
    sample_says("08_inbound_text.json",
                "message " WABA "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA= 16505551234 - "
                "'Sheena Nelson' 1749416383 text - 'Does it come in another color?' '-' -1\n");
    sample_says("09_inbound_button_quick_reply.json",
                "message 5467539754836534 1122334455667 wamid.xsidjw 972987654321 US.13491208655302741918 'Test Name' "
                "1698269027 button wamid.xyzxyz== 'title' 'callback_data' -1\n");
    sample_says("11_inbound_interactive_list_reply.json",
                "message " WABA WAMID " 16505551234 - 'Sheena Nelson' 1749854575 interactive "
                "wamid.HBgLMTQxMjU1NTA4MjkVAgASGBQzQUNCNjk5RDUwNUZGMUZEM0VBRAA= 'Priority Mail Express' "
                "'priority_express' -1\n");
    sample_says("13_inbound_reaction.json",
                "message 1234567890987654321 1122334455667 wamid.xyzxyz 972987654321 US.13491208655302741918 "
                "'Test Name' 1697044456 reaction wamid.yzxyzx= '\xF0\x9F\x98\xAE' '-' -1\n");
    sample_says("16_system_number_change.json",
                "message 1234567890987654321 1122334455667 wamid.xyzxyz== 972987654321 - '-' 1753851315 system - "
                "'User A changed from 972987654321 to 972912345678' '-' -1\n");
    sample_says("22_batch_two_changes_one_entry.json",
                "message WHATSAPP_BUSINESS_ACCOUNT_ID PHONE_NUMBER_ID wamid.ID PHONE_NUMBER - 'NAME' 1669233778 text - "
                "'MESSAGE_BODY' '-' -1\n"
                "message WHATSAPP_BUSINESS_ACCOUNT_ID PHONE_NUMBER_ID wamid.ID PHONE_NUMBER - 'NAME' 1669233779 text - "
                "'MESSAGE_BODY2' '-' -1\n");
}
END_TEST

START_TEST(sample_changes_of_other_fields_are_kept_as_they_were_written)
{
    sample_says("17_template_status_approved.json",
                "other 102290129340398 message_template_status_update 1751247548 "
                "{\"event\":\"APPROVED\",\"message_template_id\":1689556908129832,"
                "\"message_template_name\":\"order_confirmation\",\"message_template_language\":\"en-US\","
                "\"reason\":\"NONE\",\"message_template_category\":\"UTILITY\"}\n");
    sample_says("19_user_preferences_resume.json",
                "preference " WABA "16505551234 - marketing_messages=resume 1731705721\n");
}
END_TEST

#define FIRST "status " WABA "wamid.HBgMOTE5ODAwMDAwMDAwFQIAERgS"
#define SECOND "215589313241560883 7794189252778687 "
#define THIRD "status " SECOND "wamid.HBgMOTE5ODAwMDAwMDAwFQIAERgS"
#define STOPPED "Unable to deliver the message. This recipient has chosen to stop receiving marketing messages on " \
                "WhatsApp from your business"

START_TEST(the_sample_batch_gives_every_item_of_every_entry_in_order)
{
    sample_says("25_batch_many_entries_COMPOSED.json",
                FIRST "0001AA== DELIVERED=delivered 1750030080 919800000001 - - -1 pricing 1 PMP regular marketing\n"
                FIRST "0001AA== SENT=sent 1750030073 919800000001 - - -1 pricing 1 PMP regular marketing\n"
                FIRST "0002AA== READ=read 1750030100 919800000002 - - -1\n"
                FIRST "9999AA== DELIVERED=delivered 1750030081 919800009999 - - -1 pricing 1 PMP regular marketing\n"
                FIRST "0003AA== SENT=sent 1750030073 919800000003 - - -1 pricing 1 PMP regular marketing\n"
                FIRST "0003AA== FAILED=failed 1750030090 919800000003 - - 131026 "
                      "[Message undeliverable|Message Undeliverable.]\n"
                "message " WABA "wamid.INB0001== 919800000004 - '\u0928\u0947\u0939\u093e' 1750030200 text - "
                "'STOP \U0001F6D1' '-' -1\n"
                THIRD "0001AA== DELIVERED=delivered 1750030080 919800000001 - - -1 pricing 1 PMP regular marketing\n"
                THIRD "0005AA== FAILED=failed 1750030091 919800000005 - - 131050 [" STOPPED "|" STOPPED "]\n"
                THIRD "0006AA== DELIVERED=delivered 1750030092 919800000006 - - -1 pricing 0 PMP "
                      "free_customer_service utility\n"
                "preference " SECOND "919800000005 - marketing_messages=stop 1750030093\n");
}
END_TEST

START_TEST(a_body_about_something_else_is_one_bad_item)
{
    for (int i = 14; i < SAMPLES; i++)
        sample_says(samples[i], "bad -: not about a WhatsApp Business account\n");
}
END_TEST

#define ENVELOPE(entries) "{\"object\":\"whatsapp_business_account\",\"entry\":" entries "}"
#define VALUE(members) ENVELOPE("[{\"id\":\"W\",\"changes\":[{\"field\":\"messages\",\"value\":{" members "}}]}]")
#define OTHER_FIELD(field, value) \
    ENVELOPE("[{\"id\":\"W\",\"time\":5,\"changes\":[{\"value\":" value ",\"field\":\"" field "\"}]}]")

static void text_says(const char *body, const char *expected)
{
    size_t length = strlen(body);
    char *exact = malloc(length);
    memcpy(exact, body, length);
    says(exact, length, expected);
    free(exact);
}

START_TEST(unknown_values_and_members_are_kept_and_no_error)
{
    text_says(VALUE("\"new\":{},\"statuses\":[{\"id\":\"w\",\"status\":\"warning\",\"timestamp\":7,\"x\":[]}]"),
              "status W - w OTHER=warning 7 - - - -1\n");
    text_says(VALUE("\"statuses\":[{\"id\":\"w\",\"status\":\"played\",\"timestamp\":\"7\","
                    "\"pricing\":{\"category\":\"group_new\"}}]"),
              "status W - w READ=played 7 - - - -1 pricing -1 - - group_new\n");
    text_says(VALUE("\"statuses\":[{\"id\":\"w\",\"status\":\"SENT\",\"timestamp\":7,\"recipient_id\":9198,"
                    "\"recipient_user_id\":\"IN.1\",\"biz_opaque_callback_data\":\"\",\"pricing\":null,"
                    "\"errors\":null}]"),
              "status W - w OTHER=SENT 7 9198 IN.1 - -1\n");
    text_says(VALUE("\"messages\":[{\"id\":\"w\",\"timestamp\":7,\"type\":\"hologram\",\"hologram\":{\"n\":1}}]"),
              "message W - w - - '-' 7 hologram - '-' '-' -1\n");
}
END_TEST

START_TEST(every_kind_of_message_gives_its_text_and_payload)
{
    text_says(VALUE("\"messages\":["
                    "{\"id\":\"a\",\"from\":\"1\",\"timestamp\":1,\"type\":\"interactive\",\"interactive\":"
                    "{\"type\":\"button_reply\",\"button_reply\":{\"id\":\"i\",\"title\":\"t\"}}},"
                    "{\"id\":\"b\",\"from\":\"1\",\"timestamp\":1,\"type\":\"interactive\",\"interactive\":"
                    "{\"type\":\"nfm_reply\",\"nfm_reply\":{\"body\":\"Sent\",\"response_json\":\"{}\"}}},"
                    "{\"id\":\"c\",\"from\":\"1\",\"timestamp\":1,\"type\":\"image\",\"image\":"
                    "{\"id\":\"media\",\"caption\":\"look\"}},"
                    "{\"id\":\"d\",\"from\":\"1\",\"timestamp\":1,\"type\":\"reaction\",\"reaction\":"
                    "{\"message_id\":\"m\"}},"
                    "{\"id\":\"e\",\"from\":\"1\",\"timestamp\":1,\"type\":\"unsupported\",\"errors\":"
                    "[{\"code\":131051,\"title\":\"x\"}]},"
                    "{\"id\":\"f\",\"from\":\"1\",\"timestamp\":1,\"type\":\"interactive\",\"interactive\":7}]"),
              "message W - a 1 - '-' 1 interactive - 't' 'i' -1\n"
              "message W - b 1 - '-' 1 interactive - 'Sent' '{}' -1\n"
              "message W - c 1 - '-' 1 image - 'look' '-' -1\n"
              "message W - d 1 - '-' 1 reaction m '-' '-' -1\n"
              "message W - e 1 - '-' 1 unsupported - '-' '-' 131051\n"
              "message W - f 1 - '-' 1 interactive - '-' '-' -1\n");
}
END_TEST

#define MESSAGE(id, sender) "{\"id\":\"" id "\"" sender ",\"timestamp\":1,\"type\":\"text\",\"text\":{\"body\":\"x\"}}"

START_TEST(each_message_gets_the_contact_of_its_own_sender)
{
    text_says(VALUE("\"contacts\":[{\"wa_id\":\"1\",\"profile\":{\"name\":\"One\"}},{\"user_id\":\"IN.2\",\"profile\":"
                    "{\"name\":\"T\\u0077o\"}},7,{\"wa_id\":3,\"user_id\":\"IN.3\"}],\"messages\":["
                    MESSAGE("c", ",\"from\":\"3\"") "," MESSAGE("b", ",\"from_user_id\":\"IN.2\"") ","
                    MESSAGE("a", ",\"from\":\"1\"") "," MESSAGE("d", ",\"from\":\"4\"") "," MESSAGE("e", "") "]"),
              "message W - c 3 IN.3 '-' 1 text - 'x' '-' -1\n"
              "message W - b - IN.2 'Two' 1 text - 'x' '-' -1\n"
              "message W - a 1 - 'One' 1 text - 'x' '-' -1\n"
              "message W - d 4 - '-' 1 text - 'x' '-' -1\n"
              "message W - e - - '-' 1 text - 'x' '-' -1\n");
    text_says(VALUE("\"contacts\":[{\"user_id\":\"IN.2\",\"profile\":{\"name\":\"Two\"}}],\"messages\":["
                    MESSAGE("e", "") "]"),
              "message W - e - IN.2 'Two' 1 text - 'x' '-' -1\n");
}
END_TEST

static kl_status compare_raw(void *context, const webhook_message *message)
{
    const char *expected = context;
    ck_assert_uint_eq(message->raw.length, strlen(expected));
    ck_assert_int_eq(memcmp(message->raw.bytes, expected, message->raw.length), 0);
    return KL_OK;
}

#define ODD "{ \"id\" : \"\\u0077\" ,\n\"type\":\"text\",\"timestamp\":1, \"n\":9007199254740993 }"

START_TEST(raw_spans_are_the_original_bytes)
{
    static const char body[] = VALUE("\"messages\":[ " ODD " ]");
    char expected[] = ODD;
    webhook_handler handler = {.on_message = compare_raw};
    ck_assert_int_eq(webhook_parse(body, strlen(body), &handler, expected, NULL), KL_OK);
}
END_TEST

#define GOOD "{\"id\":\"w\",\"status\":\"sent\",\"timestamp\":1}"
#define GOOD_LINE "status W - w SENT=sent 1 - - - -1\n"

START_TEST(a_bad_item_never_stops_its_siblings)
{
    static const struct {
        const char *item, *reason;
    } cases[] = {
        {"7", "a status that is no object"},
        {"null", "a status that is no object"},
        {"[]", "a status that is no object"},
        {"{}", "a status without id"},
        {"{\"id\":7,\"status\":\"sent\",\"timestamp\":1}", "a status without id"},
        {"{\"id\":\"\",\"status\":\"sent\",\"timestamp\":1}", "a status without id"},
        {"{\"id\":\"w\",\"status\":null,\"timestamp\":1}", "a status that does not say which"},
        {"{\"id\":\"w\",\"status\":{},\"timestamp\":1}", "a status that does not say which"},
        {"{\"id\":\"w\",\"status\":\"sent\"}", "a status without timestamp"},
        {"{\"id\":\"w\",\"status\":\"sent\",\"timestamp\":-1}", "a status without timestamp"},
        {"{\"id\":\"w\",\"status\":\"sent\",\"timestamp\":1.5}", "a status without timestamp"},
        {"{\"id\":\"w\",\"status\":\"sent\",\"timestamp\":\"now\"}", "a status without timestamp"},
        {"{\"id\":\"w\",\"status\":\"sent\",\"timestamp\":\"99999999999999999999\"}", "a status without timestamp"},
        {"{\"id\":\"w\",\"status\":\"sent\",\"timestamp\":1,\"recipient_id\":[]}",
         "a status whose recipient is no text"},
        {"{\"id\":\"w\",\"status\":\"sent\",\"timestamp\":1,\"recipient_user_id\":true}",
         "a status whose recipient is no text"},
        {"{\"id\":\"w\",\"status\":\"sent\",\"timestamp\":1,\"biz_opaque_callback_data\":1}",
         "a status whose tracker is no text"},
        {"{\"id\":\"w\",\"status\":\"failed\",\"timestamp\":1,\"errors\":{}}", "a status whose error has no code"},
        {"{\"id\":\"w\",\"status\":\"failed\",\"timestamp\":1,\"errors\":[7]}", "a status whose error has no code"},
        {"{\"id\":\"w\",\"status\":\"failed\",\"timestamp\":1,\"errors\":[{\"code\":\"x\"}]}",
         "a status whose error has no code"},
        {"{\"id\":\"w\",\"status\":\"failed\",\"timestamp\":1,\"errors\":[{\"code\":9999999999}]}",
         "a status whose error has no code"},
        {"{\"id\":\"w\",\"status\":\"sent\",\"timestamp\":1,\"pricing\":\"free\"}",
         "a status whose pricing is no object"},
        {"{\"id\":\"w\",\"status\":\"sent\",\"timestamp\":1,\"pricing\":{\"billable\":\"no\"}}",
         "a status whose billable is neither true nor false"}};
    char body[1024], expected[512];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(body, sizeof body, VALUE("\"statuses\":[" GOOD ",%s," GOOD "]"), cases[i].item);
        snprintf(expected, sizeof expected, GOOD_LINE "bad W: %s\n" GOOD_LINE, cases[i].reason);
        text_says(body, expected);
    }
}
END_TEST

START_TEST(bad_messages_and_preferences_have_their_reasons)
{
    text_says(VALUE("\"messages\":[7,{\"type\":\"text\"},{\"id\":\"w\",\"timestamp\":1},"
                    "{\"id\":\"w\",\"type\":\"text\"},"
                    "{\"id\":\"w\",\"type\":\"text\",\"timestamp\":1,\"from\":{}},"
                    "{\"id\":\"w\",\"type\":\"text\",\"timestamp\":1,\"errors\":[{}]}]"),
              "bad W: a message that is no object\nbad W: a message without id\nbad W: a message without type\n"
              "bad W: a message without timestamp\nbad W: a message whose sender is no text\n"
              "bad W: a message whose error has no code\n");
    text_says(OTHER_FIELD("user_preferences",
                          "{\"user_preferences\":[[],{},{\"wa_id\":\"1\"},{\"wa_id\":\"1\",\"category\":\"c\"},"
                          "{\"wa_id\":\"1\",\"category\":\"c\",\"value\":\"stop\"},"
                          "{\"user_id\":\"U\",\"category\":\"c\",\"value\":\"stop\",\"timestamp\":3}]}"),
              "bad W: a preference that is no object\nbad W: a preference without user\n"
              "bad W: a preference without category\nbad W: a preference without value\n"
              "bad W: a preference without timestamp\npreference W - - U c=stop 3\n");
}
END_TEST

START_TEST(a_bad_entry_or_change_never_stops_its_siblings)
{
    text_says(ENVELOPE("[7,{},{\"id\":\"V\"},{\"id\":[],\"changes\":[]},{\"id\":12,\"changes\":[{\"field\":\"f\"}]},"
                       "{\"id\":\"W\",\"time\":\"x\",\"changes\":[null,{},{\"field\":7},{\"field\":\"messages\"},"
                       "{\"field\":\"messages\",\"value\":{\"statuses\":{}}},"
                       "{\"field\":\"messages\",\"value\":{\"metadata\":{\"phone_number_id\":{}},\"statuses\":[]}},"
                       "{\"field\":\"user_preferences\",\"value\":[]},"
                       "{\"field\":\"messages\",\"value\":{\"statuses\":[" GOOD "]}}]}]"),
              "bad -: an entry that is no object\nbad -: an entry without id\nbad V: an entry without changes\n"
              "bad -: an entry without id\nother 12 f 0 \nbad W: a change that is no object\n"
              "bad W: a change without field\nbad W: a change without field\nbad W: a change whose value is no object\n"
              "bad W: a list of items that is no array\nbad W: a change whose phone number id is no text\n"
              "bad W: a change whose value is no object\n" GOOD_LINE);
    text_says(ENVELOPE("{}"), "bad -: a body without entries\n");
    text_says("{\"object\":\"page\",\"entry\":[]}", "bad -: not about a WhatsApp Business account\n");
}
END_TEST

START_TEST(changes_without_items_are_kept_whole)
{
    text_says(VALUE("\"errors\":[{\"code\":1}]"), "other W messages 0 {\"errors\":[{\"code\":1}]}\n");
    text_says(VALUE("\"statuses\":[" GOOD "],\"errors\":[]"),
              GOOD_LINE "other W messages 0 {\"statuses\":[" GOOD "],\"errors\":[]}\n");
    text_says(VALUE("\"statuses\":[]"), "");
    text_says(OTHER_FIELD("user_preferences", "{ \"a\" : 9007199254740993 }"),
              "other W user_preferences 5 { \"a\" : 9007199254740993 }\n");
    text_says(OTHER_FIELD("security", "[1 , \"\\u0041\"]"), "other W security 5 [1 , \"\\u0041\"]\n");
}
END_TEST

START_TEST(a_body_that_is_not_strict_json_calls_nobody)
{
    static const struct {
        const char *body;
        kl_status status;
    } cases[] = {{"", KL_ERR_JSON},
                 {"[]", KL_ERR_JSON},
                 {"7", KL_ERR_JSON},
                 {VALUE("\"statuses\":[" GOOD ",]"), KL_ERR_JSON},
                 {VALUE("\"statuses\":[" GOOD "]") "x", KL_ERR_JSON},
                 {VALUE("\"statuses\":[" GOOD "],\"statuses\":[]"), KL_ERR_JSON},
                 {VALUE("\"statuses\":[" GOOD "],\"x\":\"\\u0000\""), KL_ERR_ENCODING},
                 {VALUE("\"statuses\":[" GOOD "],\"x\":\"\xff\""), KL_ERR_ENCODING}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        record r;
        kl_error *error = NULL;
        ck_assert_int_eq(parse(&r, cases[i].body, strlen(cases[i].body), &error), cases[i].status);
        ck_assert_int_eq(kl_error_status(error), cases[i].status);
        ck_assert_int_eq(r.events, 0);
        kl_error_free(error);
        buffer_free(&r.lines);
    }
    ck_assert_int_eq(webhook_parse(NULL, 0, &everything, NULL, NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(webhook_parse("{}", 2, NULL, NULL, NULL), KL_ERR_ARGUMENT);
}
END_TEST

START_TEST(three_mebibytes_and_depth_32_are_the_most)
{
    size_t most = 3 * 1024 * 1024;
    char *body = malloc(most + 1);
    memset(body, ' ', most + 1);
    memcpy(body, ENVELOPE("[]"), strlen(ENVELOPE("[]")));
    says(body, most, "");
    ck_assert_int_eq(webhook_parse(body, most + 1, &everything, NULL, NULL), KL_ERR_TOO_LONG);
    free(body);
    for (int depth = 32; depth <= 33; depth++) {
        char deep[512];
        int arrays = depth - 5; /* root, entry, its item, changes, its item */
        int length = snprintf(deep, sizeof deep, OTHER_FIELD("f", "%.*s%.*s"), arrays,
                              "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", arrays, "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
        record r;
        ck_assert_int_eq(parse(&r, deep, (size_t)length, NULL), depth == 32 ? KL_OK : KL_ERR_TOO_LONG);
        ck_assert_int_eq(r.events, depth == 32);
        buffer_free(&r.lines);
    }
}
END_TEST

START_TEST(a_callback_can_stop_the_parse)
{
    size_t length;
    char *body = sample("25_batch_many_entries_COMPOSED.json", &length);
    record r = {.body = body, .length = length, .answer = KL_ERR_CANCELLED};
    kl_error *error = NULL;
    ck_assert_int_eq(webhook_parse(body, length, &everything, &r, &error), KL_ERR_CANCELLED);
    ck_assert_int_eq(kl_error_status(error), KL_ERR_CANCELLED);
    ck_assert_int_eq(r.events, 1);
    kl_error_free(error);
    buffer_free(&r.lines);
    free(body);
}
END_TEST

START_TEST(missing_callbacks_pass_their_events_over)
{
    size_t length;
    char *body = sample("25_batch_many_entries_COMPOSED.json", &length);
    record r = {.body = body, .length = length};
    webhook_handler none = {0}, others = {.on_other = note_other};
    ck_assert_int_eq(webhook_parse(body, length, &none, &r, NULL), KL_OK);
    ck_assert_int_eq(r.events, 0);
    ck_assert_int_eq(webhook_parse(body, length, &others, &r, NULL), KL_OK);
    ck_assert_int_eq(r.events, 1);
    ck_assert_ptr_nonnull(strstr(r.lines.data, "other 215589313241560883 user_preferences 0 {"));
    buffer_free(&r.lines);
    free(body);
}
END_TEST

/* The start of line `number` (from 0), or the end. */
static const char *line_at(const char *lines, int number)
{
    while (number-- > 0 && *lines)
        lines += strcspn(lines, "\n") + 1;
    return lines;
}

static void replace_value(const char *body, size_t length, const json_node *node, const char *with, int item,
                          const char *before)
{
    size_t put = strlen(with), total = length - (node->end - node->start) + put;
    char *changed = malloc(total);
    memcpy(changed, body, node->start);
    memcpy(changed + node->start, with, put);
    memcpy(changed + node->start + put, body + node->end, length - node->end);
    record r;
    ck_assert_int_eq(parse(&r, changed, total, NULL), KL_OK);
    const char *own = line_at(before, item), *next = line_at(before, item + 1);
    ck_assert_msg(strncmp(r.lines.data, before, (size_t)(own - before)) == 0, "an earlier sibling changed: %s",
                  r.lines.data);
    ck_assert_msg(strcmp(line_at(r.lines.data, item + 1), next) == 0, "a later sibling changed: %s", r.lines.data);
    buffer_free(&r.lines);
    free(changed);
}

START_TEST(no_value_inside_an_item_can_change_another_item)
{
    static const char *const values[] = {"null", "true", "7", "-1e3", "\"\"", "\"x\\t\"", "[]", "{}", "[{}]",
                                         "{\"id\":[1]}"};
    size_t length;
    char *body = sample("25_batch_many_entries_COMPOSED.json", &length);
    record r;
    json_index index;
    ck_assert_int_eq(parse(&r, body, length, NULL), KL_OK);
    ck_assert_int_eq(json_index_build(body, length, NULL, &index, NULL), KL_OK);
    int item = -1, tried = 0;
    uint32_t list_end = 0, item_end = 0;
    for (size_t i = 0; i < index.count; i++) {
        const json_node *node = &index.nodes[i];
        json_span key = {body + node->key_start, node->key_end - node->key_start};
        if ((key.length == 8 && memcmp(key.bytes, "statuses", 8) == 0) ||
            (key.length == 8 && memcmp(key.bytes, "messages", 8) == 0) ||
            (key.length == 16 && memcmp(key.bytes, "user_preferences", 16) == 0)) {
            list_end = json_index_is(node, JSON_ARRAY) ? node->end : list_end;
            continue;
        }
        if (node->start >= list_end)
            continue;
        if (node->start >= item_end) {
            item_end = node->end;
            item++;
        }
        for (size_t v = 0; v < sizeof values / sizeof values[0]; v++, tried++)
            replace_value(body, length, node, values[v], item, r.lines.data);
    }
    ck_assert_int_eq(item + 1, r.events);
    ck_assert_int_gt(tried, 800);
    json_index_free(&index);
    buffer_free(&r.lines);
    free(body);
}
END_TEST

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

START_TEST(no_cut_of_a_sample_is_a_body)
{
    for (int i = 0; i < SAMPLES; i++) {
        size_t length;
        char *body = sample(samples[i], &length);
        for (size_t cut = 0; cut < length; cut++) {
            record r;
            char *exact = malloc(cut ? cut : 1);
            memcpy(exact, body, cut);
            ck_assert_int_ne(parse(&r, exact, cut, NULL), KL_OK);
            ck_assert_int_eq(r.events, 0);
            buffer_free(&r.lines);
            free(exact);
        }
        free(body);
    }
}
END_TEST

START_TEST(no_mutation_of_a_sample_does_harm)
{
    static const char insertions[] = "{}[],:\"\\u0d8e-+.0123456789nulltruefalse\xC3\xE2\xF0\x80";
    const char *given = getenv("KL_TEST_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL) * UINT64_C(2654435761);
    uint64_t state = seed ? seed : 1;
    printf("seed of the webhook mutations: %" PRIu64 "\n", seed);
    int read = 0;
    for (int i = 0; i < SAMPLES; i++) {
        size_t length;
        char *body = sample(samples[i], &length);
        for (int round = 0; round < 3000; round++) {
            char *mutant = malloc(length);
            memcpy(mutant, body, length);
            for (uint64_t times = 1 + next_random(&state) % 3; times > 0; times--) {
                uint64_t choice = next_random(&state);
                char *at = mutant + next_random(&state) % length;
                if (choice % 2)
                    *at = (char)(*at ^ 1 << (choice >> 8) % 8);
                else
                    *at = insertions[(choice >> 8) % (sizeof insertions - 1)];
            }
            record r;
            kl_status status = parse(&r, mutant, length, NULL);
            ck_assert_msg(status == KL_OK || status == KL_ERR_JSON || status == KL_ERR_ENCODING ||
                              status == KL_ERR_TOO_LONG,
                          "%s, round %d: %s", samples[i], round, kl_status_name(status));
            ck_assert(status == KL_OK || r.events == 0);
            read += status == KL_OK;
            buffer_free(&r.lines);
            free(mutant);
        }
        free(body);
    }
    ck_assert_int_gt(read, 1000);
}
END_TEST

START_TEST(a_hostile_body_takes_no_longer_than_a_large_one)
{
    buffer body = BUFFER_INIT;
    buffer_text(&body, "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"W\",\"changes\":[{\"field\":"
                       "\"messages\",\"value\":{\"contacts\":[{");
    for (int i = 0; i < 30000; i++)
        buffer_format(&body, "\"%d\":0,", i);
    buffer_text(&body, "\"wa_id\":\"2\"}");
    for (int i = 0; i < 10000; i++)
        buffer_text(&body, ",{\"wa_id\":\"1\"}");
    buffer_text(&body, "],\"statuses\":[{}");
    for (int i = 0; i < 28000; i++)
        buffer_text(&body, ",{\"id\":\"w\",\"status\":\"sent\",\"timestamp\":1,\"recipient_id\":\"3\"}");
    buffer_text(&body, "]}}]}]}");
    clock_t start = clock();
    webhook_handler none = {.on_bad = note_bad, .on_status = note_status};
    record r = {.body = body.data, .length = body.length};
    ck_assert_int_eq(webhook_parse(body.data, body.length, &none, &r, NULL), KL_OK);
    ck_assert_int_gt(r.events, 20000);
    ck_assert_msg(clock() - start < 4 * CLOCKS_PER_SEC, "%ld ms", (long)((clock() - start) * 1000 / CLOCKS_PER_SEC));
    buffer_free(&r.lines);
    buffer_free(&body);
}
END_TEST

START_TEST(the_handshake_wants_the_exact_token)
{
    ck_assert(webhook_challenge_ok("subscribe", "secret", "secret"));
    ck_assert(!webhook_challenge_ok("subscribe", "secreT", "secret"));
    ck_assert(!webhook_challenge_ok("subscribe", "secre", "secret"));
    ck_assert(!webhook_challenge_ok("subscribe", "secretsecret", "secret"));
    ck_assert(!webhook_challenge_ok("subscribe", "", "secret"));
    ck_assert(!webhook_challenge_ok("subscribe", "", ""));
    ck_assert(!webhook_challenge_ok("unsubscribe", "secret", "secret"));
    ck_assert(!webhook_challenge_ok(NULL, "secret", "secret"));
    ck_assert(!webhook_challenge_ok("subscribe", NULL, "secret"));
    ck_assert(!webhook_challenge_ok("subscribe", "secret", NULL));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("webhook_parse");
    TCase *tests = tcase_create("webhook_parse");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, sample_statuses_are_read_exactly);
    tcase_add_test(tests, sample_messages_are_read_exactly);
    tcase_add_test(tests, sample_changes_of_other_fields_are_kept_as_they_were_written);
    tcase_add_test(tests, the_sample_batch_gives_every_item_of_every_entry_in_order);
    tcase_add_test(tests, a_body_about_something_else_is_one_bad_item);
    tcase_add_test(tests, unknown_values_and_members_are_kept_and_no_error);
    tcase_add_test(tests, every_kind_of_message_gives_its_text_and_payload);
    tcase_add_test(tests, each_message_gets_the_contact_of_its_own_sender);
    tcase_add_test(tests, raw_spans_are_the_original_bytes);
    tcase_add_test(tests, a_bad_item_never_stops_its_siblings);
    tcase_add_test(tests, bad_messages_and_preferences_have_their_reasons);
    tcase_add_test(tests, a_bad_entry_or_change_never_stops_its_siblings);
    tcase_add_test(tests, changes_without_items_are_kept_whole);
    tcase_add_test(tests, a_body_that_is_not_strict_json_calls_nobody);
    tcase_add_test(tests, three_mebibytes_and_depth_32_are_the_most);
    tcase_add_test(tests, a_callback_can_stop_the_parse);
    tcase_add_test(tests, missing_callbacks_pass_their_events_over);
    tcase_add_test(tests, no_value_inside_an_item_can_change_another_item);
    tcase_add_test(tests, no_cut_of_a_sample_is_a_body);
    tcase_add_test(tests, no_mutation_of_a_sample_does_harm);
    tcase_add_test(tests, a_hostile_body_takes_no_longer_than_a_large_one);
    tcase_add_test(tests, the_handshake_wants_the_exact_token);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
