/* Recharging by Razorpay: each payment is credited once, whatever events tell of it, and none is lost. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/hmac.h"
#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"

static kl_uuid vendor;
static kl_error *error;

static const char *sign_with(const char *secret, const char *bytes, size_t length)
{
    static _Thread_local char header[80];
    uint8_t mac[SHA256_BYTES];
    ck_assert(hmac_sha256(secret, strlen(secret), bytes, length, mac));
    for (int i = 0; i < SHA256_BYTES; i++)
        snprintf(header + 2 * i, 3, "%02x", mac[i]);
    return header;
}

static void take(const char *event_id, const char *body)
{
    ck_ok(kl_razorpay_take(fixture.handle, sign_with(FIXTURE_APP_SECRET, body, strlen(body)), event_id, body,
                           strlen(body), &error));
}

typedef struct payment {
    const char *event, *id, *order, *currency, *status, *captured;
    long long paise;
} payment;

static const payment good = {"payment.captured", "pay_1", "order_1", "INR", "captured", "true", 50000};

static void take_payment(const char *event_id, payment p)
{
    char body[1000];
    snprintf(body, sizeof body,
             "{\"entity\":\"event\",\"event\":\"%s\",\"contains\":[\"payment\"],\"payload\":{\"payment\":{\"entity\":{"
             "\"id\":\"%s\",\"entity\":\"payment\",\"amount\":%lld,\"currency\":\"%s\",\"status\":\"%s\","
             "\"order_id\":\"%s\",\"captured\":%s,\"notes\":[]}}},\"created_at\":1691735748}",
             p.event, p.id, p.paise, p.currency, p.status, p.order, p.captured);
    take(event_id, body);
}

static kl_recharge_report fold(void)
{
    kl_recharge_report report;
    ck_ok(kl_razorpay_fold(fixture.handle, 10000, &report, &error));
    return report;
}

static void ask(const char *sql, const char *expected)
{
    char *text = harness_query_text(fixture.admin, sql);
    ck_assert_msg(text && strcmp(text, expected) == 0, "%s: %s instead of %s", sql, text ? text : "NULL", expected);
    free(text);
}

static kl_money balance(const kl_uuid *whose)
{
    kl_wallet *wallet = NULL;
    ck_ok(kl_wallet_get(fixture.handle, whose, &wallet, &error));
    kl_money found = kl_wallet_balance(wallet);
    kl_wallet_free(wallet);
    return found;
}

static void credited_once(void)
{
    ck_assert_int_eq(balance(&vendor), 5000000);
    ask("SELECT string_agg(type || ' ' || amount || ' ' || reference || ' ' || idempotency_key, ',') "
        "FROM kloyst.transaction",
        "CREDIT_RECHARGE 500.0000 pay_1 razorpay:pay_1");
    ask("SELECT count(*) FROM kloyst.razorpay_inbox WHERE folded_at IS NULL", "0");
}

/* The one thing kept, for this reason. */
static void kept_for(kl_kept_reason reason, const char *subject)
{
    kl_payment_kept_page *page = NULL;
    ck_ok(kl_payment_kept_list(fixture.handle, 0, 10, &page, &error));
    ck_assert_uint_eq(kl_payment_kept_page_count(page), 1);
    const kl_payment_kept *kept = kl_payment_kept_page_at(page, 0);
    ck_assert_int_eq(kl_payment_kept_reason(kept), reason);
    ck_assert_str_eq(kl_payment_kept_subject(kept), subject);
    ck_assert_int_gt(kl_payment_kept_at(kept), 0);
    ck_assert(kl_kept_reason_text(reason)[0]);
    kl_payment_kept_page_free(page);
}

static void nothing_kept(void)
{
    kl_payment_kept_page *page = NULL;
    ck_ok(kl_payment_kept_list(fixture.handle, 0, 10, &page, &error));
    ck_assert_uint_eq(kl_payment_kept_page_count(page), 0);
    kl_payment_kept_page_free(page);
}

