/* Seeded random operations on several wallets against a model in memory: alone with every outcome predicted, and from threads with
 * the sums, rows and rules checked after each round. KL_TEST_SEED replays. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"

enum { WALLETS = 4, KEYS = 40, DEBITS = 64, HOLDS = 32 };

static unsigned seed_of_run(void)
{
    const char *given = getenv("KL_TEST_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    printf("KL_TEST_SEED=%u\n", seed);
    fflush(stdout);
    return seed;
}

/* What the model knows of a key: the request that was done under it. */
typedef struct known_key {
    bool used;
    kl_transaction_type type;
    kl_money amount;
    kl_uuid debit_id;
    int64_t seq;
} known_key;

typedef struct known_debit {
    kl_uuid id;
    kl_money left;
} known_debit;

typedef struct model {
    kl_uuid vendor;
    kl_money balance, held;
    int64_t seq;
    known_key keys[KEYS];
    known_debit debits[DEBITS];
    int debit_count;
    struct {
        kl_uuid id;
        kl_money left;
    } holds[HOLDS];
    int hold_count;
} model;

static model wallets[WALLETS];
static unsigned state;

static unsigned pick(unsigned below)
{
    return (unsigned)rand_r(&state) % below;
}

/* Mostly small, now and then near the cap. */
static kl_money pick_amount(void)
{
    return pick(40) ? 1 + pick(5000) : KL_MONEY_MAX - pick(3000);
}

/* The status that the rules demand for a new request. */
static kl_status rule(const model *m, kl_transaction_type type, kl_money amount, const known_debit *debit)
{
    if (type == KL_DEBIT_MESSAGE)
        return m->balance - m->held >= amount ? KL_OK : KL_ERR_INSUFFICIENT;
    if (type == KL_REFUND && !debit)
        return KL_ERR_NOT_FOUND;
    if (m->balance + amount > KL_MONEY_MAX)
        return KL_ERR_LIMIT;
    if (type == KL_REFUND && debit->left < amount)
        return KL_ERR_EXCEEDS;
    return KL_OK;
}

static kl_status demanded(const model *m, const known_key *key, kl_transaction_type type, kl_money amount,
                          const known_debit *debit, const kl_uuid *debit_id)
{
    if (key && key->used) {
        bool same = key->type == type && key->amount == amount &&
                    (type != KL_REFUND || memcmp(&key->debit_id, debit_id, sizeof *debit_id) == 0);
        return same ? KL_OK : KL_ERR_CONFLICT;
    }
    return rule(m, type, amount, debit);
}

static void applied(model *m, known_key *key, kl_transaction_type type, kl_money amount, known_debit *debit,
                    const kl_transaction *row)
{
    m->balance += type == KL_DEBIT_MESSAGE ? -amount : amount;
    m->seq++;
    ck_assert_int_eq(kl_transaction_seq(row), m->seq);
    ck_assert_int_eq(kl_transaction_balance_after(row), m->balance);
    if (debit)
        debit->left -= amount;
    if (type == KL_DEBIT_MESSAGE)
        m->debits[m->debit_count++ % DEBITS] = (known_debit){kl_transaction_id(row), amount};
    if (key)
        *key = (known_key){true, type, amount, debit ? debit->id : (kl_uuid){{0}}, m->seq};
}

