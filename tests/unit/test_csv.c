/* CSV gives the same records however the file is cut, and names the line of what it refuses. */
#include "base/csv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "harness/suite.h"

/* All records as one text: "3:a|b\n" for the record of line 3. */
typedef struct journal {
    char text[4096];
    size_t length;
    size_t records;
    size_t stop_after;
} journal;

static void put(journal *l, const char *bytes, size_t length)
{
    ck_assert_uint_lt(l->length + length, sizeof l->text);
    memcpy(l->text + l->length, bytes, length);
    l->length += length;
    l->text[l->length] = '\0';
}

static kl_status take(void *context, uint64_t line, const csv_field *fields, size_t count, kl_error **error)
{
    journal *l = context;
    char number[32];
    (void)error;
    put(l, number, (size_t)snprintf(number, sizeof number, "%" PRIu64 ":", line));
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(fields[i].data[fields[i].length], '\0');
        if (i > 0)
            put(l, "|", 1);
        put(l, fields[i].data, fields[i].length);
    }
    put(l, "\n", 1);
    return ++l->records == l->stop_after ? KL_ERR_CANCELLED : KL_OK;
}

/* Reads a file cut into slices; a first slice of another size moves all the cuts. */
static kl_status read_sliced(const char *bytes, size_t length, csv_options options, size_t first, size_t slice,
                             journal *l, kl_error **error)
{
    csv_reader *reader = NULL;
    kl_status status = csv_reader_create(&options, &reader, error);
    size_t stop_after = l->stop_after;
    *l = (journal){.stop_after = stop_after};
    for (size_t at = 0, part = first; at < length && status == KL_OK; at += part, part = slice) {
        if (part > length - at)
            part = length - at;
        /* A block of its own lets the sanitizer see a read beyond it. */
        char *block = malloc(part + 1);
        memcpy(block, bytes + at, part);
        status = csv_reader_feed(reader, block, part, take, l, error);
        free(block);
    }
    if (status == KL_OK)
        status = csv_reader_finish(reader, take, l, error);
    csv_reader_free(reader);
    return status;
}

static void ck_reads_with(const char *bytes, size_t length, csv_options options, const char *expected)
{
    journal l = {0};
    ck_assert_int_eq(read_sliced(bytes, length, options, length, length, &l, NULL), KL_OK);
    ck_assert_str_eq(l.text, expected);
    ck_assert_int_eq(read_sliced(bytes, length, options, 1, 1, &l, NULL), KL_OK);
    ck_assert_str_eq(l.text, expected);
    for (size_t cut = 1; cut < length; cut++) {
        ck_assert_int_eq(read_sliced(bytes, length, options, cut, length, &l, NULL), KL_OK);
        ck_assert_str_eq(l.text, expected);
    }
}

#define ck_reads(bytes, expected) ck_reads_with(bytes, sizeof(bytes) - 1, (csv_options){.delimiter = ','}, expected)
#define ck_detects(bytes, expected) ck_reads_with(bytes, sizeof(bytes) - 1, (csv_options){0}, expected)

/* The same refusal, message and records in front of it, wherever the file is cut. */
static void ck_refuses_with(const char *bytes, size_t length, csv_options options, kl_status expected,
                            const char *message, const char *records)
{
    journal l = {0};
    for (size_t cut = 1; cut <= length; cut++) {
        for (size_t slice = 1; slice <= length; slice += length > 1 ? length - 1 : 1) {
            kl_error *error = NULL;
            ck_assert_int_eq(read_sliced(bytes, length, options, cut, slice, &l, &error), expected);
            ck_assert_str_eq(kl_error_message(error), message);
            ck_assert_str_eq(l.text, records);
            kl_error_free(error);
        }
    }
}

#define ck_refuses(bytes, options, status, message, records)                                                           \
    ck_refuses_with(bytes, sizeof(bytes) - 1, options, status, message, records)

