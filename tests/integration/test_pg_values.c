/* Parameters and rows: every value means the same here and on the server, in both directions. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "pg/connection.h"

static char *database;
static pg_connection *c;
static const pg_settings settings = {10000, 30000, 10000, 1, false, NULL, NULL};

static void start_server(void)
{
    harness_server();
}

static void open_connection(void)
{
    kl_error *error = NULL;
    char *url = NULL;
    database = harness_database(NULL);
    ck_assert(asprintf(&url, "%s user=kloyst_admin", database) > 0);
    ck_ok(pg_connect(url, &settings, &c, &error));
    free(url);
}

static void close_connection(void)
{
    pg_disconnect(c);
    harness_drop_database(database);
}

static const pg_scope session = {.role = PG_ROLE_SESSION};

static pg_rows *query(const char *sql, pg_parameters *p)
{
    kl_error *error = NULL;
    pg_rows *rows = NULL;
    ck_ok(pg_transact(c, &session, &(pg_statement){sql, p, &rows, PG_ROLE_SAME}, 1, &error));
    ck_assert_int_eq(pg_rows_count(rows), 1);
    pg_parameters_free(p);
    return rows;
}

static uint64_t random_state;

static uint64_t next_random(void)
{
    random_state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = random_state;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static void seed(void)
{
    const char *given = getenv("KL_TEST_SEED");
    random_state = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    printf("seed %" PRIu64 "\n", random_state);
}

/* ---- money and time ------------------------------------------------------ */

static void money_means(kl_money value)
{
    char text[KL_MONEY_TEXT], digits[40];
    int64_t whole = value / 10000, part = value % 10000;
    snprintf(digits, sizeof digits, "%s%" PRId64 ".%04" PRId64, value < 0 ? "-" : "", whole < 0 ? -whole : whole,
             part < 0 ? -part : part);
    if (!kl_money_format(value, text, sizeof text) && value <= KL_MONEY_MAX && value >= -KL_MONEY_MAX)
        ck_assert_str_eq(text, digits);
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_money(&p, value);
    pg_bind_text(&p, digits);
    pg_rows *rows = query("SELECT $1::numeric::text, $2::text::numeric, $1::numeric = $2::text::numeric, $1::numeric, "
                          "scale($1::numeric)",
                          &p);
    ck_assert_str_eq(pg_text(rows, 0, 0), digits);
    ck_assert_int_eq(pg_money(rows, 0, 1), value);
    ck_assert(pg_bool(rows, 0, 2));
    ck_assert_int_eq(pg_money(rows, 0, 3), value);
    ck_assert_int_eq(pg_int4(rows, 0, 4), 4);
    pg_rows_free(rows);
}

START_TEST(money_is_the_servers_numeric_digit_for_digit)
{
    static const kl_money edges[] = {0, 1, 9, 10, 9999, 10000, 10001, 99990000, 99999999, 100000000, 100000001,
                                     123450000, 1000000000, 8631, KL_MONEY_MAX, KL_MONEY_MAX - 1, 100, 20000, 1000000};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        money_means(edges[i]);
        money_means(-edges[i]);
    }
    seed();
    for (int i = 0; i < 300; i++) {
        kl_money value = (kl_money)(next_random() % ((uint64_t)KL_MONEY_MAX + 1));
        money_means(i % 2 ? value : -value);
    }
}
END_TEST