static void start(void)
{
    vendor = fixture_vendor("A", 0);
    ck_ok(kl_order_create(fixture.handle, &vendor, "order_1", 5000000, "INR", NULL, &error));
}

/* ---- orders --------------------------------------------------------------- */

START_TEST(an_order_is_stored_once_and_belongs_to_one_vendor)
{
    kl_order *order = NULL;
    start();
    kl_uuid other = fixture_vendor("B", 0);
    ck_ok(kl_order_get(fixture.handle, &vendor, "order_1", &order, &error));
    ck_assert_str_eq(kl_order_id(order), "order_1");
    ck_assert_int_eq(kl_order_amount(order), 5000000);
    ck_assert_str_eq(kl_order_currency(order), "INR");
    kl_uuid owner = kl_order_vendor_id(order);
    ck_assert_mem_eq(&owner, &vendor, sizeof owner);
    kl_time created = kl_order_created_at(order);
    kl_order_free(order);
    order = NULL;
    ck_ok(kl_order_create(fixture.handle, &vendor, "order_1", 5000000, "INR", &order, &error));
    ck_assert_int_eq(kl_order_created_at(order), created);
    kl_order_free(order);
    order = NULL;
    ck_fails(KL_ERR_CONFLICT, kl_order_create(fixture.handle, &vendor, "order_1", 5000100, "INR", &order, &error));
    ck_fails(KL_ERR_CONFLICT, kl_order_create(fixture.handle, &other, "order_1", 5000000, "INR", &order, &error));
    ck_assert_ptr_null(order);
    ck_fails(KL_ERR_NOT_FOUND, kl_order_get(fixture.handle, &other, "order_1", &order, &error));
    ck_fails(KL_ERR_IN_USE, kl_vendor_delete(fixture.handle, &vendor, &error));
    ask("SELECT count(*) FROM kloyst.payment_order", "1");
}
END_TEST

/* ---- taking ---------------------------------------------------------------- */

START_TEST(only_what_is_signed_with_the_new_or_the_old_secret_is_stored)
{
    const char body[] = "{\"entity\":\"event\",\"event\":\"payment.authorized\"}";
    size_t length = strlen(body);
    kl_options options = KL_OPTIONS_INIT;
    options.razorpay_secret = "new";
    options.razorpay_secret_previous = "old";
    kl *rotating = fixture_handle(&options);
    options.razorpay_secret_previous = NULL;
    kl *rotated = fixture_handle(&options);
    ck_ok(kl_razorpay_take(rotating, sign_with("new", body, length), "a", body, length, &error));
    ck_ok(kl_razorpay_take(rotating, sign_with("old", body, length), "b", body, length, &error));
    ck_ok(kl_razorpay_take(rotated, sign_with("new", body, length), "c", body, length, &error));
    ck_fails(KL_ERR_SIGNATURE, kl_razorpay_take(rotated, sign_with("old", body, length), "d", body, length, &error));
    ck_fails(KL_ERR_SIGNATURE, kl_razorpay_take(rotating, sign_with("older", body, length), "d", body, length, &error));
    ck_fails(KL_ERR_SIGNATURE, kl_razorpay_take(rotating, sign_with("", body, length), "d", body, length, &error));
    ck_fails(KL_ERR_SIGNATURE, kl_razorpay_take(rotating, NULL, "d", body, length, &error));
    ck_fails(KL_ERR_SIGNATURE,
             kl_razorpay_take(rotating, sign_with("new", body, length), "d", body, length - 1, &error));
    unsetenv("KLOYST_RAZORPAY_SECRET");
    options.razorpay_secret = NULL;
    kl *without = fixture_handle(&options);
    ck_fails(KL_ERR_KEY, kl_razorpay_take(without, sign_with("", body, length), "d", body, length, &error));
    setenv("KLOYST_RAZORPAY_SECRET", "from the environment", 1);
    kl *environment = fixture_handle(&options);
    ck_ok(kl_razorpay_take(environment, sign_with("from the environment", body, length), "e", body, length, &error));
    ask("SELECT string_agg(event_id, '' ORDER BY event_id) FROM kloyst.razorpay_inbox", "abce");
    kl_free(rotating);
    kl_free(rotated);
    kl_free(without);
    kl_free(environment);
}
END_TEST

