/* Lone calls on different wallets share transactions, and rows are computed from what was last seen of a wallet:
 * neither may show. */
#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "harness/fixture.h"
#include "harness/proxy.h"
#include "harness/server.h"
#include "harness/suite.h"

enum { THREADS = 12, CALLS = 40 };

static kl_uuid vendors[THREADS];

/* Wallets with `balance` each; as many callers, so that nobody shares a wallet. */
static void open_wallets(kl_money balance)
{
    for (int i = 0; i < THREADS; i++)
        vendors[i] = fixture_vendor("W", balance);
}

/* With fewer connections than callers they have to share. */
static kl *crowded_handle(int pool_size)
{
    kl_options options = KL_OPTIONS_INIT;
    options.pool_size = pool_size;
    return fixture_handle(&options);
}

static void proves(const kl_uuid *vendor, int64_t rows, kl_money balance)
{
    kl_error *error = NULL;
    kl_ledger_report report;
    kl_wallet *wallet = NULL;
    ck_ok(kl_wallet_verify(fixture.handle, vendor, &report, &error));
    ck_assert_int_eq(report.rows, rows);
    ck_ok(kl_wallet_get(fixture.handle, vendor, &wallet, &error));
    ck_assert_int_eq(kl_wallet_balance(wallet), balance);
    kl_wallet_free(wallet);
}

static int query_int(const char *sql)
{
    char *text = harness_query_text(fixture.admin, sql);
    int value = text ? atoi(text) : -1;
    free(text);
    return value;
}

/* --- sharing ------------------------------------------------------------ */

static kl *shared;