START_TEST(ten_thousand_random_amounts_are_the_servers)
{
    enum { COUNT = 10000 };
    static kl_money amounts[COUNT];
    static char digits[COUNT][KL_MONEY_TEXT];
    const char *texts[COUNT];
    seed();
    for (int i = 0; i < COUNT; i++) {
        /* Short ones as often as long ones. */
        kl_money value = (kl_money)(next_random() % ((uint64_t)KL_MONEY_MAX + 1)) >> next_random() % 34;
        amounts[i] = i % 2 ? value : -value;
        ck_assert_int_eq(kl_money_format(amounts[i], digits[i], KL_MONEY_TEXT), KL_OK);
        texts[i] = digits[i];
    }
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_money_array(&p, amounts, COUNT);
    pg_bind_text_array(&p, texts, COUNT);
    pg_rows *rows = query("SELECT count(*) FILTER (WHERE amount = digits::numeric AND amount::text = digits)::int4, "
                          "min(amount), max(amount) FROM unnest($1::numeric[], $2::text[]) AS t(amount, digits)",
                          &p);
    ck_assert_int_eq(pg_int4(rows, 0, 0), COUNT);
    pg_rows_free(rows);
}
END_TEST

START_TEST(numerics_that_other_statements_make_are_read_as_money)
{
    static const struct {
        const char *sql;
        kl_money value;
    } cases[] = {
        {"SELECT 0.00001::numeric", 0},    {"SELECT 1e5::numeric", 1000000000},
        {"SELECT 1.5::numeric", 15000},    {"SELECT 100000000::numeric", 1000000000000},
        {"SELECT 0.00019::numeric", 1},    {"SELECT 1.000100000::numeric(20,9)", 10001},
        {"SELECT -7::numeric", -70000},    {"SELECT sum(x) FROM (VALUES (999999.9999), (999999.9999)) t(x)", 19999999998},
        {"SELECT 'NaN'::numeric", 0},      {"SELECT 'Infinity'::numeric", 0},
        {"SELECT 1e300::numeric", 0},      {"SELECT 1e-300::numeric", 0},
        {"SELECT NULL::numeric", 0},       {"SELECT 922337203685477.5807", INT64_MAX},
        {"SELECT 922337203685477.5808", 0}, {"SELECT true", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pg_parameters p = PG_PARAMETERS_INIT;
        pg_rows *rows = query(cases[i].sql, &p);
        ck_assert_msg(pg_money(rows, 0, 0) == cases[i].value, "%s: %" PRId64, cases[i].sql, pg_money(rows, 0, 0));
        pg_rows_free(rows);
    }
}
END_TEST

static void time_means(kl_time value)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_time(&p, value);
    pg_bind_int8(&p, value);
    pg_rows *rows = query("SELECT $1::timestamptz, $1::timestamptz = t, t FROM (SELECT (timestamp 'epoch' + "
                          "$2::int8 / 86400000000 * interval '1 day' + $2::int8 % 86400000000 * interval '1 us') "
                          "AT TIME ZONE 'UTC') AS x(t)",
                          &p);
    ck_assert_int_eq(pg_time(rows, 0, 0), value);
    ck_assert_int_eq(pg_time(rows, 0, 2), value);
    if (value)
        ck_assert(pg_bool(rows, 0, 1));
    else
        ck_assert(pg_is_null(rows, 0, 0));
    pg_rows_free(rows);
}

START_TEST(times_are_the_servers_to_the_microsecond)
{
    static const kl_time edges[] = {0, 1, -1, 946684800000000, 946684799999999, 946684800000001, 1700000000123456,
                                    -62135596800000000, 4102444800000000, 253402300799999999};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        time_means(edges[i]);
    seed();
    for (int i = 0; i < 300; i++)
        time_means((kl_time)(next_random() % UINT64_C(9000000000000000)) - 4000000000000000);
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_time(&p, 1700000000123456);
    pg_rows *rows = query("SELECT to_char($1::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')", &p);
    ck_assert_str_eq(pg_text(rows, 0, 0), "2023-11-14 22:13:20.123456");
    pg_rows_free(rows);
}
END_TEST

