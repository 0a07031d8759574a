/* Messages from users: every kind is stored once, whoever writes becomes one contact, and what it says of consent is heeded. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "harness/deliver.h"
#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"

#define PHONE "106540352242922"
#define USER "16505551234"
#define USER_ID "US.13491208655302741918"

static kl_uuid vendor, waba;

static void open_vendor(void)
{
    fixture_open();
    vendor = fixture_vendor("Acme", 20000000);
    waba = fixture_waba(&vendor, PHONE);
}

/* ---- webhooks ---------------------------------------------------------------- */

/* One message, of which everything behind its time is given. */
static kl_fold_report fold_message_to(const char *phone, const char *wamid, const char *sender, int at, const char *rest)
{
    buffer body = BUFFER_INIT;
    buffer_format(&body,
                  "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"102290129340398\",\"changes\":[{\"value\":"
                  "{\"messaging_product\":\"whatsapp\",\"metadata\":{\"phone_number_id\":\"%s\"},\"messages\":[{\"id\":\"%s\","
                  "%s,\"timestamp\":\"%d\",%s}]},\"field\":\"messages\"}]}]}",
                  phone, wamid, sender, 1751142800 + at, rest);
    deliver_bytes(body.data, body.length);
    buffer_free(&body);
    return fold_all();
}

static kl_fold_report fold_message(const char *wamid, const char *sender, int at, const char *rest)
{
    return fold_message_to(PHONE, wamid, sender, at, rest);
}

#define TEXT(body) "\"type\":\"text\",\"text\":{\"body\":\"" body "\"}"
#define FROM(number) "\"from\":\"" number "\""
#define FROM_ID(id) "\"from_user_id\":\"" id "\""

static void preference(const char *user, const char *value, int at)
{
    buffer body = BUFFER_INIT;
    buffer_format(&body,
                  "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"102290129340398\",\"changes\":[{\"value\":"
                  "{\"metadata\":{\"phone_number_id\":\"" PHONE "\"},\"user_preferences\":[{%s,\"category\":"
                  "\"marketing_messages\",\"value\":\"%s\",\"timestamp\":%d}]},\"field\":\"user_preferences\"}]}]}",
                  user, value, 1751142800 + at);
    deliver_bytes(body.data, body.length);
    buffer_free(&body);
    fold_all();
}

/* ---- what came of it --------------------------------------------------------- */

static kl_message *message(const char *wamid)
{
    kl_error *error = NULL;
    kl_message *found = NULL;
    ck_ok(kl_message_find(fixture.handle, &vendor, wamid, &found, &error));
    return found;
}

static kl_contact *contact(const char *mobile)
{
    kl_error *error = NULL;
    kl_contact *found = NULL;
    char plus[20];
    snprintf(plus, sizeof plus, "+%s", mobile);
    ck_ok(kl_contact_find(fixture.handle, &vendor, plus, NULL, &found, &error));
    return found;
}

static kl_contact *user(const char *bsuid)
{
    kl_error *error = NULL;
    kl_contact *found = NULL;
    ck_ok(kl_contact_find_user(fixture.handle, &vendor, bsuid, &found, &error));
    return found;
}

static kl_time opted_out_at(const char *mobile)
{
    kl_contact *found = contact(mobile);
    kl_time at = kl_contact_opted_out_at(found);
    kl_contact_free(found);
    return at;
}

static const char *or_dash(const char *text)
{
    return text ? text : "-";
}

/* ---- kinds --------------------------------------------------------------------- */

START_TEST(every_kind_is_stored_with_its_text_and_payload)
{
    static const struct {
        const char *wamid;
        kl_message_kind kind;
        const char *text, *payload, *context;
    } expected[] = {
        {"wamid.KIND01", KL_KIND_BUTTON_REPLY, "Cancel", "cancel-button", "wamid.ASKED"},
        {"wamid.KIND02", KL_KIND_FLOW_REPLY, "Sent", "{\"flow_token\": \"unused\", \"rating\": 5}", "wamid.ASKED"},
        {"wamid.KIND03", KL_KIND_IMAGE, "Taj Mahal", "-", "-"},
        {"wamid.KIND04", KL_KIND_VIDEO, "-", "-", "-"},
        {"wamid.KIND05", KL_KIND_AUDIO, "-", "-", "-"},
        {"wamid.KIND06", KL_KIND_DOCUMENT, "invoice.pdf", "-", "-"},
        {"wamid.KIND07", KL_KIND_STICKER, "-", "-", "-"},
        {"wamid.KIND08", KL_KIND_ORDER, "As soon as possible", "-", "-"},
        {"wamid.KIND09", KL_KIND_LOCATION, "Philz Coffee", "-", "-"},
        {"wamid.KIND10", KL_KIND_CONTACTS, "Barbara J. Johnson", "-", "-"},
        {"wamid.KIND11", KL_KIND_UNSUPPORTED, "-", "-", "-"},
        {"wamid.KIND12", KL_KIND_REACTION, "-", "-", "wamid.ASKED"},
        {"wamid.KIND13", KL_KIND_OTHER, "not known yet", "-", "-"},
        {"wamid.KIND14", KL_KIND_TEXT, "Does it come in another color?", "-", "-"},
    };
    static const char *const files[] = {
        "50_inbound_interactive_button_reply.json", "51_inbound_interactive_flow_reply.json", "52_inbound_media.json",
        "53_inbound_order.json", "54_inbound_location.json", "55_inbound_contacts.json", "56_inbound_unsupported.json",
        "57_inbound_reaction_removed.json", "58_inbound_of_a_later_type.json", "59_inbound_without_number.json"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        ck_assert_int_gt(fold_file(files[i]).inbound, 0);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        kl_message *m = message(expected[i].wamid);
        ck_assert_int_eq(kl_message_kind_of(m), expected[i].kind);
        ck_assert_str_eq(or_dash(kl_message_text(m)), expected[i].text);
        ck_assert_str_eq(or_dash(kl_message_payload(m)), expected[i].payload);
        ck_assert_str_eq(or_dash(kl_message_context_wamid(m)), expected[i].context);
        ck_assert_str_eq(kl_message_phone_number_id(m), PHONE);
        ck_assert_int_eq(kl_message_direction_of(m), KL_INBOUND);
        ck_assert_ptr_nonnull(strstr(kl_message_content(m), expected[i].wamid));
        ck_assert_ptr_nonnull(kl_message_contact_id(m));
        kl_message_free(m);
    }
    kl_message *unsupported = message("wamid.KIND11");
    ck_assert_int_eq(kl_message_error_code(unsupported), 131051);
    kl_message_free(unsupported);
}
END_TEST

