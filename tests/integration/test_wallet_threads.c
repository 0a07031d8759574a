/* Wallets with many callers at once: one answer a key, and never a balance or a refund out of bounds. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"

enum { THREADS = 8 };

static void ck_query(const char *expected, const char *sql)
{
    char *text = harness_query_text(fixture.admin, sql);
    ck_assert_msg(text && strcmp(text, expected) == 0, "%s: %s instead of %s", sql, text ? text : "NULL", expected);
    free(text);
}

/* Balance, held and seq of the wallet, and a ledger that proves them. */
static void ck_wallet(const kl_uuid *vendor, kl_money balance, kl_money held, int64_t seq)
{
    kl_error *error = NULL;
    kl_wallet *wallet = NULL;
    ck_ok(kl_wallet_get(fixture.handle, vendor, &wallet, &error));
    ck_assert_int_eq(kl_wallet_balance(wallet), balance);
    ck_assert_int_eq(kl_wallet_held(wallet), held);
    ck_assert_int_eq(kl_wallet_available(wallet), balance - held);
    ck_assert_int_eq(kl_wallet_seq(wallet), seq);
    kl_wallet_free(wallet);
    ck_ok(kl_wallet_verify(fixture.handle, vendor, NULL, &error));
}

static kl_uuid debit(const kl_uuid *vendor, kl_money amount)
{
    kl_error *error = NULL;
    kl_transaction *made = NULL;
    ck_ok(kl_wallet_debit(fixture.handle, vendor, amount, "message", NULL, &made, &error));
    kl_uuid id = kl_transaction_id(made);
    kl_transaction_free(made);
    return id;
}

#define ck_uuid_eq(a, b) ck_assert_mem_eq((a).bytes, (b).bytes, sizeof(kl_uuid))

/* What eight threads do at the same time: the call for round i of thread t, and how often each status came. */
typedef struct crowd {
    kl_status (*call)(struct crowd *crowd, int thread, int round);
    int rounds;
    kl_uuid vendor;
    kl_uuid id; /* of a debit */
    int kind;
    kl_uuid seen[THREADS];
    kl_money sum[THREADS];
    int results[THREADS][128];
    pthread_barrier_t start;
} crowd;

typedef struct member {
    crowd *crowd;
    int thread;
} member;

static void *member_run(void *argument)
{
    member *m = argument;
    pthread_barrier_wait(&m->crowd->start);
    for (int i = 0; i < m->crowd->rounds; i++)
        m->crowd->results[m->thread][m->crowd->call(m->crowd, m->thread, i)]++;
    return NULL;
}

static void crowd_run(crowd *c)
{
    pthread_t threads[THREADS];
    member members[THREADS];
    pthread_barrier_init(&c->start, NULL, THREADS);
    for (int t = 0; t < THREADS; t++) {
        members[t] = (member){c, t};
        ck_assert_int_eq(pthread_create(&threads[t], NULL, member_run, &members[t]), 0);
    }
    for (int t = 0; t < THREADS; t++)
        pthread_join(threads[t], NULL);
    pthread_barrier_destroy(&c->start);
}

static int crowd_count(const crowd *c, kl_status status)
{
    int count = 0;
    for (int t = 0; t < THREADS; t++)
        count += c->results[t][status];
    return count;
}

static kl_status debit_with_key(crowd *c, int thread, int round)
{
    char key[40];
    snprintf(key, sizeof key, "round-%d", round);
    kl_transaction *made = NULL;
    kl_status status = kl_wallet_debit(fixture.handle, &c->vendor, 10, "m", key, &made, NULL);
    if (round == 0)
        c->seen[thread] = kl_transaction_id(made);
    kl_transaction_free(made);
    return status;
}

START_TEST(one_key_from_eight_threads_is_one_row_and_one_answer)
{
    /* The balance covers each key once: who comes second must not be told that the wallet is empty. */
    crowd c = {.call = debit_with_key, .rounds = 100, .vendor = fixture_vendor("A", 1000)};
    crowd_run(&c);
    ck_assert_int_eq(crowd_count(&c, KL_OK), THREADS * 100);
    for (int t = 1; t < THREADS; t++)
        ck_uuid_eq(c.seen[t], c.seen[0]);
    ck_query("100", "SELECT count(*) FROM kloyst.transaction WHERE type = 'DEBIT_MESSAGE'");
    ck_wallet(&c.vendor, 0, 0, 101);
}
END_TEST

static kl_status debit_without_key(crowd *c, int thread, int round)
{
    (void)thread, (void)round;
    return kl_wallet_debit(fixture.handle, &c->vendor, 7, "m", NULL, NULL, NULL);
}