START_TEST(infinite_times_stay_the_largest_and_smallest)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_time(&p, INT64_MIN);
    pg_rows *rows = query("SELECT 'infinity'::timestamptz, '-infinity'::timestamptz, $1::timestamptz::text", &p);
    ck_assert_int_eq(pg_time(rows, 0, 0), INT64_MAX);
    ck_assert_int_lt(pg_time(rows, 0, 1), -9000000000000000000);
    ck_assert_str_eq(pg_text(rows, 0, 2), "-infinity");
    pg_rows_free(rows);
    pg_bind_time(&p, INT64_MAX);
    rows = query("SELECT $1::timestamptz", &p);
    ck_assert_int_eq(pg_time(rows, 0, 0), INT64_MAX);
    pg_rows_free(rows);
}
END_TEST

/* ---- plain values ---------------------------------------------------------- */

static const char unicode[] = "Zo\xc3\xab \xe0\xa4\xa8\xe0\xa4\xae\xe0\xa4\xb8\xe0\xa5\x8d\xe0\xa4\xa4\xe0\xa5\x87 "
                              "\xf0\x9f\x98\x80 \"'\\{},";

START_TEST(plain_values_come_back_as_they_went)
{
    kl_uuid id;
    char id_text[KL_UUID_TEXT + 1];
    static const char bytes[] = {0, 1, (char)255, 39, 92, 0};
    static const char json[] = "{\"a\": 9007199254740993, \"b\": [null, true], \"n\": \"\xf0\x9f\x98\x80\"}";
    ck_assert_int_eq(kl_uuid_generate(&id), KL_OK);
    ck_assert_int_eq(kl_uuid_format(&id, id_text), KL_OK);
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, &id);
    pg_bind_text(&p, unicode);
    pg_bind_bytes(&p, bytes, sizeof bytes);
    pg_bind_jsonb(&p, json, strlen(json));
    pg_bind_bool(&p, true);
    pg_bind_bool(&p, false);
    pg_bind_int4(&p, INT32_MIN);
    pg_bind_int8(&p, INT64_MIN);
    pg_bind_text(&p, "");
    pg_bind_bytes(&p, "", 0);
    pg_rows *rows = query("SELECT $1::uuid, $2::text, $3::bytea, $4::jsonb, $5::bool, $6::bool, $7::int4, $8::int8, "
                          "$9::text, $10::bytea, $1::uuid::text, encode($3::bytea, 'hex'), $4::jsonb::text, "
                          "$7::int4::text, $8::int8::text, length($2::text)",
                          &p);
    kl_uuid read = pg_uuid(rows, 0, 0);
    size_t length = 99;
    ck_assert_mem_eq(&read, &id, sizeof id);
    ck_assert_str_eq(pg_text(rows, 0, 1), unicode);
    ck_assert_mem_eq(pg_bytes(rows, 0, 2, &length), bytes, sizeof bytes);
    ck_assert_uint_eq(length, sizeof bytes);
    ck_assert_str_eq(pg_text(rows, 0, 3), json);
    pg_bytes(rows, 0, 3, &length);
    ck_assert_uint_eq(length, strlen(json));
    ck_assert(pg_bool(rows, 0, 4));
    ck_assert(!pg_bool(rows, 0, 5));
    ck_assert_int_eq(pg_int4(rows, 0, 6), INT32_MIN);
    ck_assert_int_eq(pg_int8(rows, 0, 7), INT64_MIN);
    ck_assert(!pg_is_null(rows, 0, 8));
    ck_assert_str_eq(pg_text(rows, 0, 8), "");
    ck_assert(!pg_is_null(rows, 0, 9));
    ck_assert_str_eq(pg_text(rows, 0, 10), id_text);
    ck_assert_str_eq(pg_text(rows, 0, 11), "0001ff275c00");
    ck_assert_str_eq(pg_text(rows, 0, 12), json);
    ck_assert_str_eq(pg_text(rows, 0, 13), "-2147483648");
    ck_assert_str_eq(pg_text(rows, 0, 14), "-9223372036854775808");
    char *copy = pg_text_copy(rows, 0, 1);
    ck_assert_str_eq(copy, unicode);
    free(copy);
    pg_rows_free(rows);
}
END_TEST