START_TEST(a_message_that_comes_again_changes_nothing)
{
    ck_assert_int_eq(fold_message("wamid.A", FROM(USER), 0, TEXT("STOP")).inbound, 1);
    char *before = harness_query_text(fixture.admin, "SELECT string_agg(c::text || c.xmin, ',') || (SELECT count(*) FROM "
                                                     "kloyst.event) FROM kloyst.contact c");
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(fold_message("wamid.A", FROM(USER), 0, TEXT("STOP")).inbound, 0);
    char *after = harness_query_text(fixture.admin, "SELECT string_agg(c::text || c.xmin, ',') || (SELECT count(*) FROM "
                                                    "kloyst.event) FROM kloyst.contact c");
    ck_assert_str_eq(before, after);
    ask("SELECT count(*) FROM kloyst.message_log", "1");
    ask("SELECT count(*) FROM kloyst.consent_event", "1");
    free(before);
    free(after);
}
END_TEST

START_TEST(a_reply_is_attached_to_the_vendors_message)
{
    kl_error *error = NULL;
    kl_message_page *page = NULL;
    char rest[300];
    fixture_contacts(&vendor, 3);
    kl_uuid campaign = sent_campaign(&vendor, &waba, 8631);
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor, &campaign, 0, NULL, &error));
    sent_drain(&vendor, &campaign, 100);
    ck_ok(kl_message_list(fixture.handle, &vendor, &campaign, NULL, 1, &page, &error));
    const kl_message *asked = kl_message_page_at(page, 0);
    kl_uuid asked_id = kl_message_id(asked);
    snprintf(rest, sizeof rest, "\"context\":{\"id\":\"%s\"}," TEXT("yes"), kl_message_wa_message_id(asked));
    fold_message("wamid.YES", FROM("919800000000"), 0, rest);
    fold_message("wamid.NO", FROM("919800000000"), 1, "\"context\":{\"id\":\"wamid.FOREIGN\"}," TEXT("no"));
    kl_message *answer = message("wamid.YES"), *stray = message("wamid.NO");
    ck_assert_ptr_nonnull(kl_message_reply_to(answer));
    ck_assert_mem_eq(kl_message_reply_to(answer), &asked_id, sizeof asked_id);
    ck_assert_ptr_null(kl_message_reply_to(stray));
    ck_assert_str_eq(kl_message_context_wamid(stray), "wamid.FOREIGN");
    kl_message_free(answer);
    kl_message_free(stray);
    kl_message_page_free(page);
}
END_TEST

START_TEST(a_message_opens_the_window_of_its_user_and_a_system_message_does_not)
{
    kl_error *error = NULL;
    kl_time until = 1;
    fold_message("wamid.S", FROM(USER), 0,
                 "\"type\":\"system\",\"system\":{\"type\":\"user_changed_number\",\"wa_id\":\"16505550000\"}");
    ck_ok(kl_window_get(fixture.handle, &vendor, &waba, USER, NULL, &until, &error));
    ck_assert_int_eq(until, 0);
    fold_message("wamid.T", FROM(USER) "," FROM_ID(USER_ID), 10, TEXT("Hi"));
    ck_ok(kl_window_get(fixture.handle, &vendor, &waba, USER, NULL, &until, &error));
    ck_assert_int_eq(until, (INT64_C(1751142810) + 86400) * 1000000);
    until = 0;
    ck_ok(kl_window_get(fixture.handle, &vendor, &waba, USER_ID, NULL, &until, &error));
    ck_assert_int_eq(until, (INT64_C(1751142810) + 86400) * 1000000);
}
END_TEST

/* ---- contacts ------------------------------------------------------------------ */