START_TEST(a_body_of_256_kib_is_stored_and_one_byte_more_is_not)
{
    size_t most = KL_RAZORPAY_BODY_MAX;
    char *body = malloc(most + 1);
    memset(body, ' ', most + 1);
    ck_ok(kl_razorpay_take(fixture.handle, sign_with(FIXTURE_APP_SECRET, body, most), "a", body, most, &error));
    ck_fails(KL_ERR_TOO_LONG, kl_razorpay_take(fixture.handle, sign_with(FIXTURE_APP_SECRET, body, most + 1), "b", body,
                                               most + 1, &error));
    ask("SELECT string_agg(event_id || length(body), ',') FROM kloyst.razorpay_inbox", "a262144");
    free(body);
}
END_TEST

START_TEST(a_redelivered_event_changes_nothing)
{
    start();
    for (int i = 0; i < 50; i++)
        take_payment("event_1", good);
    kl_recharge_report report = fold();
    ck_assert_int_eq(report.events, 1);
    ck_assert_int_eq(report.credited, 1);
    for (int i = 0; i < 50; i++)
        take_payment("event_1", good);
    ck_assert_int_eq(fold().events, 0);
    ask("SELECT count(*) FROM kloyst.razorpay_inbox", "1");
    credited_once();
}
END_TEST

/* ---- folding --------------------------------------------------------------- */

START_TEST(the_samples_are_folded)
{
    static const char *const names[] = {"32_razorpay_payment_failed.json", "30_razorpay_payment_captured_card.json"};
    vendor = fixture_vendor("A", 0);
    ck_ok(kl_order_create(fixture.handle, &vendor, "order_DESoU0U4ikYA19", 10000, "INR", NULL, &error));
    for (int i = 0; i < 2; i++) {
        char path[200], body[4096];
        snprintf(path, sizeof path, "tests/data/webhooks/%s", names[i]);
        FILE *file = fopen(path, "r");
        ck_assert_ptr_nonnull(file);
        body[fread(body, 1, sizeof body - 1, file)] = '\0';
        fclose(file);
        take(names[i], body);
    }
    kl_recharge_report report = fold();
    ck_assert_int_eq(report.events, 2);
    ck_assert_int_eq(report.failed, 1);
    ck_assert_int_eq(report.credited, 1);
    ck_assert_int_eq(balance(&vendor), 10000); /* 100 paise are one rupee */
    nothing_kept();
}
END_TEST

START_TEST(captured_and_paid_credit_once_in_either_order)
{
    payment paid = good;
    paid.event = "order.paid";
    start();
    take_payment("event_1", _i ? paid : good);
    take_payment("event_2", _i ? good : paid);
    kl_recharge_report report = fold();
    ck_assert_int_eq(report.credited, 1);
    ck_assert_int_eq(report.repeated, 1);
    take_payment("event_3", paid);
    ck_assert_int_eq(fold().repeated, 1);
    credited_once();
}
END_TEST

START_TEST(failed_is_not_terminal_and_captured_is)
{
    payment failed = {"payment.failed", "pay_1", "order_1", "INR", "failed", "false", 50000};
    start();
    take_payment("event_1", failed);
    ck_assert_int_eq(fold().failed, 1);
    ck_assert_int_eq(balance(&vendor), 0);
    take_payment("event_2", good);
    ck_assert_int_eq(fold().credited, 1);
    take_payment("event_3", failed);
    ck_assert_int_eq(fold().failed, 1);
    credited_once();
    nothing_kept();
}
END_TEST

enum { THREADS = 4, PAYMENTS = 20 };

static void *fold_in_thread(void *unused)
{
    kl_recharge_report report;
    kl_error *why = NULL;
    (void)unused;
    do {
        ck_assert_msg(kl_razorpay_fold(fixture.handle, 1, &report, &why) == KL_OK, "%s", kl_error_message(why));
    } while (report.events);
    return NULL;
}

