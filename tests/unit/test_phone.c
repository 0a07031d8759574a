/* Telephone numbers agree with the public reference and survive what people type. */
#include "base/phone.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/csv.h"
#include "harness/suite.h"

#define TRUTH "tests/data/contacts/contacts-messy.truth.tsv"
#define MESSY "tests/data/contacts/contacts-messy.csv"
/* Verdicts of libphonenumber-js 1.13.16 (max metadata, isPossible, no extension, at most 15 digits) on random
 * spellings; '-' as the country is none, as the number refused. */
#define VECTORS "tests/data/phone-vectors.tsv"

#define ROWS 2000
#define TEXT 256

static const char *answer(const char *text, size_t length, const char *country)
{
    static char out[KL_PHONE_TEXT];
    kl_phone_reason reason = phone_normalize(text, length, country, out);
    ck_assert_int_eq(reason == KL_PHONE_OK, out[0] != '\0');
    return reason == KL_PHONE_OK ? out : "-";
}

#define ck_number(text, country, expected) ck_assert_str_eq(answer(text, strlen(text), country), expected)

static kl_phone_reason reason_of(const char *text, const char *country)
{
    char out[KL_PHONE_TEXT];
    return phone_normalize(text, strlen(text), country, out);
}

static size_t put_utf8(char *out, unsigned c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    out[0] = (char)(0xe0 | c >> 12);
    out[1] = (char)(0x80 | (c >> 6 & 0x3f));
    out[2] = (char)(0x80 | (c & 0x3f));
    return 3;
}

/* The text of a JSON string without surrogates. */
static size_t unquote(const char *json, char out[TEXT])
{
    size_t n = 0;
    ck_assert_int_eq(*json, '"');
    for (json++; *json != '"'; json++) {
        ck_assert_uint_lt(n, TEXT - 4);
        ck_assert_int_ne(*json, '\0');
        unsigned c;
        if (*json != '\\') {
            out[n++] = *json;
        } else if (*++json == 'u') {
            ck_assert_int_eq(sscanf(json + 1, "%4x", &c), 1);
            n += put_utf8(out + n, c);
            json += 4;
        } else {
            out[n++] = *json == 'n' ? '\n' : *json == 'r' ? '\r' : *json == 't' ? '\t' : *json;
        }
    }
    out[n] = '\0';
    return n;
}

typedef struct row {
    char text[TEXT];
    size_t length;
    char expected[KL_PHONE_TEXT];
} row;

static row truth[ROWS];