START_TEST(fields_and_records_are_cut_at_delimiters_and_line_ends)
{
    ck_reads("a,b,c\n1,2,3\n", "1:a|b|c\n2:1|2|3\n");
    ck_reads("a,b\r\n1,2\r\n", "1:a|b\n2:1|2\n");
    ck_reads("a,b\r1,2\r", "1:a|b\n2:1|2\n");
    ck_reads("a,b\n1,2", "1:a|b\n2:1|2\n");
    ck_reads("a,,\n,\n", "1:a||\n2:|\n");
    ck_reads("a,", "1:a|\n");
    ck_reads("a", "1:a\n");
    ck_reads("", "");
}
END_TEST

START_TEST(quoted_fields_hold_delimiters_quotes_and_line_breaks)
{
    ck_reads("\"a,b\",\"say \"\"hi\"\"\",\"\"\n", "1:a,b|say \"hi\"|\n");
    ck_reads("\"two\nlines\",x\r\n\"a\r\nb\rc\"\r\nlast\n", "1:two\nlines|x\n3:a\r\nb\rc\n6:last\n");
    ck_reads("\"\"\"\"\"\",\"\"\"\"", "1:\"\"|\"\n");
    ck_reads("\"end\"", "1:end\n");
    ck_reads("\"\"", "1:\n");
}
END_TEST

START_TEST(what_spreadsheets_write_is_read)
{
    ck_reads("5\" pipe,a\"b\"\n", "1:5\" pipe|a\"b\"\n");
    ck_reads("\"a\"  ,\"b\" \n", "1:a|b\n");
    ck_reads("a, \"b\"\n", "1:a| \"b\"\n");
    ck_reads("\xef\xbb\xbf\"a\",b\n", "1:a|b\n");
    ck_reads("a,b,c\n1\n1,2,3,4\n", "1:a|b|c\n2:1\n3:1|2|3|4\n");
}
END_TEST

START_TEST(blank_lines_are_skipped_but_counted)
{
    ck_reads("\n\r\n\ra\n\n\n\nb\r\r\rc\n\n", "4:a\n8:b\n11:c\n");
    ck_reads("a\n\"\"\n \n,\n", "1:a\n2:\n3: \n4:|\n");
    ck_reads("\xef\xbb\xbf\n\na\n", "3:a\n");
    ck_detects("\r\n\na;b\n", "3:a|b\n");
}
END_TEST

START_TEST(the_delimiter_is_found_in_the_first_record)
{
    ck_detects("a;b;c\n1,5;2;3\n", "1:a|b|c\n2:1,5|2|3\n");
    ck_detects("a\tb\n", "1:a|b\n");
    ck_detects("a|b|c\n", "1:a|b|c\n");
    ck_detects("name;\"phone, home, work\";city\n", "1:name|phone, home, work|city\n");
    ck_detects("\"a\"\";,,\";b;\"c\nd,,,\"\n1;2\n", "1:a\";,,|b|c\nd,,,\n3:1|2\n");
    ck_detects("single\n1,2\n", "1:single\n2:1|2\n");
    ck_detects("a,b;c,d;e\n", "1:a|b;c|d;e\n");
    ck_detects("sep=;\r\na,b;c,d\r\n", "2:a,b|c,d\n");
    ck_detects("\xef\xbb\xbfsep=|\na|b\n", "2:a|b\n");
    ck_detects("sep=;x\n", "1:sep=|x\n");
    ck_detects("sep=a\n1,2\n", "1:sep=a\n2:1|2\n");
    ck_detects("5\";x;6\",y\n", "1:5\"|x|6\",y\n");
    /* Looked for only as far as a record may reach: a file of empty lines is not kept in memory. */
    ck_reads_with("\n\n\n\n\n\na;b\n", 10, (csv_options){.max_record = 8}, "7:a|b\n");
    ck_reads_with("\n\n\n\n\n\n\n\n\n\na;b\n", 14, (csv_options){.max_record = 8}, "11:a;b\n");
}
END_TEST