START_TEST(null_pointers_are_sql_null_and_read_as_nothing)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, NULL);
    pg_bind_text(&p, NULL);
    pg_bind_bytes(&p, NULL, 3);
    pg_bind_jsonb(&p, NULL, 3);
    pg_bind_time(&p, 0);
    pg_bind_null(&p);
    pg_rows *rows = query("SELECT $1::uuid, $2::text, $3::bytea, $4::jsonb, $5::timestamptz, $6::int4", &p);
    kl_uuid nil = {{0}}, read = pg_uuid(rows, 0, 0);
    size_t length = 99;
    for (int i = 0; i < 6; i++)
        ck_assert(pg_is_null(rows, 0, i));
    ck_assert_mem_eq(&read, &nil, sizeof nil);
    ck_assert_str_eq(pg_text(rows, 0, 1), "");
    ck_assert_str_eq(pg_bytes(rows, 0, 2, &length), "");
    ck_assert_uint_eq(length, 0);
    ck_assert_str_eq(pg_text(rows, 0, 3), "");
    ck_assert_int_eq(pg_time(rows, 0, 4), 0);
    ck_assert_int_eq(pg_int4(rows, 0, 5), 0);
    ck_assert_int_eq(pg_int8(rows, 0, 5), 0);
    ck_assert(!pg_bool(rows, 0, 5));
    pg_rows_free(rows);
}
END_TEST

START_TEST(no_rows_and_other_widths_read_as_nothing)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = query("SELECT 1::int2, 'x'::text", &p);
    kl_uuid nil = {{0}}, read = pg_uuid(rows, 0, 1);
    size_t length;
    ck_assert_mem_eq(&read, &nil, sizeof nil);
    ck_assert_int_eq(pg_int4(rows, 0, 0), 0);
    ck_assert_int_eq(pg_int8(rows, 0, 0), 0);
    ck_assert_int_eq(pg_money(rows, 0, 0), 0);
    ck_assert_uint_eq(pg_array_count(rows, 0, 1), 0);
    ck_assert_str_eq(pg_text(rows, 1, 0), "");
    ck_assert_str_eq(pg_bytes(rows, 0, 2, &length), "");
    ck_assert(pg_is_null(rows, 7, 7));
    pg_rows_free(rows);
    ck_assert_int_eq(pg_rows_count(NULL), 0);
    ck_assert_int_eq(pg_rows_affected(NULL), 0);
    ck_assert_int_eq(pg_int4(NULL, 0, 0), 0);
    ck_assert_str_eq(pg_text(NULL, 0, 0), "");
}
END_TEST

START_TEST(affected_rows_are_those_of_the_command)
{
    kl_error *error = NULL;
    pg_rows *rows[4] = {NULL};
    const pg_statement statements[] = {
        {"CREATE TABLE t (a int)", NULL, &rows[0], 0},
        {"INSERT INTO t SELECT generate_series(1, 12345)", NULL, &rows[1], 0},
        {"UPDATE t SET a = -a WHERE a <= 10", NULL, &rows[2], 0},
        {"DELETE FROM t WHERE a > 0", NULL, &rows[3], 0},
    };
    ck_ok(pg_transact(c, &session, statements, 4, &error));
    static const int64_t expected[] = {0, 12345, 10, 12335};
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(pg_rows_affected(rows[i]), expected[i]);
        pg_rows_free(rows[i]);
    }
}
END_TEST

/* ---- arrays ------------------------------------------------------------------ */