START_TEST(four_threads_credit_each_payment_once)
{
    pthread_t threads[THREADS];
    char event_id[40], id[40];
    start();
    for (int i = 0; i < PAYMENTS; i++) {
        payment captured = good, paid = good;
        snprintf(id, sizeof id, "pay_%d", i);
        captured.id = paid.id = id;
        paid.event = "order.paid";
        snprintf(event_id, sizeof event_id, "captured %d", i);
        take_payment(event_id, captured);
        snprintf(event_id, sizeof event_id, "paid %d", i);
        take_payment(event_id, paid);
    }
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, fold_in_thread, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(balance(&vendor), (kl_money)PAYMENTS * 5000000);
    ask("SELECT count(*) || ' ' || count(DISTINCT reference) FROM kloyst.transaction", "20 20");
    ask("SELECT count(*) FROM kloyst.razorpay_item WHERE credited_at IS NOT NULL AND reason IS NULL", "20");
    ask("SELECT count(*) FROM kloyst.razorpay_inbox WHERE folded_at IS NULL", "0");
    ck_ok(kl_wallet_verify(fixture.handle, &vendor, NULL, &error));
}
END_TEST

/* ---- what is kept ----------------------------------------------------------- */

static const struct {
    payment payment;
    kl_kept_reason reason;
} wrong[] = {
    {{"payment.captured", "pay_1", "order_2", "INR", "captured", "true", 50000}, KL_KEPT_UNKNOWN_ORDER},
    {{"payment.captured", "pay_1", "order_1", "USD", "captured", "true", 50000}, KL_KEPT_CURRENCY},
    {{"payment.captured", "pay_1", "order_1", "INR", "captured", "true", 49999}, KL_KEPT_AMOUNT},
    {{"payment.captured", "pay_1", "order_1", "INR", "captured", "true", 50001}, KL_KEPT_AMOUNT},
    {{"payment.captured", "pay_1", "order_1", "INR", "captured", "true", 92233720368547758}, KL_KEPT_AMOUNT},
    {{"payment.captured", "pay_1", "order_1", "INR", "authorized", "false", 50000}, KL_KEPT_NOT_CAPTURED},
    {{"order.paid", "pay_1", "order_1", "INR", "captured", "false", 50000}, KL_KEPT_NOT_CAPTURED},
};
enum { WRONG = sizeof wrong / sizeof wrong[0] };

START_TEST(a_payment_that_is_not_as_expected_is_kept_with_its_reason)
{
    start();
    take_payment("event_1", wrong[_i].payment);
    kl_recharge_report report = fold();
    ck_assert_int_eq(report.events, 1);
    ck_assert_int_eq(report.kept, 1);
    ck_assert_int_eq(report.credited, 0);
    ck_assert_int_eq(balance(&vendor), 0);
    kept_for(wrong[_i].reason, "pay_1");
    ck_fails(KL_ERR_STATE, kl_payment_retry(fixture.handle, "pay_1", &error));
    kept_for(wrong[_i].reason, "pay_1");
    ck_assert_int_eq(balance(&vendor), 0);
}
END_TEST

START_TEST(a_payment_whose_order_comes_late_is_credited_by_a_retry)
{
    vendor = fixture_vendor("A", 0);
    take_payment("event_1", good);
    ck_assert_int_eq(fold().kept, 1);
    kept_for(KL_KEPT_UNKNOWN_ORDER, "pay_1");
    ck_ok(kl_order_create(fixture.handle, &vendor, "order_1", 5000000, "INR", NULL, &error));
    ck_ok(kl_payment_retry(fixture.handle, "pay_1", &error));
    ck_ok(kl_payment_retry(fixture.handle, "pay_1", &error));
    credited_once();
    nothing_kept();
    ck_fails(KL_ERR_NOT_FOUND, kl_payment_retry(fixture.handle, "pay_2", &error));
}
END_TEST