START_TEST(the_found_delimiter_can_be_asked)
{
    journal l = {0};
    csv_reader *reader = NULL;
    ck_assert_int_eq(csv_reader_create(NULL, &reader, NULL), KL_OK);
    ck_assert_int_eq(csv_reader_feed(reader, "a;b", 3, take, &l, NULL), KL_OK);
    ck_assert_int_eq(csv_reader_delimiter(reader), '\0');
    ck_assert_int_eq(csv_reader_feed(reader, "\n", 1, take, &l, NULL), KL_OK);
    ck_assert_int_eq(csv_reader_delimiter(reader), ';');
    csv_reader_free(reader);
    csv_reader_free(NULL);
}
END_TEST

START_TEST(nul_bytes_stay_in_their_field)
{
    journal l = {0};
    static const char bytes[] = "a\0b,\"c\0\"\n";
    ck_assert_int_eq(read_sliced(bytes, sizeof bytes - 1, (csv_options){0}, 1, 1, &l, NULL), KL_OK);
    ck_assert_uint_eq(l.length, 9);
    ck_assert_mem_eq(l.text, "1:a\0b|c\0\n", 9);
}
END_TEST

START_TEST(broken_quoting_is_refused_with_its_line)
{
    csv_options comma = {.delimiter = ','};
    ck_refuses("a,b\n\"x\"y,z\n", comma, KL_ERR_FORMAT, "CSV line 2: text behind a closing quote", "1:a|b\n");
    ck_refuses("\"x\" \"y\"\n", comma, KL_ERR_FORMAT, "CSV line 1: text behind a closing quote", "");
    ck_refuses("\"x\n\ny\"z\n", comma, KL_ERR_FORMAT, "CSV line 3: text behind a closing quote", "");
    ck_refuses("a\nb,\"c\nd\n\n", comma, KL_ERR_FORMAT, "CSV line 2: the quote opened here is never closed", "1:a\n");
    ck_refuses("\"", comma, KL_ERR_FORMAT, "CSV line 1: the quote opened here is never closed", "");
}
END_TEST

START_TEST(long_records_and_too_many_fields_are_refused_with_their_line)
{
    csv_options eight = {.max_record = 8, .delimiter = ','};
    static const char fits[] = "12345678\n1234,678\r\n\"23456\"\n";
    ck_reads_with(fits, sizeof fits - 1, eight, "1:12345678\n2:1234|678\n3:23456\n");
#define LONG "the record is longer than 8 bytes; is a quote left open?"
    ck_refuses("1\n123456789\n", eight, KL_ERR_TOO_LONG, "CSV line 2: " LONG, "1:1\n");
    ck_refuses("1\n1,3,5,7,9", eight, KL_ERR_TOO_LONG, "CSV line 2: " LONG, "1:1\n");
    ck_refuses("1\n\n\"open\n\nand so on", eight, KL_ERR_TOO_LONG, "CSV line 3: " LONG, "1:1\n");
    ck_refuses("\"23456\"  x\n", eight, KL_ERR_TOO_LONG, "CSV line 1: " LONG, "");
    ck_refuses("\"23456\" x\n", eight, KL_ERR_FORMAT, "CSV line 1: text behind a closing quote", "");
    ck_refuses("123456789", (csv_options){.max_record = 8}, KL_ERR_TOO_LONG, "CSV line 1: " LONG, "");
    csv_options three = {.max_fields = 3, .delimiter = ','};
    ck_refuses("a,b,c\n\na,b,c,d\n", three, KL_ERR_TOO_LONG, "CSV line 3: more than 3 fields", "1:a|b|c\n");
    ck_refuses("a,b,c,", three, KL_ERR_TOO_LONG, "CSV line 1: more than 3 fields", "");
}
END_TEST

START_TEST(utf16_is_refused_with_advice)
{
    csv_options none = {0};
    ck_refuses("\xff\xfe"
               "a\0",
               none, KL_ERR_ENCODING, "the CSV file is UTF-16; save it as UTF-8", "");
    ck_refuses("\xfe\xff", none, KL_ERR_ENCODING, "the CSV file is UTF-16; save it as UTF-8", "");
}
END_TEST