START_TEST(arrays_hold_the_same_elements_on_the_server)
{
    static const char *const texts[] = {"a", NULL, "", unicode, "NULL", "{}"};
    static const int32_t fours[] = {0, -1, INT32_MAX, INT32_MIN};
    static const int64_t eights[] = {0, -1, INT64_MAX, INT64_MIN};
    static const kl_money amounts[] = {0, 1, -1, 9999, 10000, KL_MONEY_MAX};
    static const bool flags[] = {true, false, true};
    static const kl_time times[] = {0, 1700000000123456, 0, -1};
    kl_uuid ids[3];
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(kl_uuid_generate(&ids[i]), KL_OK);
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_text_array(&p, texts, 6);
    pg_bind_int4_array(&p, fours, 4);
    pg_bind_int8_array(&p, eights, 4);
    pg_bind_money_array(&p, amounts, 6);
    pg_bind_time_array(&p, times, 4);
    pg_bind_uuid_array(&p, ids, 3);
    pg_bind_text(&p, unicode);
    pg_bind_uuid(&p, &ids[2]);
    pg_bind_bytes_array(&p, "ab\0d", 2, 2);
    pg_bind_bool_array(&p, flags, 3);
    pg_rows *rows = query(
        "SELECT $1::text[] IS NOT DISTINCT FROM ARRAY['a', NULL, '', $7::text, 'NULL', '{}'], "
        "$2::int4[]::text, $3::int8[]::text, $4::numeric[]::text, "
        "$5::timestamptz[] IS NOT DISTINCT FROM ARRAY[NULL, timestamptz 'epoch' + 1700000000123456 * interval '1 us', "
        "NULL, timestamptz 'epoch' - interval '1 us'], cardinality($6::uuid[]), ($6::uuid[])[3] = $8::uuid, $1::text[], "
        "array_position($1::text[], NULL), $9::bytea[]::text, $10::bool[]::text",
        &p);
    ck_assert(pg_bool(rows, 0, 0));
    ck_assert_str_eq(pg_text(rows, 0, 1), "{0,-1,2147483647,-2147483648}");
    ck_assert_str_eq(pg_text(rows, 0, 2), "{0,-1,9223372036854775807,-9223372036854775808}");
    ck_assert_str_eq(pg_text(rows, 0, 3), "{0.0000,0.0001,-0.0001,0.9999,1.0000,999999.9999}");
    ck_assert(pg_bool(rows, 0, 4));
    ck_assert_int_eq(pg_int4(rows, 0, 5), 3);
    ck_assert(pg_bool(rows, 0, 6));
    ck_assert_int_eq(pg_int4(rows, 0, 8), 2);
    ck_assert_str_eq(pg_text(rows, 0, 9), "{\"\\\\x6162\",\"\\\\x0064\"}");
    ck_assert_str_eq(pg_text(rows, 0, 10), "{t,f,t}");
    ck_assert_uint_eq(pg_array_count(rows, 0, 7), 6);
    pg_array_walk walk = pg_array_start(rows, 0, 7);
    const char *text;
    size_t length;
    for (int i = 0; i < 6; i++) {
        ck_assert(pg_array_next(&walk, &text, &length));
        if (!texts[i]) {
            ck_assert_ptr_null(text);
            continue;
        }
        ck_assert_uint_eq(length, strlen(texts[i]));
        ck_assert_mem_eq(text, texts[i], length);
    }
    ck_assert(!pg_array_next(&walk, &text, &length));
    pg_rows_free(rows);
}
END_TEST

START_TEST(empty_arrays_are_empty_and_not_null)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_text_array(&p, NULL, 0);
    pg_bind_int4_array(&p, NULL, 0);
    pg_bind_int8_array(&p, NULL, 0);
    pg_bind_money_array(&p, NULL, 0);
    pg_bind_time_array(&p, NULL, 0);
    pg_bind_uuid_array(&p, NULL, 0);
    pg_rows *rows = query("SELECT $1::text[] = '{}', $2::int4[] = '{}', $3::int8[] = '{}', $4::numeric[] = '{}', "
                          "$5::timestamptz[] = '{}', $6::uuid[] = '{}', $1::text[], NULL::text[]",
                          &p);
    for (int i = 0; i < 6; i++)
        ck_assert(pg_bool(rows, 0, i));
    for (int i = 6; i < 8; i++) {
        const char *text;
        size_t length;
        pg_array_walk walk = pg_array_start(rows, 0, i);
        ck_assert_uint_eq(pg_array_count(rows, 0, i), 0);
        ck_assert(!pg_array_next(&walk, &text, &length));
    }
    pg_rows_free(rows);
}
END_TEST

