/* Holds: captured in parts, never above what is left, never after their time; and what the database refuses by itself.
 * */
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"

#define h fixture.handle
#define ck_uuid_eq(a, b) ck_assert_mem_eq((a).bytes, (b).bytes, sizeof(kl_uuid))

static kl_uuid vendor;

static void open_vendor(void)
{
    fixture_open();
    vendor = fixture_vendor("A", 1000);
}

static kl_time from_now(int seconds)
{
    return ((kl_time)time(NULL) + seconds) * 1000000;
}

static kl_uuid hold(kl_money amount, kl_time expires_at)
{
    kl_error *error = NULL;
    kl_hold *made = NULL;
    ck_ok(kl_hold_create(h, &vendor, amount, "h", NULL, expires_at, &made, &error));
    kl_uuid id = kl_hold_id(made);
    kl_hold_free(made);
    return id;
}

/* Lets the time of a hold pass. */
static void pass(const kl_uuid *id)
{
    char sql[200], text[KL_UUID_TEXT + 1];
    kl_uuid_format(id, text);
    snprintf(sql, sizeof sql, "UPDATE kloyst.hold SET expires_at = now() - interval '1 second' WHERE id = '%s'", text);
    harness_exec(fixture.admin, sql);
}

static void ck_hold(const kl_uuid *id, kl_money captured, kl_money released, kl_money left)
{
    kl_error *error = NULL;
    kl_hold *read = NULL;
    ck_ok(kl_hold_get(h, &vendor, id, &read, &error));
    ck_assert_int_eq(kl_hold_captured(read), captured);
    ck_assert_int_eq(kl_hold_released(read), released);
    ck_assert_int_eq(kl_hold_left(read), left);
    kl_hold_free(read);
}

static void ck_wallet(kl_money balance, kl_money held, int64_t seq)
{
    kl_error *error = NULL;
    kl_wallet *wallet = NULL;
    ck_ok(kl_wallet_get(h, &vendor, &wallet, &error));
    ck_assert_int_eq(kl_wallet_balance(wallet), balance);
    ck_assert_int_eq(kl_wallet_held(wallet), held);
    ck_assert_int_eq(kl_wallet_seq(wallet), seq);
    kl_wallet_free(wallet);
    ck_ok(kl_wallet_verify(h, &vendor, NULL, &error));
}

START_TEST(a_hold_is_captured_in_any_number_of_parts_and_not_beyond)
{
    kl_error *error = NULL;
    kl_uuid id = hold(100, 0);
    for (int i = 0; i < 6; i++) {
        kl_transaction *row = NULL;
        ck_ok(kl_hold_capture(h, &vendor, &id, 15, "part", NULL, i & 1, &row, &error));
        ck_assert_int_eq(kl_transaction_type_of(row), KL_DEBIT_MESSAGE);
        ck_assert_int_eq(kl_transaction_amount(row), 15);
        ck_assert_int_eq(kl_transaction_balance_after(row), 1000 - 15 * (i + 1));
        ck_assert_int_eq(kl_transaction_seq(row), 2 + i);
        ck_assert_str_eq(kl_transaction_reference(row), "part");
        ck_assert_ptr_null(kl_transaction_campaign_id(row));
        ck_assert_int_eq(kl_transaction_batch_no(row), -1);
        ck_uuid_eq(*kl_transaction_hold_id(row), id);
        kl_uuid row_id = kl_transaction_id(row);
        kl_transaction *read = NULL;
        ck_ok(kl_transaction_get(h, &vendor, &row_id, &read, &error));
        ck_uuid_eq(*kl_transaction_hold_id(read), id);
        ck_assert_mem_eq(kl_transaction_hash(read), kl_transaction_hash(row), 32);
        kl_transaction_free(read);
        kl_transaction_free(row);
    }
    ck_hold(&id, 90, 0, 10);
    ck_fails(KL_ERR_EXCEEDS, kl_hold_capture(h, &vendor, &id, 11, "part", NULL, 0, NULL, &error));
    ck_fails(KL_ERR_EXCEEDS, kl_hold_capture(h, &vendor, &id, 11, "part", "k", 1, NULL, &error));
    ck_hold(&id, 90, 0, 10);
    ck_ok(kl_hold_capture(h, &vendor, &id, 10, "part", "k", 0, NULL, &error));
    ck_fails(KL_ERR_EXCEEDS, kl_hold_capture(h, &vendor, &id, 1, "part", NULL, 0, NULL, &error));
    ck_hold(&id, 100, 0, 0);
    ck_wallet(900, 0, 8);
}
END_TEST

