/* What a handle last saw of its wallets: found again, forgotten when it proves stale, never ahead of the server's clock. */
#include <check.h>
#include <time.h>

#include "core/wallet_heads.h"
#include "harness/suite.h"

static kl_uuid vendor(uint8_t first, uint8_t last)
{
    return (kl_uuid){{first, [15] = last}};
}

START_TEST(what_was_put_is_found_and_its_time_runs_no_faster_than_the_clock)
{
    wallet_heads *heads = wallet_heads_new();
    kl_uuid mine = vendor(1, 1), other = vendor(2, 2);
    wallet_head head = {.balance = 5, .held = 2, .seq = 7, .head = {9}, .now = 1000000}, found;
    ck_assert(!wallet_heads_find(heads, &mine, &found));
    wallet_heads_put(heads, &mine, &head);
    ck_assert(!wallet_heads_find(heads, &other, &found));
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    ck_assert(wallet_heads_find(heads, &mine, &found));
    ck_assert_int_eq(found.balance, 5);
    ck_assert_int_eq(found.held, 2);
    ck_assert_int_eq(found.seq, 7);
    ck_assert_int_eq(found.head[0], 9);
    ck_assert_int_ge(found.now, 1000000 + 19000);
    ck_assert_int_lt(found.now, 1000000 + 10000000);
    wallet_heads_free(heads);
}
END_TEST

START_TEST(vendors_that_share_a_place_push_each_other_out_and_are_never_mixed_up)
{
    wallet_heads *heads = wallet_heads_new();
    kl_uuid mine = vendor(1, 1), other = vendor(2, 1);
    wallet_head found;
    wallet_heads_put(heads, &mine, &(wallet_head){.seq = 1});
    wallet_heads_put(heads, &other, &(wallet_head){.seq = 2});
    ck_assert(!wallet_heads_find(heads, &mine, &found));
    ck_assert(wallet_heads_find(heads, &other, &found));
    ck_assert_int_eq(found.seq, 2);
    wallet_heads_missed(heads, &mine); /* is nobody's business */
    ck_assert(wallet_heads_find(heads, &other, &found));
    wallet_heads_free(heads);
}
END_TEST

/* How often find says no after a miss, although it was put again. */
static int refusals(wallet_heads *heads, const kl_uuid *id)
{
    int count = 0;
    wallet_head found;
    wallet_heads_missed(heads, id);
    ck_assert(!wallet_heads_find(heads, id, &found));
    wallet_heads_put(heads, id, &(wallet_head){.seq = 1});
    while (!wallet_heads_find(heads, id, &found))
        count++;
    return count;
}

START_TEST(each_miss_in_a_row_doubles_how_long_it_is_not_tried_again_within_a_bound)
{
    wallet_heads *heads = wallet_heads_new();
    kl_uuid mine = vendor(1, 1);
    wallet_heads_put(heads, &mine, &(wallet_head){.seq = 1});
    static const int expected[] = {0, 2, 6, 14, 30, 62, 126, 254, 510, 1022, 1022, 1022};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        ck_assert_int_eq(refusals(heads, &mine), expected[i]);
    wallet_heads_held(heads, &mine);
    ck_assert_int_eq(refusals(heads, &mine), 0);
    wallet_heads_free(heads);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("wallet_heads");
    TCase *test_case = tcase_create("wallet_heads");
    tcase_add_test(test_case, what_was_put_is_found_and_its_time_runs_no_faster_than_the_clock);
    tcase_add_test(test_case, vendors_that_share_a_place_push_each_other_out_and_are_never_mixed_up);
    tcase_add_test(test_case, each_miss_in_a_row_doubles_how_long_it_is_not_tried_again_within_a_bound);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
