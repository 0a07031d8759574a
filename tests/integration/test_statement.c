/* Statements: every time, day, campaign and message is told exactly as a walk over all rows would tell it. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <pthread.h>

#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"

#define h fixture.handle
#define MINUTE INT64_C(60000000)
#define ck_uuid_eq(a, b) ck_assert_mem_eq((a).bytes, (b).bytes, sizeof(kl_uuid))

static kl_uuid vendor;

static void open_vendor(void)
{
    fixture_open();
    vendor = fixture_vendor("A", 1000000);
}

static kl_transaction_page *all_rows(void)
{
    kl_error *error = NULL;
    kl_transaction_page *page = NULL;
    ck_ok(kl_wallet_statement(h, &vendor, 0, 1000, &page, &error));
    return page;
}

/* Rows at odd times, several at the same: written past the library, so without a chain. Row n has the amount n. */
static void rows_at(const char *times)
{
    char sql[2000];
    snprintf(sql, sizeof sql,
             "SET kloyst.vendor_id = ''; INSERT INTO kloyst.transaction (vendor_id, id, wallet_id, seq, type, amount, "
             "balance_after, reference, hash, created_at) "
             "SELECT w.vendor_id, gen_random_uuid(), w.id, w.seq + t.n, CASE WHEN t.n %% 3 = 0 THEN 'REFUND' WHEN t.n %% 3 = 1 "
             "THEN 'DEBIT_MESSAGE' ELSE 'CREDIT_RECHARGE' END::kloyst.transaction_type, t.n, 100 + t.n, 'r', sha256(''), "
             "t.at::timestamptz FROM kloyst.wallet w, unnest('{%s}'::text[]) WITH ORDINALITY AS t (at, n); "
             "UPDATE kloyst.wallet SET seq = (SELECT max(seq) FROM kloyst.transaction), "
             "updated_at = (SELECT max(created_at) FROM kloyst.transaction)",
             times);
    harness_exec(fixture.admin, sql);
}

#define TIMES                                                                                                          \
    "2099-03-01 00:00:00+00,2099-03-01 00:00:00+00,2099-03-01 18:29:59.999999+00,2099-03-01 18:30:00+00,"              \
    "2099-03-01 23:59:59.999999+00,2099-03-02 00:00:00+00,2099-03-02 00:00:00+00,2099-03-02 00:00:00+00,"              \
    "2099-03-02 18:30:00+00,2099-03-04 12:00:00+00"

static const kl_time march_1 = INT64_C(4076006400000000); /* 2099-03-01T00:00:00Z */

START_TEST(a_range_of_time_has_the_rows_that_a_walk_finds_in_it)
{
    kl_error *error = NULL;
    rows_at(TIMES);
    kl_transaction_page *rows = all_rows();
    size_t count = kl_transaction_page_count(rows);
    ck_assert_uint_eq(count, 11);
    ck_assert_int_eq(kl_transaction_created_at(kl_transaction_page_at(rows, 1)), march_1);
    for (size_t a = 0; a < count; a++) {
        for (size_t b = a; b < count; b++) {
            for (int shift = 0; shift < 9; shift++) {
                kl_time from = kl_transaction_created_at(kl_transaction_page_at(rows, a)) + shift % 3 - 1;
                kl_time until = kl_transaction_created_at(kl_transaction_page_at(rows, b)) + shift / 3 - 1;
                if (until < from)
                    continue;
                kl_transaction_page *page = NULL;
                ck_ok(kl_wallet_statement_between(h, &vendor, from, until, 0, 1000, &page, &error));
                size_t at = 0;
                for (size_t i = 0; i < count; i++) {
                    const kl_transaction *row = kl_transaction_page_at(rows, i);
                    if (kl_transaction_created_at(row) >= from && kl_transaction_created_at(row) < until)
                        ck_assert_int_eq(kl_transaction_seq(kl_transaction_page_at(page, at++)), kl_transaction_seq(row));
                }
                ck_assert_uint_eq(kl_transaction_page_count(page), at);
                kl_transaction_page_free(page);
            }
        }
    }
    /* By pages of two. */
    int64_t after = 0, expected = 2;
    for (;;) {
        kl_transaction_page *page = NULL;
        ck_ok(kl_wallet_statement_between(h, &vendor, march_1, march_1 + 2 * 1440 * MINUTE, after, 2, &page, &error));
        size_t got = kl_transaction_page_count(page);
        ck_assert_uint_le(got, 2);
        for (size_t i = 0; i < got; i++) {
            after = kl_transaction_seq(kl_transaction_page_at(page, i));
            ck_assert_int_eq(after, expected++);
        }
        kl_transaction_page_free(page);
        if (!got)
            break;
    }
    ck_assert_int_eq(expected, 11);
    kl_transaction_page_free(rows);
}
END_TEST