START_TEST(a_payment_above_the_cap_is_kept_until_the_balance_fell)
{
    kl_payment_kept_page *page = NULL;
    start();
    ck_ok(kl_wallet_credit(fixture.handle, &vendor, KL_MONEY_MAX - 4999999, "opening", NULL, NULL, &error));
    take_payment("event_1", good);
    ck_assert_int_eq(fold().kept, 1);
    kept_for(KL_KEPT_LIMIT, "pay_1");
    ck_ok(kl_payment_kept_list(fixture.handle, 0, 1, &page, &error));
    const kl_payment_kept *kept = kl_payment_kept_page_at(page, 0);
    ck_assert_mem_eq(kl_payment_kept_vendor_id(kept), &vendor, sizeof vendor);
    ck_assert_int_eq(kl_payment_kept_amount(kept), 5000000);
    ck_assert_str_eq(kl_payment_kept_order_id(kept), "order_1");
    ck_assert_str_eq(kl_payment_kept_payment_id(kept), "pay_1");
    ck_assert_str_eq(kl_payment_kept_currency(kept), "INR");
    ck_assert_str_eq(kl_payment_kept_event(kept), "payment.captured");
    kl_payment_kept_page_free(page);
    ck_fails(KL_ERR_LIMIT, kl_payment_retry(fixture.handle, "pay_1", &error));
    ck_ok(kl_wallet_debit(fixture.handle, &vendor, 1, "one", NULL, NULL, &error));
    ck_ok(kl_payment_retry(fixture.handle, "pay_1", &error));
    ck_assert_int_eq(balance(&vendor), KL_MONEY_MAX);
    nothing_kept();
    take_payment("event_2", good);
    ck_assert_int_eq(fold().repeated, 1);
    ck_assert_int_eq(balance(&vendor), KL_MONEY_MAX);
}
END_TEST

START_TEST(a_payment_that_is_captured_later_is_credited_and_kept_no_more)
{
    payment authorized = good;
    authorized.status = "authorized";
    authorized.captured = "false";
    start();
    take_payment("event_1", authorized);
    ck_assert_int_eq(fold().kept, 1);
    take_payment("event_2", good);
    ck_assert_int_eq(fold().credited, 1);
    take_payment("event_3", authorized);
    ck_assert_int_eq(fold().repeated, 1);
    credited_once();
    nothing_kept();
}
END_TEST

START_TEST(a_payment_whose_key_was_used_by_hand_is_kept)
{
    start();
    ck_ok(kl_wallet_credit(fixture.handle, &vendor, 1, "by hand", "razorpay:pay_1", NULL, &error));
    take_payment("event_1", good);
    ck_assert_int_eq(fold().kept, 1);
    kept_for(KL_KEPT_CONFLICT, "pay_1");
    ck_fails(KL_ERR_STATE, kl_payment_retry(fixture.handle, "pay_1", &error));
    ck_assert_int_eq(balance(&vendor), 1);
}
END_TEST

START_TEST(one_payment_is_never_credited_to_two_vendors)
{
    payment elsewhere = good;
    start();
    kl_uuid other = fixture_vendor("B", 0);
    ck_ok(kl_order_create(fixture.handle, &other, "order_2", 5000000, "INR", NULL, &error));
    elsewhere.order = "order_2";
    take_payment("event_1", good);
    take_payment("event_2", elsewhere);
    kl_recharge_report report = fold();
    ck_assert_int_eq(report.credited, 1);
    ck_assert_int_eq(report.kept, 1);
    kept_for(KL_KEPT_CONTRADICTION, "event_2");
    credited_once();
    ck_assert_int_eq(balance(&other), 0);
}
END_TEST

/* A refund or dispute of pay_1. */
static void take_other(const char *event_id, const char *event, const char *what, const char *id)
{
    char body[500];
    snprintf(body, sizeof body,
             "{\"entity\":\"event\",\"event\":\"%s\",\"payload\":{\"%s\":{\"entity\":{\"id\":\"%s\","
             "\"payment_id\":\"pay_1\",\"amount\":100,\"currency\":\"INR\"}}}}",
             event, what, id);
    take(event_id, body);
}

