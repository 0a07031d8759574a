/* Folding and money: what Meta takes nothing for is given back once, whatever the order, and nothing but that. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/deliver.h"
#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"

#define PHONE "106540352242922"
#define FREE ",\"pricing\":{\"billable\":false,\"pricing_model\":\"PMP\",\"type\":\"free_customer_service\",\"category\":\"utility\"}"
static const kl_money price = 1150, opening = 20000000;

static kl_uuid vendor, campaign;
static kl_batch *batch;

static void open_campaign(void)
{
    fixture_open();
    deliver_open();
    vendor = fixture_vendor("Acme", opening);
    kl_uuid waba = fixture_waba(&vendor, PHONE);
    batch = deliver_started(&vendor, &waba, 130, price, &campaign);
}

static void close_campaign(void)
{
    kl_batch_free(batch);
    deliver_close();
    fixture_close();
}

/* An update of message `index` with this pricing, at `at` seconds. */
static void put_priced(buffer *items, size_t index, const char *status, int64_t at, const char *pricing)
{
    kl_uuid id = kl_batch_message_id(batch, index), owner = kl_batch_vendor_id(batch);
    buffer_format(items,
                  "%s{\"id\":\"wamid.%zu\",\"status\":\"%s\",\"timestamp\":\"%" PRId64 "\",\"recipient_id\":\"1\","
                  "\"biz_opaque_callback_data\":\"%s\"%s%s}",
                  items->length ? "," : "", index, status, start + at, tracker_of(&owner, &id),
                  strcmp(status, "failed") == 0 ? ",\"errors\":[{\"code\":131026,\"title\":\"No\"}]" : "", pricing);
}

static void money_is(int given_back)
{
    kl_error *error = NULL;
    kl_ledger_report ledger;
    kl_campaign_account account;
    kl_wallet *wallet = NULL;
    char sum[64];
    ck_ok(kl_wallet_verify(fixture.handle, &vendor, &ledger, &error));
    ck_ok(kl_campaign_reconcile(fixture.handle, &vendor, &campaign, &account, &error));
    ck_assert_int_eq(account.refunded, given_back * price);
    ck_ok(kl_wallet_get(fixture.handle, &vendor, &wallet, &error));
    ck_assert_int_eq(kl_wallet_balance(wallet), opening - (130 - given_back) * price);
    kl_wallet_free(wallet);
    snprintf(sum, sizeof sum, "%d", given_back);
    ask("SELECT count(*) FROM kloyst.message_refund", sum);
}

static void swap(int *a, int *b)
{
    int old = *a;
    *a = *b;
    *b = old;
}

/* Heap's algorithm: the orders of 0 … 4, one after the other. */
static size_t permute(int order[5], int n, int (*out)[5], size_t count)
{
    if (n == 1) {
        memcpy(out[count], order, sizeof(int[5]));
        return count + 1;
    }
    for (int i = 0; i < n; i++) {
        count = permute(order, n - 1, out, count);
        swap(&order[n % 2 ? 0 : i], &order[n - 1]);
    }
    return count;
}

/* One of the five things that are told of a message: of every other one also that it failed. */
static void put_told(buffer *items, size_t message, int which)
{
    static const struct {
        const char *status, *pricing;
        int64_t at;
    } told[] = {{"sent", FREE, 1},
                {"delivered", FREE, 3},
                {"played", "", 9},
                {"delivered", ",\"pricing\":{\"billable\":true,\"pricing_model\":\"PMP\",\"type\":\"regular\"}", 4},
                {"read", "", 10},
                {"failed", "", 2}};
    if (which == 4 && message % 2)
        which = 5;
    put_priced(items, message, told[which].status, told[which].at, told[which].pricing);
}

/* Each of the 120 orders is told to a message of its own, folded after every step and with something told twice. */
START_TEST(what_meta_takes_nothing_for_is_given_back_once_in_every_order)
{
    static int orders[120][5];
    int order[] = {0, 1, 2, 3, 4};
    ck_assert_uint_eq(permute(order, 5, orders, 0), 120);
    for (int step = 0; step < 5; step++) {
        buffer items = BUFFER_INIT;
        for (size_t m = 0; m < 120; m++) {
            put_told(&items, m, orders[m][step]);
            if ((m + (size_t)step) % 3 == 0)
                put_told(&items, m, orders[m][m % (size_t)(step + 1)]);
        }
        deliver(PHONE, "statuses", &items);
        fold_all();
        buffer_free(&items);
    }
    money_is(120);
    ask("SELECT string_agg(DISTINCT concat_ws(' ', status, extract(epoch FROM sent_at)::int8 - 1750030000, "
        "extract(epoch FROM delivered_at)::int8 - 1750030000, extract(epoch FROM read_at)::int8 - 1750030000, "
        "extract(epoch FROM failed_at)::int8 - 1750030000, error_code), ',') FROM kloyst.message_log",
        "READ 1 3 9,READ 1 3 9 2 131026");
    ask("SELECT count(*) FROM kloyst.message_refund WHERE amount <> 0.1150", "0");
}
END_TEST

