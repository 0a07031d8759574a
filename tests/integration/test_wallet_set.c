/* Sets of operations: the public batch call, and callers that were combined. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"

static kl_uuid vendor;

static void open_vendor(void)
{
    fixture_open();
    vendor = fixture_vendor("Acme", 1000);
}

static void balance_is(kl_money expected)
{
    kl_error *error = NULL;
    kl_wallet *wallet = NULL;
    ck_ok(kl_wallet_get(fixture.handle, &vendor, &wallet, &error));
    ck_assert_int_eq(kl_wallet_balance(wallet), expected);
    kl_wallet_free(wallet);
    ck_ok(kl_wallet_verify(fixture.handle, &vendor, NULL, &error));
}

static kl_wallet_results *post(const kl_wallet_operation *operations, size_t count)
{
    kl_error *error = NULL;
    kl_wallet_results *results = NULL;
    ck_ok(kl_wallet_post(fixture.handle, &vendor, operations, count, &results, &error));
    ck_assert_uint_eq(kl_wallet_results_count(results), count);
    return results;
}

START_TEST(the_affordable_ones_pass_in_order_and_the_rest_take_nothing)
{
    const kl_wallet_operation operations[] = {
        {KL_DEBIT_MESSAGE, 600, "a", NULL, NULL}, {KL_DEBIT_MESSAGE, 500, "b", NULL, NULL},
        {KL_DEBIT_MESSAGE, 400, "c", NULL, NULL}, {KL_DEBIT_MESSAGE, 1, "d", NULL, NULL},
        {KL_CREDIT_RECHARGE, 10, "e", NULL, NULL}, {KL_DEBIT_MESSAGE, 7, "f", NULL, NULL}};
    const kl_status expected[] = {KL_OK, KL_ERR_INSUFFICIENT, KL_OK, KL_ERR_INSUFFICIENT, KL_OK, KL_OK};
    const kl_money after[] = {400, 0, 0, 0, 10, 3};
    kl_wallet_results *results = post(operations, 6);
    int64_t seq = 1;
    for (size_t i = 0; i < 6; i++) {
        ck_assert_int_eq(kl_wallet_results_status(results, i), expected[i]);
        const kl_transaction *row = kl_wallet_results_transaction(results, i);
        ck_assert_int_eq(row != NULL, expected[i] == KL_OK);
        ck_assert_int_eq(kl_wallet_results_message(results, i)[0] != '\0', expected[i] != KL_OK);
        if (row) {
            ck_assert_int_eq(kl_transaction_balance_after(row), after[i]);
            ck_assert_int_eq(kl_transaction_seq(row), ++seq);
        }
    }
    ck_assert_int_eq(kl_wallet_results_status(results, 6), KL_ERR_ARGUMENT);
    ck_assert_ptr_null(kl_wallet_results_transaction(results, 6));
    kl_wallet_results_free(results);
    balance_is(3);
}
END_TEST

START_TEST(rows_of_a_set_are_read_back_as_they_were_answered)
{
    kl_error *error = NULL;
    kl_wallet_operation operations[] = {{KL_DEBIT_MESSAGE, 5, "ünï \\ 'quoted'", "key\\x41", NULL},
                                        {KL_CREDIT_RECHARGE, 9, "pay_1", NULL, NULL}};
    kl_wallet_results *results = post(operations, 2);
    for (size_t i = 0; i < 2; i++) {
        const kl_transaction *told = kl_wallet_results_transaction(results, i);
        kl_uuid id = kl_transaction_id(told);
        kl_transaction *read = NULL;
        ck_ok(kl_transaction_get(fixture.handle, &vendor, &id, &read, &error));
        ck_assert_int_eq(kl_transaction_seq(read), kl_transaction_seq(told));
        ck_assert_int_eq(kl_transaction_amount(read), kl_transaction_amount(told));
        ck_assert_int_eq(kl_transaction_balance_after(read), kl_transaction_balance_after(told));
        ck_assert_str_eq(kl_transaction_reference(read), kl_transaction_reference(told));
        ck_assert_int_eq(kl_transaction_created_at(read), kl_transaction_created_at(told));
        ck_assert_mem_eq(kl_transaction_hash(read), kl_transaction_hash(told), 32);
        kl_transaction_free(read);
    }
    kl_wallet_results_free(results);
    balance_is(1004);
}
END_TEST

START_TEST(a_key_answers_its_first_row_within_a_set_and_after_it)
{
    const kl_wallet_operation operations[] = {{KL_DEBIT_MESSAGE, 5, "a", "k1", NULL},
                                              {KL_DEBIT_MESSAGE, 5, "a", "k1", NULL},
                                              {KL_DEBIT_MESSAGE, 6, "a", "k1", NULL},
                                              {KL_DEBIT_MESSAGE, 5000, "a", "k2", NULL},
                                              {KL_DEBIT_MESSAGE, 5, "a", "k2", NULL}};
    for (int round = 0; round < 2; round++) {
        kl_wallet_results *results = post(operations, 5);
        kl_uuid first = kl_transaction_id(kl_wallet_results_transaction(results, 0));
        kl_uuid second = kl_transaction_id(kl_wallet_results_transaction(results, 1));
        ck_assert_mem_eq(&first, &second, sizeof first);
        ck_assert_int_eq(kl_wallet_results_status(results, 2), KL_ERR_CONFLICT);
        ck_assert_ptr_nonnull(strstr(kl_wallet_results_message(results, 2), "amount"));
        /* A refused attempt leaves no trace: its key is free, until the next one takes it. */
        ck_assert_int_eq(kl_wallet_results_status(results, 3), round ? KL_ERR_CONFLICT : KL_ERR_INSUFFICIENT);
        ck_assert_int_eq(kl_wallet_results_status(results, 4), KL_OK);
        kl_wallet_results_free(results);
    }
    balance_is(990);
}
END_TEST

