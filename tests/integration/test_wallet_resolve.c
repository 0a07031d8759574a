/* Lost COMMIT answers: every debit is applied exactly once after kl_wallet_resolve(). */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/fixture.h"
#include "harness/proxy.h"
#include "harness/server.h"
#include "harness/suite.h"

static kl_uuid vendor;
static proxy *wire;
static kl *distant; /* a handle by way of the proxy */

static void open_wire(void)
{
    kl_error *error = NULL;
    fixture_open();
    vendor = fixture_vendor("Acme", 1000000);
    wire = proxy_start(fixture.conninfo);
    char *url = NULL;
    ck_assert(asprintf(&url, "%s user=kloyst_app", proxy_conninfo(wire)) > 0);
    ck_ok(kl_open(url, NULL, &distant, &error));
    free(url);
}

static void close_wire(void)
{
    kl_close(distant);
    kl_free(distant);
    proxy_stop(wire);
    fixture_close();
}

/* Debits once, whatever the wire does; answers whether the outcome was unknown, and whether it had happened. */
static void debit_surely(const char *key, int *unknown, int *had_happened)
{
    for (int attempt = 0; attempt < 200; attempt++) {
        kl_error *error = NULL;
        kl_status status = kl_wallet_debit(distant, &vendor, 1, "m", key, NULL, &error);
        kl_error_free(error);
        error = NULL;
        if (status == KL_OK)
            return;
        proxy_cut(wire, PROXY_ANSWER, -1);
        if (status != KL_ERR_UNKNOWN_OUTCOME) {
            ck_assert_msg(status == KL_ERR_CONNECTION_LOST || status == KL_ERR_CONNECT, "%s", kl_status_name(status));
            continue;
        }
        ++*unknown;
        do {
            kl_error_free(error);
            error = NULL;
            status = kl_wallet_resolve(distant, &vendor, key, NULL, &error);
        } while (status == KL_ERR_CONNECTION_LOST || status == KL_ERR_CONNECT);
        ck_assert_msg(status == KL_OK || status == KL_ERR_NOT_FOUND, "%s", kl_error_message(error));
        kl_error_free(error);
        if (status == KL_OK) {
            ++*had_happened;
            return;
        }
    }
    ck_abort_msg("no end to it");
}

static void rows_are(int expected)
{
    kl_error *error = NULL;
    char *rows = harness_query_text(fixture.admin, "SELECT count(*) FROM kloyst.transaction WHERE type = 'DEBIT_MESSAGE'");
    ck_assert_int_eq(atoi(rows), expected);
    free(rows);
    ck_ok(kl_wallet_verify(fixture.handle, &vendor, NULL, &error));
}

START_TEST(a_thousand_lost_answers_and_every_debit_is_applied_once)
{
    enum { LOSSES = 1000 };
    int unknown = 0, had_happened = 0, debits = 0;
    const char *given = getenv("KL_TEST_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    printf("KL_TEST_SEED=%u\n", seed);
    for (; unknown < LOSSES && debits < 2 * LOSSES; debits++) {
        char key[32];
        snprintf(key, sizeof key, "key-%d", debits);
        /* In the middle of what says that COMMIT is done, or a little earlier. */
        proxy_cut_at(wire, "COMMIT", (long)(rand_r(&seed) % 60));
        debit_surely(key, &unknown, &had_happened);
    }
    printf("%d debits, %d unknown outcomes, %d of them had happened\n", debits, unknown, had_happened);
    ck_assert_int_ge(unknown, LOSSES);
    ck_assert_int_gt(had_happened, LOSSES / 10);
    proxy_cut(wire, PROXY_ANSWER, -1);
    rows_are(debits);
}
END_TEST

START_TEST(a_lost_request_is_found_not_done)
{
    kl_error *error = NULL;
    int unknown = 0, had_happened = 0, debits = 0;
    ck_ok(kl_wallet_debit(distant, &vendor, 1, "warm", "warm", NULL, &error));
    for (; debits < 100; debits++) {
        char key[32];
        snprintf(key, sizeof key, "key-%d", debits);
        proxy_cut(wire, PROXY_REQUEST, 40 + debits * 4);
        debit_surely(key, &unknown, &had_happened);
        proxy_cut(wire, PROXY_REQUEST, -1);
    }
    proxy_cut(wire, PROXY_REQUEST, -1);
    ck_assert_int_gt(unknown, 0);
    rows_are(debits + 1);
}
END_TEST

enum { THREADS = 8, CALLS = 200 };

static atomic_int busy; /* threads that are not done */

static void *debit_thread(void *number)
{
    int unknown = 0, had_happened = 0;
    for (int i = 0; i < CALLS; i++) {
        char key[32];
        snprintf(key, sizeof key, "t%d-%d", (int)(intptr_t)number, i);
        debit_surely(key, &unknown, &had_happened);
    }
    atomic_fetch_sub(&busy, 1);
    return (void *)(intptr_t)unknown;
}

START_TEST(combined_callers_are_settled_one_by_one)
{
    pthread_t threads[THREADS];
    intptr_t unknown = 0;
    atomic_store(&busy, THREADS);
    for (intptr_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, debit_thread, (void *)i), 0);
    for (int i = 0; i < 40; i++) {
        proxy_cut(wire, PROXY_ANSWER, 300 + 137 * i);
        for (int waited = 0; waited < 50 && !proxy_was_cut(wire) && atomic_load(&busy); waited++)
            nanosleep(&(struct timespec){0, 1000000}, NULL);
        proxy_cut(wire, PROXY_ANSWER, -1);
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    }
    for (int i = 0; i < THREADS; i++) {
        void *own;
        pthread_join(threads[i], &own);
        unknown += (intptr_t)own;
    }
    printf("%d unknown outcomes\n", (int)unknown);
    rows_are(THREADS * CALLS);
}
END_TEST

START_TEST(resolve_tells_done_from_not_done)
{
    kl_error *error = NULL;
    kl_transaction *made = NULL, *found = NULL;
    kl_uuid other = fixture_vendor("Other", 0), none;
    kl_uuid_generate(&none);
    ck_ok(kl_wallet_debit(distant, &vendor, 7, "m", "k", &made, &error));
    ck_ok(kl_wallet_resolve(distant, &vendor, "k", &found, &error));
    ck_assert_int_eq(kl_transaction_seq(found), kl_transaction_seq(made));
    ck_fails(KL_ERR_NOT_FOUND, kl_wallet_resolve(distant, &vendor, "k2", NULL, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_wallet_resolve(distant, &other, "k", NULL, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_wallet_resolve(distant, &none, "k", NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_wallet_resolve(distant, &vendor, NULL, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_wallet_resolve(distant, &vendor, "", NULL, &error));
    kl_transaction_free(made);
    kl_transaction_free(found);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("wallet_resolve");
    TCase *test_case = tcase_create("wallet_resolve");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_wire, close_wire);
    tcase_set_timeout(test_case, 100);
    tcase_add_test(test_case, a_thousand_lost_answers_and_every_debit_is_applied_once);
    tcase_add_test(test_case, a_lost_request_is_found_not_done);
    tcase_add_test(test_case, combined_callers_are_settled_one_by_one);
    tcase_add_test(test_case, resolve_tells_done_from_not_done);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
