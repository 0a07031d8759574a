/* Who is served next: vendors in turn, single messages before campaigns, campaigns by weight. */
#include <check.h>
#include <stdlib.h>

#include "engine/fair.h"
#include "harness/suite.h"

static number *numbers, *n;

static void set_up(void)
{
    numbers = NULL;
    n = number_find(&numbers, "1");
}

static void tear_down(void)
{
    number_free_all(numbers);
}

/* A lane that always has a message. */
static lane *busy_lane(uint8_t vendor, uint8_t campaign, int weight)
{
    lane_row row = {.vendor_id = {{vendor}}, .campaign_id = {{campaign}}, .weight = weight};
    lane *l = lane_new(&row, n);
    dispatch *d = calloc(1, sizeof *d);
    ck_assert(l && d);
    d->count = 1;
    l->proven = true;
    lane_add(l, d);
    return l;
}

static int turns_of(const lane *l, int turns)
{
    int count = 0;
    for (int i = 0; i < turns; i++)
        count += fair_next(n, 0) == l;
    return count;
}

START_TEST(nobody_is_served_when_there_is_nothing)
{
    ck_assert_ptr_null(fair_next(n, 0));
    lane *l = busy_lane(1, 1, 1);
    ck_assert_ptr_eq(fair_next(n, 0), l);
    l->stopped = true;
    ck_assert_ptr_null(fair_next(n, 0));
    lane_free(l);
    ck_assert_ptr_null(fair_next(n, 0));
}
END_TEST

START_TEST(a_vendor_with_many_campaigns_gets_no_more_than_one_with_one)
{
    lane *many[20], *one = busy_lane(2, 1, 1);
    for (int i = 0; i < 20; i++)
        many[i] = busy_lane(1, (uint8_t)(i + 1), 100);
    ck_assert_int_eq(turns_of(one, 1000), 500);
    for (int i = 0; i < 20; i++)
        lane_free(many[i]);
    lane_free(one);
}
END_TEST

START_TEST(campaigns_of_a_vendor_share_by_weight)
{
    lane *light = busy_lane(1, 1, 1), *heavy = busy_lane(1, 2, 4);
    int light_turns = 0, heavy_turns = 0;
    for (int i = 0; i < 1000; i++) {
        lane *l = fair_next(n, 0);
        light_turns += l == light;
        heavy_turns += l == heavy;
    }
    ck_assert_int_eq(light_turns, 200);
    ck_assert_int_eq(heavy_turns, 800);
    lane_free(light);
    lane_free(heavy);
}
END_TEST

START_TEST(a_campaign_that_comes_late_does_not_make_up_for_the_past)
{
    lane *old = busy_lane(1, 1, 1);
    ck_assert_int_eq(turns_of(old, 10000), 10000);
    lane *fresh = busy_lane(1, 2, 1);
    ck_assert_int_eq(turns_of(fresh, 1000), 500);
    lane_free(old);
    lane_free(fresh);
}
END_TEST

START_TEST(single_messages_go_before_campaigns_of_their_vendor_and_not_before_other_vendors)
{
    lane *campaign = busy_lane(1, 1, 100), *single = busy_lane(1, 0, 1), *other = busy_lane(2, 1, 1);
    ck_assert_int_eq(turns_of(single, 100), 50);
    ck_assert_int_eq(turns_of(other, 100), 50);
    single->stopped = true;
    ck_assert_int_eq(turns_of(campaign, 100), 50);
    lane_free(campaign);
    lane_free(single);
    lane_free(other);
}
END_TEST

START_TEST(an_unproven_lane_has_one_message_under_way)
{
    lane *l = busy_lane(1, 1, 1);
    l->proven = false;
    ck_assert_ptr_eq(fair_next(n, 0), l);
    l->picked = 1;
    ck_assert_ptr_null(fair_next(n, 0));
    l->picked = 0;
    l->in_flight = 1;
    ck_assert_ptr_null(fair_next(n, 0));
    l->in_flight = 0;
    lane_free(l);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fair");
    TCase *test_case = tcase_create("fair");
    tcase_add_checked_fixture(test_case, set_up, tear_down);
    tcase_add_test(test_case, nobody_is_served_when_there_is_nothing);
    tcase_add_test(test_case, a_vendor_with_many_campaigns_gets_no_more_than_one_with_one);
    tcase_add_test(test_case, campaigns_of_a_vendor_share_by_weight);
    tcase_add_test(test_case, a_campaign_that_comes_late_does_not_make_up_for_the_past);
    tcase_add_test(test_case, single_messages_go_before_campaigns_of_their_vendor_and_not_before_other_vendors);
    tcase_add_test(test_case, an_unproven_lane_has_one_message_under_way);
    suite_add_tcase(suite, test_case);
    return suite_run(suite);
}