START_TEST(a_user_without_a_number_is_one_contact_and_a_number_that_becomes_known_joins_it)
{
    fold_message("wamid.A", FROM_ID(USER_ID), 0, TEXT("Hi"));
    fold_message("wamid.B", FROM_ID(USER_ID), 1, TEXT("Are you there?"));
    ask("SELECT count(*) FROM kloyst.contact", "1");
    kl_contact *nameless = user(USER_ID);
    kl_uuid id = kl_contact_id(nameless);
    ck_assert_ptr_null(kl_contact_mobile(nameless));
    fold_message("wamid.C", FROM(USER) "," FROM_ID(USER_ID), 2, TEXT("My number"));
    kl_contact *known = contact(USER);
    kl_uuid same = kl_contact_id(known);
    ck_assert_mem_eq(&id, &same, sizeof id);
    ck_assert_str_eq(kl_contact_bsuid(known), USER_ID);
    ask("SELECT count(*) FROM kloyst.contact", "1");
    kl_contact_free(nameless);
    kl_contact_free(known);
}
END_TEST

START_TEST(a_number_of_the_phone_book_learns_its_user_id)
{
    kl_error *error = NULL;
    kl_contact *made = NULL;
    ck_ok(kl_contact_upsert(fixture.handle, &vendor, "+" USER, NULL, "{\"name\":\"Sheena\"}", 17, &made, &error));
    kl_uuid id = kl_contact_id(made);
    fold_message("wamid.A", FROM(USER) "," FROM_ID(USER_ID), 0, TEXT("Hi"));
    kl_contact *found = user(USER_ID);
    kl_uuid same = kl_contact_id(found);
    ck_assert_mem_eq(&id, &same, sizeof id);
    ck_assert_str_eq(kl_contact_attributes(found), "{\"name\": \"Sheena\"}");
    ask("SELECT count(*) FROM kloyst.contact", "1");
    kl_contact_free(made);
    kl_contact_free(found);
}
END_TEST

/* A user known by an id alone, who refused, and a number of the phone book turn out to be the same. */
START_TEST(two_contacts_that_turn_out_to_be_one_become_one_with_all_evidence)
{
    kl_error *error = NULL;
    kl_contact *made = NULL, *by_old_id = NULL;
    kl_consent_page *evidence = NULL;
    fold_message("wamid.A", FROM_ID(USER_ID), 0, TEXT("Stop!"));
    kl_contact *nameless = user(USER_ID);
    kl_uuid gone = kl_contact_id(nameless), kept;
    ck_ok(kl_contact_patch_attributes(fixture.handle, &vendor, &gone, "{\"name\":\"?\",\"source\":\"chat\"}", 28, &error));
    ck_ok(kl_contact_upsert(fixture.handle, &vendor, "+" USER, NULL, "{\"name\":\"Sheena\"}", 17, &made, &error));
    kept = kl_contact_id(made);
    fold_message("wamid.B", FROM(USER) "," FROM_ID(USER_ID), 5, TEXT("Hello"));
    ask("SELECT count(*) FROM kloyst.contact", "1");
    ck_ok(kl_contact_get(fixture.handle, &vendor, &gone, &by_old_id, &error));
    kl_uuid id = kl_contact_id(by_old_id);
    ck_assert_mem_eq(&id, &kept, sizeof id);
    ck_assert_str_eq(kl_contact_attributes(by_old_id), "{\"name\": \"Sheena\", \"source\": \"chat\"}");
    ck_assert_int_eq(kl_contact_opted_out_at(by_old_id), INT64_C(1751142800000000));
    ck_ok(kl_consent_list(fixture.handle, &vendor, &gone, NULL, 10, &evidence, &error));
    ck_assert_uint_eq(kl_consent_page_count(evidence), 1);
    ck_assert_str_eq(kl_consent_user(kl_consent_page_at(evidence, 0)), USER_ID);
    ck_ok(kl_contact_block(fixture.handle, &vendor, &gone, &error));
    kl_contact *blocked = contact(USER);
    ck_assert_int_gt(kl_contact_blocked_at(blocked), 0);
    kl_contact_free(blocked);
    kl_consent_page_free(evidence);
    kl_contact_free(by_old_id);
    kl_contact_free(made);
    kl_contact_free(nameless);
}
END_TEST

#define CHANGED(wa_id)                                                                                                 \
    "\"type\":\"system\",\"system\":{\"body\":\"User A changed\",\"type\":\"user_changed_number\",\"wa_id\":\"" wa_id "\"}"

START_TEST(a_changed_number_takes_the_contact_along)
{
    fold_message("wamid.A", FROM(USER) "," FROM_ID(USER_ID), 0, TEXT("STOP"));
    kl_contact *before = contact(USER);
    fold_message("wamid.B", FROM(USER), 10, CHANGED("16505559999"));
    kl_contact *after = contact("16505559999");
    kl_uuid a = kl_contact_id(before), b = kl_contact_id(after);
    ck_assert_mem_eq(&a, &b, sizeof a);
    ck_assert_int_gt(kl_contact_opted_out_at(after), 0);
    ck_assert_ptr_null(kl_contact_bsuid(after)); /* it goes with the number */
    /* Whoever gets the old number is somebody else. */
    fold_message("wamid.C", FROM(USER) "," FROM_ID("US.777"), 20, TEXT("Hi"));
    ask("SELECT count(*) FROM kloyst.contact", "2");
    ck_assert_int_eq(opted_out_at(USER), 0);
    /* Told again it changes nothing. */
    fold_message("wamid.B", FROM(USER), 10, CHANGED("16505559999"));
    ask("SELECT string_agg(mobile, ',' ORDER BY mobile) FROM kloyst.contact", USER ",16505559999");
    kl_contact_free(before);
    kl_contact_free(after);
}
END_TEST