START_TEST(what_is_left_after_captures_is_released_once_and_cannot_be_captured)
{
    kl_error *error = NULL;
    kl_uuid id = hold(100, 0);
    kl_money released = -1;
    ck_ok(kl_hold_capture(h, &vendor, &id, 30, "r", NULL, 0, NULL, &error));
    ck_ok(kl_hold_release(h, &vendor, &id, &released, &error));
    ck_assert_int_eq(released, 70);
    ck_fails(KL_ERR_EXCEEDS, kl_hold_capture(h, &vendor, &id, 1, "r", NULL, 0, NULL, &error));
    ck_ok(kl_hold_release(h, &vendor, &id, &released, &error));
    ck_assert_int_eq(released, 0);
    ck_hold(&id, 30, 70, 0);
    ck_wallet(970, 0, 2);
}
END_TEST

START_TEST(a_capture_with_a_key_is_done_once_and_names_the_field_that_differs)
{
    kl_error *error = NULL;
    kl_uuid id = hold(100, from_now(3600)), other = hold(100, 0);
    kl_transaction *first = NULL, *again = NULL;
    ck_ok(kl_hold_capture(h, &vendor, &id, 100, "r", "k", 0, &first, &error));
    ck_ok(kl_hold_capture(h, &vendor, &id, 100, "r", "k", 1, &again, &error));
    ck_uuid_eq(kl_transaction_id(first), kl_transaction_id(again));
    ck_uuid_eq(*kl_transaction_hold_id(again), id);
    kl_transaction_free(again);
    again = NULL;
    pass(&id); /* what was done stays done */
    ck_ok(kl_hold_capture(h, &vendor, &id, 100, "r", "k", 0, &again, &error));
    kl_transaction_free(again);
    const struct {
        const kl_uuid *hold;
        kl_money amount;
        const char *reference, *field;
    } others[] = {{&id, 99, "r", "amount"}, {&id, 100, "s", "reference"}, {&other, 100, "r", "hold"}};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(kl_hold_capture(h, &vendor, others[i].hold, others[i].amount, others[i].reference, "k", 0,
                                         NULL, &error),
                         KL_ERR_CONFLICT);
        ck_assert_msg(strstr(kl_error_message(error), others[i].field) != NULL, "%s", kl_error_message(error));
        kl_error_free(error);
        error = NULL;
    }
    /* A debit is no capture, whichever came first. */
    ck_assert_int_eq(kl_wallet_debit(h, &vendor, 100, "r", "k", NULL, &error), KL_ERR_CONFLICT);
    ck_assert_ptr_nonnull(strstr(kl_error_message(error), "hold"));
    kl_error_free(error);
    error = NULL;
    kl_wallet_operation operation = {KL_DEBIT_MESSAGE, 100, "r", "k", NULL};
    kl_wallet_results *results = NULL;
    ck_ok(kl_wallet_post(h, &vendor, &operation, 1, &results, &error));
    ck_assert_int_eq(kl_wallet_results_status(results, 0), KL_ERR_CONFLICT);
    kl_wallet_results_free(results);
    ck_ok(kl_wallet_debit(h, &vendor, 50, "r", "d", NULL, &error));
    ck_fails(KL_ERR_CONFLICT, kl_hold_capture(h, &vendor, &other, 50, "r", "d", 0, NULL, &error));
    ck_ok(kl_wallet_credit(h, &vendor, 50, "r", "c", NULL, &error));
    ck_fails(KL_ERR_CONFLICT, kl_hold_capture(h, &vendor, &other, 50, "r", "c", 0, NULL, &error));
    ck_hold(&id, 100, 0, 0);
    ck_hold(&other, 0, 0, 100);
    ck_wallet(900, 100, 4);
    kl_transaction_free(first);
}
END_TEST

