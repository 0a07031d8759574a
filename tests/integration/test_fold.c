/* Folding: the state after a set of webhooks does not depend on their order or number, money is given back once, and no
 * body reaches the rows of a vendor that does not have its phone number. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/handle.h"
#include "crypto/tracker.h"
#include "harness/deliver.h"
#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"

#define PHONE "106540352242922"
#define OTHER_PHONE "7794189252778687"
static const kl_money price = 8631, opening = 20000000;

static kl_uuid vendor, campaign;
static kl_batch *batch;

static void open_campaign(void)
{
    fixture_open();
    deliver_open();
    vendor = fixture_vendor("Acme", opening);
    kl_uuid waba = fixture_waba(&vendor, PHONE);
    batch = deliver_started(&vendor, &waba, 150, price, &campaign);
}

static void close_campaign(void)
{
    kl_batch_free(batch);
    deliver_close();
    fixture_close();
}

static char *state_of(const kl_uuid *message)
{
    char id[KL_UUID_TEXT + 1], sql[600];
    kl_uuid_format(message, id);
    snprintf(sql, sizeof sql,
             "SELECT concat_ws('|', status, coalesce(wa_message_id, '-'), coalesce(extract(epoch FROM sent_at)::int8 - %" PRId64
             ", 0), coalesce(extract(epoch FROM delivered_at)::int8 - %" PRId64
             ", 0), coalesce(extract(epoch FROM read_at)::int8 - %" PRId64
             ", 0), coalesce(extract(epoch FROM failed_at)::int8 - %" PRId64
             ", 0), error_code, error_text) FROM kloyst.message_log WHERE id = '%s'",
             start, start, start, start, id);
    return harness_query_text(fixture.admin, sql);
}

static void has_state(size_t index, const char *expected)
{
    kl_uuid id = kl_batch_message_id(batch, index);
    char *text = state_of(&id);
    ck_assert_msg(text && strcmp(text, expected) == 0, "message %zu: %s instead of %s", index, text ? text : "no row",
                  expected);
    free(text);
}

static void refunded(int messages)
{
    ck_assert_int_eq(proven_balance(&vendor), opening - (kl_money)kl_batch_count(batch) * price + messages * price);
}

/* --- the lattice --- */

/* All ordered choices of the four reports, 64 of them without the empty one; `out` has room for 5 letters each. */
static size_t all_orders(char out[][5])
{
    size_t count = 0;
    for (size_t digits = 0; digits < 5 * 5 * 5 * 5; digits++) {
        char order[5] = "";
        size_t rest = digits;
        bool ends = false, sound = true;
        for (int i = 0; i < 4; i++, rest /= 5) {
            char letter = "\0sdrf"[rest % 5];
            sound &= !(ends && letter) && !(letter && strchr(order, letter));
            ends |= !letter;
            order[i] = letter;
        }
        if (sound && *order)
            strcpy(out[count++], order);
    }
    return count;
}

static void expect_order(size_t index, const char *order)
{
    char expected[120];
    bool s = strchr(order, 's'), d = strchr(order, 'd'), r = strchr(order, 'r'), f = strchr(order, 'f');
    int delivered = d ? 5 : r ? 9 : 0;
    snprintf(expected, sizeof expected, "%s|wamid.%zu|%d|%d|%d|%d%s", r ? "READ" : d ? "DELIVERED" : f ? "FAILED" : "SENT",
             index, s ? 1 : delivered, delivered, r ? 9 : 0, f ? 3 : 0, f ? "|131026|Late" : "");
    has_state(index, expected);
}

START_TEST(every_order_and_number_of_reports_ends_in_the_same_state_and_money)
{
    char orders[80][5];
    size_t count = all_orders(orders);
    int failures = 0;
    buffer items = BUFFER_INIT;
    ck_assert_uint_eq(count, 64);
    for (size_t i = 0; i < count; i++)
        failures += strchr(orders[i], 'f') != NULL;
    /* Messages 0 … 63 hear one report a fold, 64 … 127 all of theirs in one body. */
    for (int turn = 0; turn < 4; turn++) {
        for (size_t i = 0; i < count; i++)
            if ((int)strlen(orders[i]) > turn)
                put_status_of(&items, batch, i, report_of(orders[i][turn]));
        deliver(PHONE, "statuses", &items);
        fold_all();
    }
    for (size_t i = 0; i < count; i++)
        for (const char *letter = orders[i]; *letter; letter++)
            put_status_of(&items, batch, count + i, report_of(*letter));
    deliver(PHONE, "statuses", &items);
    kl_fold_report report = fold_all();
    ck_assert_int_eq(report.refunded, failures);
    for (int again = 0; again < 2; again++) {
        for (size_t i = 0; i < count; i++) {
            expect_order(i, orders[i]);
            expect_order(count + i, orders[i]);
        }
        refunded(2 * failures);
        for (size_t i = 2 * count; i-- > 0;)
            for (size_t n = strlen(orders[i % count]); n-- > 0;)
                put_status_of(&items, batch, i, report_of(orders[i % count][n]));
        deliver(PHONE, "statuses", &items);
        ck_assert_int_eq(fold_all().refunded, 0);
    }
    buffer_free(&items);
}
END_TEST