static void read_truth(void)
{
    char line[1024];
    FILE *file = fopen(TRUTH, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    for (size_t i = 0; i < ROWS; i++) {
        ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
        char *raw = strchr(line, '\t') + 1;
        truth[i].length = unquote(raw, truth[i].text);
        ck_assert_int_eq(sscanf(strrchr(raw, '"'), "\"\t%15[^\t]", truth[i].expected), 1);
    }
    ck_assert_ptr_null(fgets(line, sizeof line, file));
    fclose(file);
}

START_TEST(every_row_of_the_messy_contacts_gets_its_true_number)
{
    read_truth();
    for (size_t i = 0; i < ROWS; i++)
        ck_assert_msg(strcmp(answer(truth[i].text, truth[i].length, "IN"), truth[i].expected) == 0, "row %zu: %s",
                      i + 1, truth[i].text);
}
END_TEST

static kl_status compare_record(void *context, uint64_t line, const csv_field *fields, size_t count, kl_error **error)
{
    size_t *records = context;
    (void)error;
    ck_assert_uint_ge(count, 2);
    if ((*records)++ == 0)
        return KL_OK;
    const row *r = &truth[*records - 2];
    ck_assert_msg(fields[1].length == r->length && memcmp(fields[1].data, r->text, r->length) == 0,
                  "line %" PRIu64 ": '%s' is not '%s'", line, fields[1].data, r->text);
    ck_assert_str_eq(answer(fields[1].data, fields[1].length, "IN"), r->expected);
    return KL_OK;
}

START_TEST(the_messy_file_read_as_csv_gives_the_same_numbers)
{
    char block[777];
    size_t records = 0;
    size_t length;
    csv_reader *reader = NULL;
    read_truth();
    FILE *file = fopen(MESSY, "rb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(csv_reader_create(NULL, &reader, NULL), KL_OK);
    while ((length = fread(block, 1, sizeof block, file)) > 0)
        ck_assert_int_eq(csv_reader_feed(reader, block, length, compare_record, &records, NULL), KL_OK);
    ck_assert_int_eq(csv_reader_finish(reader, compare_record, &records, NULL), KL_OK);
    ck_assert_uint_eq(records, ROWS + 1);
    csv_reader_free(reader);
    fclose(file);
}
END_TEST

START_TEST(thousands_of_spellings_of_all_countries_agree_with_the_reference)
{
    char line[1024], text[TEXT], country[4], expected[KL_PHONE_TEXT];
    size_t rows = 0;
    FILE *file = fopen(VECTORS, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file) != NULL) {
        size_t length = unquote(line, text);
        ck_assert_int_eq(sscanf(strrchr(line, '"'), "\"\t%3[^\t]\t%15s", country, expected), 2);
        const char *got = answer(text, length, country[0] == '-' ? NULL : country);
        ck_assert_msg(strcmp(got, expected) == 0, "%s is %s, not %s", line, got, expected);
        rows++;
    }
    ck_assert_uint_gt(rows, 4000);
    fclose(file);
}
END_TEST

START_TEST(digits_of_every_script_count)
{
    ck_number("９８７６５ ４３２１０", "IN", "919876543210");
    ck_number("٩٨٧٦٥٤٣٢١٠", "IN", "919876543210");
    ck_number("۹۸۷۶۵۴۳۲۱۰", "IN", "919876543210");
    ck_number("९८७६५४३२१०", "IN", "919876543210");
    ck_number("৯৮৭৬৫৪৩২১০", "IN", "919876543210");
    ck_number("𝟗𝟖𝟕𝟔𝟓𝟒𝟑𝟐𝟏𝟎", "IN", "919876543210");
    ck_number("＋91 ९८७६५ 43210", NULL, "919876543210");
}
END_TEST

START_TEST(spaces_and_dashes_of_every_kind_are_passed_over)
{
    ck_number("+91\u00a098765\u202f43210", NULL, "919876543210");
    ck_number("\ufeff\u202a+91 98765\u201143210\u202c", NULL, "919876543210");
    ck_number("\t030/123\u2013456\u22127\r\n", "DE", "49301234567");
    ck_number("（０３）１２３４ー５６７８", "JP", "81312345678");
    ck_number("[+91] (98765).43210", "US", "919876543210");
}
END_TEST

START_TEST(what_a_spreadsheet_does_to_numbers_is_undone_or_refused)
{
    ck_number("'+919876543210", "IN", "919876543210");
    ck_number("\u20199876543210", "IN", "919876543210");
    ck_number("=\"09876543210\"", "IN", "919876543210");
    ck_number("9876543210.0", "IN", "919876543210");
    ck_number("919876543210.0", "IN", "919876543210");
    ck_number("9876543210;", "IN", "919876543210");
    ck_assert_int_eq(reason_of("9.19876E+11", "IN"), KL_PHONE_NOT_A_NUMBER);
    ck_assert_int_eq(reason_of("9,19876E+11", "IN"), KL_PHONE_NOT_A_NUMBER);
    ck_assert_int_eq(reason_of("#####", "IN"), KL_PHONE_NOT_A_NUMBER);
    /* A '.0' that belongs to the number stays. */
    ck_number("98.76.54.321.0", "IN", "919876543210");
    ck_number("98765.43210", "IN", "919876543210");
}
END_TEST

START_TEST(a_tel_link_is_read_but_not_its_parameters)
{
    ck_number("tel:+91-98765-43210", NULL, "919876543210");
    ck_number(" TEL: 098765 43210", "IN", "919876543210");
    ck_assert_int_eq(reason_of("tel:+919876543210;ext=5", NULL), KL_PHONE_NOT_A_NUMBER);
    ck_assert_int_eq(reason_of("tel", "IN"), KL_PHONE_NOT_A_NUMBER);
    ck_assert_int_eq(reason_of("tel:", "IN"), KL_PHONE_EMPTY);
}
END_TEST

START_TEST(prefixes_follow_the_default_country)
{
    ck_number("+44 (0)20 7946 0018", NULL, "442079460018");
    ck_number("+39 02 3661 8300", NULL, "390236618300");
    ck_number("00 44 20 7946 0018", "IN", "442079460018");
    ck_number("011 44 20 7946 0018", "US", "442079460018");
    ck_number("8 10 44 20 7946 0018", "RU", "442079460018");
    ck_number("8 (800) 555-35-35", "RU", "78005553535");
    ck_number("011 15-2345-6789", "AR", "5491123456789");
    ck_number("0 15 11 91234 5678", "BR", "5511912345678");
    ck_number("268 4601", "AG", "-");
    ck_number("460-1234", "AG", "12684601234");
    ck_number("919876543210", "IN", "919876543210");
    ck_number("9198765432", "IN", "919198765432");
    ck_number("+800 1234 5678", "IN", "80012345678");
}
END_TEST

START_TEST(a_refusal_says_why)
{
    ck_assert_int_eq(reason_of("", "IN"), KL_PHONE_EMPTY);
    ck_assert_int_eq(reason_of(" +- ", "IN"), KL_PHONE_EMPTY);
    ck_assert_int_eq(reason_of("n/a", "IN"), KL_PHONE_NOT_A_NUMBER);
    ck_assert_int_eq(reason_of("9876543210 ext 5", "IN"), KL_PHONE_NOT_A_NUMBER);
    ck_assert_int_eq(reason_of("98765+43210", "IN"), KL_PHONE_NOT_A_NUMBER);
    ck_assert_int_eq(reason_of("++919876543210", "IN"), KL_PHONE_NOT_A_NUMBER);
    ck_assert_int_eq(reason_of("98765,43210", "IN"), KL_PHONE_NOT_A_NUMBER);
    ck_assert_int_eq(reason_of("98765\n43210", "IN"), KL_PHONE_NOT_A_NUMBER);
    ck_assert_int_eq(reason_of("9876543210=", "IN"), KL_PHONE_NOT_A_NUMBER);
    ck_assert_int_eq(reason_of("+=919876543210", "IN"), KL_PHONE_NOT_A_NUMBER);
    ck_assert_int_eq(reason_of("12345", "IN"), KL_PHONE_TOO_SHORT);
    ck_assert_int_eq(reason_of("00", "IN"), KL_PHONE_TOO_SHORT);
    ck_assert_int_eq(reason_of("+91", "IN"), KL_PHONE_TOO_SHORT);
    ck_assert_int_eq(reason_of("+919876543210 9876543210", "IN"), KL_PHONE_TOO_LONG);
    ck_assert_int_eq(reason_of("+86 123456789", "IN"), KL_PHONE_OK);
    ck_assert_int_eq(reason_of("+7 12345678901", "IN"), KL_PHONE_BAD_LENGTH);
    ck_assert_int_eq(reason_of("+210 1234567", "IN"), KL_PHONE_UNKNOWN_COUNTRY);
    ck_assert_int_eq(reason_of("+0919876543210", "IN"), KL_PHONE_UNKNOWN_COUNTRY);
    ck_assert_int_eq(reason_of("9876543210", NULL), KL_PHONE_UNKNOWN_COUNTRY);
    ck_assert_int_eq(reason_of("9876543210", "ZZ"), KL_PHONE_UNKNOWN_COUNTRY);
    for (int reason = KL_PHONE_OK; reason <= KL_PHONE_UNKNOWN_COUNTRY; reason++)
        ck_assert_str_ne(kl_phone_reason_text((kl_phone_reason)reason), "unknown reason");
    ck_assert_str_eq(kl_phone_reason_text((kl_phone_reason)99), "unknown reason");
}
END_TEST

START_TEST(a_number_never_passes_fifteen_digits)
{
    ck_number("+49 1234567890123", NULL, "491234567890123");
    ck_assert_int_eq(reason_of("+49 12345678901234", NULL), KL_PHONE_TOO_LONG);
    char zeros[400];
    memset(zeros, '0', sizeof zeros);
    ck_assert_str_eq(answer(zeros, sizeof zeros, "IN"), "-");
    memset(zeros, '9', sizeof zeros);
    ck_assert_str_eq(answer(zeros, sizeof zeros, "IN"), "-");
}
END_TEST

START_TEST(bytes_that_are_no_text_are_refused)
{
    ck_assert_str_eq(answer("98765\00043210", 11, "IN"), "-");
    ck_number("9876543210\xff", "IN", "-");
    ck_number("9876543210\xc2", "IN", "-");
    ck_number("\xc0\xb0"
              "9876543210", "IN", "-");
    ck_number("\xed\xa0\x80"
              "9876543210", "IN", "-");
    ck_number("98765\xe0\x82\xa0"
              "43210", "IN", "-");
    ck_assert_str_eq(answer("9876543210xyz", 10, "IN"), "919876543210");
}
END_TEST

START_TEST(only_upper_case_codes_of_real_countries_are_known)
{
    ck_assert(phone_country_known("IN"));
    ck_assert(phone_country_known("US"));
    ck_assert(phone_country_known("ZW"));
    ck_assert(!phone_country_known(NULL));
    ck_assert(!phone_country_known(""));
    ck_assert(!phone_country_known("I"));
    ck_assert(!phone_country_known("in"));
    ck_assert(!phone_country_known("IND"));
    ck_assert(!phone_country_known("ZZ"));
}
END_TEST

/* Whatever comes in: it ends, stays in its bounds (sanitizers), and an accepted number is accepted again as is. */
START_TEST(what_was_accepted_is_accepted_again_unchanged)
{
    static const char *const parts[] = {"+", "0", "00", "91", "1", "7", "44", "54", "15", "5", "98765", "43210", " ",
                                        "-", "(", ")", "'", ".0", "tel:", "९", "\u00a0", "\xe2\x80", ",", "x", "=",
                                        "\""};
    static const char *const countries[] = {"IN", "US", "AR", "BR", "DE", "RU", "JP", "NF", NULL};
    const char *given = getenv("KL_TEST_SEED");
    unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    printf("KL_TEST_SEED=%u\n", seed);
    for (int i = 0; i < 200000; i++) {
        char text[TEXT] = "", first[KL_PHONE_TEXT], again[KL_PHONE_TEXT + 1];
        size_t length = 0;
        for (int k = rand_r(&seed) % 8; k >= 0; k--) {
            const char *part = parts[(size_t)rand_r(&seed) % (sizeof parts / sizeof *parts)];
            memcpy(text + length, part, strlen(part));
            length += strlen(part);
        }
        const char *country = countries[(size_t)rand_r(&seed) % (sizeof countries / sizeof *countries)];
        if (phone_normalize(text, length, country, first) != KL_PHONE_OK)
            continue;
        snprintf(again, sizeof again, "+%s", first);
        /* A number with a digit too many may be read as one with a prefix: then it is shorter, never another. */
        const char *got = answer(again, strlen(again), NULL);
        ck_assert_msg(strcmp(got, first) == 0 || strlen(got) < strlen(first), "%s (%s) is %s, then %s", text,
                      country ? country : "-", first, got);
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("phone");
    TCase *tc = tcase_create("phone");
    tcase_add_test(tc, every_row_of_the_messy_contacts_gets_its_true_number);
    tcase_add_test(tc, the_messy_file_read_as_csv_gives_the_same_numbers);
    tcase_add_test(tc, thousands_of_spellings_of_all_countries_agree_with_the_reference);
    tcase_add_test(tc, digits_of_every_script_count);
    tcase_add_test(tc, spaces_and_dashes_of_every_kind_are_passed_over);
    tcase_add_test(tc, what_a_spreadsheet_does_to_numbers_is_undone_or_refused);
    tcase_add_test(tc, a_tel_link_is_read_but_not_its_parameters);
    tcase_add_test(tc, prefixes_follow_the_default_country);
    tcase_add_test(tc, a_refusal_says_why);
    tcase_add_test(tc, a_number_never_passes_fifteen_digits);
    tcase_add_test(tc, bytes_that_are_no_text_are_refused);
    tcase_add_test(tc, only_upper_case_codes_of_real_countries_are_known);
    tcase_add_test(tc, what_was_accepted_is_accepted_again_unchanged);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
