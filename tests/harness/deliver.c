/* Webhooks as Meta sends them, and a campaign whose messages they are about. */
#include "harness/deliver.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/hmac.h"
#include "crypto/tracker.h"
#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"

keyring *deliver_keys;

void deliver_open(void)
{
    kl_error *error = NULL;
    ck_assert_int_eq(keyring_new(fixture_key, 1, &deliver_keys, &error), KL_OK);
}

void deliver_close(void)
{
    keyring_free(deliver_keys);
}

kl_batch *deliver_started(const kl_uuid *owner, const kl_uuid *waba, int contacts, kl_money price, kl_uuid *id)
{
    kl_error *error = NULL;
    kl_batch *claimed = NULL;
    fixture_contacts(owner, contacts);
    *id = sent_campaign(owner, waba, price);
    ck_ok(kl_campaign_enqueue(fixture.handle, owner, id, 0, NULL, &error));
    ck_ok(kl_batch_claim(fixture.handle, owner, id, 60000, &claimed, &error));
    ck_ok(kl_batch_start(fixture.handle, claimed, kl_batch_count(claimed), &error));
    return claimed;
}

void deliver_accepted(kl_batch *of, size_t index, const char *wamid)
{
    kl_error *error = NULL;
    kl_send_result result = {index, KL_SEND_ACCEPTED, wamid, 0, NULL, 0};
    ck_ok(kl_batch_complete(fixture.handle, of, &result, 1, &error));
}

const char *tracker_of(const kl_uuid *owner, const kl_uuid *message)
{
    static char text[TRACKER_TEXT];
    ck_assert_int_eq(tracker_make(deliver_keys, owner, message, text, NULL), KL_OK);
    return text;
}

void put_status(buffer *items, const char *wamid, const event *e, const char *tracker)
{
    const char *names[] = {"sent", "delivered", "read", "failed"};
    buffer_format(items,
                  "%s{\"id\":\"%s\",\"status\":\"%s\",\"timestamp\":\"%" PRId64 "\",\"recipient_id\":\"919800000000\"",
                  items->length ? "," : "", wamid, names[strchr("sdrf", e->status) - "sdrf"], start + e->at);
    if (tracker)
        buffer_format(items, ",\"biz_opaque_callback_data\":\"%s\"", tracker);
    if (e->status == 'f')
        buffer_format(items, ",\"errors\":[{\"code\":%d,\"title\":\"%s\"}]", e->code,
                      e->text ? e->text : "Undeliverable");
    buffer_text(items, "}");
}

void put_status_of(buffer *items, const kl_batch *batch, size_t index, const event *e)
{
    char wamid[40];
    kl_uuid id = kl_batch_message_id(batch, index), owner = kl_batch_vendor_id(batch);
    snprintf(wamid, sizeof wamid, "wamid.%zu", index);
    put_status(items, wamid, e, tracker_of(&owner, &id));
}

const event *report_of(char letter)
{
    static const event events[] = {{'s', 1, 0, NULL}, {'d', 5, 0, NULL}, {'r', 9, 0, NULL}, {'f', 3, 131026, "Late"}};
    return &events[strchr("sdrf", letter) - "sdrf"];
}

void put_message(buffer *items, const char *from, const char *wamid, const char *context)
{
    buffer_format(items,
                  "%s{\"id\":\"%s\",\"from\":\"%s\",\"timestamp\":\"%" PRId64 "\",\"type\":\"text\","
                  "\"text\":{\"body\":\"Hi\"}",
                  items->length ? "," : "", wamid, from, (int64_t)(time(NULL)));
    if (context)
        buffer_format(items, ",\"context\":{\"id\":\"%s\"}", context);
    buffer_text(items, "}");
}

void deliver_bytes(const char *bytes, size_t length)
{
    kl_error *error = NULL;
    char header[80] = "sha256=";
    uint8_t mac[SHA256_BYTES];
    ck_assert(hmac_sha256(FIXTURE_APP_SECRET, strlen(FIXTURE_APP_SECRET), bytes, length, mac));
    for (int i = 0; i < SHA256_BYTES; i++)
        sprintf(header + 7 + 2 * i, "%02x", mac[i]);
    ck_ok(kl_webhook_take(fixture.handle, header, bytes, length, &error));
}

void deliver(const char *phone, const char *list, buffer *items)
{
    buffer body = BUFFER_INIT;
    buffer_format(&body,
                  "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"102290129340398\",\"changes\":[{\"value\":"
                  "{\"messaging_product\":\"whatsapp\",\"metadata\":{\"phone_number_id\":\"%s\"},\"%s\":[%s]},"
                  "\"field\":\"messages\"}]}]}",
                  phone, list, items->data ? items->data : "");
    ck_assert(!body.broken);
    deliver_bytes(body.data, body.length);
    buffer_free(&body);
    buffer_clear(items);
}

void deliver_status(const char *phone, const char *wamid, char status, const char *tracker)
{
    buffer items = BUFFER_INIT;
    put_status(&items, wamid, &(event){status, 5, 131026, NULL}, tracker);
    deliver(phone, "statuses", &items);
    buffer_free(&items);
}

void deliver_message(const char *phone, const char *from, const char *wamid, const char *context)
{
    buffer items = BUFFER_INIT;
    put_message(&items, from, wamid, context);
    deliver(phone, "messages", &items);
    buffer_free(&items);
}

kl_fold_report fold_all(void)
{
    kl_error *error = NULL;
    kl_fold_report report;
    ck_ok(kl_webhook_fold(fixture.handle, 10000, &report, &error));
    return report;
}

kl_fold_report fold_file(const char *name)
{
    static char bytes[65536];
    char path[200];
    snprintf(path, sizeof path, "tests/data/webhooks/%s", name);
    FILE *file = fopen(path, "re");
    ck_assert_msg(file != NULL, "%s", path);
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    deliver_bytes(bytes, length);
    kl_fold_report report = fold_all();
    ck_assert_msg(report.set_aside == 0 && report.bodies == 1, "%s was set aside", name);
    return report;
}

/* --- what came of it --- */

kl_money proven_balance(const kl_uuid *owner)
{
    kl_error *error = NULL;
    kl_wallet *wallet = NULL;
    ck_ok(kl_wallet_verify(fixture.handle, owner, NULL, &error));
    ck_ok(kl_wallet_get(fixture.handle, owner, &wallet, &error));
    kl_money balance = kl_wallet_balance(wallet);
    kl_wallet_free(wallet);
    return balance;
}

void ask(const char *sql, const char *expected)
{
    char *text = harness_query_text(fixture.admin, sql);
    ck_assert_msg(text && strcmp(text, expected) == 0, "%s: %s instead of %s", sql, text ? text : "NULL", expected);
    free(text);
}
