/* The limit of pairs: 45 messages at once, one in six seconds after that, and flat memory. */
#include <check.h>

#include "engine/pair.h"
#include "harness/suite.h"

enum { START = 1000000 };

START_TEST(a_burst_of_forty_five_goes_and_the_next_one_waits_six_seconds)
{
    pair_table t = {0};
    for (int i = 0; i < PAIR_BURST; i++)
        ck_assert_int_eq(pair_take(&t, 7, START, START), 0);
    ck_assert_int_eq(pair_take(&t, 7, START, START), 6000);
    ck_assert_int_eq(pair_take(&t, 7, START + 5999, START), 1);
    ck_assert_int_eq(pair_take(&t, 7, START + 6000, START), 0);
    ck_assert_int_gt(pair_take(&t, 7, START + 6000, START), 0);
    pair_table_free(&t);
}
END_TEST

START_TEST(in_the_long_run_one_message_in_six_seconds_goes)
{
    pair_table t = {0};
    int went = 0;
    for (int64_t at = START; at < START + 3600000; at += 100)
        went += pair_take(&t, -5, at, at) == 0;
    ck_assert_int_eq(went, PAIR_BURST + 3600 / 6 - 1);
    pair_table_free(&t);
}
END_TEST

START_TEST(pairs_do_not_touch_each_other)
{
    pair_table t = {0};
    for (int i = 0; i < PAIR_BURST; i++)
        for (int64_t recipient = -200; recipient < 200; recipient++)
            ck_assert_int_eq(pair_take(&t, recipient * 65536, START, START), 0);
    for (int64_t recipient = -200; recipient < 200; recipient++)
        ck_assert_int_eq(pair_take(&t, recipient * 65536, START, START), 6000);
    pair_table_free(&t);
}
END_TEST

START_TEST(a_paused_pair_waits_and_goes_on)
{
    pair_table t = {0};
    ck_assert(pair_pause(&t, 7, START + 4000, START));
    ck_assert_int_eq(pair_take(&t, 7, START + 1000, START + 1000), 3000);
    ck_assert_int_eq(pair_take(&t, 8, START + 1000, START + 1000), 0);
    ck_assert_int_eq(pair_take(&t, 7, START + 4000, START + 4000), 0);
    pair_table_free(&t);
}
END_TEST

START_TEST(a_million_recipients_leave_room_for_those_of_the_last_seconds)
{
    pair_table t = {0};
    for (int64_t i = 0; i < 1000000; i++)
        ck_assert_int_eq(pair_take(&t, (int64_t)((uint64_t)i * 0x9E3779B97F4A7C15u), START + i, START + i), 0);
    ck_assert_uint_le(t.room, 65536);
    pair_table_free(&t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pair");
    TCase *test_case = tcase_create("pair");
    tcase_add_test(test_case, a_burst_of_forty_five_goes_and_the_next_one_waits_six_seconds);
    tcase_add_test(test_case, in_the_long_run_one_message_in_six_seconds_goes);
    tcase_add_test(test_case, pairs_do_not_touch_each_other);
    tcase_add_test(test_case, a_paused_pair_waits_and_goes_on);
    tcase_add_test(test_case, a_million_recipients_leave_room_for_those_of_the_last_seconds);
    suite_add_tcase(suite, test_case);
    return suite_run(suite);
}