START_TEST(the_balance_of_any_moment_is_that_after_the_newest_row_until_then)
{
    kl_error *error = NULL;
    kl_money balance = -1;
    rows_at(TIMES);
    kl_uuid empty = fixture_vendor("B", 0);
    kl_transaction_page *rows = all_rows();
    size_t count = kl_transaction_page_count(rows);
    for (size_t i = 0; i < count; i++) {
        for (int shift = -1; shift <= 1; shift++) {
            kl_time at = kl_transaction_created_at(kl_transaction_page_at(rows, i)) + shift;
            kl_money expected = 0;
            for (size_t k = 0; k < count; k++)
                if (kl_transaction_created_at(kl_transaction_page_at(rows, k)) <= at)
                    expected = kl_transaction_balance_after(kl_transaction_page_at(rows, k));
            ck_ok(kl_wallet_balance_at(h, &vendor, at, &balance, &error));
            ck_assert_int_eq(balance, expected);
        }
    }
    ck_ok(kl_wallet_balance_at(h, &vendor, 0, &balance, &error));
    ck_assert_int_eq(balance, 0);
    ck_ok(kl_wallet_balance_at(h, &empty, march_1, &balance, &error));
    ck_assert_int_eq(balance, 0);
    kl_transaction_page_free(rows);
}
END_TEST

START_TEST(a_missing_row_on_the_way_is_corruption_and_not_a_wrong_answer)
{
    kl_error *error = NULL;
    kl_money balance = -1;
    rows_at(TIMES);
    harness_exec(fixture.admin, "UPDATE kloyst.wallet SET seq = seq + 20");
    ck_fails(KL_ERR_CORRUPT, kl_wallet_balance_at(h, &vendor, march_1, &balance, &error));
    ck_assert_int_eq(balance, -1);
}
END_TEST

static void ck_total(const kl_day_total_page *page, size_t index, kl_time day, kl_transaction_type type, int count,
                     int rupees)
{
    const kl_day_total *total = kl_day_total_page_at(page, index);
    ck_assert_ptr_nonnull(total);
    ck_assert_int_eq(kl_day_total_day(total), day);
    ck_assert_int_eq(kl_day_total_type(total), type);
    ck_assert_int_eq(kl_day_total_count(total), count);
    ck_assert_int_eq(kl_day_total_amount(total), (kl_money)rupees * 10000);
}

START_TEST(totals_are_by_type_and_day_of_the_place)
{
    kl_error *error = NULL;
    kl_day_total_page *page = NULL;
    const kl_time day = 1440 * MINUTE, india = 330 * MINUTE;
    rows_at(TIMES);
    /* Rows 1 … 5 on the first, 6 … 9 on the second, 10 on the fourth. */
    ck_ok(kl_wallet_totals(h, &vendor, march_1, march_1 + 10 * day, 0, &page, &error));
    ck_assert_uint_eq(kl_day_total_page_count(page), 7);
    ck_total(page, 0, march_1, KL_CREDIT_RECHARGE, 2, 2 + 5);
    ck_total(page, 1, march_1, KL_DEBIT_MESSAGE, 2, 1 + 4);
    ck_total(page, 2, march_1, KL_REFUND, 1, 3);
    ck_total(page, 3, march_1 + day, KL_CREDIT_RECHARGE, 1, 8);
    ck_total(page, 4, march_1 + day, KL_DEBIT_MESSAGE, 1, 7);
    ck_total(page, 5, march_1 + day, KL_REFUND, 2, 6 + 9);
    ck_total(page, 6, march_1 + 3 * day, KL_DEBIT_MESSAGE, 1, 10);
    ck_assert_ptr_null(kl_day_total_page_at(page, 7));
    kl_day_total_page_free(page);
    /* In India the second of March begins at 18:30 of the first: 1 … 3, 4 … 8, 9, 10. */
    ck_ok(kl_wallet_totals(h, &vendor, march_1, march_1 + 10 * day, 330, &page, &error));
    ck_assert_uint_eq(kl_day_total_page_count(page), 8);
    ck_total(page, 0, march_1 - india, KL_CREDIT_RECHARGE, 1, 2);
    ck_total(page, 1, march_1 - india, KL_DEBIT_MESSAGE, 1, 1);
    ck_total(page, 2, march_1 - india, KL_REFUND, 1, 3);
    ck_total(page, 3, march_1 + day - india, KL_CREDIT_RECHARGE, 2, 5 + 8);
    ck_total(page, 4, march_1 + day - india, KL_DEBIT_MESSAGE, 2, 4 + 7);
    ck_total(page, 5, march_1 + day - india, KL_REFUND, 1, 6);
    ck_total(page, 6, march_1 + 2 * day - india, KL_REFUND, 1, 9);
    ck_total(page, 7, march_1 + 3 * day - india, KL_DEBIT_MESSAGE, 1, 10);
    kl_day_total_page_free(page);
    /* Only the range counts, also of a day that it cuts; west of Greenwich the first rows are of February. */
    ck_ok(kl_wallet_totals(h, &vendor, march_1 + 1, march_1 + 1110 * MINUTE, -1, &page, &error));
    ck_assert_uint_eq(kl_day_total_page_count(page), 1);
    ck_total(page, 0, march_1 + MINUTE, KL_REFUND, 1, 3);
    kl_day_total_page_free(page);
    ck_ok(kl_wallet_totals(h, &vendor, march_1, march_1 + 1, -1, &page, &error));
    ck_total(page, 0, march_1 - day + MINUTE, KL_CREDIT_RECHARGE, 1, 2);
    kl_day_total_page_free(page);
    ck_ok(kl_wallet_totals(h, &vendor, march_1 - 366 * day, march_1, 0, &page, &error));
    ck_assert_uint_eq(kl_day_total_page_count(page), 0);
    kl_day_total_page_free(page);
}
END_TEST