static void in_threads(void *(*run)(void *))
{
    pthread_t threads[THREADS];
    for (intptr_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run, (void *)i), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void *debit_own_wallet(void *number)
{
    const kl_uuid *vendor = &vendors[(intptr_t)number];
    for (int i = 0; i < CALLS; i++) {
        kl_error *error = NULL;
        kl_transaction *row = NULL;
        char key[32];
        snprintf(key, sizeof key, "key-%d", i); /* the same for every vendor */
        ck_ok(kl_wallet_debit(shared, vendor, 2, "d", key, &row, &error));
        kl_uuid owner = kl_transaction_vendor_id(row);
        ck_assert_mem_eq(&owner, vendor, sizeof owner);
        ck_assert_int_eq(kl_transaction_seq(row), i + 2);
        ck_assert_int_eq(kl_transaction_balance_after(row), 1000000 - 2 * (i + 1));
        kl_transaction_free(row);
    }
    return NULL;
}

START_TEST(callers_on_different_wallets_share_transactions_and_each_has_its_own_row)
{
    open_wallets(1000000);
    shared = crowded_handle(1);
    in_threads(debit_own_wallet);
    kl_free(shared);
    for (int i = 0; i < THREADS; i++)
        proves(&vendors[i], CALLS + 1, 1000000 - 2 * CALLS);
    ck_assert_int_lt(query_int("SELECT count(DISTINCT xmin::text) FROM kloyst.transaction"
                               " WHERE type = 'DEBIT_MESSAGE'"),
                     THREADS * CALLS / 2);
    ck_assert_int_gt(query_int("SELECT max(vendors) FROM (SELECT count(DISTINCT vendor_id) AS vendors"
                               " FROM kloyst.transaction GROUP BY xmin::text) x"),
                     2);
}
END_TEST

/* Every third wallet is empty, every third caller repeats keys with another amount. */
static void *debit_variously(void *number)
{
    intptr_t n = (intptr_t)number;
    for (int i = 0; i < CALLS; i++) {
        kl_error *error = NULL;
        char key[32];
        snprintf(key, sizeof key, "key-%d", n % 3 == 2 ? i / 2 : i);
        kl_money amount = n % 3 == 1 ? 1000001 : n % 3 == 2 ? 1 + i % 2 : 1;
        kl_status status = kl_wallet_debit(shared, &vendors[n], amount, "d", key, NULL, &error);
        kl_status expected = n % 3 == 1 ? KL_ERR_INSUFFICIENT : n % 3 == 2 && i % 2 ? KL_ERR_CONFLICT : KL_OK;
        ck_assert_msg(status == expected, "%s instead of %s: %s", kl_status_name(status), kl_status_name(expected),
                      kl_error_message(error));
        if (expected == KL_ERR_CONFLICT)
            ck_assert_ptr_nonnull(strstr(kl_error_message(error), "amount"));
        kl_error_free(error);
    }
    return NULL;
}

START_TEST(what_is_refused_to_one_takes_nothing_from_those_who_share_with_it)
{
    open_wallets(1000000);
    shared = crowded_handle(2);
    in_threads(debit_variously);
    kl_free(shared);
    for (int i = 0; i < THREADS; i++) {
        int debits = i % 3 == 0 ? CALLS : i % 3 == 1 ? 0 : CALLS / 2;
        proves(&vendors[i], debits + 1, 1000000 - debits);
    }
}
END_TEST

static atomic_int calls[THREADS]; /* of each */

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

/* The first caller calls once, amid the calls of the others, who do not stop before it is through. */
static void *debit_until_the_first_is_through(void *number)
{
    intptr_t n = (intptr_t)number;
    for (int i = 1; n == 0 && i < THREADS; i++)
        while (atomic_load(&calls[i]) < 3)
            nap();
    do {
        kl_error *error = NULL;
        ck_ok(kl_wallet_debit(shared, &vendors[n], 1, "d", NULL, NULL, &error));
        atomic_fetch_add(&calls[n], 1);
    } while (n && !atomic_load(&calls[0]));
    return NULL;
}

/* Until somebody waits for the wallet, and each of the others has called more than a few times since. */
static void until_the_others_went_on(void)
{
    int64_t until = clock_monotonic_ms() + 60000;
    while (!query_int("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")) {
        ck_assert_msg(clock_monotonic_ms() < until, "nobody waits for the wallet");
        nap();
    }
    for (int i = 1; i < THREADS; i++) {
        for (int from = atomic_load(&calls[i]); atomic_load(&calls[i]) < from + 10; nap())
            ck_assert_msg(clock_monotonic_ms() < until, "caller %d waits, too", i);
    }
    ck_assert_int_eq(atomic_load(&calls[0]), 0);
}

START_TEST(a_wallet_that_somebody_keeps_locked_holds_up_the_others_only_for_a_moment)
{
    open_wallets(10000000);
    shared = crowded_handle(2);
    char id[KL_UUID_TEXT + 1], sql[256];
    kl_uuid_format(&vendors[0], id);
    snprintf(sql, sizeof sql, "BEGIN; SELECT 1 FROM kloyst.wallet WHERE vendor_id = '%s' FOR UPDATE", id);
    PGconn *locker = PQconnectdb(fixture.admin);
    PQclear(PQexec(locker, sql));
    ck_assert_int_eq(PQtransactionStatus(locker), PQTRANS_INTRANS);
    pthread_t threads[THREADS];
    for (intptr_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, debit_until_the_first_is_through, (void *)i), 0);
    until_the_others_went_on();
    PQfinish(locker);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    kl_free(shared);
    proves(&vendors[0], 2, 9999999);
}
END_TEST

/* --- a lost COMMIT ------------------------------------------------------ */

static proxy *wire;
static atomic_int unknown_outcomes;

/* Debits once, whatever the wire does. */
static void debit_surely(const kl_uuid *vendor, const char *key)
{
    for (int attempt = 0; attempt < 500; attempt++) {
        kl_error *error = NULL;
        kl_status status = kl_wallet_debit(shared, vendor, 1, "d", key, NULL, &error);
        if (status == KL_ERR_UNKNOWN_OUTCOME) {
            atomic_fetch_add(&unknown_outcomes, 1);
            do {
                kl_error_free(error);
                error = NULL;
                status = kl_wallet_resolve(shared, vendor, key, NULL, &error);
            } while (status == KL_ERR_CONNECTION_LOST || status == KL_ERR_CONNECT);
        }
        ck_assert_msg(status == KL_OK || status == KL_ERR_NOT_FOUND || status == KL_ERR_CONNECTION_LOST ||
                          status == KL_ERR_CONNECT,
                      "%s: %s", kl_status_name(status), kl_error_message(error));
        kl_error_free(error);
        if (status == KL_OK)
            return;
    }
    ck_abort_msg("no end to it");
}