START_TEST(refunds_in_a_set_never_pass_their_debit)
{
    kl_error *error = NULL;
    kl_transaction *debit = NULL;
    kl_uuid none;
    ck_ok(kl_wallet_debit(fixture.handle, &vendor, 100, "d", NULL, &debit, &error));
    kl_uuid id = kl_transaction_id(debit);
    kl_uuid_generate(&none);
    const kl_wallet_operation operations[] = {{KL_REFUND, 60, "r1", NULL, &id}, {KL_REFUND, 50, "r2", NULL, &id},
                                              {KL_REFUND, 40, "r3", NULL, &id}, {KL_REFUND, 1, "r4", NULL, &id},
                                              {KL_REFUND, 1, "r5", NULL, &none}};
    kl_wallet_results *results = post(operations, 5);
    ck_assert_int_eq(kl_wallet_results_status(results, 0), KL_OK);
    ck_assert_int_eq(kl_wallet_results_status(results, 1), KL_ERR_EXCEEDS);
    ck_assert_int_eq(kl_wallet_results_status(results, 2), KL_OK);
    ck_assert_int_eq(kl_wallet_results_status(results, 3), KL_ERR_EXCEEDS);
    ck_assert_int_eq(kl_wallet_results_status(results, 4), KL_ERR_NOT_FOUND);
    kl_wallet_results_free(results);
    ck_fails(KL_ERR_EXCEEDS, kl_wallet_refund(fixture.handle, &vendor, &id, 1, "r6", NULL, NULL, &error));
    kl_transaction_free(debit);
    balance_is(1000);
}
END_TEST

START_TEST(the_cap_holds_within_a_set_and_holds_count)
{
    kl_error *error = NULL;
    ck_ok(kl_hold_create(fixture.handle, &vendor, 900, "h", NULL, 0, NULL, &error));
    const kl_wallet_operation operations[] = {{KL_DEBIT_MESSAGE, 101, "a", NULL, NULL},
                                              {KL_DEBIT_MESSAGE, 100, "b", NULL, NULL},
                                              {KL_CREDIT_RECHARGE, KL_MONEY_MAX - 900, "c", NULL, NULL},
                                              {KL_CREDIT_RECHARGE, 1, "d", NULL, NULL}};
    const kl_status expected[] = {KL_ERR_INSUFFICIENT, KL_OK, KL_OK, KL_ERR_LIMIT};
    kl_wallet_results *results = post(operations, 4);
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(kl_wallet_results_status(results, i), expected[i]);
    kl_wallet_results_free(results);
    balance_is(KL_MONEY_MAX);
}
END_TEST

START_TEST(a_thousand_rows_chain_in_one_transaction)
{
    enum { N = 1000 };
    kl_wallet_operation *operations = calloc(N, sizeof *operations);
    char(*keys)[16] = calloc(N, sizeof *keys);
    for (int i = 0; i < N; i++) {
        snprintf(keys[i], sizeof keys[i], "k%d", i);
        operations[i] = (kl_wallet_operation){KL_DEBIT_MESSAGE, 1, "m", keys[i], NULL};
    }
    kl_wallet_results *results = post(operations, N);
    ck_assert_int_eq(kl_transaction_balance_after(kl_wallet_results_transaction(results, N - 1)), 0);
    kl_wallet_results_free(results);
    results = post(operations, N); /* again: nothing more */
    ck_assert_int_eq(kl_wallet_results_status(results, N - 1), KL_OK);
    kl_wallet_results_free(results);
    free(operations);
    free(keys);
    balance_is(0);
}
END_TEST