/* ---- time never goes back ------------------------------------------------ */

START_TEST(a_row_is_never_earlier_than_the_one_before_it_even_when_the_clock_is)
{
    kl_error *error = NULL;
    kl_transaction *row = NULL;
    kl_uuid id;
    kl_hold *made = NULL;
    ck_ok(kl_hold_create(h, &vendor, 100, "h", NULL, 0, &made, &error));
    id = kl_hold_id(made);
    kl_hold_free(made);
    /* As if the clock had been a lifetime ahead until now. */
    harness_exec(fixture.admin, "UPDATE kloyst.wallet SET updated_at = '2099-01-01 00:00:00+00'");
    const kl_time ahead = INT64_C(4070908800000000);
    ck_ok(kl_wallet_credit(h, &vendor, 5, "r", NULL, &row, &error));
    ck_assert_int_eq(kl_transaction_created_at(row), ahead);
    kl_transaction_free(row);
    ck_ok(kl_wallet_debit(h, &vendor, 5, "r", NULL, &row, &error));
    ck_assert_int_eq(kl_transaction_created_at(row), ahead);
    kl_uuid debit = kl_transaction_id(row);
    kl_transaction_free(row);
    ck_ok(kl_wallet_refund(h, &vendor, &debit, 5, "r", NULL, &row, &error));
    ck_assert_int_eq(kl_transaction_created_at(row), ahead);
    kl_transaction_free(row);
    ck_ok(kl_hold_capture(h, &vendor, &id, 5, "r", NULL, 0, &row, &error));
    ck_assert_int_eq(kl_transaction_created_at(row), ahead);
    kl_transaction_free(row);
    kl_wallet_operation operations[2] = {{KL_DEBIT_MESSAGE, 5, "r", NULL, NULL}, {KL_CREDIT_RECHARGE, 5, "r", NULL, NULL}};
    kl_wallet_results *results = NULL;
    ck_ok(kl_wallet_post(h, &vendor, operations, 2, &results, &error));
    kl_wallet_results_free(results);
    kl_uuid waba = fixture_waba(&vendor, "1");
    fixture_contacts(&vendor, 4);
    kl_uuid campaign = sent_campaign(&vendor, &waba, 10);
    ck_ok(kl_campaign_enqueue(h, &vendor, &campaign, 0, NULL, &error));
    sent_drain(&vendor, &campaign, 2);
    ck_ok(kl_hold_release(h, &vendor, &id, NULL, &error));
    kl_transaction_page *rows = all_rows();
    ck_assert_uint_eq(kl_transaction_page_count(rows), 9);
    for (size_t i = 1; i < kl_transaction_page_count(rows); i++)
        ck_assert_int_eq(kl_transaction_created_at(kl_transaction_page_at(rows, i)), ahead);
    kl_transaction_page_free(rows);
    ck_ok(kl_wallet_verify(h, &vendor, NULL, &error));
}
END_TEST