START_TEST(a_capture_is_a_debit_that_can_be_refunded)
{
    kl_error *error = NULL;
    kl_uuid id = hold(100, 0);
    kl_transaction *row = NULL;
    ck_ok(kl_hold_capture(h, &vendor, &id, 60, "r", NULL, 0, &row, &error));
    kl_uuid debit = kl_transaction_id(row);
    kl_transaction_free(row);
    ck_fails(KL_ERR_EXCEEDS, kl_wallet_refund(h, &vendor, &debit, 61, "back", NULL, NULL, &error));
    ck_ok(kl_wallet_refund(h, &vendor, &debit, 60, "back", NULL, NULL, &error));
    ck_hold(&id, 60, 0, 40); /* what was given back is available, not held */
    ck_wallet(1000, 40, 3);
}
END_TEST

START_TEST(the_hold_of_a_campaign_is_not_captured_by_hand)
{
    kl_error *error = NULL;
    kl_uuid waba = fixture_waba(&vendor, "1"), id;
    fixture_contacts(&vendor, 3);
    kl_uuid campaign = sent_campaign(&vendor, &waba, 100);
    ck_ok(kl_campaign_enqueue(h, &vendor, &campaign, 0, NULL, &error));
    char *text = harness_query_text(fixture.admin, "SELECT id FROM kloyst.hold");
    ck_assert_int_eq(kl_uuid_parse(text, &id), KL_OK);
    free(text);
    ck_fails(KL_ERR_STATE, kl_hold_capture(h, &vendor, &id, 1, "r", NULL, 0, NULL, &error));
    ck_fails(KL_ERR_STATE, kl_hold_capture(h, &vendor, &id, 301, "r", "k", 0, NULL, &error));
    sent_drain(&vendor, &campaign, 0);
    ck_fails(KL_ERR_STATE, kl_hold_capture(h, &vendor, &id, 1, "r", NULL, 0, NULL, &error));
    ck_wallet(700, 0, 2);
}
END_TEST

/* ---- time --------------------------------------------------------------- */

START_TEST(an_expired_hold_cannot_be_captured_and_counts_until_it_is_released)
{
    kl_error *error = NULL;
    kl_time later = from_now(3600);
    kl_uuid id = hold(100, later);
    kl_hold *read = NULL;
    int count = -1;
    ck_ok(kl_hold_get(h, &vendor, &id, &read, &error));
    ck_assert_int_eq(kl_hold_expires_at(read), later);
    kl_hold_free(read);
    ck_ok(kl_hold_capture(h, &vendor, &id, 40, "r", NULL, 0, NULL, &error));
    ck_ok(kl_hold_expire(h, &vendor, 10, &count, &error));
    ck_assert_int_eq(count, 0);
    pass(&id);
    ck_fails(KL_ERR_STATE, kl_hold_capture(h, &vendor, &id, 1, "r", NULL, 0, NULL, &error));
    ck_fails(KL_ERR_INSUFFICIENT, kl_wallet_debit(h, &vendor, 901, "r", NULL, NULL, &error));
    ck_ok(kl_hold_expire(h, &vendor, 10, &count, &error));
    ck_assert_int_eq(count, 1);
    ck_hold(&id, 40, 60, 0);
    ck_fails(KL_ERR_STATE, kl_hold_capture(h, &vendor, &id, 1, "r", NULL, 0, NULL, &error));
    ck_ok(kl_hold_expire(h, &vendor, 10, &count, &error));
    ck_assert_int_eq(count, 0);
    ck_wallet(960, 0, 2);
}
END_TEST

