/* Promises of the rate card: which price a message has, and since when. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/phone.h"
#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"

#define h fixture.handle
#define JANUARY INT64_C(1704067200000000) /* of 2024: long ago, whatever the clock says */
#define DAY INT64_C(86400000000)

static void set(const kl_uuid *vendor, const char *country, kl_time from, kl_money price)
{
    kl_error *error = NULL;
    if (vendor)
        ck_ok(kl_rate_set_vendor(h, vendor, KL_CATEGORY_MARKETING, country, from, price, &error));
    else
        ck_ok(kl_rate_set(h, KL_CATEGORY_MARKETING, country, from, price, &error));
}

/* The price; KL_RATE_NONE for none. */
static kl_money price(const kl_uuid *vendor, const char *to, kl_time at)
{
    kl_error *error = NULL;
    kl_money found = 0;
    kl_status status = kl_rate_price(h, vendor, KL_CATEGORY_MARKETING, to, NULL, at, &found, &error);
    if (status == KL_ERR_NO_RATE) {
        ck_assert_int_eq(kl_error_status(error), KL_ERR_NO_RATE);
        kl_error_free(error);
        return KL_RATE_NONE;
    }
    ck_ok(status);
    return found;
}

START_TEST(the_longest_digits_that_fit_a_number_decide)
{
    kl_uuid vendor = fixture_vendor("A", 0);
    set(NULL, "IN", JANUARY, 8631);
    set(NULL, "1", JANUARY, 2000);
    set(NULL, "1242", JANUARY, 3000);
    ck_assert_int_eq(price(&vendor, "+91 98123 45678", JANUARY), 8631);
    ck_assert_int_eq(price(&vendor, "919812345678", JANUARY), 8631);
    ck_assert_int_eq(price(&vendor, "+12125550123", JANUARY), 2000);
    ck_assert_int_eq(price(&vendor, "+12423577000", JANUARY), 3000);
    ck_assert_int_eq(price(&vendor, "IN.1a2b3c", JANUARY), 8631);
    ck_assert_int_eq(price(&vendor, "US.ENT.1a2b3c", JANUARY), 2000);
    ck_assert_int_eq(price(&vendor, "+33612345678", JANUARY), KL_RATE_NONE);
    set(NULL, "*", JANUARY, 1);
    ck_assert_int_eq(price(&vendor, "+33612345678", JANUARY), 1);
    ck_assert_int_eq(price(&vendor, "+919812345678", JANUARY), 8631);
}
END_TEST

START_TEST(a_rate_holds_from_its_moment_until_the_next)
{
    kl_uuid vendor = fixture_vendor("A", 0);
    set(NULL, "91", JANUARY, 7846);
    set(NULL, "91", JANUARY + 10 * DAY, 8631);
    set(NULL, "91", JANUARY + 20 * DAY, KL_RATE_NONE);
    ck_assert_int_eq(price(&vendor, "+919812345678", JANUARY - 1), KL_RATE_NONE);
    ck_assert_int_eq(price(&vendor, "+919812345678", JANUARY), 7846);
    ck_assert_int_eq(price(&vendor, "+919812345678", JANUARY + 10 * DAY - 1), 7846);
    ck_assert_int_eq(price(&vendor, "+919812345678", JANUARY + 10 * DAY), 8631);
    ck_assert_int_eq(price(&vendor, "+919812345678", JANUARY + 20 * DAY), KL_RATE_NONE);
    set(NULL, "91", JANUARY + 20 * DAY, 9000);
    ck_assert_int_eq(price(&vendor, "+919812345678", 0), 9000);
}
END_TEST

START_TEST(a_vendors_own_rate_goes_before_the_platforms_and_is_no_other_vendors)
{
    kl_uuid a = fixture_vendor("A", 0), b = fixture_vendor("B", 0);
    set(NULL, "91", JANUARY, 8631);
    set(NULL, "9198", JANUARY, 9000);
    set(NULL, "44", JANUARY, 5000);
    set(&a, "91", JANUARY, 8000);
    ck_assert_int_eq(price(&a, "+919812345678", JANUARY), 8000);
    ck_assert_int_eq(price(&b, "+919812345678", JANUARY), 9000);
    ck_assert_int_eq(price(&a, "+447911123456", JANUARY), 5000);
    set(&a, "*", JANUARY, 100);
    ck_assert_int_eq(price(&a, "+447911123456", JANUARY), 100);
    ck_assert_int_eq(price(&a, "+919812345678", JANUARY), 8000);
    set(&a, "*", JANUARY + DAY, KL_RATE_NONE);
    ck_assert_int_eq(price(&a, "+447911123456", JANUARY + DAY), 5000);
    ck_assert_int_eq(price(&b, "+447911123456", JANUARY), 5000);
}
END_TEST

START_TEST(a_dedicated_vendor_pays_nothing_but_its_own_rates)
{
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("A", 0);
    set(NULL, "*", JANUARY, 8631);
    ck_ok(kl_vendor_set_plan(h, &vendor, KL_PLAN_DEDICATED, &error));
    ck_assert_int_eq(price(&vendor, "+919812345678", 0), 0);
    set(&vendor, "91", JANUARY, 500);
    ck_assert_int_eq(price(&vendor, "+919812345678", 0), 500);
    ck_assert_int_eq(price(&vendor, "+447911123456", 0), 0);
}
END_TEST

START_TEST(categories_have_rates_of_their_own)
{
    kl_error *error = NULL;
    kl_money found = 0;
    kl_uuid vendor = fixture_vendor("A", 0);
    set(NULL, "91", JANUARY, 8631);
    ck_assert_int_eq(
        kl_rate_price(h, &vendor, KL_CATEGORY_UTILITY, "+919812345678", NULL, 0, &found, &error), KL_ERR_NO_RATE);
    ck_assert_int_eq(found, 0);
    kl_error_free(error);
}
END_TEST

