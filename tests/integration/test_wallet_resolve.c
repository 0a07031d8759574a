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

/* A vendor, a handle by way of a proxy, and what came of its debits. */
typedef struct place {
    kl_uuid vendor;
    proxy *wire;
    kl *distant;
    pthread_t thread;
    unsigned seed;
    int debits, unknown, had_happened;
} place;

static place first;

static void open_place(place *p)
{
    kl_error *error = NULL;
    *p = (place){.vendor = fixture_vendor("Acme", 1000000), .wire = proxy_start(fixture.conninfo)};
    char *url = NULL;
    kl_options patient = KL_OPTIONS_INIT;
    patient.connect_timeout_ms = patient.statement_timeout_ms = patient.wait_timeout_ms = 60000;
    ck_assert(asprintf(&url, "%s user=kloyst_app", proxy_conninfo(p->wire)) > 0);
    ck_ok(kl_open(url, &patient, &p->distant, &error));
    free(url);
}

static void close_place(place *p)
{
    kl_close(p->distant);
    kl_free(p->distant);
    proxy_stop(p->wire);
}

static void open_first(void)
{
    fixture_open();
    open_place(&first);
}

static void close_first(void)
{
    close_place(&first);
    fixture_close();
}

/* Debits once, whatever the wire does; counts whether the outcome was unknown, and whether it had happened. */
static void debit_surely(place *p, const char *key, int *unknown, int *had_happened)
{
    for (int attempt = 0; attempt < 200; attempt++) {
        kl_error *error = NULL;
        kl_status status = kl_wallet_debit(p->distant, &p->vendor, 1, "m", key, NULL, &error);
        kl_error_free(error);
        error = NULL;
        if (status == KL_OK)
            return;
        proxy_cut(p->wire, PROXY_ANSWER, -1);
        if (status != KL_ERR_UNKNOWN_OUTCOME) {
            ck_assert_msg(status == KL_ERR_CONNECTION_LOST || status == KL_ERR_CONNECT, "%s", kl_status_name(status));
            continue;
        }
        ++*unknown;
        do {
            kl_error_free(error);
            error = NULL;
            status = kl_wallet_resolve(p->distant, &p->vendor, key, NULL, &error);
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

static void rows_are(const place *p, int expected)
{
    kl_error *error = NULL;
    char id[KL_UUID_TEXT + 1], sql[200];
    kl_uuid_format(&p->vendor, id);
    snprintf(sql, sizeof sql, "SELECT count(*) FROM kloyst.transaction WHERE type = 'DEBIT_MESSAGE' AND vendor_id = '%s'", id);
    char *rows = harness_query_text(fixture.admin, sql);
    ck_assert_int_eq(atoi(rows), expected);
    free(rows);
    ck_ok(kl_wallet_verify(fixture.handle, &p->vendor, NULL, &error));
}

enum { PLACES = 4, LOSSES = 1000 / PLACES };

static void *lose_answers(void *argument)
{
    place *p = argument;
    for (; p->unknown < LOSSES && p->debits < 2 * LOSSES; p->debits++) {
        char key[32];
        snprintf(key, sizeof key, "key-%d", p->debits);
        /* In the middle of what says that COMMIT is done, or a little earlier. */
        proxy_cut_at(p->wire, "COMMIT", (long)(rand_r(&p->seed) % 60));
        debit_surely(p, key, &p->unknown, &p->had_happened);
    }
    return NULL;
}

START_TEST(a_thousand_lost_answers_and_every_debit_is_applied_once)
{
    place places[PLACES];
    const char *given = getenv("KL_TEST_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    printf("KL_TEST_SEED=%u\n", seed);
    for (int i = 0; i < PLACES; i++) {
        open_place(&places[i]);
        places[i].seed = seed + (unsigned)i;
        ck_assert_int_eq(pthread_create(&places[i].thread, NULL, lose_answers, &places[i]), 0);
    }
    for (int i = 0; i < PLACES; i++) {
        place *p = &places[i];
        pthread_join(p->thread, NULL);
        printf("%d debits, %d unknown outcomes, %d of them had happened\n", p->debits, p->unknown, p->had_happened);
        ck_assert_int_ge(p->unknown, LOSSES);
        ck_assert_int_gt(p->had_happened, LOSSES / 10);
        rows_are(p, p->debits);
        close_place(p);
    }
}
END_TEST

START_TEST(a_lost_request_is_found_not_done)
{
    kl_error *error = NULL;
    int unknown = 0, had_happened = 0, debits = 0;
    ck_ok(kl_wallet_debit(first.distant, &first.vendor, 1, "warm", "warm", NULL, &error));
    for (; debits < 100; debits++) {
        char key[32];
        snprintf(key, sizeof key, "key-%d", debits);
        proxy_cut(first.wire, PROXY_REQUEST, 40 + debits * 4);
        debit_surely(&first, key, &unknown, &had_happened);
        proxy_cut(first.wire, PROXY_REQUEST, -1);
    }
    proxy_cut(first.wire, PROXY_REQUEST, -1);
    ck_assert_int_gt(unknown, 0);
    rows_are(&first, debits + 1);
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
        debit_surely(&first, key, &unknown, &had_happened);
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
        proxy_cut(first.wire, PROXY_ANSWER, 300 + 137 * i);
        for (int waited = 0; waited < 50 && !proxy_was_cut(first.wire) && atomic_load(&busy); waited++)
            nanosleep(&(struct timespec){0, 1000000}, NULL);
        proxy_cut(first.wire, PROXY_ANSWER, -1);
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    }
    for (int i = 0; i < THREADS; i++) {
        void *own;
        pthread_join(threads[i], &own);
        unknown += (intptr_t)own;
    }
    printf("%d unknown outcomes\n", (int)unknown);
    rows_are(&first, THREADS * CALLS);
}
END_TEST

START_TEST(resolve_tells_done_from_not_done)
{
    kl_error *error = NULL;
    kl_transaction *made = NULL, *found = NULL;
    kl_uuid other = fixture_vendor("Other", 0), none;
    kl_uuid_generate(&none);
    ck_ok(kl_wallet_debit(first.distant, &first.vendor, 7, "m", "k", &made, &error));
    ck_ok(kl_wallet_resolve(first.distant, &first.vendor, "k", &found, &error));
    ck_assert_int_eq(kl_transaction_seq(found), kl_transaction_seq(made));
    ck_fails(KL_ERR_NOT_FOUND, kl_wallet_resolve(first.distant, &first.vendor, "k2", NULL, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_wallet_resolve(first.distant, &other, "k", NULL, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_wallet_resolve(first.distant, &none, "k", NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_wallet_resolve(first.distant, &first.vendor, NULL, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_wallet_resolve(first.distant, &first.vendor, "", NULL, &error));
    kl_transaction_free(made);
    kl_transaction_free(found);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("wallet_resolve");
    TCase *test_case = tcase_create("wallet_resolve");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_first, close_first);
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