START_TEST(holds_expire_the_longest_overdue_first_and_only_those)
{
    kl_error *error = NULL;
    kl_uuid id[6], other = fixture_vendor("B", 100);
    kl_hold *others = NULL;
    int count = -1;
    for (int i = 0; i < 5; i++)
        id[i] = hold(10, from_now(3600));
    id[5] = hold(10, 0);
    ck_ok(kl_hold_create(h, &other, 10, "h", NULL, from_now(3600), &others, &error));
    harness_exec(fixture.admin, "UPDATE kloyst.hold SET expires_at = now() - interval '1 hour' WHERE expires_at IS NOT NULL");
    pass(&id[4]);
    ck_ok(kl_hold_release(h, &vendor, &id[0], NULL, &error));
    ck_ok(kl_hold_expire(h, &vendor, 3, &count, &error));
    ck_assert_int_eq(count, 3);
    ck_hold(&id[4], 0, 0, 10);
    ck_ok(kl_hold_expire(h, &vendor, 3, NULL, &error));
    ck_hold(&id[4], 0, 10, 0);
    ck_hold(&id[5], 0, 0, 10);
    ck_wallet(1000, 10, 1);
    kl_wallet *wallet = NULL;
    ck_ok(kl_wallet_get(h, &other, &wallet, &error));
    ck_assert_int_eq(kl_wallet_held(wallet), 10);
    kl_wallet_free(wallet);
    kl_hold_free(others);
}
END_TEST