START_TEST(events_of_other_kinds_are_counted_or_kept_and_change_no_wallet)
{
    start();
    take_payment("event_1", good);
    take("event_2", "{\"entity\":\"event\",\"event\":\"payment.authorized\",\"payload\":{}}");
    take_other("event_3", "refund.processed", "refund", "rfnd_1");
    take_other("event_4", "payment.dispute.created", "dispute", "disp_1");
    take("event_5", "no JSON");
    take_other("event_6", "refund.speed_changed", "refund", "rfnd_1");
    kl_recharge_report report = fold();
    ck_assert_int_eq(report.events, 6);
    ck_assert_int_eq(report.credited, 1);
    ck_assert_int_eq(report.other, 1);
    ck_assert_int_eq(report.kept, 4);
    credited_once();
    ask("SELECT string_agg(concat_ws(' ', subject, reason, coalesce(event, '-'), coalesce(order_id, '-')), ',' "
        "ORDER BY id) FROM kloyst.razorpay_item WHERE reason IS NOT NULL",
        "rfnd_1 REFUND refund.speed_changed order_1,disp_1 DISPUTE payment.dispute.created order_1,"
        "event_5 MALFORMED - -");
    ck_fails(KL_ERR_NOT_FOUND, kl_payment_retry(fixture.handle, "rfnd_1", &error));
}
END_TEST

START_TEST(kept_items_are_paged_in_order)
{
    char id[40];
    int64_t after = 0;
    int seen = 0;
    for (int i = 0; i < 7; i++) {
        payment lost = good;
        snprintf(id, sizeof id, "pay_%d", i);
        lost.id = id;
        take_payment(id, lost);
    }
    ck_assert_int_eq(fold().kept, 7);
    for (size_t count = 1; count;) {
        kl_payment_kept_page *page = NULL;
        ck_ok(kl_payment_kept_list(fixture.handle, after, 3, &page, &error));
        count = kl_payment_kept_page_count(page);
        for (size_t i = 0; i < count; i++) {
            const kl_payment_kept *kept = kl_payment_kept_page_at(page, i);
            snprintf(id, sizeof id, "pay_%d", seen++);
            ck_assert_str_eq(kl_payment_kept_subject(kept), id);
            ck_assert_ptr_null(kl_payment_kept_vendor_id(kept));
            ck_assert_int_gt(kl_payment_kept_id(kept), after);
            after = kl_payment_kept_id(kept);
        }
        ck_assert_ptr_null(kl_payment_kept_page_at(page, count));
        kl_payment_kept_page_free(page);
    }
    ck_assert_int_eq(seen, 7);
}
END_TEST

/* ---- crashes ---------------------------------------------------------------- */

/* The server kills the connection of whoever gets that far: each step on the way in turn. */
static const char *const steps[][2] = {
    {"razorpay_item", "INSERT"},       {"wallet", "UPDATE"},          {"transaction", "INSERT"},
    {"razorpay_item", "UPDATE OF credited_at"}, {"razorpay_inbox", "UPDATE OF folded_at"},
};
enum { STEPS = sizeof steps / sizeof steps[0] };

START_TEST(a_worker_that_dies_between_any_two_steps_does_no_harm)
{
    char sql[700];
    kl_recharge_report report;
    start();
    take_payment("event_1", good);
    snprintf(sql, sizeof sql,
             "CREATE FUNCTION public.die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN PERFORM "
             "pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'; GRANT USAGE ON SCHEMA public TO PUBLIC; "
             "CREATE TRIGGER die AFTER %s ON kloyst.%s FOR EACH ROW EXECUTE FUNCTION public.die()",
             steps[_i][1], steps[_i][0]);
    harness_exec(fixture.admin, sql);
    ck_assert_int_ne(kl_razorpay_fold(fixture.handle, 10, &report, &error), KL_OK);
    ck_assert_int_eq(report.events, 0);
    kl_error_free(error);
    error = NULL;
    ask("SELECT count(*) FROM kloyst.razorpay_inbox WHERE folded_at IS NULL", "1");
    harness_exec(fixture.admin, "DROP FUNCTION public.die CASCADE");
    ck_assert_int_eq(fold().credited, 1);
    take_payment("event_2", good);
    ck_assert_int_eq(fold().repeated, 1);
    credited_once();
    nothing_kept();
}
END_TEST

