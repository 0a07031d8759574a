/* Statements without a database: honest ones are verified, every tampering is found and named by its seq. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/ledger_text.h"
#include "harness/suite.h"

enum { ROWS = 8 };

static const kl_ledger_format formats[] = {KL_LEDGER_CSV, KL_LEDGER_JSON_LINES};
static const kl_uuid vendor = {{0x01, 0x89, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0x01}};
static const kl_uuid wallet = {{0x01, 0x89, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0x02}};
static const kl_uuid debit = {{0x01, 0x89, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0x03}};
static const kl_uuid campaign = {{0x01, 0x89, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0xca}};

/* What a form could stumble over. */
static const char *const texts[ROWS] = {"pay_29QQoUBi66xm2f", "a, b \"c\",\"\" d", "one\r\ntwo\n", "\\x41 \\u0041 \\",
                                        "\u0917\u093c\u0932\u0924 \U0001f648", "\x01\t\x1f\x7f", "", "'=1+1{}[]:,null"};

static ledger_row rows[ROWS];
static uint8_t hashes[ROWS][SHA256_BYTES];

/* Hashes the rows from one on. */
static void rehash(int from)
{
    static const uint8_t zeros[SHA256_BYTES];
    buffer scratch = BUFFER_INIT;
    for (int i = from; i < ROWS; i++)
        ck_assert(ledger_hash(i ? hashes[i - 1] : zeros, &rows[i], &scratch, hashes[i]));
    buffer_free(&scratch);
}

static void make_rows(void)
{
    kl_money balance = 0;
    for (int i = 0; i < ROWS; i++) {
        kl_transaction_type type = i == 0 ? KL_CREDIT_RECHARGE : i == 5 ? KL_REFUND : KL_DEBIT_MESSAGE;
        kl_money amount = type == KL_CREDIT_RECHARGE ? 9999999999 : 8631 + i;
        balance += type == KL_DEBIT_MESSAGE ? -amount : amount;
        rows[i] = (ledger_row){vendor, wallet, i + 1, vendor, type, amount, balance, texts[i],
                               i % 2 ? texts[ROWS - 1 - i] : NULL, i == 5 ? &debit : NULL, i > 3 ? &campaign : NULL,
                               i == 4 ? 0 : -1, 1760000000123456 + i};
        if (i == 1)
            rows[i].idempotency_key = "key";
        rows[i].id.bytes[15] = (uint8_t)(0x10 + i);
    }
    rehash(0);
}

/* ---- a statement in memory ---- */

typedef struct source {
    const char *bytes;
    size_t left;
    size_t piece; /* most bytes handed out at once; 0: all */
} source;

static long read_source(void *context, char *out, size_t size)
{
    source *s = context;
    size_t length = s->left < size ? s->left : size;
    if (s->piece && s->piece < length)
        length = s->piece;
    if (length)
        memcpy(out, s->bytes, length);
    s->bytes += length;
    s->left -= length;
    return (long)length;
}

static kl_ledger_report report;
static kl_ledger_point reached;
static char message[300];

static kl_status verify_pieces(const buffer *b, kl_ledger_format format, const uint8_t *head, size_t piece)
{
    source s = {b->data, b->length, piece};
    kl_error *error = NULL;
    memset(&report, 0x5A, sizeof report);
    memset(&reached, 0x5A, sizeof reached);
    kl_status status = kl_ledger_verify_stream(read_source, &s, format, head, &reached, &report, &error);
    snprintf(message, sizeof message, "%s", kl_error_message(error));
    kl_error_free(error);
    return status;
}

static kl_status verify(const buffer *b, kl_ledger_format format, const uint8_t *head)
{
    return verify_pieces(b, format, head, 0);
}

static void write_rows(buffer *b, kl_ledger_format format, int from, int to)
{
    for (int i = from; i < to; i++)
        ledger_text_write(b, format, &rows[i], hashes[i]);
}