START_TEST(a_changed_number_that_is_a_contact_already_joins_both)
{
    fold_message("wamid.A", FROM(USER), 0, TEXT("STOP"));
    fold_message("wamid.B", FROM("16505559999") "," FROM_ID("US.new"), 20, TEXT("It is me"));
    fold_message("wamid.C", FROM(USER), 10, CHANGED("16505559999"));
    ask("SELECT string_agg(mobile || coalesce(bsuid, ''), ',') FROM kloyst.contact", "16505559999US.new");
    ck_assert_int_eq(opted_out_at("16505559999"), INT64_C(1751142800000000));
    /* The number alone is new, the user id is known. */
    fold_message("wamid.D", FROM_ID("US.new"), 30,
                 "\"type\":\"system\",\"system\":{\"type\":\"user_changed_user_id\",\"previous_user_id\":\"US.new\","
                 "\"user_id\":\"US.newer\"}");
    ask("SELECT string_agg(mobile || coalesce(bsuid, ''), ',') FROM kloyst.contact", "16505559999US.newer");
}
END_TEST

START_TEST(a_sender_with_neither_number_nor_id_is_set_aside)
{
    ck_assert_int_eq(fold_message("wamid.A", "\"from\":\"me\"", 0, TEXT("x")).set_aside, 1);
    ck_assert_int_eq(fold_message("wamid.B", "\"from_user_id\":\"nonsense\"", 0, TEXT("x")).set_aside, 1);
    ask("SELECT count(*) FROM kloyst.contact", "0");
}
END_TEST

/* ---- consent ------------------------------------------------------------------- */

START_TEST(stop_words_opt_out_with_evidence_and_start_words_opt_in)
{
    kl_error *error = NULL;
    kl_consent_page *page = NULL;
    fold_message("wamid.A", FROM(USER), 0, TEXT("Please stop."));
    ck_assert_int_eq(opted_out_at(USER), INT64_C(1751142800000000));
    kl_contact *found = contact(USER);
    kl_uuid id = kl_contact_id(found);
    ck_ok(kl_consent_list(fixture.handle, &vendor, &id, NULL, 10, &page, &error));
    ck_assert_uint_eq(kl_consent_page_count(page), 1);
    const kl_consent *evidence = kl_consent_page_at(page, 0);
    kl_message *said = message("wamid.A");
    kl_uuid said_id = kl_message_id(said), who = kl_consent_contact_id(evidence);
    ck_assert_int_eq(kl_consent_kind_of(evidence), KL_OPT_OUT);
    ck_assert_int_eq(kl_consent_source_of(evidence), KL_CONSENT_KEYWORD);
    ck_assert_int_eq(kl_consent_said_at(evidence), INT64_C(1751142800000000));
    ck_assert_str_eq(kl_consent_text(evidence), "Please stop.");
    ck_assert_str_eq(kl_consent_user(evidence), USER);
    ck_assert_mem_eq(kl_consent_message_id(evidence), &said_id, sizeof said_id);
    ck_assert_mem_eq(&who, &id, sizeof id);
    fold_message("wamid.B", FROM(USER), 5, TEXT("Please don't stop"));
    ck_assert_int_gt(opted_out_at(USER), 0);
    fold_message("wamid.C", FROM(USER), 9, TEXT("START"));
    ck_assert_int_eq(opted_out_at(USER), 0);
    kl_message_free(said);
    kl_contact_free(found);
    kl_consent_page_free(page);
}
END_TEST

START_TEST(buttons_say_it_by_payload_or_by_text)
{
    fold_message("wamid.A", FROM("16505550001"), 0, "\"type\":\"button\",\"button\":{\"payload\":\"STOP_PROMOTIONS\",\"text\":\"No\"}");
    fold_message("wamid.B", FROM("16505550002"), 0, "\"type\":\"button\",\"button\":{\"payload\":\"x1\",\"text\":\"Stop promotions\"}");
    fold_message("wamid.C", FROM("16505550003"), 0,
                 "\"type\":\"interactive\",\"interactive\":{\"type\":\"button_reply\",\"button_reply\":{\"id\":\"stop\",\"title\":\"No\"}}");
    fold_message("wamid.D", FROM("16505550004"), 0, "\"type\":\"image\",\"image\":{\"id\":\"1\",\"caption\":\"stop\"}");
    ask("SELECT string_agg(mobile, ',' ORDER BY mobile) FROM kloyst.contact WHERE opted_out_at IS NOT NULL",
        "16505550001,16505550002,16505550003");
    ask("SELECT string_agg(DISTINCT source::text, ',') FROM kloyst.consent_event", "QUICK_REPLY");
}
END_TEST

