/* Wallets: credit, debit, refund, hold, release; each exactly once per key, none beyond its bounds. */
#include <string.h>

#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"

START_TEST(a_credit_is_one_row_and_the_balance)
{
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("A", 0);
    kl_transaction *made = NULL;
    kl_wallet *wallet = NULL;
    ck_ok(kl_wallet_credit(fixture.handle, &vendor, 10000, "pay_1", "k1", &made, &error));
    ck_assert_int_eq(kl_transaction_seq(made), 1);
    ck_assert_int_eq(kl_transaction_balance_after(made), 10000);
    ck_ok(kl_wallet_get(fixture.handle, &vendor, &wallet, &error));
    ck_assert_int_eq(kl_wallet_balance(wallet), 10000);
    kl_transaction_free(made);
    kl_wallet_free(wallet);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("wallet");
    TCase *test_case = fixture_case("wallet");
    tcase_add_test(test_case, a_credit_is_one_row_and_the_balance);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