static void one_posting(model *m)
{
    kl_error *error = NULL;
    kl_transaction *row = NULL;
    char text[16];
    kl_transaction_type type = (kl_transaction_type)(1 + pick(3));
    kl_money amount = pick_amount();
    int number = (int)pick(2 * KEYS);
    known_key *key = number < KEYS ? &m->keys[number] : NULL;
    snprintf(text, sizeof text, "key-%d", number);
    if (key && key->used && pick(2)) { /* the same again */
        type = key->type;
        amount = key->amount;
    }
    known_debit *debit = NULL;
    kl_uuid debit_id = {{9}};
    if (type == KL_REFUND && m->debit_count && pick(20)) {
        debit = &m->debits[pick((unsigned)(m->debit_count < DEBITS ? m->debit_count : DEBITS))];
        debit_id = debit->id;
        if (!(key && key->used) && pick(3))
            amount = 1 + pick((unsigned)(debit->left > 0 && debit->left < 100000 ? debit->left : 100000));
    }
    kl_status expected = demanded(m, key, type, amount, debit, &debit_id);
    kl_status status = type == KL_CREDIT_RECHARGE
                           ? kl_wallet_credit(fixture.handle, &m->vendor, amount, "r", key ? text : NULL, &row, &error)
                       : type == KL_DEBIT_MESSAGE
                           ? kl_wallet_debit(fixture.handle, &m->vendor, amount, "r", key ? text : NULL, &row, &error)
                           : kl_wallet_refund(fixture.handle, &m->vendor, &debit_id, amount, "r", key ? text : NULL, &row, &error);
    ck_assert_msg(status == expected, "%s instead of %s: %s", kl_status_name(status), kl_status_name(expected),
                  kl_error_message(error));
    if (!status && key && key->used)
        ck_assert_int_eq(kl_transaction_seq(row), key->seq);
    else if (!status)
        applied(m, key, type, amount, debit, row);
    kl_error_free(error);
    kl_transaction_free(row);
}

static void one_hold(model *m)
{
    kl_error *error = NULL;
    if (m->hold_count < HOLDS && pick(2)) {
        kl_hold *hold = NULL;
        kl_money amount = pick_amount();
        kl_status expected = m->balance - m->held >= amount ? KL_OK : KL_ERR_INSUFFICIENT;
        kl_status status = kl_hold_create(fixture.handle, &m->vendor, amount, "h", NULL, 0, &hold, &error);
        ck_assert_msg(status == expected, "%s instead of %s", kl_status_name(status), kl_status_name(expected));
        if (!status) {
            m->holds[m->hold_count].id = kl_hold_id(hold);
            m->holds[m->hold_count++].left = amount;
            m->held += amount;
        }
        kl_hold_free(hold);
    } else if (m->hold_count) {
        unsigned at = pick((unsigned)m->hold_count);
        kl_money released = -1;
        ck_ok(kl_hold_release(fixture.handle, &m->vendor, &m->holds[at].id, &released, &error));
        ck_assert_int_eq(released, m->holds[at].left);
        m->held -= released;
        m->holds[at].left = 0;
    }
    kl_error_free(error);
}

/* Rules that the database must show whatever was done. */
static void invariants(void)
{
    char *broken = harness_query_text(
        fixture.admin,
        "SELECT string_agg(what, ', ') FROM ("
        " SELECT 'balance of ' || w.vendor_id AS what FROM kloyst.wallet w WHERE w.balance <> coalesce((SELECT sum("
        "   CASE type WHEN 'DEBIT_MESSAGE' THEN -amount ELSE amount END) FROM kloyst.transaction t WHERE t.vendor_id = w.vendor_id), 0)"
        " UNION ALL SELECT 'held of ' || w.vendor_id FROM kloyst.wallet w WHERE w.held <> coalesce((SELECT sum("
        "   amount - captured - released) FROM kloyst.hold h WHERE h.vendor_id = w.vendor_id), 0)"
        " UNION ALL SELECT 'seq of ' || w.vendor_id FROM kloyst.wallet w WHERE w.seq <> (SELECT count(*) FROM kloyst.transaction t"
        "   WHERE t.vendor_id = w.vendor_id)"
        " UNION ALL SELECT 'refunds of ' || d.id FROM kloyst.transaction d JOIN kloyst.transaction r ON r.debit_id = d.id"
        "   GROUP BY d.id, d.amount HAVING sum(r.amount) > d.amount"
        " UNION ALL SELECT 'refund total of ' || f.debit_id FROM kloyst.refund_total f WHERE f.refunded <> (SELECT sum(amount)"
        "   FROM kloyst.transaction r WHERE r.debit_id = f.debit_id)) b");
    ck_assert_msg(!broken, "%s", broken);
    for (int i = 0; i < WALLETS; i++) {
        kl_error *error = NULL;
        ck_ok(kl_wallet_verify(fixture.handle, &wallets[i].vendor, NULL, &error));
    }
}