START_TEST(only_what_meta_calls_free_is_free)
{
    static const char *const charged[] = {
        "",
        ",\"pricing\":{\"billable\":true,\"pricing_model\":\"CBP\",\"category\":\"marketing\"}",
        ",\"pricing\":{\"billable\":true,\"pricing_model\":\"PMP\",\"type\":\"regular\",\"category\":\"utility\"}",
        ",\"pricing\":{\"billable\":false,\"pricing_model\":\"PMP\",\"type\":\"regular\",\"category\":\"utility\"}",
        ",\"pricing\":{\"billable\":false,\"pricing_model\":\"PMP\",\"type\":\"of_next_year\",\"category\":\"utility\"}",
        ",\"pricing\":{\"pricing_model\":\"PMP\",\"category\":\"utility\"}",
        ",\"pricing\":{}"};
    static const char *const given[] = {
        FREE, ",\"pricing\":{\"billable\":false,\"pricing_model\":\"PMP\",\"type\":\"free_entry_point\",\"category\":\"marketing\"}",
        ",\"pricing\":{\"type\":\"free_customer_service\"}", ",\"pricing\":{\"billable\":false,\"pricing_model\":\"CBP\"}"};
    enum { CHARGED = sizeof charged / sizeof charged[0], GIVEN = sizeof given / sizeof given[0] };
    buffer items = BUFFER_INIT;
    for (size_t i = 0; i < CHARGED; i++)
        put_priced(&items, i, "delivered", 1, charged[i]);
    deliver(PHONE, "statuses", &items);
    ck_assert_int_eq(fold_all().refunded, 0);
    money_is(0);
    for (size_t i = 0; i < GIVEN; i++)
        put_priced(&items, i, "read", 2, given[i]);
    deliver(PHONE, "statuses", &items);
    ck_assert_int_eq(fold_all().refunded, GIVEN);
    money_is(GIVEN);
    buffer_free(&items);
}
END_TEST

START_TEST(what_was_not_paid_for_is_not_given_back)
{
    buffer items = BUFFER_INIT;
    kl_uuid other = fixture_vendor("Own number", 0), waba = fixture_waba(&other, "555"), other_campaign;
    kl_batch *paid = batch;
    batch = deliver_started(&other, &waba, 3, 0, &other_campaign);
    put_priced(&items, 0, "sent", 1, FREE);
    put_priced(&items, 1, "failed", 1, "");
    deliver("555", "statuses", &items);
    kl_fold_report report = fold_all();
    ck_assert_int_eq(report.statuses, 2);
    ck_assert_int_eq(report.refunded, 0);
    kl_batch_free(batch);
    batch = paid;
    money_is(0);
    buffer_free(&items);
}
END_TEST

START_TEST(a_replay_of_everything_changes_nothing)
{
    kl_error *error = NULL;
    int64_t bodies;
    buffer items = BUFFER_INIT;
    static const char *const statuses[] = {"sent", "delivered", "read", "failed"};
    for (size_t i = 0; i < 100; i++) {
        put_priced(&items, i, statuses[i % 4], (int64_t)i, i % 5 ? "" : FREE);
        if (i % 10 == 9)
            deliver(PHONE, "statuses", &items);
    }
    deliver_status(PHONE, "wamid.STRANGE", 'd', NULL);
    deliver_message(PHONE, "919800000000", "wamid.IN", NULL);
    const char bad[] = "{\"object\":\"whatsapp_business_account\",\"entry\":[7]}";
    deliver_bytes(bad, strlen(bad));
    fold_all();
    /* What waits for its message is looked through in ten seconds; not under way of this. */
    harness_exec(fixture.admin, "UPDATE kloyst.webhook_set_aside SET next_at = next_at + interval '1 hour' WHERE next_at IS NOT NULL");
    static const char everything[] =
        "SELECT md5(string_agg(t, '|' ORDER BY t)) FROM (SELECT m.xmin::text || m::text AS t FROM kloyst.message_log m "
        "UNION ALL SELECT x.xmin::text || x::text FROM kloyst.transaction x UNION ALL SELECT w.xmin::text || w::text "
        "FROM kloyst.wallet w UNION ALL SELECT a.xmin::text || a::text FROM kloyst.webhook_set_aside a "
        "UNION ALL SELECT b.xmin::text || b::text FROM kloyst.message_refund b) x";
    char *before = harness_query_text(fixture.admin, everything);
    for (int again = 0; again < 2; again++) {
        ck_ok(kl_webhook_replay(fixture.handle, 0, 0, &bodies, &error));
        ck_assert_int_eq(bodies, 13);
        kl_fold_report report = fold_all();
        ck_assert_int_eq(report.bodies, 13);
        ck_assert_int_eq(report.refunded + report.inbound, 0);
    }
    ask(everything, before);
    free(before);
    buffer_free(&items);
}
END_TEST

START_TEST(what_a_replay_understands_is_no_longer_set_aside)
{
    kl_error *error = NULL;
    int64_t bodies;
    const char bad[] = "{\"object\":\"whatsapp_business_account\",\"entry\":[7]}";
    deliver_bytes(bad, strlen(bad));
    deliver_status(PHONE, "wamid.EARLY", 'd', NULL);
    fold_all();
    ask("SELECT count(*) FROM kloyst.webhook_set_aside", "2");
    deliver_accepted(batch, 3, "wamid.EARLY");
    ck_ok(kl_webhook_replay(fixture.handle, 0, 0, &bodies, &error));
    ck_assert_int_eq(fold_all().statuses, 1);
    ask("SELECT reason FROM kloyst.webhook_set_aside", "an entry that is no object");
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("fold_money");
    TCase *test_case = tcase_create("fold_money");
    tcase_set_timeout(test_case, 120);
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_campaign, close_campaign);
    tcase_add_test(test_case, what_meta_takes_nothing_for_is_given_back_once_in_every_order);
    tcase_add_test(test_case, only_what_meta_calls_free_is_free);
    tcase_add_test(test_case, what_was_not_paid_for_is_not_given_back);
    tcase_add_test(test_case, a_replay_of_everything_changes_nothing);
    tcase_add_test(test_case, what_a_replay_understands_is_no_longer_set_aside);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