static unsigned long next_random(unsigned long *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

START_TEST(any_set_of_reports_ends_in_the_same_state_however_it_is_cut_and_repeated)
{
    const char *given = getenv("KL_TEST_SEED");
    unsigned long seed = given ? strtoul(given, NULL, 10) : (unsigned long)time(NULL);
    printf("seed of the reports: %lu\n", seed);
    static const char *const texts[] = {"A", "b", "Z", "\xc3\xa9"};
    enum { SETS = 40, MOST = 8 };
    event sets[SETS][MOST];
    size_t sizes[SETS];
    buffer items = BUFFER_INIT;
    for (int i = 0; i < SETS; i++) {
        sizes[i] = 1 + next_random(&seed) % MOST;
        for (size_t n = 0; n < sizes[i]; n++)
            sets[i][n] = (event){"sdrfff"[next_random(&seed) % 6], (int64_t)(next_random(&seed) % 4) + 1,
                                 131000 + (int)(next_random(&seed) % 3), texts[next_random(&seed) % 4]};
    }
    /* Messages i, SETS + i and 2 SETS + i hear the same set: in order at once, and twice in random pieces. */
    for (int i = 0; i < SETS; i++)
        for (size_t n = 0; n < sizes[i]; n++)
            put_status_of(&items, batch, (size_t)i, &sets[i][n]);
    deliver(PHONE, "statuses", &items);
    for (int round = 0; round < 30; round++) {
        for (int k = 0; k < SETS; k++) {
            int i = (int)(next_random(&seed) % SETS);
            put_status_of(&items, batch, (size_t)(SETS + i), &sets[i][next_random(&seed) % sizes[i]]);
            i = (int)(next_random(&seed) % SETS);
            put_status_of(&items, batch, (size_t)(2 * SETS + i), &sets[i][next_random(&seed) % sizes[i]]);
        }
        deliver(PHONE, "statuses", &items);
        fold_all();
    }
    for (int i = 0; i < SETS; i++)
        for (size_t n = sizes[i]; n-- > 0;)
            for (size_t copy = 1; copy <= 2; copy++)
                put_status_of(&items, batch, copy * SETS + (size_t)i, &sets[i][n]);
    deliver(PHONE, "statuses", &items);
    fold_all();
    ask("SELECT count(DISTINCT (status, sent_at, delivered_at, read_at, failed_at, error_code, error_text, "
        "  (SELECT count(*) FROM kloyst.message_refund f WHERE f.message_id = m.id)))::text || ' of ' || count(*)::text "
        "FROM kloyst.message_log m GROUP BY ('x' || right(id::text, 8))::bit(32)::int % 40 "
        "HAVING count(DISTINCT (status, sent_at, delivered_at, read_at, failed_at, error_code, error_text, "
        "  (SELECT count(*) FROM kloyst.message_refund f WHERE f.message_id = m.id))) > 1 OR count(*) <> 3 "
        "UNION ALL SELECT 'all alike' LIMIT 1",
        "all alike");
    char *failed = harness_query_text(fixture.admin, "SELECT count(failed_at) FROM kloyst.message_log");
    refunded(atoi(failed));
    free(failed);
    buffer_free(&items);
}
END_TEST

START_TEST(folding_the_same_report_again_writes_no_row)
{
    buffer items = BUFFER_INIT;
    for (int again = 0; again < 2; again++) {
        put_status_of(&items, batch, 0, report_of('f'));
        put_status_of(&items, batch, 1, report_of('r'));
        put_status_of(&items, batch, 1, &(event){'f', 9, 131000, "Smaller code, later"});
        put_status_of(&items, batch, 1, &(event){'f', 8, 131026, "First"});
        deliver(PHONE, "statuses", &items);
        ck_assert_int_eq(fold_all().statuses, 4);
        if (!again)
            harness_exec(fixture.admin, "CREATE TABLE public.before AS SELECT ctid AS place FROM kloyst.message_log");
    }
    ask("SELECT count(*) FROM kloyst.message_log m JOIN public.before b ON b.place = m.ctid", "2");
    has_state(1, "READ|wamid.1|9|9|9|8|131026|First");
    buffer_free(&items);
}
END_TEST

START_TEST(a_report_before_the_send_result_is_kept)
{
    kl_error *error = NULL;
    buffer items = BUFFER_INIT;
    put_status_of(&items, batch, 0, report_of('d'));
    put_status_of(&items, batch, 1, report_of('f'));
    deliver(PHONE, "statuses", &items);
    ck_assert_int_eq(fold_all().statuses, 2);
    kl_send_result results[] = {{0, KL_SEND_ACCEPTED, "wamid.0", 0, NULL, 0},
                                {1, KL_SEND_FAILED, NULL, 131026, "Undeliverable", 0}};
    ck_ok(kl_batch_complete(fixture.handle, batch, results, 2, &error));
    has_state(0, "DELIVERED|wamid.0|5|5|0|0");
    has_state(1, "FAILED|wamid.1|0|0|0|3|131026|Late");
    refunded(1);
    buffer_free(&items);
}
END_TEST

START_TEST(a_report_without_tracker_is_found_by_its_wamid)
{
    kl_error *error = NULL;
    kl_send_result result = {2, KL_SEND_ACCEPTED, "wamid.KNOWN", 0, NULL, 0};
    ck_ok(kl_batch_complete(fixture.handle, batch, &result, 1, &error));
    deliver_status(PHONE, "wamid.KNOWN", 'f', NULL);
    deliver_status(PHONE, "wamid.STRANGE", 'd', NULL);
    deliver_status(PHONE, "wamid.FORGED", 'd', "k1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    kl_fold_report report = fold_all();
    ck_assert_int_eq(report.statuses, 1);
    ck_assert_int_eq(report.set_aside, 0);
    ck_assert_int_eq(report.unmatched, 2);
    ck_assert_int_eq(report.refunded, 1);
    ask("SELECT status::text || error_code FROM kloyst.message_log WHERE wa_message_id = 'wamid.KNOWN'", "FAILED131026");
    ask("SELECT count(*) FROM kloyst.webhook_set_aside WHERE reason LIKE '%knows the message' "
        "AND (convert_from(item, 'UTF8')::jsonb ->> 'id') IN ('wamid.STRANGE', 'wamid.FORGED')", "2");
}
END_TEST

/* --- trust --- */

START_TEST(no_body_reaches_a_vendor_that_does_not_have_its_number)
{
    kl_error *error = NULL;
    kl_uuid other = fixture_vendor("Other", opening), other_campaign, mine = kl_batch_message_id(batch, 0);
    kl_uuid waba = fixture_waba(&other, OTHER_PHONE);
    kl_batch *other_batch = deliver_started(&other, &waba, 3, price, &other_campaign);
    kl_uuid theirs = kl_batch_message_id(other_batch, 0);
    kl_send_result result = {1, KL_SEND_ACCEPTED, "wamid.THEIRS", 0, NULL, 0};
    ck_ok(kl_batch_complete(fixture.handle, other_batch, &result, 1, &error));
    deliver_status(PHONE, "wamid.a", 'f', tracker_of(&other, &theirs)); /* authentic, on a foreign number */
    deliver_status(OTHER_PHONE, "wamid.b", 'f', tracker_of(&vendor, &mine));
    deliver_status(PHONE, "wamid.c", 'f', tracker_of(&vendor, &theirs)); /* pair that was never sent */
    deliver_status(PHONE, "wamid.THEIRS", 'f', NULL);                    /* their wamid, on a foreign number */
    deliver_status("123", "wamid.THEIRS", 'f', NULL);                    /* a number nobody has */
    char forged[TRACKER_TEXT];
    strcpy(forged, tracker_of(&other, &theirs));
    forged[10] = forged[10] == 'A' ? 'B' : 'A';
    deliver_status(OTHER_PHONE, "wamid.d", 'f', forged);
    kl_fold_report report = fold_all();
    ck_assert_int_eq(report.bodies, 6);
    ck_assert_int_eq(report.set_aside, 3);
    ck_assert_int_eq(report.unmatched, 3);
    ck_assert_int_eq(report.statuses + report.refunded, 0);
    ask("SELECT string_agg(status::text, ',') FROM kloyst.message_log", "SENT");
    ck_assert_int_eq(proven_balance(&vendor), opening - 150 * price);
    ck_assert_int_eq(proven_balance(&other), opening - 3 * price);
    /* And with the right number they are believed. */
    deliver_status(OTHER_PHONE, "wamid.a", 'f', tracker_of(&other, &theirs));
    deliver_status(OTHER_PHONE, "wamid.THEIRS", 'f', NULL);
    ck_assert_int_eq(fold_all().refunded, 2);
    kl_batch_free(other_batch);
}
END_TEST

/* --- bad items --- */

/* From now on the database refuses a wamid that ends so. */
static void refuse_a_wamid(void)
{
    harness_exec(fixture.admin, "ALTER TABLE kloyst.message_log ADD CONSTRAINT not_refused CHECK (wa_message_id NOT LIKE '%REFUSED')");
}

START_TEST(one_bad_item_keeps_its_siblings)
{
    buffer items = BUFFER_INIT;
    kl_uuid id = kl_batch_message_id(batch, 60);
    char *wide = malloc(5000);
    refuse_a_wamid();
    memset(wide, 'w', 4999);
    wide[4999] = '\0';
    for (size_t i = 0; i < 100; i++) {
        put_status_of(&items, batch, i, report_of(i % 10 == 3 ? 'f' : 'd'));
        if (i == 20)
            put_status(&items, "wamid.0REFUSED", report_of('s'), tracker_of(&vendor, &id));
        if (i == 30)
            buffer_text(&items, ",{\"id\":\"wamid.x\",\"status\":17,\"timestamp\":\"1\"}");
        if (i == 40)
            buffer_text(&items, ",{\"id\":\"wamid.x\",\"status\":\"sent\",\"timestamp\":\"99999999999999\"}");
        if (i == 50)
            put_status(&items, wide, report_of('s'), NULL);
        if (i == 55)
            buffer_text(&items, ",{\"id\":\"wamid.x\",\"status\":\"warning\",\"timestamp\":\"1\"}");
    }
    deliver(PHONE, "statuses", &items);
    harness_exec(fixture.admin, "INSERT INTO kloyst.webhook_inbox (body) VALUES ('{'), ('[]'), ('{\"object\":1}')");
    kl_fold_report report = fold_all();
    ck_assert_int_eq(report.bodies, 4);
    ck_assert_int_eq(report.other, 1);
    ck_assert_int_eq(report.statuses, 100);
    ck_assert_int_eq(report.set_aside, 7);
    has_state(60, "DELIVERED|wamid.60|5|5|0|0");
    has_state(19, "DELIVERED|wamid.19|5|5|0|0");
    has_state(13, "FAILED|wamid.13|0|0|0|3|131026|Late");
    ck_assert_int_eq(report.refunded, 10);
    refunded(10);
    ask("SELECT count(*) FROM kloyst.webhook_set_aside WHERE convert_from(item, 'UTF8') = "
        "'{\"id\":\"wamid.x\",\"status\":17,\"timestamp\":\"1\"}'", "1");
    ask("SELECT count(*) FROM kloyst.webhook_inbox WHERE folded_at IS NULL", "0");
    free(wide);
    buffer_free(&items);
}
END_TEST

START_TEST(an_item_that_the_database_refuses_is_found_among_its_siblings)
{
    buffer items = BUFFER_INIT;
    refuse_a_wamid();
    for (size_t i = 0; i < 100; i++) {
        kl_uuid id = kl_batch_message_id(batch, i);
        if (i == 37)
            put_status(&items, "wamid.REFUSED", report_of('f'), tracker_of(&vendor, &id));
        else
            put_status_of(&items, batch, i, report_of('f'));
    }
    deliver(PHONE, "statuses", &items);
    kl_fold_report report = fold_all();
    ck_assert_int_eq(report.statuses, 99);
    ck_assert_int_eq(report.set_aside, 1);
    ck_assert_int_eq(report.refunded, 99);
    refunded(99);
    ask("SELECT ordinal || ' ' || (reason LIKE '%not_refused%') FROM kloyst.webhook_set_aside", "37 true");
    ask("SELECT count(*) FROM kloyst.transaction WHERE type = 'REFUND' AND amount < 0.8631", "0");
    buffer_free(&items);
}
END_TEST

START_TEST(a_failure_whose_refund_does_not_fit_is_a_failure_and_set_aside)
{
    kl_error *error = NULL;
    ck_ok(kl_wallet_credit(fixture.handle, &vendor, KL_MONEY_MAX - proven_balance(&vendor), "all", NULL, NULL, &error));
    deliver_status(PHONE, "wamid.0", 'f', tracker_of(&vendor, &(kl_uuid){0}));
    kl_uuid id = kl_batch_message_id(batch, 0);
    deliver_status(PHONE, "wamid.0", 'f', tracker_of(&vendor, &id));
    kl_fold_report report = fold_all();
    ck_assert_int_eq(report.set_aside, 2);
    ck_assert_int_eq(report.refunded + report.statuses, 0);
    has_state(0, "FAILED|wamid.0|0|0|0|5|131026|Undeliverable");
    ck_assert_int_eq(proven_balance(&vendor), KL_MONEY_MAX);
    ck_ok(kl_wallet_debit(fixture.handle, &vendor, 10 * price, "room", NULL, NULL, &error));
    deliver_status(PHONE, "wamid.0", 'f', tracker_of(&vendor, &id));
    ck_assert_int_eq(fold_all().refunded, 1);
}
END_TEST

/* --- messages from users --- */

START_TEST(a_message_from_a_user_is_stored_once_with_its_contact)
{
    buffer items = BUFFER_INIT;
    put_message(&items, "4915112345678", "wamid.IN1", NULL);
    put_message(&items, "4915112345678", "wamid.IN2", NULL);
    put_message(&items, "919800000007", "wamid.IN3", "wamid.whatever");
    char *body = strdup(items.data);
    deliver(PHONE, "messages", &items);
    kl_fold_report report = fold_all();
    ck_assert_int_eq(report.inbound, 3);
    buffer_text(&items, body);
    deliver(PHONE, "messages", &items);
    buffer_text(&items, "{\"id\":\"wamid.IN4\",\"from_user_id\":\"nobody\",\"timestamp\":\"5\",\"type\":\"text\"}");
    put_message(&items, "PHONE", "wamid.IN5", NULL);
    deliver(PHONE, "messages", &items);
    report = fold_all();
    ck_assert_int_eq(report.inbound, 0);
    ck_assert_int_eq(report.set_aside, 2);
    ask("SELECT count(*) FROM kloyst.contact WHERE mobile = '4915112345678'", "1");
    ask("SELECT count(*) FROM kloyst.contact", "151");
    ask("SELECT count(*)::text || string_agg(DISTINCT m.status::text || m.direction::text, ',') "
        "|| bool_and(m.campaign_id IS NULL AND c.mobile = m.mobile AND m.content ->> 'id' = m.wa_message_id "
        "AND m.sent_at = to_timestamp((m.content ->> 'timestamp')::int8))::text "
        "FROM kloyst.message_log m JOIN kloyst.contact c ON c.vendor_id = m.vendor_id AND c.id = m.contact_id",
        "3DELIVEREDINBOUNDtrue");
    ask("SELECT bool_and(substring(id::text, 15, 1) = '7' AND substring(id::text, 20, 1) IN ('8', '9', 'a', 'b'))::text "
        "FROM kloyst.message_log", "true");
    free(body);
    buffer_free(&items);
}
END_TEST

static TCase *campaign_case(void)
{
    TCase *test_case = tcase_create("fold");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_campaign, close_campaign);
    tcase_set_timeout(test_case, 60);
    return test_case;
}

static Suite *make_suite(void)
{
    Suite *suite = suite_create("fold");
    TCase *test_case = campaign_case();
    tcase_add_test(test_case, every_order_and_number_of_reports_ends_in_the_same_state_and_money);
    tcase_add_test(test_case, any_set_of_reports_ends_in_the_same_state_however_it_is_cut_and_repeated);
    tcase_add_test(test_case, folding_the_same_report_again_writes_no_row);
    tcase_add_test(test_case, a_report_before_the_send_result_is_kept);
    tcase_add_test(test_case, a_report_without_tracker_is_found_by_its_wamid);
    tcase_add_test(test_case, no_body_reaches_a_vendor_that_does_not_have_its_number);
    tcase_add_test(test_case, one_bad_item_keeps_its_siblings);
    tcase_add_test(test_case, an_item_that_the_database_refuses_is_found_among_its_siblings);
    tcase_add_test(test_case, a_failure_whose_refund_does_not_fit_is_a_failure_and_set_aside);
    tcase_add_test(test_case, a_message_from_a_user_is_stored_once_with_its_contact);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