START_TEST(the_servers_clock_decides_what_is_in_the_future)
{
    kl_error *error = NULL;
    ck_fails(KL_ERR_ARGUMENT, kl_hold_create(h, &vendor, 1, "h", NULL, from_now(-1), NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_hold_create(h, &vendor, 1, "h", "k", (kl_time)time(NULL) + 3600, NULL, &error));
    ck_wallet(1000, 0, 1);
    kl_time soon = from_now(3600);
    ck_ok(kl_hold_create(h, &vendor, 1, "h", "k", soon, NULL, &error));
    ck_assert_int_eq(kl_hold_create(h, &vendor, 1, "h", "k", soon + 1, NULL, &error), KL_ERR_CONFLICT);
    ck_assert_ptr_nonnull(strstr(kl_error_message(error), "expires_at"));
    kl_error_free(error);
    error = NULL;
    ck_fails(KL_ERR_CONFLICT, kl_hold_create(h, &vendor, 1, "h", "k", 0, NULL, &error));
    ck_fails(KL_ERR_CONFLICT, kl_hold_create(h, &vendor, 1, "h", "k", from_now(-10), NULL, &error));
    ck_ok(kl_hold_create(h, &vendor, 1, "h", "k", soon, NULL, &error));
    ck_wallet(1000, 1, 1);
}
END_TEST

START_TEST(an_index_finds_the_holds_that_are_to_expire_and_captures_update_in_place)
{
    kl_error *error = NULL;
    kl *own = fixture_handle(NULL);
    kl_uuid id = hold(100, from_now(3600));
    for (int i = 0; i < 50; i++)
        ck_ok(kl_hold_capture(own, &vendor, &id, 1, "r", NULL, 1, NULL, &error));
    kl_free(own); /* with the connection its statistics are written */
    char *plan = harness_query_text(fixture.admin,
                                    "SELECT pg_get_expr(indpred, indrelid) FROM pg_index "
                                    "WHERE indexrelid = 'kloyst.hold_expiring'::regclass");
    ck_assert_str_eq(plan, "((expires_at IS NOT NULL) AND open)");
    free(plan);
    char *hot = NULL;
    for (int i = 0; i < 600 && (!hot || strcmp(hot, "t") != 0); i++) {
        free(hot);
        hot = harness_query_text(fixture.admin, "SELECT n_tup_upd >= 50 AND n_tup_hot_upd >= 0.9 * n_tup_upd FROM "
                                                "pg_stat_user_tables WHERE relname = 'hold' AND pg_sleep(0.1) IS NOT NULL");
    }
    ck_assert_str_eq(hot, "t");
    free(hot);
}
END_TEST

/* ---- the database itself ------------------------------------------------ */

/* SQLSTATE and constraint of what the application's role may not do to the rows of its own vendor. */
static void ck_refused(PGconn *app, const char *sql, const char *sqlstate, const char *constraint)
{
    PGresult *result = PQexec(app, sql);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *name = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    ck_assert_msg(state && !strcmp(state, sqlstate) && (!constraint || (name && !strcmp(name, constraint))),
                  "%s: %s %s", sql, state ? state : "done", name ? name : "");
    PQclear(result);
}

START_TEST(the_database_refuses_what_would_take_or_give_too_much)
{
    kl_error *error = NULL;
    kl_uuid waba = fixture_waba(&vendor, "1");
    fixture_contacts(&vendor, 4);
    kl_uuid campaign = sent_campaign(&vendor, &waba, 50);
    ck_ok(kl_campaign_enqueue(h, &vendor, &campaign, 0, NULL, &error));
    sent_drain(&vendor, &campaign, 2); /* pays 200, gives 100 back for two messages */
    kl_uuid own = hold(100, from_now(3600));
    ck_ok(kl_hold_capture(h, &vendor, &own, 40, "r", NULL, 0, NULL, &error));
    char *conninfo = NULL, text[KL_UUID_TEXT + 1], sql[200];
    ck_assert_int_gt(asprintf(&conninfo, "%s user=kloyst_app", fixture.conninfo), 0);
    PGconn *app = PQconnectdb(conninfo);
    free(conninfo);
    kl_uuid_format(&vendor, text);
    snprintf(sql, sizeof sql, "SET kloyst.vendor_id = '%s'", text);
    PQclear(PQexec(app, sql));
    static const struct {
        const char *sql, *sqlstate, *constraint;
    } tries[] = {
        /* A capture or release above its hold. */
        {"UPDATE kloyst.hold SET captured = captured + 0.0061 WHERE campaign_id IS NULL", "23514", "hold_within_amount"},
        {"UPDATE kloyst.hold SET released = released + 0.0061 WHERE campaign_id IS NULL", "23514", "hold_within_amount"},
        {"UPDATE kloyst.hold SET captured = captured + 0.0001 WHERE campaign_id IS NOT NULL", "23514", "hold_within_amount"},
        {"UPDATE kloyst.hold SET captured = -0.0001", "23514", NULL},
        {"UPDATE kloyst.hold SET released = -0.0001", "23514", NULL},
        {"UPDATE kloyst.hold SET captured = 'NaN'", "23514", NULL},
        {"UPDATE kloyst.hold SET captured = 'Infinity'", "22003", NULL},
        {"UPDATE kloyst.hold SET amount = 1", "42501", NULL},
        {"UPDATE kloyst.hold SET expires_at = NULL", "42501", NULL},
        {"UPDATE kloyst.hold SET campaign_id = NULL", "42501", NULL},
        {"DELETE FROM kloyst.hold", "42501", NULL},
        {"INSERT INTO kloyst.hold (vendor_id, id, wallet_id, campaign_id, amount, reference, expires_at) SELECT vendor_id, "
         "gen_random_uuid(), wallet_id, gen_random_uuid(), 1, 'r', now() FROM kloyst.hold LIMIT 1",
         "23514", "hold_of_campaign_never_expires"},
        {"DELETE FROM kloyst.hold_capture", "42501", NULL},
        {"UPDATE kloyst.hold_capture SET hold_id = gen_random_uuid()", "42501", NULL},
        {"INSERT INTO kloyst.hold_capture SELECT vendor_id, transaction_id, hold_id FROM kloyst.hold_capture", "23505", NULL},
        /* A refund above its debit. */
        {"UPDATE kloyst.refund_total SET refunded = refunded + 0.0101", "23514", "refund_within_debit"},
        {"UPDATE kloyst.refund_total SET refunded = 'NaN'", "23514", NULL},
        {"UPDATE kloyst.refund_total SET refunded = 0", "23514", NULL},
        {"UPDATE kloyst.refund_total SET amount = 1", "42501", NULL},
        {"DELETE FROM kloyst.refund_total", "42501", NULL},
        {"INSERT INTO kloyst.refund_total SELECT vendor_id, id, 1, 1 FROM kloyst.transaction WHERE batch_no = 0", "23505",
         "refund_total_pkey"},
        {"INSERT INTO kloyst.refund_total (vendor_id, debit_id, amount, refunded) SELECT vendor_id, gen_random_uuid(), 1, 1 "
         "FROM kloyst.wallet",
         "23503", NULL},
        /* A second refund of a message. */
        {"INSERT INTO kloyst.message_refund SELECT * FROM kloyst.message_refund", "23505", "message_refund_pkey"},
        {"UPDATE kloyst.message_refund SET message_id = gen_random_uuid()", "42501", NULL},
        {"DELETE FROM kloyst.message_refund", "42501", NULL},
        /* A batch paid for twice, a key used twice, a row out of order. */
        {"INSERT INTO kloyst.transaction SELECT vendor_id, gen_random_uuid(), wallet_id, 99, type, amount, balance_after, "
         "reference, NULL, NULL, campaign_id, batch_no, hash, created_at FROM kloyst.transaction WHERE batch_no = 0",
         "23505", "transaction_batch_paid_once"},
        {"INSERT INTO kloyst.transaction SELECT vendor_id, gen_random_uuid(), wallet_id, 1, type, amount, balance_after, "
         "reference, NULL, NULL, NULL, NULL, hash, created_at FROM kloyst.transaction WHERE batch_no = 0",
         "23505", NULL},
        {"UPDATE kloyst.transaction SET amount = 0.0001", "42501", NULL},
        {"DELETE FROM kloyst.transaction", "42501", NULL},
        /* More than there is. */
        {"UPDATE kloyst.wallet SET balance = held - 0.0001", "23514", NULL},
        {"UPDATE kloyst.wallet SET held = balance + 0.0001", "23514", "wallet_held_within_balance"},
        {"UPDATE kloyst.wallet SET held = -0.0001", "23514", NULL},
        {"UPDATE kloyst.wallet SET balance = 'NaN'", "23514", NULL},
        {"UPDATE kloyst.wallet SET balance = 999999.99995", "22003", NULL},
    };
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++)
        ck_refused(app, tries[i].sql, tries[i].sqlstate, tries[i].constraint);
    PQfinish(app);
    ck_hold(&own, 40, 0, 60);
    ck_wallet(860, 60, 4);
}
END_TEST