static void *move_money(void *context)
{
    unsigned seed = *(unsigned *)context;
    for (int i = 0; i < 60; i++) {
        kl_hold *made = NULL;
        switch (rand_r(&seed) % 3) {
        case 0:
            kl_wallet_debit(h, &vendor, 1, "r", NULL, NULL, NULL);
            break;
        case 1:
            kl_wallet_credit(h, &vendor, 1, "r", NULL, NULL, NULL);
            break;
        default:
            if (kl_hold_create(h, &vendor, 1, "r", NULL, 0, &made, NULL) == KL_OK) {
                kl_uuid id = kl_hold_id(made);
                if (i & 1)
                    kl_hold_capture(h, &vendor, &id, 1, "r", NULL, 1, NULL, NULL);
                else
                    kl_hold_release(h, &vendor, &id, NULL, NULL);
            }
            kl_hold_free(made);
        }
    }
    return NULL;
}

START_TEST(with_many_callers_times_are_in_order_of_seq)
{
    kl_error *error = NULL;
    pthread_t threads[6];
    unsigned seeds[6];
    for (unsigned i = 0; i < 6; i++) {
        seeds[i] = i + 1;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, move_money, &seeds[i]), 0);
    }
    for (int i = 0; i < 6; i++)
        pthread_join(threads[i], NULL);
    kl_transaction_page *rows = all_rows();
    size_t count = kl_transaction_page_count(rows);
    ck_assert_uint_gt(count, 200);
    for (size_t i = 1; i < count; i++)
        ck_assert_int_ge(kl_transaction_created_at(kl_transaction_page_at(rows, i)),
                         kl_transaction_created_at(kl_transaction_page_at(rows, i - 1)));
    kl_transaction_page_free(rows);
    ck_ok(kl_wallet_verify(h, &vendor, NULL, &error));
}
END_TEST

/* ---- campaigns ------------------------------------------------------------ */

static kl_uuid enqueue(int contacts, kl_money price)
{
    kl_error *error = NULL;
    kl_uuid waba = fixture_waba(&vendor, "1");
    fixture_contacts(&vendor, contacts);
    kl_uuid campaign = sent_campaign(&vendor, &waba, price);
    ck_ok(kl_campaign_enqueue(h, &vendor, &campaign, 0, NULL, &error));
    return campaign;
}

static kl_campaign_account account_of(const kl_uuid *campaign)
{
    kl_error *error = NULL;
    kl_campaign_account account;
    ck_ok(kl_campaign_reconcile(h, &vendor, campaign, &account, &error));
    return account;
}

START_TEST(a_campaigns_money_adds_up_at_every_stage)
{
    kl_error *error = NULL;
    kl_uuid waba = fixture_waba(&vendor, "2");
    kl_uuid draft = sent_campaign(&vendor, &waba, 100);
    kl_campaign_account a = account_of(&draft);
    ck_assert_int_eq(a.held + a.captured + a.released + a.refunded + a.messages + a.counting, 0);
    kl_uuid id = enqueue(7, 100);
    a = account_of(&id);
    ck_assert_int_eq(a.price, 100);
    ck_assert_int_eq(a.messages, 7);
    ck_assert_int_eq(a.held, 700);
    ck_assert_int_eq(a.still_held, 700);
    ck_assert_int_eq(a.counting, 0);
    kl_batch *batch = NULL;
    ck_ok(kl_batch_claim(h, &vendor, &id, 60000, &batch, &error));
    a = account_of(&id); /* claimed: all of them count while they wait */
    ck_assert_int_eq(a.captured, 700);
    ck_assert_int_eq(a.counting, 7);
    sent_complete(batch, 0, 4, 2);
    a = account_of(&id);
    ck_assert_int_eq(a.counting, 5);
    ck_assert_int_eq(a.refunded, 200);
    sent_complete(batch, 4, 7, 0);
    kl_batch_free(batch);
    a = account_of(&id);
    ck_assert_int_eq(a.captured, 700);
    ck_assert_int_eq(a.released + a.still_held + a.refunded_by_hand + a.not_refunded, 0);
    /* By hand. */
    kl_transaction_page *rows = NULL;
    ck_ok(kl_wallet_statement_of_campaign(h, &vendor, &id, 0, 10, &rows, &error));
    kl_uuid debit = kl_transaction_id(kl_transaction_page_at(rows, 0));
    kl_transaction_page_free(rows);
    ck_ok(kl_wallet_refund(h, &vendor, &debit, 33, "goodwill", NULL, NULL, &error));
    a = account_of(&id);
    ck_assert_int_eq(a.refunded, 200);
    ck_assert_int_eq(a.refunded_by_hand, 33);
    ck_assert_int_eq(a.counting, 5);
}
END_TEST