static void open_wallets(void)
{
    fixture_open();
    memset(wallets, 0, sizeof wallets);
    for (int i = 0; i < WALLETS; i++)
        wallets[i].vendor = fixture_vendor("W", 0);
    state = seed_of_run();
}

START_TEST(every_outcome_is_the_one_the_rules_demand)
{
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 500; i++) {
            model *m = &wallets[pick(WALLETS)];
            if (pick(5))
                one_posting(m);
            else
                one_hold(m);
        }
        invariants();
        for (int i = 0; i < WALLETS; i++) {
            kl_error *error = NULL;
            kl_wallet *wallet = NULL;
            ck_ok(kl_wallet_get(fixture.handle, &wallets[i].vendor, &wallet, &error));
            ck_assert_int_eq(kl_wallet_balance(wallet), wallets[i].balance);
            ck_assert_int_eq(kl_wallet_held(wallet), wallets[i].held);
            kl_wallet_free(wallet);
        }
    }
}
END_TEST

enum { THREADS = 8, CALLS = 60 };

typedef struct tally {
    unsigned state;
    kl_money sum[WALLETS]; /* of what this thread was told was done */
} tally;

static void *hammer(void *context)
{
    tally *t = context;
    kl_uuid debit_of[WALLETS] = {{{0}}};
    for (int i = 0; i < CALLS; i++) {
        kl_error *error = NULL;
        kl_transaction *row = NULL;
        unsigned w = (unsigned)rand_r(&t->state) % WALLETS, what = (unsigned)rand_r(&t->state) % 10;
        kl_money amount = 1 + (kl_money)((unsigned)rand_r(&t->state) % 900);
        kl_status status;
        if (what < 3)
            status = kl_wallet_credit(fixture.handle, &wallets[w].vendor, amount, "c", NULL, &row, &error);
        else if (what < 8 || !debit_of[w].bytes[0])
            status = kl_wallet_debit(fixture.handle, &wallets[w].vendor, amount, "d", NULL, &row, &error);
        else
            status = kl_wallet_refund(fixture.handle, &wallets[w].vendor, &debit_of[w], amount, "r", NULL, &row, &error);
        ck_assert_msg(status == KL_OK || status == KL_ERR_INSUFFICIENT || status == KL_ERR_EXCEEDS, "%s", kl_error_message(error));
        if (row) {
            bool debit = kl_transaction_type_of(row) == KL_DEBIT_MESSAGE;
            ck_assert_int_eq(kl_transaction_amount(row), amount);
            t->sum[w] += debit ? -amount : amount;
            if (debit)
                debit_of[w] = kl_transaction_id(row);
        }
        kl_error_free(error);
        kl_transaction_free(row);
    }
    return NULL;
}

START_TEST(what_threads_were_told_is_what_happened)
{
    kl_money sums[WALLETS] = {0};
    for (int round = 0; round < 4; round++) {
        pthread_t threads[THREADS];
        tally tallies[THREADS];
        for (int i = 0; i < THREADS; i++) {
            tallies[i] = (tally){.state = pick(1u << 30)};
            ck_assert_int_eq(pthread_create(&threads[i], NULL, hammer, &tallies[i]), 0);
        }
        for (int i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
            for (int w = 0; w < WALLETS; w++)
                sums[w] += tallies[i].sum[w];
        }
        invariants();
        for (int w = 0; w < WALLETS; w++) {
            kl_error *error = NULL;
            kl_wallet *wallet = NULL;
            ck_ok(kl_wallet_get(fixture.handle, &wallets[w].vendor, &wallet, &error));
            ck_assert_int_eq(kl_wallet_balance(wallet), sums[w]);
            kl_wallet_free(wallet);
        }
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("wallet_model");
    TCase *test_case = tcase_create("wallet_model");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_wallets, fixture_close);
    tcase_set_timeout(test_case, 100);
    tcase_add_test(test_case, every_outcome_is_the_one_the_rules_demand);
    tcase_add_test(test_case, what_threads_were_told_is_what_happened);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