static void *debit_over_bad_wire(void *number)
{
    for (int i = 0; i < CALLS; i++) {
        char key[32];
        snprintf(key, sizeof key, "key-%d", i);
        debit_surely(&vendors[(intptr_t)number], key);
    }
    return NULL;
}

static atomic_bool wire_is_good;

static void *cut_the_wire(void *context)
{
    (void)context;
    unsigned seed = (unsigned)time(NULL);
    printf("seed of the cuts: %u\n", seed);
    while (!atomic_load(&wire_is_good)) {
        if (proxy_was_cut(wire))
            proxy_cut(wire, PROXY_ANSWER, 500 + (long)(rand_r(&seed) % 20000));
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    proxy_cut(wire, PROXY_ANSWER, -1);
    return NULL;
}

START_TEST(a_shared_transaction_whose_commit_is_lost_is_settled_by_each_key)
{
    kl_error *error = NULL;
    char *url = NULL;
    pthread_t cutter;
    kl_options options = KL_OPTIONS_INIT;
    options.pool_size = 2;
    open_wallets(1000000);
    options.connect_timeout_ms = options.statement_timeout_ms = options.wait_timeout_ms = 60000;
    wire = proxy_start(fixture.conninfo);
    ck_assert(asprintf(&url, "%s user=kloyst_app", proxy_conninfo(wire)) > 0);
    ck_ok(kl_open(url, &options, &shared, &error));
    proxy_cut(wire, PROXY_ANSWER, 2000);
    ck_assert_int_eq(pthread_create(&cutter, NULL, cut_the_wire, NULL), 0);
    in_threads(debit_over_bad_wire);
    atomic_store(&wire_is_good, true);
    pthread_join(cutter, NULL);
    kl_free(shared);
    proxy_stop(wire);
    free(url);
    printf("%d unknown outcomes\n", atomic_load(&unknown_outcomes));
    ck_assert_int_gt(atomic_load(&unknown_outcomes), 0);
    for (int i = 0; i < THREADS; i++)
        proves(&vendors[i], CALLS + 1, 1000000 - CALLS);
}
END_TEST

/* --- what was last seen is not what is ---------------------------------- */

START_TEST(two_handles_on_one_wallet_never_build_on_what_the_other_has_changed)
{
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("W", 10000);
    kl *other = crowded_handle(2);
    kl *handles[2] = {fixture.handle, other};
    unsigned seed = (unsigned)time(NULL);
    printf("seed of the turns: %u\n", seed);
    kl_money balance = 10000, held = 0;
    int64_t seq = 1;
    for (int i = 0; i < 600; i++) {
        kl *handle = handles[rand_r(&seed) % 2];
        kl_transaction *row = NULL;
        kl_money amount = 1 + (kl_money)(rand_r(&seed) % 40);
        unsigned what = (unsigned)rand_r(&seed) % 10;
        if (what == 0) {
            kl_status status = kl_hold_create(handle, &vendor, amount, "h", NULL, 0, NULL, &error);
            ck_assert_int_eq(status, balance - held >= amount ? KL_OK : KL_ERR_INSUFFICIENT);
            held += status ? 0 : amount;
        } else if (what == 1) {
            ck_ok(kl_wallet_credit(handle, &vendor, amount, "c", NULL, &row, &error));
            balance += amount;
        } else if (what == 2) {
            kl_wallet_operation set[2] = {{.type = KL_DEBIT_MESSAGE, .amount = amount, .reference = "s"},
                                          {.type = KL_CREDIT_RECHARGE, .amount = amount, .reference = "s"}};
            kl_wallet_results *results = NULL;
            ck_ok(kl_wallet_post(handle, &vendor, set, 2, &results, &error));
            bool fits = balance - held >= amount;
            ck_assert_int_eq(kl_wallet_results_status(results, 0), fits ? KL_OK : KL_ERR_INSUFFICIENT);
            ck_assert_int_eq(kl_wallet_results_status(results, 1), KL_OK);
            balance += fits ? 0 : amount;
            seq += fits ? 2 : 1;
            kl_wallet_results_free(results);
        } else {
            kl_status status = kl_wallet_debit(handle, &vendor, amount, "d", NULL, &row, &error);
            ck_assert_msg(status == (balance - held >= amount ? KL_OK : KL_ERR_INSUFFICIENT), "%s", kl_error_message(error));
            balance -= status ? 0 : amount;
        }
        kl_error_free(error);
        error = NULL;
        if (row) {
            ck_assert_int_eq(kl_transaction_seq(row), ++seq);
            ck_assert_int_eq(kl_transaction_balance_after(row), balance);
        }
        kl_transaction_free(row);
    }
    kl_free(other);
    proves(&vendor, seq, balance);
}
END_TEST

START_TEST(what_the_other_handle_holds_is_not_spent)
{
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("W", 10000);
    kl *other = crowded_handle(2);
    ck_ok(kl_wallet_debit(fixture.handle, &vendor, 1, "d", NULL, NULL, &error));
    ck_ok(kl_hold_create(other, &vendor, 9990, "h", NULL, 0, NULL, &error));
    ck_fails(KL_ERR_INSUFFICIENT, kl_wallet_debit(fixture.handle, &vendor, 10, "d", NULL, NULL, &error));
    /* A set knows what was held: it is not what it was then. */
    kl_wallet_operation one = {.type = KL_DEBIT_MESSAGE, .amount = 4, .reference = "s"};
    kl_wallet_results *results = NULL;
    ck_ok(kl_wallet_post(fixture.handle, &vendor, &one, 1, &results, &error));
    kl_wallet_results_free(results);
    ck_ok(kl_hold_create(other, &vendor, 2, "h", NULL, 0, NULL, &error));
    ck_ok(kl_wallet_post(fixture.handle, &vendor, &one, 1, &results, &error));
    ck_assert_int_eq(kl_wallet_results_status(results, 0), KL_ERR_INSUFFICIENT);
    kl_wallet_results_free(results);
    kl_free(other);
    proves(&vendor, 3, 9995);
}
END_TEST

START_TEST(a_key_that_the_other_handle_used_is_found_whatever_was_last_seen)
{
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("W", 10000);
    kl *other = crowded_handle(2);
    for (int i = 0; i < 40; i++) {
        kl_transaction *first = NULL, *second = NULL;
        char key[32];
        snprintf(key, sizeof key, "key-%d", i);
        ck_ok(kl_wallet_debit(fixture.handle, &vendor, 3, "d", key, &first, &error));
        /* The other learns how the wallet is now, and the key is only in the ledger. */
        ck_ok(kl_wallet_debit(other, &vendor, 1, "d", NULL, NULL, &error));
        ck_ok(kl_wallet_debit(other, &vendor, 3, "d", key, &second, &error));
        ck_assert_int_eq(kl_transaction_seq(first), kl_transaction_seq(second));
        ck_fails(KL_ERR_CONFLICT, kl_wallet_debit(other, &vendor, 4, "d", key, NULL, &error));
        kl_wallet_operation set[2] = {{.type = KL_DEBIT_MESSAGE, .amount = 1, .reference = "s"},
                                      {.type = KL_DEBIT_MESSAGE, .amount = 3, .reference = "d", .idempotency_key = key}};
        kl_wallet_results *results = NULL;
        ck_ok(kl_wallet_post(other, &vendor, set, 2, &results, &error));
        ck_assert_int_eq(kl_transaction_seq(kl_wallet_results_transaction(results, 1)), kl_transaction_seq(first));
        kl_wallet_results_free(results);
        kl_transaction_free(first);
        kl_transaction_free(second);
    }
    kl_free(other);
    proves(&vendor, 1 + 3 * 40, 10000 - 5 * 40);
}
END_TEST

START_TEST(times_never_go_back_when_the_wallet_is_ahead_of_the_clock)
{
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("W", 10000);
    kl_transaction *row = NULL;
    ck_ok(kl_wallet_debit(fixture.handle, &vendor, 1, "d", NULL, NULL, &error));
    harness_exec(fixture.admin, "UPDATE kloyst.wallet SET updated_at = now() + interval '1 hour'");
    kl_time last = 0;
    for (int i = 0; i < 20; i++) {
        ck_ok(kl_wallet_debit(fixture.handle, &vendor, 1, "d", NULL, &row, &error));
        ck_assert_int_ge(kl_transaction_created_at(row), last);
        last = kl_transaction_created_at(row);
        kl_transaction_free(row);
        row = NULL;
    }
    ck_assert_int_gt(last, (kl_time)time(NULL) * 1000000 + 3000000000);
    proves(&vendor, 22, 10000 - 21);
    /* Times of the usual way are the server's: none is ahead of its clock, none a second behind. */
    char sql[300], *before = harness_query_text(fixture.admin, "SELECT clock_timestamp() - interval '1 second'");
    kl_uuid usual = fixture_vendor("U", 10000);
    for (int i = 0; i < 20; i++)
        ck_ok(kl_wallet_debit(fixture.handle, &usual, 1, "usual", NULL, NULL, &error));
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM kloyst.transaction WHERE reference = 'usual' AND created_at BETWEEN '%s' AND now()", before);
    ck_assert_int_eq(query_int(sql), 20);
    free(before);
}
END_TEST

START_TEST(a_wallet_put_back_or_changed_by_hand_is_not_covered_up)
{
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("W", 10000);
    kl_ledger_report report;
    for (int i = 0; i < 3; i++)
        ck_ok(kl_wallet_debit(fixture.handle, &vendor, 1, "d", NULL, NULL, &error));
    harness_exec(fixture.admin, "UPDATE kloyst.wallet SET balance = balance + 0.0005");
    kl_transaction *row = NULL;
    ck_ok(kl_wallet_debit(fixture.handle, &vendor, 1, "d", NULL, &row, &error));
    ck_assert_int_eq(kl_transaction_balance_after(row), 10001);
    kl_transaction_free(row);
    ck_fails(KL_ERR_CORRUPT, kl_wallet_verify(fixture.handle, &vendor, &report, &error));
    ck_assert_int_eq(report.bad_seq, 5);

    /* As after the restoration of a backup: the same seq with another hash. */
    kl_uuid restored = fixture_vendor("R", 10000);
    ck_ok(kl_wallet_debit(fixture.handle, &restored, 1, "d", NULL, NULL, &error));
    harness_exec(fixture.admin, "UPDATE kloyst.wallet SET head = sha256('another') WHERE balance = 0.9999");
    ck_ok(kl_wallet_debit(fixture.handle, &restored, 1, "d", NULL, NULL, &error));
    ck_fails(KL_ERR_CORRUPT, kl_wallet_verify(fixture.handle, &restored, &report, &error));
    ck_assert_int_eq(report.bad_seq, 3);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("wallet_flight");
    TCase *test_case = fixture_case("wallet_flight");
    tcase_set_timeout(test_case, 100);
    tcase_add_test(test_case, callers_on_different_wallets_share_transactions_and_each_has_its_own_row);
    tcase_add_test(test_case, what_is_refused_to_one_takes_nothing_from_those_who_share_with_it);
    tcase_add_test(test_case, a_wallet_that_somebody_keeps_locked_holds_up_the_others_only_for_a_moment);
    tcase_add_test(test_case, a_shared_transaction_whose_commit_is_lost_is_settled_by_each_key);
    tcase_add_test(test_case, two_handles_on_one_wallet_never_build_on_what_the_other_has_changed);
    tcase_add_test(test_case, what_the_other_handle_holds_is_not_spent);
    tcase_add_test(test_case, a_key_that_the_other_handle_used_is_found_whatever_was_last_seen);
    tcase_add_test(test_case, times_never_go_back_when_the_wallet_is_ahead_of_the_clock);
    tcase_add_test(test_case, a_wallet_put_back_or_changed_by_hand_is_not_covered_up);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