START_TEST(random_arrays_come_back_element_by_element)
{
    seed();
    for (int round = 0; round < 50; round++) {
        enum { MOST = 400 };
        static char store[MOST][24];
        const char *texts[MOST];
        kl_money amounts[MOST];
        size_t count = next_random() % MOST;
        kl_money sum = 0;
        for (size_t i = 0; i < count; i++) {
            size_t length = next_random() % 23;
            for (size_t j = 0; j < length; j++)
                store[i][j] = (char)(' ' + next_random() % 95);
            store[i][length] = '\0';
            texts[i] = next_random() % 5 ? store[i] : NULL;
            sum += amounts[i] = (kl_money)(next_random() % (uint64_t)KL_MONEY_MAX);
        }
        pg_parameters p = PG_PARAMETERS_INIT;
        pg_bind_text_array(&p, texts, count);
        pg_bind_money_array(&p, amounts, count);
        pg_rows *rows = query("SELECT ARRAY(SELECT unnest($1::text[])), (SELECT sum(x) FROM unnest($2::numeric[]) x)", &p);
        pg_array_walk walk = pg_array_start(rows, 0, 0);
        ck_assert_uint_eq(pg_array_count(rows, 0, 0), count);
        for (size_t i = 0; i < count; i++) {
            const char *text;
            size_t length;
            ck_assert(pg_array_next(&walk, &text, &length));
            ck_assert((text == NULL) == (texts[i] == NULL));
            if (text) {
                ck_assert_uint_eq(length, strlen(texts[i]));
                ck_assert_mem_eq(text, texts[i], length);
            }
        }
        ck_assert_int_eq(pg_money(rows, 0, 1), sum);
        pg_rows_free(rows);
    }
}
END_TEST

START_TEST(cleared_parameters_start_anew)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    for (int i = 0; i < PG_PARAMETERS_MAX + 1; i++)
        pg_bind_text(&p, "x");
    ck_assert(p.overflow);
    ck_assert_int_eq(p.count, PG_PARAMETERS_MAX);
    pg_parameters_clear(&p);
    pg_bind_int4(&p, 7);
    pg_rows *rows = query("SELECT $1::int4", &p);
    ck_assert_int_eq(pg_int4(rows, 0, 0), 7);
    pg_rows_free(rows);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("pg_values");
    TCase *test_case = tcase_create("values");
    tcase_add_unchecked_fixture(test_case, start_server, NULL);
    tcase_add_checked_fixture(test_case, open_connection, close_connection);
    tcase_set_timeout(test_case, 120);
    tcase_add_test(test_case, money_is_the_servers_numeric_digit_for_digit);
    tcase_add_test(test_case, ten_thousand_random_amounts_are_the_servers);
    tcase_add_test(test_case, numerics_that_other_statements_make_are_read_as_money);
    tcase_add_test(test_case, times_are_the_servers_to_the_microsecond);
    tcase_add_test(test_case, infinite_times_stay_the_largest_and_smallest);
    tcase_add_test(test_case, plain_values_come_back_as_they_went);
    tcase_add_test(test_case, null_pointers_are_sql_null_and_read_as_nothing);
    tcase_add_test(test_case, no_rows_and_other_widths_read_as_nothing);
    tcase_add_test(test_case, affected_rows_are_those_of_the_command);
    tcase_add_test(test_case, arrays_hold_the_same_elements_on_the_server);
    tcase_add_test(test_case, empty_arrays_are_empty_and_not_null);
    tcase_add_test(test_case, random_arrays_come_back_element_by_element);
    tcase_add_test(test_case, cleared_parameters_start_anew);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