START_TEST(a_sum_that_fails_is_named)
{
    kl_error *error = NULL;
    kl_uuid id = enqueue(4, 100);
    sent_drain(&vendor, &id, 2);
    account_of(&id);
    static const struct {
        const char *sql, *sum;
    } tampering[] = {
        {"UPDATE kloyst.campaign SET recipients = recipients + 1 WHERE recipients > 0", "messages = recipients"},
        {"UPDATE kloyst.hold SET amount = amount + 0.0001", "held = price"},
        {"UPDATE kloyst.hold SET captured = captured - 0.0001, released = released + 0.0001", "held = captured + released"},
        {"UPDATE kloyst.batch SET leases = 0", "captured - refunded = price"},
        {"INSERT INTO kloyst.message_refund SELECT vendor_id, id, id, debit_id, 0.0100 FROM (SELECT m.vendor_id, m.id, "
         "b.debit_id FROM kloyst.message_log m JOIN kloyst.batch b USING (vendor_id, campaign_id) "
         "WHERE m.failed_at IS NULL LIMIT 1) x",
         "given back to its messages"},
        {"UPDATE kloyst.message_refund SET amount = amount + 0.0001", "given back to its messages"},
        {"UPDATE kloyst.refund_total SET refunded = refunded - 0.0001", "given back of its debits"},
    };
    for (size_t i = 0; i < sizeof tampering / sizeof tampering[0]; i++) {
        harness_exec(fixture.admin, "CREATE SCHEMA IF NOT EXISTS kept");
        harness_exec(fixture.admin, "DROP TABLE IF EXISTS kept.c, kept.h, kept.b, kept.m, kept.r;"
                                    "CREATE TABLE kept.c AS TABLE kloyst.campaign; CREATE TABLE kept.b AS TABLE kloyst.batch;"
                                    "CREATE TABLE kept.h AS TABLE kloyst.hold; CREATE TABLE kept.m AS TABLE kloyst.message_refund;"
                                    "CREATE TABLE kept.r AS TABLE kloyst.refund_total");
        harness_exec(fixture.admin, tampering[i].sql);
        kl_campaign_account account = {0};
        kl_status status = kl_campaign_reconcile(h, &vendor, &id, &account, &error);
        ck_assert_msg(status == KL_ERR_CORRUPT, "%s: %s", tampering[i].sql, kl_status_name(status));
        ck_assert_msg(strstr(kl_error_message(error), tampering[i].sum) != NULL, "%s: %s", tampering[i].sql,
                      kl_error_message(error));
        ck_assert_int_eq(account.price, 100);
        kl_error_free(error);
        error = NULL;
        harness_exec(fixture.admin,
                     "UPDATE kloyst.campaign c SET recipients = k.recipients FROM kept.c k WHERE k.id = c.id;"
                     "UPDATE kloyst.hold c SET amount = k.amount, captured = k.captured, released = k.released FROM kept.h k WHERE k.id = c.id;"
                     "UPDATE kloyst.batch c SET leases = k.leases FROM kept.b k WHERE k.no = c.no;"
                     "DELETE FROM kloyst.message_refund; INSERT INTO kloyst.message_refund TABLE kept.m;"
                     "UPDATE kloyst.refund_total c SET refunded = k.refunded FROM kept.r k WHERE k.debit_id = c.debit_id");
        account_of(&id);
    }
}
END_TEST

START_TEST(a_free_campaign_adds_up_too)
{
    kl_uuid id = enqueue(4, 0);
    account_of(&id);
    sent_drain(&vendor, &id, 2);
    kl_campaign_account a = account_of(&id);
    ck_assert_int_eq(a.held + a.captured + a.not_refunded, 0);
}
END_TEST