START_TEST(eight_threads_end_exactly_at_zero)
{
    crowd c = {.call = debit_without_key, .rounds = 200, .vendor = fixture_vendor("A", 7000)};
    crowd_run(&c);
    ck_assert_int_eq(crowd_count(&c, KL_OK), 1000);
    ck_assert_int_eq(crowd_count(&c, KL_ERR_INSUFFICIENT), 600);
    ck_wallet(&c.vendor, 0, 0, 1001);
}
END_TEST

/* The last money there is: room for one row, asked for eight times with one key. */
static kl_status take_the_last(crowd *c, int thread, int round)
{
    kl *h = fixture.handle;
    (void)thread, (void)round;
    switch (c->kind) {
    case 0:
        return kl_wallet_credit(h, &c->vendor, 10, "m", "key", NULL, NULL);
    case 1:
        return kl_wallet_debit(h, &c->vendor, 10, "m", "key", NULL, NULL);
    case 2:
        return kl_hold_create(h, &c->vendor, 10, "m", "key", 0, NULL, NULL);
    default:
        return kl_wallet_refund(h, &c->vendor, &c->id, 10, "m", "key", NULL, NULL);
    }
}

START_TEST(who_comes_second_with_a_key_is_not_refused_for_what_the_first_took)
{
    for (int i = 0; i < 20; i++) {
        crowd c = {.call = take_the_last, .rounds = 1, .kind = _i};
        c.vendor = fixture_vendor("A", _i == 0 ? KL_MONEY_MAX - 10 : 10);
        if (_i == 3)
            c.id = debit(&c.vendor, 10);
        crowd_run(&c);
        ck_assert_int_eq(crowd_count(&c, KL_OK), THREADS);
        kl_error *error = NULL;
        ck_ok(kl_wallet_verify(fixture.handle, &c.vendor, NULL, &error));
    }
}
END_TEST

static kl_status refund_some(crowd *c, int thread, int round)
{
    (void)round;
    return kl_wallet_refund(fixture.handle, &c->vendor, &c->id, 3 + thread % 2, "m", NULL, NULL, NULL);
}

START_TEST(refunds_from_eight_threads_never_pass_the_debit)
{
    crowd c = {.call = refund_some, .rounds = 20, .vendor = fixture_vendor("A", 1000)};
    c.id = debit(&c.vendor, 101);
    crowd_run(&c);
    ck_assert_int_eq(crowd_count(&c, KL_OK) + crowd_count(&c, KL_ERR_EXCEEDS), THREADS * 20);
    /* Less than the smallest refund may be left. */
    ck_query("t", "SELECT refunded BETWEEN 0.0099 AND 0.0101 AND refunded = (SELECT sum(t.amount) FROM kloyst.transaction t "
                  "WHERE t.debit_id = r.debit_id) FROM kloyst.refund_total r");
    kl_error *error = NULL;
    ck_ok(kl_wallet_verify(fixture.handle, &c.vendor, NULL, &error));
}
END_TEST

static kl_status hold_and_release(crowd *c, int thread, int round)
{
    char key[40];
    snprintf(key, sizeof key, "round-%d", round);
    kl_hold *made = NULL;
    kl_money freed = 0;
    kl_status status = kl_hold_create(fixture.handle, &c->vendor, 100, "m", key, 0, &made, NULL);
    if (status)
        return status;
    kl_uuid id = kl_hold_id(made);
    kl_hold_free(made);
    status = kl_hold_release(fixture.handle, &c->vendor, &id, &freed, NULL);
    c->sum[thread] += freed;
    if (!status && round % 10 == 0)
        status = kl_wallet_debit(fixture.handle, &c->vendor, 1, "m", NULL, NULL, NULL);
    return status;
}

START_TEST(a_hold_from_eight_threads_is_made_once_and_freed_once)
{
    crowd c = {.call = hold_and_release, .rounds = 50, .vendor = fixture_vendor("A", 5000)};
    crowd_run(&c);
    ck_assert_int_eq(crowd_count(&c, KL_OK), THREADS * 50);
    kl_money freed = 0;
    for (int t = 0; t < THREADS; t++)
        freed += c.sum[t];
    ck_assert_int_eq(freed, 50 * 100);
    ck_wallet(&c.vendor, 5000 - THREADS * 5, 0, 1 + THREADS * 5);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("wallet_threads");
    TCase *test_case = fixture_case("wallet_threads");
    tcase_add_test(test_case, one_key_from_eight_threads_is_one_row_and_one_answer);
    tcase_add_test(test_case, eight_threads_end_exactly_at_zero);
    tcase_add_test(test_case, refunds_from_eight_threads_never_pass_the_debit);
    tcase_add_test(test_case, a_hold_from_eight_threads_is_made_once_and_freed_once);
    tcase_add_loop_test(test_case, who_comes_second_with_a_key_is_not_refused_for_what_the_first_took, 0, 4);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