START_TEST(a_vendors_settings_decide_which_words_count)
{
    kl_error *error = NULL;
    static const char settings[] = "{\"consent\":{\"stop\":[\"Nie wieder\"]}}";
    ck_ok(kl_vendor_patch_settings(fixture.handle, &vendor, settings, strlen(settings), &error));
    fold_message("wamid.A", FROM("16505550001"), 0, TEXT("STOP"));
    fold_message("wamid.B", FROM("16505550002"), 0, TEXT("nie wieder!"));
    ask("SELECT string_agg(mobile, ',') FROM kloyst.contact WHERE opted_out_at IS NOT NULL", "16505550002");
}
END_TEST

/* Every order of hearing four words said one after the other ends alike. */
START_TEST(the_latest_word_counts_whatever_the_order_in_which_they_are_heard)
{
    static const char *const words[] = {"STOP", "START", "STOP", "stop all"};
    int used[4];
    for (int n = 0; n < 256; n++) {
        int order[4] = {n & 3, n >> 2 & 3, n >> 4 & 3, n >> 6};
        char number[40], wamid[40], rest[100];
        memset(used, 0, sizeof used);
        for (int i = 0; i < 4; i++)
            used[order[i]]++;
        if (used[0] != 1 || used[1] != 1 || used[2] != 1 || used[3] != 1)
            continue;
        snprintf(number, sizeof number, "\"from\":\"1650555%04d\"", n);
        for (int i = 0; i < 4; i++) {
            snprintf(wamid, sizeof wamid, "wamid.%d.%d", n, order[i]);
            snprintf(rest, sizeof rest, "\"type\":\"text\",\"text\":{\"body\":\"%s\"}", words[order[i]]);
            fold_message(wamid, number, order[i] * 10, rest);
        }
    }
    ask("SELECT count(*) || ' ' || count(DISTINCT opted_out_at) || ' ' || extract(epoch FROM min(opted_out_at))::int8 "
        "FROM kloyst.contact",
        "24 1 1751142820");
}
END_TEST

START_TEST(whatsapps_own_opt_out_counts_for_every_vendor_of_the_number)
{
    kl_uuid other = fixture_vendor("Other", 0), stranger = fixture_vendor("Stranger", 0);
    fixture_waba(&other, PHONE);
    fixture_waba(&stranger, "7794189252778687");
    fold_file("61_user_preferences_stop.json");
    ask("SELECT string_agg(v.name || ' ' || c.mobile, ', ' ORDER BY v.name) FROM kloyst.contact c JOIN kloyst.vendor v ON v.id = "
        "c.vendor_id WHERE opted_out_at IS NOT NULL",
        "Acme " USER ", Other " USER);
    fold_file("19_user_preferences_resume.json");
    ask("SELECT count(*) FROM kloyst.contact WHERE opted_out_at IS NOT NULL", "0");
    fold_file("62_user_preferences_signup.json");
    ask("SELECT string_agg(kind || ' ' || source || ' ' || user_key, ', ' ORDER BY at) FROM kloyst.consent_event e JOIN "
        "kloyst.vendor v ON v.id = e.vendor_id WHERE v.name = 'Acme'",
        "OPT_OUT PREFERENCE " USER ", OPT_IN PREFERENCE " USER ", OPT_IN PREFERENCE " USER_ID);
    char *before = harness_query_text(fixture.admin, "SELECT string_agg(c::text, ',') FROM kloyst.contact c");
    fold_file("61_user_preferences_stop.json");
    char *after = harness_query_text(fixture.admin, "SELECT string_agg(c::text, ',') FROM kloyst.contact c");
    ck_assert_str_eq(before, after);
    free(before);
    free(after);
    preference("\"wa_id\":\"" USER "\"", "wobble", 5);
    ask("SELECT count(*) FROM kloyst.webhook_set_aside", "0");
}
END_TEST

START_TEST(error_131050_opts_out_wherever_it_is_learned)
{
    kl_error *error = NULL;
    kl_batch *batch = NULL;
    fixture_contacts(&vendor, 3);
    kl_uuid campaign = sent_campaign(&vendor, &waba, 8631);
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor, &campaign, 0, NULL, &error));
    ck_ok(kl_batch_claim(fixture.handle, &vendor, &campaign, 60000, &batch, &error));
    ck_ok(kl_batch_start(fixture.handle, batch, 3, &error));
    kl_send_result results[3] = {{.outcome = KL_SEND_ACCEPTED, .index = 0, .wa_message_id = "wamid.0"},
                                 {.outcome = KL_SEND_FAILED, .index = 1, .error_code = 131050, .error_text = "User stopped"},
                                 {.outcome = KL_SEND_FAILED, .index = 2, .error_code = 131026, .error_text = "Undeliverable"}};
    ck_ok(kl_batch_complete(fixture.handle, batch, results, 3, &error));
    ask("SELECT string_agg(mobile, ',') FROM kloyst.contact WHERE opted_out_at IS NOT NULL", "919800000001");
    /* The first one fails later, by webhook. */
    static const char body[] =
        "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"102290129340398\",\"changes\":[{\"value\":{\"metadata\":"
        "{\"phone_number_id\":\"" PHONE "\"},\"statuses\":[{\"id\":\"wamid.0\",\"status\":\"failed\",\"timestamp\":\"1751142900\","
        "\"recipient_id\":\"919800000000\",\"errors\":[{\"code\":131050,\"title\":\"Stopped\"}]}]},\"field\":\"messages\"}]}]}";
    for (int i = 0; i < 2; i++) {
        deliver_bytes(body, strlen(body));
        fold_all();
    }
    ask("SELECT string_agg(mobile, ',' ORDER BY mobile) FROM kloyst.contact WHERE opted_out_at IS NOT NULL",
        "919800000000,919800000001");
    ask("SELECT string_agg(source || ' ' || kind || ' ' || text, ', ' ORDER BY text) FROM kloyst.consent_event",
        "ERROR OPT_OUT Stopped, ERROR OPT_OUT User stopped");
    kl_batch_free(batch);
}
END_TEST

