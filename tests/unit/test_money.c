/* Promises of money as text. */
#include "harness/suite.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <kloyst/types.h>

#include "base/money.h"

enum { UNTOUCHED = 424242 };

static void reads(const char *text, kl_money expected)
{
    kl_money amount = UNTOUCHED;
    ck_assert_msg(kl_money_parse(text, &amount) == KL_OK, "'%s' refused", text);
    ck_assert_msg(amount == expected, "'%s' read as %" PRId64, text, amount);
}

static void refuses(const char *text, kl_status expected)
{
    kl_money amount = UNTOUCHED;
    kl_status status = kl_money_parse(text, &amount);
    ck_assert_msg(status == expected, "'%s' answered %s", text, kl_status_name(status));
    ck_assert_msg(amount == UNTOUCHED, "'%s' was refused but written", text);
}

static void writes(kl_money amount, const char *expected)
{
    char text[KL_MONEY_TEXT];
    ck_assert_int_eq(kl_money_format(amount, text, sizeof text), KL_OK);
    ck_assert_str_eq(text, expected);
}

START_TEST(decimals_are_read_exactly)
{
    reads("0", 0);
    reads("-0", 0);
    reads("-0.0000", 0);
    reads("1", 10000);
    reads("0.8631", 8631);
    reads("0.1", 1000);
    reads("0.01", 100);
    reads("0.0001", 1);
    reads("-0.0001", -1);
    reads("000001", 10000);
    reads("007.5", 75000);
    reads("999999.9999", KL_MONEY_MAX);
    reads("-999999.9999", -KL_MONEY_MAX);
    reads("999999", INT64_C(9999990000));
}
END_TEST