START_TEST(a_campaigns_statement_has_its_rows_and_no_others)
{
    kl_error *error = NULL;
    kl_transaction_page *page = NULL;
    kl_uuid id = enqueue(4, 100);
    ck_ok(kl_wallet_statement_of_campaign(h, &vendor, &id, 0, 10, &page, &error));
    ck_assert_uint_eq(kl_transaction_page_count(page), 0);
    kl_transaction_page_free(page);
    ck_ok(kl_wallet_debit(h, &vendor, 1, "r", NULL, NULL, &error));
    sent_drain(&vendor, &id, 2);
    ck_ok(kl_wallet_debit(h, &vendor, 1, "r", NULL, NULL, &error));
    int64_t after = 0;
    const kl_transaction_type types[] = {KL_DEBIT_MESSAGE, KL_REFUND};
    for (int i = 0; i < 2; i++) {
        ck_ok(kl_wallet_statement_of_campaign(h, &vendor, &id, after, 1, &page, &error));
        ck_assert_uint_eq(kl_transaction_page_count(page), 1);
        const kl_transaction *row = kl_transaction_page_at(page, 0);
        ck_assert_int_eq(kl_transaction_type_of(row), types[i]);
        ck_uuid_eq(*kl_transaction_campaign_id(row), id);
        ck_assert_int_gt(kl_transaction_seq(row), after);
        after = kl_transaction_seq(row);
        kl_transaction_page_free(page);
    }
    ck_ok(kl_wallet_statement_of_campaign(h, &vendor, &id, after, 1, &page, &error));
    ck_assert_uint_eq(kl_transaction_page_count(page), 0);
    kl_transaction_page_free(page);
}
END_TEST

START_TEST(a_message_tells_what_paid_for_it_and_what_gave_it_back)
{
    kl_error *error = NULL;
    kl_uuid id = enqueue(4, 100);
    char *text = harness_query_text(fixture.admin, "SELECT min(id::text) FROM kloyst.recipient");
    kl_uuid first;
    ck_assert_int_eq(kl_uuid_parse(text, &first), KL_OK);
    free(text);
    kl_transaction *paid = NULL, *back = NULL;
    ck_ok(kl_message_money(h, &vendor, &first, &paid, &back, &error)); /* still waiting */
    ck_assert_ptr_null(paid);
    ck_assert_ptr_null(back);
    sent_drain(&vendor, &id, 2);
    kl_message_page *messages = NULL;
    ck_ok(kl_message_list(h, &vendor, &id, NULL, 10, &messages, &error));
    for (size_t i = 0; i < kl_message_page_count(messages); i++) {
        const kl_message *message = kl_message_page_at(messages, i);
        kl_uuid message_id = kl_message_id(message);
        ck_ok(kl_message_money(h, &vendor, &message_id, &paid, &back, &error));
        ck_assert_int_eq(kl_transaction_type_of(paid), KL_DEBIT_MESSAGE);
        ck_assert_int_eq(kl_transaction_amount(paid), 400);
        ck_assert_int_eq(kl_transaction_batch_no(paid), 0);
        ck_uuid_eq(*kl_transaction_campaign_id(paid), id);
        if (kl_message_status_of(message) == KL_MESSAGE_FAILED) {
            ck_assert_int_eq(kl_transaction_type_of(back), KL_REFUND);
            ck_assert_int_eq(kl_transaction_amount(back), 200);
        } else
            ck_assert_ptr_null(back);
        kl_transaction_free(paid);
        kl_transaction_free(back);
        paid = back = NULL;
        ck_ok(kl_message_money(h, &vendor, &message_id, NULL, NULL, &error));
    }
    kl_message_page_free(messages);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("statement");
    TCase *test_case = tcase_create("statements");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_vendor, fixture_close);
    tcase_set_timeout(test_case, 60);
    tcase_add_test(test_case, a_range_of_time_has_the_rows_that_a_walk_finds_in_it);
    tcase_add_test(test_case, the_balance_of_any_moment_is_that_after_the_newest_row_until_then);
    tcase_add_test(test_case, a_missing_row_on_the_way_is_corruption_and_not_a_wrong_answer);
    tcase_add_test(test_case, totals_are_by_type_and_day_of_the_place);
    tcase_add_test(test_case, a_row_is_never_earlier_than_the_one_before_it_even_when_the_clock_is);
    tcase_add_test(test_case, with_many_callers_times_are_in_order_of_seq);
    tcase_add_test(test_case, a_campaigns_money_adds_up_at_every_stage);
    tcase_add_test(test_case, a_sum_that_fails_is_named);
    tcase_add_test(test_case, a_free_campaign_adds_up_too);
    tcase_add_test(test_case, a_campaigns_statement_has_its_rows_and_no_others);
    tcase_add_test(test_case, a_message_tells_what_paid_for_it_and_what_gave_it_back);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