static kl_time undeliverable_at(const char *mobile)
{
    kl_contact *found = contact(mobile);
    kl_time at = kl_contact_undeliverable_at(found);
    kl_contact_free(found);
    return at;
}

static void audience_is(const char *filter, int64_t contacts)
{
    kl_error *error = NULL;
    kl_audience_count count;
    ck_ok(kl_campaign_audience_count(fixture.handle, &vendor, filter, strlen(filter), &count, &error));
    ck_assert_msg(count.contacts == contacts, "%s: %d", filter, (int)count.contacts);
}

/* Acknowledges what the reader is told; answers the details of what is about contacts, in order. */
static const char *told_of_contacts(void)
{
    static char details[200];
    kl_error *error = NULL;
    kl_event_page *page = NULL;
    details[0] = '\0';
    ck_ok(kl_event_read(fixture.handle, &vendor, "reader", 100, 0, &page, &error));
    for (size_t i = 0; i < kl_event_page_count(page); i++) {
        const kl_event *event = kl_event_page_at(page, i);
        if (kl_event_kind_of(event) != KL_EVENT_CONTACT)
            continue;
        ck_assert_ptr_nonnull(kl_event_contact_id(event));
        ck_assert_ptr_nonnull(kl_event_message_id(event));
        strcat(strcat(details, kl_event_detail(event)), " ");
    }
    if (kl_event_page_count(page))
        ck_ok(kl_event_ack(fixture.handle, &vendor, page, &error));
    kl_event_page_free(page);
    return details;
}

START_TEST(a_user_whom_meta_cannot_reach_is_marked_until_it_writes)
{
    kl_error *error = NULL;
    kl_batch *batch = NULL;
    fixture_contacts(&vendor, 4);
    told_of_contacts();
    kl_uuid campaign = sent_campaign(&vendor, &waba, 8631);
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor, &campaign, 0, NULL, &error));
    ck_ok(kl_batch_claim(fixture.handle, &vendor, &campaign, 60000, &batch, &error));
    ck_ok(kl_batch_start(fixture.handle, batch, 4, &error));
    /* The first is told as an answer, the second by webhook; the third fails for another reason, the fourth arrives after all. */
    kl_send_result results[4] = {{.outcome = KL_SEND_FAILED, .index = 0, .error_code = 131026},
                                 {.outcome = KL_SEND_ACCEPTED, .index = 1, .wa_message_id = "wamid.1"},
                                 {.outcome = KL_SEND_FAILED, .index = 2, .error_code = 130472},
                                 {.outcome = KL_SEND_ACCEPTED, .index = 3, .wa_message_id = "wamid.3"}};
    ck_ok(kl_batch_complete(fixture.handle, batch, results, 4, &error));
    kl_batch_free(batch);
    static const char body[] =
        "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"102290129340398\",\"changes\":[{\"value\":{\"metadata\":"
        "{\"phone_number_id\":\"" PHONE "\"},\"statuses\":[{\"id\":\"wamid.3\",\"status\":\"delivered\",\"timestamp\":\"1751142890\","
        "\"recipient_id\":\"919800000003\"},{\"id\":\"wamid.1\",\"status\":\"failed\",\"timestamp\":\"1751142900\","
        "\"recipient_id\":\"919800000001\",\"errors\":[{\"code\":131026,\"title\":\"Undeliverable\"}]},{\"id\":\"wamid.3\",\"status\":"
        "\"failed\",\"timestamp\":\"1751142900\",\"recipient_id\":\"919800000003\",\"errors\":[{\"code\":131026,\"title\":"
        "\"Undeliverable\"}]}]},\"field\":\"messages\"}]}]}";
    for (int i = 0; i < 2; i++) {
        deliver_bytes(body, strlen(body));
        fold_all();
    }
    ck_assert_int_gt(undeliverable_at("919800000000"), 0);
    ck_assert_int_eq(undeliverable_at("919800000001"), 1751142900 * 1000000LL);
    ck_assert_int_eq(undeliverable_at("919800000002"), 0);
    ck_assert_int_eq(undeliverable_at("919800000003"), 0);
    ck_assert_str_eq(told_of_contacts(), "undeliverable undeliverable ");
    /* Filters tell them apart, alone and beside other conditions; a campaign for all goes to all. */
    audience_is("{\"filter\":{\"undeliverable\":false}}", 2);
    audience_is("{\"filter\":{\"undeliverable\":true}}", 2);
    audience_is("{\"filter\":{\"not\":{\"undeliverable\":true}}}", 2);
    audience_is("{\"filter\":{\"and\":[{\"undeliverable\":false},{\"attribute\":\"name\",\"equals\":\"Name 2\"}]}}", 1);
    audience_is("{\"filter\":{\"and\":[{\"attribute\":\"name\",\"equals\":\"Name 1\"},{\"undeliverable\":false}]}}", 0);
    audience_is("{\"filter\":{\"or\":[{\"attribute\":\"since\",\"lt\":\"2026-01-01\"},{\"undeliverable\":true}]}}", 2);
    fold_message("wamid.in", FROM("919800000000"), 0, TEXT("here I am"));
    ck_assert_int_eq(undeliverable_at("919800000000"), 0);
    ck_assert_int_gt(undeliverable_at("919800000001"), 0);
    ck_assert_str_eq(told_of_contacts(), "reachable ");
    audience_is("{\"filter\":{\"undeliverable\":false}}", 3);
}
END_TEST