START_TEST(one_vendors_trouble_does_not_hold_up_the_others)
{
    payment second = {"payment.captured", "pay_2", "order_2", "INR", "captured", "true", 50000};
    kl_recharge_report report;
    char id[KL_UUID_TEXT + 1], sql[500];
    start();
    kl_uuid other = fixture_vendor("B", 0);
    ck_ok(kl_order_create(fixture.handle, &other, "order_2", 5000000, "INR", NULL, &error));
    take_payment("event_1", good);
    take_payment("event_2", second);
    kl_uuid_format(&vendor, id);
    /* The server ends what would write this wallet, as it ends what waits too long for one. */
    snprintf(sql, sizeof sql,
             "CREATE FUNCTION public.hold_up() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE query_canceled; END'; "
             "CREATE TRIGGER hold_up BEFORE UPDATE ON kloyst.wallet FOR EACH ROW WHEN (OLD.vendor_id = '%s') "
             "EXECUTE FUNCTION public.hold_up()",
             id);
    harness_exec(fixture.admin, sql);
    ck_fails(KL_ERR_TIMEOUT, kl_razorpay_fold(fixture.handle, 10, &report, &error));
    ck_assert_int_eq(report.events, 1);
    ck_assert_int_eq(report.credited, 1);
    ck_assert_int_eq(balance(&other), 5000000);
    harness_exec(fixture.admin, "DROP FUNCTION public.hold_up CASCADE");
    harness_exec(fixture.admin, "UPDATE kloyst.razorpay_inbox SET leased_until = now() - interval '1 second'");
    ck_assert_int_eq(fold().credited, 1);
    ck_assert_int_eq(balance(&vendor), 5000000);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("recharge");
    TCase *test_case = fixture_case("recharge");
    tcase_add_test(test_case, an_order_is_stored_once_and_belongs_to_one_vendor);
    tcase_add_test(test_case, only_what_is_signed_with_the_new_or_the_old_secret_is_stored);
    tcase_add_test(test_case, a_body_of_256_kib_is_stored_and_one_byte_more_is_not);
    tcase_add_test(test_case, a_redelivered_event_changes_nothing);
    tcase_add_test(test_case, the_samples_are_folded);
    tcase_add_loop_test(test_case, captured_and_paid_credit_once_in_either_order, 0, 2);
    tcase_add_test(test_case, failed_is_not_terminal_and_captured_is);
    tcase_add_test(test_case, four_threads_credit_each_payment_once);
    tcase_add_loop_test(test_case, a_payment_that_is_not_as_expected_is_kept_with_its_reason, 0, WRONG);
    tcase_add_test(test_case, a_payment_whose_order_comes_late_is_credited_by_a_retry);
    tcase_add_test(test_case, a_payment_above_the_cap_is_kept_until_the_balance_fell);
    tcase_add_test(test_case, a_payment_that_is_captured_later_is_credited_and_kept_no_more);
    tcase_add_test(test_case, a_payment_whose_key_was_used_by_hand_is_kept);
    tcase_add_test(test_case, one_payment_is_never_credited_to_two_vendors);
    tcase_add_test(test_case, events_of_other_kinds_are_counted_or_kept_and_change_no_wallet);
    tcase_add_test(test_case, kept_items_are_paged_in_order);
    tcase_add_loop_test(test_case, a_worker_that_dies_between_any_two_steps_does_no_harm, 0, STEPS);
    tcase_add_test(test_case, one_vendors_trouble_does_not_hold_up_the_others);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