START_TEST(malformed_operations_are_named_and_nothing_is_done)
{
    kl_error *error = NULL;
    kl_wallet_results *results = NULL;
    kl_uuid id = vendor;
    kl_wallet_operation two[2] = {{KL_DEBIT_MESSAGE, 1, "a", NULL, NULL}, {KL_DEBIT_MESSAGE, 0, "a", NULL, NULL}};
    ck_fails(KL_ERR_ARGUMENT, kl_wallet_post(fixture.handle, &vendor, two, 2, &results, &error));
    ck_assert_int_eq(kl_wallet_post(fixture.handle, &vendor, two, 2, &results, &error), KL_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(kl_error_message(error), "operation 2"));
    kl_error_free(error);
    error = NULL;
    two[1] = (kl_wallet_operation){(kl_transaction_type)4, 1, "a", NULL, NULL};
    ck_fails(KL_ERR_ARGUMENT, kl_wallet_post(fixture.handle, &vendor, two, 2, &results, &error));
    two[1] = (kl_wallet_operation){KL_REFUND, 1, "a", NULL, NULL};
    ck_fails(KL_ERR_ARGUMENT, kl_wallet_post(fixture.handle, &vendor, two, 2, &results, &error));
    two[1] = (kl_wallet_operation){KL_DEBIT_MESSAGE, 1, "a", NULL, &id};
    ck_fails(KL_ERR_ARGUMENT, kl_wallet_post(fixture.handle, &vendor, two, 2, &results, &error));
    two[1] = (kl_wallet_operation){KL_DEBIT_MESSAGE, 1, "\xff", NULL, NULL};
    ck_fails(KL_ERR_ENCODING, kl_wallet_post(fixture.handle, &vendor, two, 2, &results, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_wallet_post(fixture.handle, &vendor, two, 0, &results, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_wallet_post(fixture.handle, &vendor, two, 10001, &results, &error));
    ck_assert_ptr_null(results);
    kl_uuid_generate(&id);
    ck_assert_int_eq(kl_wallet_post(fixture.handle, &id, two, 1, &results, &error), KL_OK);
    ck_assert_int_eq(kl_wallet_results_status(results, 0), KL_ERR_NOT_FOUND); /* no such vendor */
    kl_wallet_results_free(results);
    balance_is(1000);
}
END_TEST

enum { THREADS = 16, CALLS = 100 };

static void *debit_thread(void *number)
{
    intptr_t passed = 0;
    for (int i = 0; i < CALLS; i++) {
        kl_error *error = NULL;
        kl_transaction *row = NULL;
        char key[32];
        snprintf(key, sizeof key, "t%d-%d", (int)(intptr_t)number, i);
        kl_status status = kl_wallet_debit(fixture.handle, &vendor, 1, key, key, &row, &error);
        ck_assert_msg(status == KL_OK || status == KL_ERR_INSUFFICIENT, "%s", kl_error_message(error));
        ck_assert_int_eq(status == KL_OK, row != NULL);
        if (row)
            ck_assert_str_eq(kl_transaction_reference(row), key); /* each caller gets its own row */
        passed += status == KL_OK;
        kl_transaction_free(row);
        kl_error_free(error);
    }
    return (void *)passed;
}

START_TEST(combined_callers_each_get_their_own_row_and_the_money_ends_exactly)
{
    pthread_t threads[THREADS];
    intptr_t passed = 0;
    for (intptr_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, debit_thread, (void *)i), 0);
    for (int i = 0; i < THREADS; i++) {
        void *own;
        pthread_join(threads[i], &own);
        passed += (intptr_t)own;
    }
    ck_assert_int_eq(passed, 1000);
    balance_is(0);
    /* Fewer transactions than rows: they were combined. */
    char *times = harness_query_text(fixture.admin, "SELECT count(DISTINCT created_at) < count(*) FROM kloyst.transaction");
    ck_assert_str_eq(times, "t");
    free(times);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("wallet_set");
    TCase *test_case = tcase_create("wallet_set");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_vendor, fixture_close);
    tcase_set_timeout(test_case, 60);
    tcase_add_test(test_case, the_affordable_ones_pass_in_order_and_the_rest_take_nothing);
    tcase_add_test(test_case, rows_of_a_set_are_read_back_as_they_were_answered);
    tcase_add_test(test_case, a_key_answers_its_first_row_within_a_set_and_after_it);
    tcase_add_test(test_case, refunds_in_a_set_never_pass_their_debit);
    tcase_add_test(test_case, the_cap_holds_within_a_set_and_holds_count);
    tcase_add_test(test_case, a_thousand_rows_chain_in_one_transaction);
    tcase_add_test(test_case, malformed_operations_are_named_and_nothing_is_done);
    tcase_add_test(test_case, combined_callers_each_get_their_own_row_and_the_money_ends_exactly);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