/* Users stop, and contacts are blocked, while a campaign waits. */
START_TEST(what_waits_for_a_user_who_stopped_is_not_sent_and_is_given_back)
{
    kl_error *error = NULL;
    kl_batch *batch = NULL;
    kl_contact *blocked = NULL;
    fixture_contacts(&vendor, 6);
    kl_uuid campaign = sent_campaign(&vendor, &waba, 8631);
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor, &campaign, 0, NULL, &error));
    fold_message("wamid.A", FROM("919800000000"), 0, TEXT("stop"));
    fold_message("wamid.B", FROM("919800000004"), 0, TEXT("STOP"));
    blocked = contact("919800000002");
    kl_uuid blocked_id = kl_contact_id(blocked);
    ck_ok(kl_contact_block(fixture.handle, &vendor, &blocked_id, &error));
    ck_ok(kl_batch_claim(fixture.handle, &vendor, &campaign, 60000, &batch, &error));
    ck_assert_uint_eq(kl_batch_count(batch), 3);
    ck_assert_str_eq(kl_batch_mobile(batch, 0), "919800000001");
    ck_assert_str_eq(kl_batch_mobile(batch, 1), "919800000003");
    ck_assert_str_eq(kl_batch_mobile(batch, 2), "919800000005");
    kl_uuid first = kl_batch_message_id(batch, 0);
    ask("SELECT string_agg(mobile || ' ' || status || ' ' || error_code, ', ' ORDER BY mobile) FROM kloyst.message_log WHERE "
        "direction = 'OUTBOUND'",
        "919800000000 FAILED 900002, 919800000002 FAILED 900003, 919800000004 FAILED 900002");
    ask("SELECT count(*) || ' ' || sum(amount) FROM kloyst.message_refund", "3 2.5893");
    /* One is started and sent; the rest is given back, and who was refused stays so whatever is said meanwhile. */
    ck_ok(kl_batch_start(fixture.handle, batch, 1, &error));
    kl_send_result sent = {.index = 0, .outcome = KL_SEND_ACCEPTED, .wa_message_id = "wamid.0"};
    ck_ok(kl_batch_complete(fixture.handle, batch, &sent, 1, &error));
    ck_ok(kl_batch_release(fixture.handle, batch, &error));
    kl_batch_free(batch);
    fold_message("wamid.C", FROM("919800000004"), 9, TEXT("START"));
    ck_ok(kl_contact_unblock(fixture.handle, &vendor, &blocked_id, &error));
    ck_ok(kl_batch_claim(fixture.handle, &vendor, &campaign, 60000, &batch, &error));
    ck_assert_uint_eq(kl_batch_count(batch), 2);
    ck_assert_str_eq(kl_batch_mobile(batch, 0), "919800000003");
    kl_uuid second = kl_batch_message_id(batch, 0);
    ck_assert_mem_ne(&first, &second, sizeof first);
    ck_ok(kl_batch_start(fixture.handle, batch, 2, &error));
    kl_send_result both[] = {{.index = 0, .outcome = KL_SEND_ACCEPTED, .wa_message_id = "wamid.1"},
                             {.index = 1, .outcome = KL_SEND_ACCEPTED, .wa_message_id = "wamid.2"}};
    ck_ok(kl_batch_complete(fixture.handle, batch, both, 2, &error));
    ask("SELECT status FROM kloyst.campaign", "COMPLETED");
    ask("SELECT size || ' ' || sent || ' ' || failed || ' ' || status FROM kloyst.batch", "6 3 3 COMPLETED");
    ask("SELECT count(*) FROM kloyst.consent_event WHERE source = 'ERROR'", "0");
    kl_campaign_account account;
    ck_ok(kl_campaign_reconcile(fixture.handle, &vendor, &campaign, &account, &error));
    kl_batch_free(batch);
    kl_contact_free(blocked);
}
END_TEST

START_TEST(a_batch_of_nobody_but_refusals_ends_its_campaign)
{
    kl_error *error = NULL;
    kl_batch *batch = NULL;
    fixture_contacts(&vendor, 2);
    kl_uuid campaign = sent_campaign(&vendor, &waba, 8631);
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor, &campaign, 0, NULL, &error));
    fold_message("wamid.A", FROM("919800000000"), 0, TEXT("stop"));
    fold_message("wamid.B", FROM("919800000001"), 0, TEXT("stop"));
    ck_fails(KL_ERR_EMPTY, kl_batch_claim(fixture.handle, &vendor, &campaign, 60000, &batch, &error));
    ask("SELECT status FROM kloyst.campaign", "COMPLETED");
    ask("SELECT sum(balance) || ' ' || sum(held) FROM kloyst.wallet", "2000.0000 0.0000");
}
END_TEST

