/* The token bucket of a sending number, with a clock of its own. */
#include "engine/number.h"

#include "harness/suite.h"

static number *list;

static number *number_at(int rate)
{
    number *n = number_find(&list, "106540352242922", 0);
    number_set_rate(n, rate);
    return n;
}

static void forget(void)
{
    number_free_all(list);
    list = NULL;
}

/* Messages that leave between two times when every chance is taken. */
static int drain(number *n, int64_t from, int64_t to)
{
    int left = 0;
    for (int64_t now = from; now < to; now++) {
        for (; number_wait(n, now) == 0; left++)
            number_take(n);
    }
    return left;
}

START_TEST(an_id_has_one_number)
{
    number *n = number_at(10);
    ck_assert_ptr_eq(number_find(&list, "106540352242922", 5), n);
    ck_assert_ptr_ne(number_find(&list, "106540352242923", 5), n);
}
END_TEST

START_TEST(a_second_takes_no_more_than_the_rate)
{
    int rates[] = {1, 7, 80, 1000};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        number *n = number_at(rates[i]);
        drain(n, 0, 2000);
        int left = drain(n, 2000, 12000);
        ck_assert_int_ge(left, 10 * rates[i] - 1);
        ck_assert_int_le(left, 10 * rates[i] + 1);
        forget();
    }
}
END_TEST

START_TEST(the_wait_is_long_enough_and_not_longer)
{
    number *n = number_at(3);
    number_take(n);
    int64_t wait = number_wait(n, 0);
    ck_assert_int_ge(wait, 333);
    ck_assert_int_le(wait, 335);
    ck_assert_int_gt(number_wait(n, wait - 3), 0);
    ck_assert_int_eq(number_wait(n, wait), 0);
}
END_TEST

START_TEST(an_idle_number_saves_up_a_tenth_of_a_second_only)
{
    number *n = number_at(80);
    ck_assert_int_eq(drain(n, 60000, 60001), 8);
}
END_TEST

START_TEST(one_wave_of_complaints_halves_once_and_the_rate_comes_back)
{
    number *n = number_at(100);
    drain(n, 0, 1000);
    for (int i = 0; i < 30; i++)
        number_slow(n, 1000 + i);
    int left = drain(n, 1030, 2030);
    ck_assert_int_ge(left, 48);
    ck_assert_int_le(left, 52);
    number_slow(n, 2100);
    left = drain(n, 2100, 3100);
    ck_assert_int_ge(left, 24);
    ck_assert_int_le(left, 27);
    drain(n, 3100, 33000);
    left = drain(n, 33000, 34000);
    ck_assert_int_ge(left, 99);
}
END_TEST

START_TEST(a_number_never_comes_to_a_stop)
{
    number *n = number_at(16);
    for (int64_t now = 0; now < 100000; now += 2000)
        number_slow(n, now);
    int left = drain(n, 100000, 105000);
    ck_assert_int_ge(left, 4);
    ck_assert_int_le(left, 6);
}
END_TEST

START_TEST(nothing_leaves_during_a_pause)
{
    number *n = number_at(1000);
    number_pause(n, 500);
    number_pause(n, 300);
    ck_assert_int_eq(drain(n, 0, 500), 0);
    ck_assert_int_gt(drain(n, 500, 501), 0);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("number");
    TCase *test_case = tcase_create("number");
    tcase_add_checked_fixture(test_case, NULL, forget);
    tcase_add_test(test_case, an_id_has_one_number);
    tcase_add_test(test_case, a_second_takes_no_more_than_the_rate);
    tcase_add_test(test_case, the_wait_is_long_enough_and_not_longer);
    tcase_add_test(test_case, an_idle_number_saves_up_a_tenth_of_a_second_only);
    tcase_add_test(test_case, one_wave_of_complaints_halves_once_and_the_rate_comes_back);
    tcase_add_test(test_case, a_number_never_comes_to_a_stop);
    tcase_add_test(test_case, nothing_leaves_during_a_pause);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