START_TEST(a_delimiter_that_cannot_be_one_is_refused)
{
    csv_reader *reader = NULL;
    for (const char *c = "\"\r\n"; *c; c++) {
        ck_assert_int_eq(csv_reader_create(&(csv_options){.delimiter = *c}, &reader, NULL), KL_ERR_ARGUMENT);
        ck_assert_ptr_null(reader);
    }
}
END_TEST

START_TEST(a_stopped_or_finished_reader_reads_nothing_more)
{
    journal l = {.stop_after = 2};
    csv_reader *reader = NULL;
    ck_assert_int_eq(csv_reader_create(NULL, &reader, NULL), KL_OK);
    ck_assert_int_eq(csv_reader_feed(reader, "a\nb\nc\n", 6, take, &l, NULL), KL_ERR_CANCELLED);
    ck_assert_int_eq(csv_reader_feed(reader, "d\n", 2, take, &l, NULL), KL_ERR_CANCELLED);
    ck_assert_int_eq(csv_reader_finish(reader, take, &l, NULL), KL_ERR_CANCELLED);
    ck_assert_str_eq(l.text, "1:a\n2:b\n");
    csv_reader_free(reader);

    l = (journal){0};
    ck_assert_int_eq(csv_reader_create(NULL, &reader, NULL), KL_OK);
    ck_assert_int_eq(csv_reader_feed(reader, "a", 1, take, &l, NULL), KL_OK);
    ck_assert_int_eq(csv_reader_finish(reader, take, &l, NULL), KL_OK);
    ck_assert_int_eq(csv_reader_finish(reader, take, &l, NULL), KL_ERR_STATE);
    ck_assert_int_eq(csv_reader_feed(reader, "b", 1, take, &l, NULL), KL_ERR_STATE);
    ck_assert_str_eq(l.text, "1:a\n");
    csv_reader_free(reader);
}
END_TEST

static char xs[130000];

static kl_status check_long(void *context, uint64_t line, const csv_field *fields, size_t count, kl_error **error)
{
    size_t *records = context;
    (void)line;
    (void)error;
    ck_assert_uint_eq(count, 2);
    ck_assert_uint_eq(fields[0].length, 5);
    ck_assert_mem_eq(fields[0].data, "first", 6);
    ck_assert_uint_eq(fields[1].length, 2000 * (++*records));
    ck_assert_mem_eq(fields[1].data, xs, fields[1].length);
    return KL_OK;
}

START_TEST(records_longer_than_any_block_survive_the_moves)
{
    enum { RECORDS = 60, SLICE = 5000 };
    size_t records = 0;
    size_t length = 0;
    csv_reader *reader = NULL;
    char *file = malloc((size_t)RECORDS * sizeof xs);
    memset(xs, 'x', sizeof xs);
    for (size_t n = 1; n <= RECORDS; n++) {
        const char *quote = n % 2 == 0 ? "\"" : "";
        length += (size_t)snprintf(file + length, sizeof xs + 16, "first,%s%.*s%s\n", quote, (int)(2000 * n), xs,
                                   quote);
    }
    ck_assert_int_eq(csv_reader_create(&(csv_options){.delimiter = ','}, &reader, NULL), KL_OK);
    for (size_t at = 0; at < length; at += SLICE) {
        size_t part = length - at < SLICE ? length - at : SLICE;
        ck_assert_int_eq(csv_reader_feed(reader, file + at, part, check_long, &records, NULL), KL_OK);
    }
    ck_assert_int_eq(csv_reader_finish(reader, check_long, &records, NULL), KL_OK);
    ck_assert_uint_eq(records, RECORDS);
    csv_reader_free(reader);
    free(file);
}
END_TEST