START_TEST(rates_are_listed_page_by_page_without_a_gap)
{
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("A", 0);
    static const char *const countries[] = {"*", "1", "44", "91", "9198"};
    const kl_rate *last = NULL;
    kl_rate_page *pages[12] = {NULL};
    for (int i = 0; i < 10; i++)
        set(&vendor, countries[i / 2], JANUARY + i % 2 * DAY, i == 9 ? KL_RATE_NONE : i);
    set(NULL, "91", JANUARY, 8631);
    for (int i = 0; i < 10; i++) {
        ck_ok(kl_rate_list_vendor(h, &vendor, KL_CATEGORY_MARKETING, last, 1, &pages[i], &error));
        ck_assert_uint_eq(kl_rate_page_count(pages[i]), 1);
        last = kl_rate_page_at(pages[i], 0);
        ck_assert_str_eq(kl_rate_digits(last), i < 2 ? "" : countries[i / 2]);
        ck_assert_int_eq(kl_rate_effective_from(last), JANUARY + i % 2 * DAY);
        ck_assert_int_eq(kl_rate_amount(last), i == 9 ? KL_RATE_NONE : i);
        ck_assert_int_eq(kl_rate_category(last), KL_CATEGORY_MARKETING);
        ck_assert_ptr_nonnull(kl_rate_vendor_id(last));
    }
    ck_ok(kl_rate_list_vendor(h, &vendor, KL_CATEGORY_MARKETING, last, 1, &pages[10], &error));
    ck_assert_uint_eq(kl_rate_page_count(pages[10]), 0);
    ck_ok(kl_rate_list(h, KL_CATEGORY_MARKETING, NULL, 1000, &pages[11], &error));
    ck_assert_uint_eq(kl_rate_page_count(pages[11]), 1);
    ck_assert_ptr_null(kl_rate_vendor_id(kl_rate_page_at(pages[11], 0)));
    for (int i = 0; i < 12; i++)
        kl_rate_page_free(pages[i]);
}
END_TEST

/* The calling codes of the schema are those of the library, for user ids without a number. */
START_TEST(the_schema_knows_every_countrys_calling_code)
{
    char sql[200], country[3] = "AA";
    int known = 0;
    for (int i = 0; i < 26 * 26; i++) {
        country[0] = (char)('A' + i / 26);
        country[1] = (char)('A' + i % 26);
        const char *code = phone_calling_code(country);
        known += code != NULL;
        snprintf(sql, sizeof sql, "SELECT coalesce(kloyst.calling_code('%s'), 'none')", country);
        if (code || i % 20 == 0) {
            char *found = harness_query_text(fixture.admin, sql);
            ck_assert_str_eq(found, code ? code : "none");
            free(found);
        }
    }
    ck_assert_int_gt(known, 200);
}
END_TEST

/* A model of the card in C, over random rates and numbers. */
START_TEST(random_cards_agree_with_a_plain_search)
{
    enum { RATES = 40, ASKED = 60 };
    struct { int own; char digits[8]; kl_time from; kl_money price; } rates[RATES];
    const char *given = getenv("KL_TEST_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    printf("seed %u\n", seed);
    srand(seed);
    kl_uuid vendor = fixture_vendor("A", 0);
    for (int i = 0; i < RATES; i++) {
        static const char *const all[] = {"*", "9", "91", "919", "9198", "1", "12", "1242", "4", "44"};
        snprintf(rates[i].digits, sizeof rates[i].digits, "%s", all[rand() % 10]);
        rates[i].own = rand() % 2;
        rates[i].from = JANUARY + rand() % 5 * DAY + i; /* no two alike */
        rates[i].price = rand() % 5 ? rand() % 10000 : KL_RATE_NONE;
        set(rates[i].own ? &vendor : NULL, rates[i].digits, rates[i].from, rates[i].price);
    }
    for (int i = 0; i < ASKED; i++) {
        static const char *const numbers[] = {"919812345678", "917012345678", "12423577000", "12125550123",
                                              "447911123456", "33612345678"};
        const char *number = numbers[rand() % 6];
        kl_time at = JANUARY + rand() % 6 * DAY;
        kl_money expected = KL_RATE_NONE;
        for (int own = 1; own >= 0 && expected == KL_RATE_NONE; own--) {
            for (size_t length = 5; length-- > 0 && expected == KL_RATE_NONE;) {
                kl_time newest = 0;
                for (int r = 0; r < RATES; r++) {
                    const char *digits = rates[r].digits[0] == '*' ? "" : rates[r].digits;
                    if (rates[r].own != own || strlen(digits) != length || strncmp(digits, number, length) != 0 ||
                        rates[r].from > at || rates[r].from < newest)
                        continue;
                    newest = rates[r].from;
                    expected = rates[r].price;
                }
            }
        }
        ck_assert_msg(price(&vendor, number, at) == expected, "seed %u: %s", seed, number);
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("rate");
    TCase *test_case = fixture_case("rate");
    tcase_add_test(test_case, the_longest_digits_that_fit_a_number_decide);
    tcase_add_test(test_case, a_rate_holds_from_its_moment_until_the_next);
    tcase_add_test(test_case, a_vendors_own_rate_goes_before_the_platforms_and_is_no_other_vendors);
    tcase_add_test(test_case, a_dedicated_vendor_pays_nothing_but_its_own_rates);
    tcase_add_test(test_case, categories_have_rates_of_their_own);
    tcase_add_test(test_case, rates_are_listed_page_by_page_without_a_gap);
    tcase_add_test(test_case, the_schema_knows_every_countrys_calling_code);
    tcase_add_test(test_case, random_cards_agree_with_a_plain_search);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