static buffer statement(kl_ledger_format format)
{
    buffer b = BUFFER_INIT;
    make_rows();
    ledger_text_header(&b, format);
    write_rows(&b, format, 0, ROWS);
    ck_assert(!b.broken);
    return b;
}

/* It must be found at this seq, in these words. Releases the statement. */
static void ck_corrupt(buffer *b, kl_ledger_format format, const uint8_t *head, int64_t seq, const char *words)
{
    char number[40];
    kl_status status = verify(b, format, head);
    ck_assert_msg(status == KL_ERR_CORRUPT, "%s: %s %s", words, kl_status_name(status), message);
    ck_assert_msg(report.bad_seq == seq, "%s: %lld instead of %lld", message, (long long)report.bad_seq, (long long)seq);
    ck_assert_msg(strstr(message, words) != NULL, "%s: %s", words, message);
    snprintf(number, sizeof number, "row %lld ", (long long)seq);
    if (seq)
        ck_assert_msg(strstr(message, number) != NULL, "%s", message);
    ck_assert_int_eq(reached.seq, INT64_C(0x5A5A5A5A5A5A5A5A));
    buffer_free(b);
}

static void ck_verified(const buffer *b, kl_ledger_format format)
{
    kl_status status = verify(b, format, hashes[ROWS - 1]);
    ck_assert_msg(status == KL_OK, "%s", message);
    ck_assert_int_eq(report.rows, ROWS);
    ck_assert_int_eq(report.bad_seq, 0);
    ck_assert_int_eq(reached.seq, ROWS);
    ck_assert_int_eq(reached.balance, rows[ROWS - 1].balance_after);
    ck_assert_mem_eq(reached.hash, hashes[ROWS - 1], SHA256_BYTES);
}

/* Puts another text where one stands. */
static void replace(buffer *b, const char *old, const char *new)
{
    char *place = strstr(b->data, old);
    ck_assert_msg(place != NULL, "%s is not there", old);
    buffer changed = BUFFER_INIT;
    buffer_append(&changed, b->data, (size_t)(place - b->data));
    buffer_text(&changed, new);
    buffer_text(&changed, place + strlen(old));
    buffer_free(b);
    *b = changed;
}

START_TEST(an_honest_statement_is_verified_and_added_up)
{
    buffer b = statement(formats[_i]);
    ck_verified(&b, formats[_i]);
    ck_assert_int_eq(report.credited, 9999999999);
    ck_assert_int_eq(report.refunded, 8636);
    ck_assert_int_eq(report.debited, 6 * 8631 + 1 + 2 + 3 + 4 + 6 + 7);
    ck_assert_int_eq(report.balance, rows[ROWS - 1].balance_after);
    ck_assert_int_eq(report.held, 0);
    ck_assert_int_eq(verify(&b, formats[_i], NULL), KL_OK);
    buffer_free(&b);
}
END_TEST

START_TEST(it_may_come_in_pieces_of_any_size)
{
    buffer b = statement(formats[_i]);
    for (size_t piece = 1; piece < 400; piece++)
        ck_assert_msg(verify_pieces(&b, formats[_i], hashes[ROWS - 1], piece) == KL_OK, "%zu: %s", piece, message);
    buffer_free(&b);
}
END_TEST