static int64_t kept_house(void)
{
    kl_error *error = NULL;
    int64_t done = 0;
    ck_ok(kl_housekeep(h, 0, &done, &error));
    return done;
}

/* Lets half an hour pass, for all holds and for the note of what is to be looked after. */
static void pass_half_an_hour(void)
{
    harness_exec(fixture.admin, "UPDATE kloyst.hold SET expires_at = expires_at - interval '30 minutes';"
                                "UPDATE kloyst.hold_due SET next_at = next_at - interval '30 minutes'");
}

START_TEST(housekeeping_releases_the_expired_holds_of_all_vendors)
{
    kl_error *error = NULL;
    enum { HOLDS = 600 };
    kl_uuid other = fixture_vendor("Other", 1000), kept = hold(7, from_now(7200));
    kl_time soon = from_now(1800);
    for (int i = 0; i < HOLDS; i++)
        hold(1, soon);
    ck_ok(kl_hold_create(h, &other, 9, "h", NULL, soon, NULL, &error));
    ck_assert_int_eq(kept_house(), 0);
    int64_t released = 0;
    pass_half_an_hour();
    for (int64_t done; (done = kept_house());)
        released += done;
    ck_assert_int_eq(released, HOLDS + 1);
    ck_hold(&kept, 0, 0, 7);
    ck_wallet(1000, 7, 1);
    /* What is left to look after: one vendor, in an hour and a half. */
    char *due = harness_query_text(fixture.admin, "SELECT count(*) || ' ' || bool_and(next_at > now() + interval '50 minutes') "
                                                  "FROM kloyst.hold_due");
    ck_assert_str_eq(due, "1 true");
    free(due);
    /* A hold that ends earlier is found as well. */
    hold(1, from_now(1800));
    ck_assert_int_eq(kept_house(), 0);
    pass_half_an_hour();
    ck_assert_int_eq(kept_house(), 1);
    ck_wallet(1000, 7, 1);
}
END_TEST