START_TEST(random_bytes_give_the_same_answer_in_any_slices)
{
    static const char signs[] = "ab,,;\"\"\"\n\r \t|\xef";
    const char *given = getenv("KL_TEST_SEED");
    unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    printf("KL_TEST_SEED=%u\n", seed);
    for (int i = 0; i < 4000; i++) {
        char bytes[48];
        journal whole = {0}, sliced = {0};
        size_t length = 1 + (size_t)rand_r(&seed) % sizeof bytes;
        for (size_t k = 0; k < length; k++)
            bytes[k] = signs[(size_t)rand_r(&seed) % (sizeof signs - 1)];
        csv_options options = {.max_record = rand_r(&seed) % 2 ? 12 : 0, .max_fields = 6,
                               .delimiter = rand_r(&seed) % 2 ? ',' : '\0'};
        kl_error *a = NULL, *b = NULL;
        kl_status status = read_sliced(bytes, length, options, length, length, &whole, &a);
        size_t slice = 1 + (size_t)rand_r(&seed) % 4;
        ck_assert_int_eq(read_sliced(bytes, length, options, slice, slice, &sliced, &b), status);
        ck_assert_str_eq(whole.text, sliced.text);
        ck_assert_str_eq(kl_error_message(a), kl_error_message(b));
        kl_error_free(a);
        kl_error_free(b);
    }
}
END_TEST

/* Writes fields as RFC 4180 says and expects them back. */
START_TEST(what_is_written_comes_back)
{
    static const char signs[] = "ab,;\"\n\r \xc3\xa9";
    const char *given = getenv("KL_TEST_SEED");
    unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    printf("KL_TEST_SEED=%u\n", seed);
    for (int i = 0; i < 4000; i++) {
        journal file = {0}, expected = {0}, got = {0};
        uint64_t line = 1;
        for (int records = 1 + rand_r(&seed) % 4; records > 0; records--) {
            char number[32];
            put(&expected, number, (size_t)snprintf(number, sizeof number, "%" PRIu64 ":", line));
            for (int fields = 1 + rand_r(&seed) % 4, k = 0; k < fields; k++) {
                char last = '\0';
                put(&file, ",\"", 2);
                if (k == 0) { /* no delimiter in front of the first */
                    file.text[file.length - 2] = '"';
                    file.length--;
                }
                put(&expected, "|", k > 0);
                for (int n = rand_r(&seed) % 6; n > 0; n--) {
                    char c = signs[(size_t)rand_r(&seed) % (sizeof signs - 1)];
                    put(&file, "\"", c == '"');
                    put(&file, &c, 1);
                    put(&expected, &c, 1);
                    line += c == '\r' || (c == '\n' && last != '\r');
                    last = c;
                }
                put(&file, "\"", 1);
            }
            put(&file, "\r\n", 2);
            put(&expected, "\n", 1);
            line++;
        }
        size_t slice = 1 + (size_t)rand_r(&seed) % 40;
        csv_options comma = {.delimiter = ','};
        ck_assert_int_eq(read_sliced(file.text, file.length, comma, slice, slice, &got, NULL), KL_OK);
        ck_assert_str_eq(got.text, expected.text);
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("csv");
    TCase *tc = tcase_create("csv");
    tcase_add_test(tc, fields_and_records_are_cut_at_delimiters_and_line_ends);
    tcase_add_test(tc, quoted_fields_hold_delimiters_quotes_and_line_breaks);
    tcase_add_test(tc, what_spreadsheets_write_is_read);
    tcase_add_test(tc, blank_lines_are_skipped_but_counted);
    tcase_add_test(tc, the_delimiter_is_found_in_the_first_record);
    tcase_add_test(tc, the_found_delimiter_can_be_asked);
    tcase_add_test(tc, nul_bytes_stay_in_their_field);
    tcase_add_test(tc, broken_quoting_is_refused_with_its_line);
    tcase_add_test(tc, long_records_and_too_many_fields_are_refused_with_their_line);
    tcase_add_test(tc, utf16_is_refused_with_advice);
    tcase_add_test(tc, a_delimiter_that_cannot_be_one_is_refused);
    tcase_add_test(tc, a_stopped_or_finished_reader_reads_nothing_more);
    tcase_add_test(tc, records_longer_than_any_block_survive_the_moves);
    tcase_add_test(tc, random_bytes_give_the_same_answer_in_any_slices);
    tcase_add_test(tc, what_is_written_comes_back);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