START_TEST(an_edited_field_is_found_and_named)
{
    enum { VARIANTS = 18 };
    for (int variant = 0; variant < VARIANTS; variant++) {
        buffer b = BUFFER_INIT;
        make_rows();
        ledger_text_header(&b, formats[_i]);
        write_rows(&b, formats[_i], 0, 5);
        ledger_row row = rows[5];
        uint8_t hash[SHA256_BYTES];
        memcpy(hash, hashes[5], sizeof hash);
        const char *words = "hash of its content";
        switch (variant) {
        case 0: row.id.bytes[0] ^= 1; break;
        case 1: row.type = KL_CREDIT_RECHARGE; break;
        case 2: row.amount++; break;
        case 3: row.balance_after--; break;
        case 4: row.reference = "gift"; break;
        case 5: row.reference = "\x01\t\x1f\x7f "; break;
        case 6: row.idempotency_key = NULL; break;
        case 7: row.idempotency_key = "other"; break;
        case 8: row.debit_id = NULL; break;
        case 9: row.debit_id = &campaign; break;
        case 10: row.campaign_id = NULL; break;
        case 11: row.campaign_id = &debit; break;
        case 12: row.batch_no = 0; break;
        case 13: row.created_at++; break;
        case 14: hash[31] ^= 1; break;
        case 15: row.vendor_id.bytes[15] ^= 1; words = "another wallet"; break;
        case 16: row.wallet_id.bytes[15] ^= 1; words = "another wallet"; break;
        default: row.reference = row.idempotency_key; row.idempotency_key = rows[5].reference; break;
        }
        ledger_text_write(&b, formats[_i], &row, hash);
        write_rows(&b, formats[_i], 6, ROWS);
        ck_corrupt(&b, formats[_i], NULL, 6, words);
    }
}
END_TEST

START_TEST(a_time_that_differs_from_its_microseconds_is_found)
{
    buffer b = statement(formats[_i]);
    replace(&b, "2025-10-09T08:53:20.123458Z", "2025-10-09T08:53:20.123459Z");
    ck_corrupt(&b, formats[_i], NULL, 3, "created_at");
    b = statement(formats[_i]);
    replace(&b, formats[_i] == KL_LEDGER_CSV ? "2025-10-09T08:53:20.123458Z" : "\"2025-10-09T08:53:20.123458Z\"",
            formats[_i] == KL_LEDGER_CSV ? "" : "null");
    ck_corrupt(&b, formats[_i], NULL, 3, "created_at");
}
END_TEST

START_TEST(times_of_all_years_have_their_date)
{
    static const struct {
        kl_time at;
        const char *text;
    } moments[] = {{0, "1970-01-01T00:00:00.000000Z"},
                   {-1, "1969-12-31T23:59:59.999999Z"},
                   {INT64_C(951782400000000), "2000-02-29T00:00:00.000000Z"},
                   {INT64_C(4107542399999999), "2100-02-28T23:59:59.999999Z"},
                   {INT64_C(4107542400000000), "2100-03-01T00:00:00.000000Z"},
                   {INT64_C(253402300799999999), "9999-12-31T23:59:59.999999Z"},
                   {INT64_C(-62135596800000000), "0001-01-01T00:00:00.000000Z"},
                   {INT64_C(253402300800000000), "1,,CREDIT"}};
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        buffer b = BUFFER_INIT;
        make_rows();
        rows[0].created_at = moments[i].at;
        rehash(0);
        ledger_text_header(&b, KL_LEDGER_CSV);
        write_rows(&b, KL_LEDGER_CSV, 0, ROWS);
        ck_assert_msg(strstr(b.data, moments[i].text) != NULL, "%s", moments[i].text);
        ck_verified(&b, KL_LEDGER_CSV);
        buffer_free(&b);
    }
}
END_TEST