START_TEST(a_vendor_whose_holds_cannot_expire_keeps_no_other_waiting)
{
    kl_error *error = NULL;
    int64_t done = 0;
    kl_uuid other = fixture_vendor("Other", 1000);
    kl_wallet *wallet = NULL;
    hold(1, from_now(3600));
    ck_ok(kl_hold_create(h, &other, 9, "h", NULL, from_now(3600), NULL, &error));
    harness_exec(fixture.admin, "UPDATE kloyst.hold SET expires_at = now(); UPDATE kloyst.hold_due SET next_at = now() - interval '1 hour';"
                                "UPDATE kloyst.hold_due SET next_at = now() WHERE vendor_id = (SELECT vendor_id FROM kloyst.hold WHERE amount = 0.0009);"
                                "ALTER TABLE kloyst.hold ADD CHECK (amount <> 0.0001) NOT VALID");
    ck_assert_int_ne(kl_housekeep(h, 0, &done, &error), KL_OK);
    kl_error_free(error);
    error = NULL;
    ck_ok(kl_wallet_get(h, &other, &wallet, &error));
    ck_assert_int_eq(kl_wallet_held(wallet), 0);
    kl_wallet_free(wallet);
    ck_wallet(1000, 1, 1);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("hold");
    TCase *test_case = tcase_create("holds");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_vendor, fixture_close);
    tcase_set_timeout(test_case, 60);
    tcase_add_test(test_case, housekeeping_releases_the_expired_holds_of_all_vendors);
    tcase_add_test(test_case, a_vendor_whose_holds_cannot_expire_keeps_no_other_waiting);
    tcase_add_test(test_case, a_hold_is_captured_in_any_number_of_parts_and_not_beyond);
    tcase_add_test(test_case, what_is_left_after_captures_is_released_once_and_cannot_be_captured);
    tcase_add_test(test_case, a_capture_with_a_key_is_done_once_and_names_the_field_that_differs);
    tcase_add_test(test_case, a_capture_is_a_debit_that_can_be_refunded);
    tcase_add_test(test_case, the_hold_of_a_campaign_is_not_captured_by_hand);
    tcase_add_test(test_case, an_expired_hold_cannot_be_captured_and_counts_until_it_is_released);
    tcase_add_test(test_case, holds_expire_the_longest_overdue_first_and_only_those);
    tcase_add_test(test_case, the_servers_clock_decides_what_is_in_the_future);
    tcase_add_test(test_case, an_index_finds_the_holds_that_are_to_expire_and_captures_update_in_place);
    tcase_add_test(test_case, the_database_refuses_what_would_take_or_give_too_much);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