START_TEST(nothing_but_a_plain_decimal_is_read)
{
    static const char *const bad[] = {
        "", "-", ".", "-.", "+1", "1.", ".5", "-.5", "--1", "1-", " 1", "1 ", "\t1", "1\n", "1e3", "1E3",
        "0x10", "1,5", "1,000", "1_000", "NaN", "nan", "inf", "-Infinity", "1.2.3", "1..2", "1.-2",
        "\xd9\xa1", "1\xc2\xa0", "$1", "1.2345 ", "1.2345a", "- 1", "\xef\xbc\x91", "1/2", "1:",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuses(bad[i], KL_ERR_FORMAT);
}
END_TEST

START_TEST(a_fifth_decimal_is_refused_and_never_rounded)
{
    refuses("1.00005", KL_ERR_FORMAT);
    refuses("0.00004", KL_ERR_FORMAT);
    refuses("1.00000", KL_ERR_FORMAT);
    refuses("999999.99995", KL_ERR_FORMAT);
    refuses("1.000000000000000000000000000000000001", KL_ERR_FORMAT);
}
END_TEST

START_TEST(a_seventh_digit_is_out_of_range_and_padding_is_misspelt)
{
    refuses("1000000", KL_ERR_LIMIT);
    refuses("-1000000", KL_ERR_LIMIT);
    refuses("1000000.0000", KL_ERR_LIMIT);
    refuses("9223372036854775807", KL_ERR_LIMIT);
    refuses("18446744073709551617", KL_ERR_LIMIT);
    refuses("99999999999999999999999999999999999999999999999999.9999", KL_ERR_LIMIT);
    refuses("0000001", KL_ERR_FORMAT);
    refuses("0000000", KL_ERR_FORMAT);
    refuses("00999999.9999", KL_ERR_FORMAT);
    refuses("1000000.00005", KL_ERR_FORMAT);
    refuses("1000000x", KL_ERR_FORMAT);
}
END_TEST

START_TEST(a_span_is_read_to_its_length_and_not_further)
{
    kl_money amount = UNTOUCHED;
    ck_assert_int_eq(money_parse_span("12.3456", 4, &amount), KL_OK);
    ck_assert_int_eq(amount, 123000);
    ck_assert_int_eq(money_parse_span("-7,8", 2, &amount), KL_OK);
    ck_assert_int_eq(amount, -70000);
    amount = UNTOUCHED;
    ck_assert_int_eq(money_parse_span("12", 0, &amount), KL_ERR_FORMAT);
    ck_assert_int_eq(money_parse_span("-1", 1, &amount), KL_ERR_FORMAT);
    ck_assert_int_eq(money_parse_span("1.5", 2, &amount), KL_ERR_FORMAT);
    ck_assert_int_eq(money_parse_span("1\0002", 3, &amount), KL_ERR_FORMAT);
    ck_assert_int_eq(money_parse_span("1\0", 2, &amount), KL_ERR_FORMAT);
    ck_assert_int_eq(amount, UNTOUCHED);
}
END_TEST

START_TEST(a_null_is_an_argument_error)
{
    kl_money amount = UNTOUCHED;
    ck_assert_int_eq(kl_money_parse(NULL, &amount), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_money_parse("1", NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_money_format(1, NULL, KL_MONEY_TEXT), KL_ERR_ARGUMENT);
    ck_assert_int_eq(amount, UNTOUCHED);
}
END_TEST

START_TEST(an_amount_is_written_with_four_decimals)
{
    writes(0, "0.0000");
    writes(1, "0.0001");
    writes(-1, "-0.0001");
    writes(8631, "0.8631");
    writes(10000, "1.0000");
    writes(-123456, "-12.3456");
    writes(KL_MONEY_MAX, "999999.9999");
    writes(-KL_MONEY_MAX, "-999999.9999");
}
END_TEST

START_TEST(every_int64_fits_the_documented_room)
{
    writes(INT64_MAX, "922337203685477.5807");
    writes(INT64_MIN, "-922337203685477.5808");
}
END_TEST

START_TEST(text_without_room_is_refused_and_not_overrun)
{
    char text[16];
    for (size_t size = 0; size < sizeof text; size++) {
        memset(text, '#', sizeof text);
        kl_status status = kl_money_format(-123456, text, size);
        size_t needed = strlen("-12.3456") + 1;
        ck_assert_int_eq(status, size < needed ? KL_ERR_TOO_LONG : KL_OK);
        for (size_t i = status == KL_OK ? needed : 0; i < sizeof text; i++)
            ck_assert_int_eq(text[i], '#');
    }
}
END_TEST

START_TEST(a_written_amount_reads_back_as_itself)
{
    const char *given = getenv("KL_TEST_SEED");
    unsigned long long seed = given ? strtoull(given, NULL, 0) : 20260101;
    printf("a_written_amount_reads_back_as_itself: KL_TEST_SEED=%llu\n", seed);
    uint64_t state = seed;
    for (int i = 0; i < 200000; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        kl_money amount = (kl_money)((state >> 16) % (2 * (uint64_t)KL_MONEY_MAX + 1)) - KL_MONEY_MAX;
        amount >>= state % 30;
        char text[KL_MONEY_TEXT];
        ck_assert_int_eq(kl_money_format(amount, text, sizeof text), KL_OK);
        reads(text, amount);
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("money");
    TCase *tests = tcase_create("money");
    tcase_add_test(tests, decimals_are_read_exactly);
    tcase_add_test(tests, nothing_but_a_plain_decimal_is_read);
    tcase_add_test(tests, a_fifth_decimal_is_refused_and_never_rounded);
    tcase_add_test(tests, a_seventh_digit_is_out_of_range_and_padding_is_misspelt);
    tcase_add_test(tests, a_span_is_read_to_its_length_and_not_further);
    tcase_add_test(tests, a_null_is_an_argument_error);
    tcase_add_test(tests, an_amount_is_written_with_four_decimals);
    tcase_add_test(tests, every_int64_fits_the_documented_room);
    tcase_add_test(tests, text_without_room_is_refused_and_not_overrun);
    tcase_add_test(tests, a_written_amount_reads_back_as_itself);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