START_TEST(missing_swapped_repeated_and_foreign_rows_are_found)
{
    static const struct {
        int order[ROWS + 2]; /* rows from 1; 0 ends */
        bool with_head;
        int64_t seq;
        const char *words;
    } cases[] = {
        {{2, 3, 4, 5, 6, 7, 8}, false, 1, "missing"},
        {{1, 2, 3, 5, 6, 7, 8}, false, 4, "missing"},
        {{1, 2, 4, 3, 5, 6, 7, 8}, false, 3, "missing"},
        {{1, 2, 3, 3, 4, 5, 6, 7, 8}, false, 3, "one too many"},
        {{1, 2, 3, 4, 5, 6, 7, 8, 1}, false, 1, "one too many"},
        {{1, 2, 3, 4, 5, 6, 7, 8, 8}, false, 8, "one too many"},
        {{1, 2, 3, 4, 5, 6, 7}, true, 0, "expected hash"},
        {{0}, true, 0, "expected hash"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        buffer b = BUFFER_INIT;
        make_rows();
        ledger_text_header(&b, formats[_i]);
        for (int i = 0; cases[c].order[i]; i++)
            write_rows(&b, formats[_i], cases[c].order[i] - 1, cases[c].order[i]);
        ck_corrupt(&b, formats[_i], cases[c].with_head ? hashes[ROWS - 1] : NULL, cases[c].seq, cases[c].words);
    }
}
END_TEST

START_TEST(a_rewritten_tail_shows_against_a_known_head_only)
{
    uint8_t head[SHA256_BYTES], earlier[SHA256_BYTES];
    make_rows();
    memcpy(head, hashes[ROWS - 1], sizeof head);
    memcpy(earlier, hashes[3], sizeof earlier);
    rows[5].reference = "gift";
    rehash(5);
    buffer b = BUFFER_INIT;
    ledger_text_header(&b, formats[_i]);
    write_rows(&b, formats[_i], 0, ROWS);
    ck_assert_msg(verify(&b, formats[_i], NULL) == KL_OK, "%s", message);
    ck_corrupt(&b, formats[_i], head, 0, "expected hash");
    b = statement(formats[_i]); /* and rows appended behind the end that is known */
    ck_corrupt(&b, formats[_i], earlier, 5, "behind the row with the expected hash");
}
END_TEST

START_TEST(a_balance_that_never_was_is_found_under_a_right_hash)
{
    make_rows();
    rows[6].balance_after++;
    rehash(6);
    buffer b = BUFFER_INIT;
    ledger_text_header(&b, formats[_i]);
    write_rows(&b, formats[_i], 0, ROWS);
    ck_corrupt(&b, formats[_i], NULL, 7, "continue the balance");
}
END_TEST

START_TEST(other_spellings_of_the_same_rows_are_verified)
{
    buffer b = statement(KL_LEDGER_CSV);
    buffer other = BUFFER_INIT;
    buffer_text(&other, "\xEF\xBB\xBF");
    buffer_text(&other, b.data);
    replace(&other, "\n1,", "\r\n\"1\",");
    replace(&other, "CREDIT_RECHARGE,999999.9999,", "\"CREDIT_RECHARGE\",999999.9999,");
    replace(&other, ",,,,", ",\"\",,,");
    other.length--; /* no line end behind the last row */
    ck_verified(&other, KL_LEDGER_CSV);
    buffer_free(&other);
    buffer_free(&b);
    b = statement(KL_LEDGER_JSON_LINES);
    replace(&b, "{\"seq\":2,", "\r\n\n{\"seq\":2,");
    replace(&b, "{\"seq\":1,", "{ \"batch_no\" : null , \"seq\":1,");
    replace(&b, "\"batch_no\":null,\"vendor", "\"vendor");
    replace(&b, "pay_29QQoUBi66xm2f", "pay\\u005f29QQoUBi66xm2f");
    ck_verified(&b, KL_LEDGER_JSON_LINES);
    buffer_free(&b);
}
END_TEST

START_TEST(what_is_no_row_is_named_by_the_row_that_should_stand_there)
{
    static const char *const csv[][2] = {{"\n3,", "\n3,3,"},        {"\n3,", "\nthree,"},     {"\n3,", "\n3.0,"},
                                         {"DEBIT", "debit"},        {"0.8632", "0.86321"},    {"0.8632", "+.8632"},
                                         {"0.8632", "1e3"},         {"0.8632", "NaN"},        {"0.8632", ""},
                                         {"-000000000011", "-11"},  {",key", ",\"key"},       {"\n3,", "\n,"},
                                         {"\n3,", "\n99999999999999999999,"}, {"\n3,", ",x\n3,"}, {"\n3,", ",\n3,"}};
    static const char *const json[][2] = {
        {"{\"seq\":2,", "{\"seq\":2,\"seq\":2,"}, {"{\"seq\":2,", "{\"seq\":2,\"note\":1,"}, {"{\"seq\":2,", "{"},
        {"{\"seq\":2,", "[\"seq\":2,"}, {"{\"seq\":2,", "{\"seq\":\"two\","}, {"{\"seq\":2,", "{\"seq\":null,"},
        {"\"0.8632\"", "0.8632"}, {"\"key\"", "key"}, {"\"key\"", "\"key\\q\""},
        /* The first row holds no backslash, so that nothing else has looked at its JSON. */
        {"{\"seq\":1,", "{\"seq\":1,\"seq\":1,"}, {"{\"seq\":1,", "{\"seq\":1,\"note\":1,"}, {"{\"seq\":1,", "{"},
        {"{\"seq\":1,", "[\"seq\":1,"}, {"{\"seq\":1,", "{\"seq\":1 "}, {"{\"seq\":1,", "{\"seq\":null,"},
        {"\"batch_no\":null,", ""}, {"{\"seq\":1,", "{\"seq\",1,"}, {"}\n", "},\n"}, {"\"key\"", "{}"},
        {"{\"seq\":2,", "{\"seq\" 2,"}, {"{\"seq\":2,", "{} {\"seq\":2,"}};
    for (size_t i = 0; i < sizeof csv / sizeof *csv; i++) {
        buffer b = statement(KL_LEDGER_CSV);
        bool third = strstr(csv[i][0], "3,") && csv[i][1][0] == '\n'; /* else something behind the second */
        replace(&b, csv[i][0], csv[i][1]);
        ck_corrupt(&b, KL_LEDGER_CSV, NULL, third ? 3 : 2, "");
    }
    for (size_t i = 0; i < sizeof json / sizeof *json; i++) {
        buffer b = statement(KL_LEDGER_JSON_LINES);
        replace(&b, json[i][0], json[i][1]);
        bool second = strstr(json[i][0], "2,") || strstr(json[i][0], "0.8632") || strstr(json[i][0], "\"key\"");
        if (b.data[0] == '{') {
            ck_corrupt(&b, KL_LEDGER_JSON_LINES, NULL, second ? 2 : 1, "");
            continue;
        }
        ck_assert_int_eq(verify(&b, KL_LEDGER_JSON_LINES, NULL), KL_ERR_FORMAT);
        buffer_free(&b);
    }
}
END_TEST

START_TEST(nothing_hides_behind_a_nul)
{
    buffer b = statement(formats[_i]);
    char *key = strstr(b.data, ",key,");
    key += key != NULL;
    if (formats[_i] == KL_LEDGER_JSON_LINES)
        key = strstr(b.data, "\"key\"") + 1;
    char hidden[] = "key";
    buffer changed = BUFFER_INIT;
    buffer_append(&changed, b.data, (size_t)(key - b.data));
    buffer_append(&changed, hidden, sizeof hidden); /* with its NUL */
    buffer_text(&changed, "gift");
    buffer_text(&changed, key + 3);
    buffer_free(&b);
    ck_corrupt(&changed, formats[_i], NULL, 2, "NUL");
}
END_TEST

START_TEST(a_record_without_end_is_refused)
{
    buffer b = statement(formats[_i]);
    char *end = strstr(b.data, "\n");
    b.length = (size_t)(end - b.data) + 1; /* the header, or the first row */
    buffer_text(&b, formats[_i] == KL_LEDGER_CSV ? "1,\"" : "{\"seq\":2,\"reference\":\"");
    for (int i = 0; i < 600000; i++)
        buffer_byte(&b, 'x');
    ck_corrupt(&b, formats[_i], NULL, formats[_i] == KL_LEDGER_CSV ? 1 : 2, "longer than a row");
}
END_TEST

START_TEST(another_form_is_no_statement)
{
    buffer csv = statement(KL_LEDGER_CSV), json = statement(KL_LEDGER_JSON_LINES);
    ck_assert_int_eq(verify(&csv, KL_LEDGER_JSON_LINES, NULL), KL_ERR_FORMAT);
    ck_assert_int_eq(verify(&json, KL_LEDGER_CSV, NULL), KL_ERR_FORMAT);
    replace(&csv, "balance_after", "balance_before");
    ck_assert_int_eq(verify(&csv, KL_LEDGER_CSV, NULL), KL_ERR_FORMAT);
    buffer_free(&csv);
    buffer_free(&json);
}
END_TEST

START_TEST(a_statement_cut_anywhere_never_passes_for_the_whole)
{
    buffer b = statement(formats[_i]);
    for (size_t length = 0; length + 1 < b.length; length++) {
        buffer cut = BUFFER_INIT;
        buffer_append(&cut, b.data, length);
        kl_status status = verify(&cut, formats[_i], hashes[ROWS - 1]);
        ck_assert_msg(status == KL_ERR_CORRUPT || status == KL_ERR_FORMAT, "%zu: %s", length, kl_status_name(status));
        buffer_free(&cut);
    }
    buffer_free(&b);
}
END_TEST

/* Whatever is done to the bytes: if it still passes, it says the same. */
START_TEST(random_damage_is_found_or_harmless)
{
    const char *given = getenv("KL_TEST_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    static const char pieces[] = "\",\n\r\\{}:0 19afAF-.unl\xff";
    printf("KL_TEST_SEED=%u\n", seed);
    int found = 0;
    for (int i = 0; i < 4000; i++) {
        buffer b = statement(formats[_i]);
        for (int n = 1 + rand_r(&seed) % 3; n > 0; n--)
            b.data[(size_t)rand_r(&seed) % b.length] = pieces[(size_t)rand_r(&seed) % (sizeof pieces - 1)];
        kl_status status = verify_pieces(&b, formats[_i], NULL, (size_t)rand_r(&seed) % 300);
        ck_assert(status == KL_OK || status == KL_ERR_CORRUPT || status == KL_ERR_FORMAT);
        found += status != KL_OK;
        if (status == KL_OK)
            ck_verified(&b, formats[_i]);
        else if (status == KL_ERR_CORRUPT)
            ck_assert_int_ne(report.bad_seq, 0);
        buffer_free(&b);
    }
    ck_assert_int_gt(found, 3000);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("ledger_file");
    TCase *test_case = tcase_create("ledger_file");
    tcase_set_timeout(test_case, 30);
    tcase_add_loop_test(test_case, an_honest_statement_is_verified_and_added_up, 0, 2);
    tcase_add_loop_test(test_case, it_may_come_in_pieces_of_any_size, 0, 2);
    tcase_add_loop_test(test_case, an_edited_field_is_found_and_named, 0, 2);
    tcase_add_loop_test(test_case, a_time_that_differs_from_its_microseconds_is_found, 0, 2);
    tcase_add_test(test_case, times_of_all_years_have_their_date);
    tcase_add_loop_test(test_case, missing_swapped_repeated_and_foreign_rows_are_found, 0, 2);
    tcase_add_loop_test(test_case, a_rewritten_tail_shows_against_a_known_head_only, 0, 2);
    tcase_add_loop_test(test_case, a_balance_that_never_was_is_found_under_a_right_hash, 0, 2);
    tcase_add_test(test_case, other_spellings_of_the_same_rows_are_verified);
    tcase_add_test(test_case, what_is_no_row_is_named_by_the_row_that_should_stand_there);
    tcase_add_loop_test(test_case, nothing_hides_behind_a_nul, 0, 2);
    tcase_add_loop_test(test_case, a_record_without_end_is_refused, 0, 2);
    tcase_add_test(test_case, another_form_is_no_statement);
    tcase_add_loop_test(test_case, a_statement_cut_anywhere_never_passes_for_the_whole, 0, 2);
    tcase_add_loop_test(test_case, random_damage_is_found_or_harmless, 0, 2);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