START_TEST(a_contact_opted_out_by_call_and_blocked_is_left_out_of_evidence_of_others)
{
    kl_error *error = NULL;
    kl_consent_page *page = NULL;
    fold_message("wamid.A", FROM(USER), 0, TEXT("Hi"));
    fold_message("wamid.B", FROM("16505550001"), 0, TEXT("STOP"));
    kl_contact *found = contact(USER);
    kl_uuid id = kl_contact_id(found);
    ck_ok(kl_contact_opt_out(fixture.handle, &vendor, &id, "by letter of 3 May", &error));
    ck_ok(kl_contact_opt_out(fixture.handle, &vendor, &id, NULL, &error));
    ck_assert_int_gt(opted_out_at(USER), 0);
    ck_ok(kl_consent_list(fixture.handle, &vendor, &id, NULL, 1000, &page, &error));
    ck_assert_uint_eq(kl_consent_page_count(page), 2);
    ck_assert_str_eq(kl_consent_text(kl_consent_page_at(page, 0)), "by letter of 3 May");
    ck_assert_ptr_null(kl_consent_text(kl_consent_page_at(page, 1)));
    ck_assert_int_eq(kl_consent_source_of(kl_consent_page_at(page, 0)), KL_CONSENT_CALL);
    kl_consent_page_free(page);
    /* All of the vendor, a page at a time. */
    kl_uuid after;
    size_t seen = 0;
    for (const kl_uuid *from = NULL;; from = &after) {
        ck_ok(kl_consent_list(fixture.handle, &vendor, NULL, from, 1, &page, &error));
        size_t count = kl_consent_page_count(page);
        if (count)
            after = kl_consent_id(kl_consent_page_at(page, 0));
        kl_consent_page_free(page);
        if (!count)
            break;
        seen++;
    }
    ck_assert_uint_eq(seen, 3);
    ck_ok(kl_contact_block(fixture.handle, &vendor, &id, &error));
    kl_contact_free(found);
    found = contact(USER);
    kl_time since = kl_contact_blocked_at(found);
    ck_assert_int_gt(since, 0);
    ck_ok(kl_contact_block(fixture.handle, &vendor, &id, &error));
    kl_contact_free(found);
    found = contact(USER);
    ck_assert_int_eq(kl_contact_blocked_at(found), since);
    ck_ok(kl_contact_unblock(fixture.handle, &vendor, &id, &error));
    kl_contact_free(found);
    found = contact(USER);
    ck_assert_int_eq(kl_contact_blocked_at(found), 0);
    ck_ok(kl_contact_opt_in(fixture.handle, &vendor, &id, NULL, &error));
    ck_assert_int_eq(opted_out_at(USER), 0);
    kl_contact_free(found);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inbound");
    TCase *test_case = tcase_create("inbound");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_vendor, fixture_close);
    tcase_set_timeout(test_case, 60);
    tcase_add_test(test_case, every_kind_is_stored_with_its_text_and_payload);
    tcase_add_test(test_case, a_message_that_comes_again_changes_nothing);
    tcase_add_test(test_case, a_reply_is_attached_to_the_vendors_message);
    tcase_add_test(test_case, a_message_opens_the_window_of_its_user_and_a_system_message_does_not);
    tcase_add_test(test_case, a_user_without_a_number_is_one_contact_and_a_number_that_becomes_known_joins_it);
    tcase_add_test(test_case, a_number_of_the_phone_book_learns_its_user_id);
    tcase_add_test(test_case, two_contacts_that_turn_out_to_be_one_become_one_with_all_evidence);
    tcase_add_test(test_case, a_changed_number_takes_the_contact_along);
    tcase_add_test(test_case, a_changed_number_that_is_a_contact_already_joins_both);
    tcase_add_test(test_case, a_sender_with_neither_number_nor_id_is_set_aside);
    tcase_add_test(test_case, stop_words_opt_out_with_evidence_and_start_words_opt_in);
    tcase_add_test(test_case, buttons_say_it_by_payload_or_by_text);
    tcase_add_test(test_case, a_vendors_settings_decide_which_words_count);
    tcase_add_test(test_case, the_latest_word_counts_whatever_the_order_in_which_they_are_heard);
    tcase_add_test(test_case, whatsapps_own_opt_out_counts_for_every_vendor_of_the_number);
    tcase_add_test(test_case, error_131050_opts_out_wherever_it_is_learned);
    tcase_add_test(test_case, a_user_whom_meta_cannot_reach_is_marked_until_it_writes);
    tcase_add_test(test_case, what_waits_for_a_user_who_stopped_is_not_sent_and_is_given_back);
    tcase_add_test(test_case, a_batch_of_nobody_but_refusals_ends_its_campaign);
    tcase_add_test(test_case, a_contact_opted_out_by_call_and_blocked_is_left_out_of_evidence_of_others);
    suite_add_tcase(suite, test_case);
    return suite_run(suite);
}
