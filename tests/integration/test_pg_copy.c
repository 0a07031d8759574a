/* COPY: blocks of rows inside a transaction, all of them or none. */
#include <stdio.h>
#include <string.h>

#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "pg/connection.h"

enum { ROWS = 200000, BLOCK = 100000 };

static char *database, *admin;
static pg_connection *c;
static const pg_settings settings = {10000, 30000, 10000, 1, false, NULL, NULL};
static const pg_scope session = {.role = PG_ROLE_SESSION};
static const char copy_sql[] = "COPY t (id, name, key) FROM STDIN (FORMAT binary)";
static const kl_uuid key = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

static void start_server(void)
{
    harness_server();
}

static void open_connection(void)
{
    kl_error *error = NULL;
    database = harness_database(NULL);
    ck_assert(asprintf(&admin, "%s user=kloyst_admin", database) > 0);
    harness_exec(admin, "CREATE TABLE t (id bigint PRIMARY KEY, name text, key uuid)");
    ck_ok(pg_connect(admin, &settings, &c, &error));
    ck_ok(pg_begin(c, &session, &error));
}

static void close_connection(void)
{
    pg_disconnect(c);
    harness_drop_database(database);
    free(admin);
}

static void holds(const char *sql, const char *expected)
{
    char *text = harness_query_text(admin, sql);
    ck_assert_str_eq(text, expected);
    free(text);
}

static void put_row(buffer *b, int64_t id, const char *name)
{
    buffer_u16(b, 3);
    pg_put_int8(b, id);
    if (name)
        pg_put_bytes(b, name, strlen(name));
    else
        buffer_u32(b, UINT32_MAX);
    pg_put_uuid(b, &key);
}

/* Rows 1 … count in blocks. */
static kl_status send_rows(int count, kl_error **error)
{
    buffer block = BUFFER_INIT;
    kl_status status = KL_OK;
    for (int i = 1; i <= count && !status; i++) {
        char name[32];
        snprintf(name, sizeof name, "row %d", i);
        put_row(&block, i, i % 10 ? name : NULL);
        if (block.length > BLOCK || i == count) {
            status = pg_copy_block(c, block.data, block.length, error);
            buffer_clear(&block);
        }
    }
    buffer_free(&block);
    return status;
}

/* The connection is as good as new, and nothing was stored. */
static void nothing_happened(void)
{
    kl_error *error = NULL;
    ck_assert(pg_connection_healthy(c));
    ck_ok(pg_transact(c, &session, &(pg_statement){"SELECT 1", NULL, NULL, 0}, 1, &error));
    holds("SELECT count(*) FROM t", "0");
}

START_TEST(blocks_become_rows_at_commit)
{
    kl_error *error = NULL;
    pg_rows *rows = NULL;
    ck_ok(pg_copy_start(c, copy_sql, &error));
    ck_ok(send_rows(ROWS, &error));
    ck_ok(pg_copy_end(c, &error));
    ck_ok(pg_execute(c, &(pg_statement){"SELECT count(*) FROM t", NULL, &rows, 0}, 1, &error));
    ck_assert_int_eq(pg_int8(rows, 0, 0), ROWS);
    pg_rows_free(rows);
    holds("SELECT count(*) FROM t", "0");
    ck_ok(pg_commit(c, &error));
    holds("SELECT count(*) FROM t", "200000");
    holds("SELECT count(*) FROM t WHERE name = 'row ' || id AND key = '01020304-0506-0708-090a-0b0c0d0e0f10'", "180000");
    holds("SELECT count(*) FROM t WHERE name IS NULL AND id % 10 = 0", "20000");
}
END_TEST

START_TEST(no_rows_at_all_are_fine)
{
    kl_error *error = NULL;
    for (int twice = 0; twice < 2; twice++) {
        ck_ok(pg_copy_start(c, copy_sql, &error));
        ck_ok(pg_copy_end(c, &error));
    }
    ck_ok(pg_commit(c, &error));
    nothing_happened();
}
END_TEST

START_TEST(bad_rows_in_the_middle_leave_nothing)
{
    static const struct {
        const char *name;
        int64_t id;
        int columns;
        kl_status status;
        const char *sqlstate;
    } cases[] = {{"x", 5, 3, KL_ERR_EXISTS, "23505"},
                 {"\xff", ROWS + 1, 3, KL_ERR_ENCODING, "22021"},
                 {"x", ROWS + 1, 2, KL_ERR_DATABASE, "22P04"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kl_error *error = NULL;
        buffer row = BUFFER_INIT;
        if (i)
            ck_ok(pg_begin(c, &session, &error));
        ck_ok(pg_copy_start(c, copy_sql, &error));
        ck_ok(send_rows(ROWS / 10, &error));
        buffer_u16(&row, (uint16_t)cases[i].columns);
        pg_put_int8(&row, cases[i].id);
        pg_put_bytes(&row, cases[i].name, strlen(cases[i].name));
        pg_put_uuid(&row, &key);
        ck_ok(pg_copy_block(c, row.data, row.length, &error));
        kl_status status = pg_copy_block(c, row.data, row.length, &error);
        if (!status)
            status = pg_copy_end(c, &error);
        ck_assert_msg(status == cases[i].status, "%s", kl_status_name(status));
        ck_assert_str_eq(kl_error_sqlstate(error), cases[i].sqlstate);
        kl_error_free(error);
        pg_rollback(c);
        nothing_happened();
        buffer_free(&row);
    }
}
END_TEST

START_TEST(a_copy_given_up_in_the_middle_leaves_nothing)
{
    kl_error *error = NULL;
    ck_ok(pg_copy_start(c, copy_sql, &error));
    ck_ok(send_rows(ROWS / 10, &error));
    ck_assert(!pg_connection_healthy(c));
    pg_rollback(c);
    nothing_happened();
}
END_TEST

START_TEST(statements_in_the_middle_of_copy_are_refused)
{
    kl_error *error = NULL;
    ck_ok(pg_copy_start(c, copy_sql, &error));
    ck_ok(send_rows(10, &error));
    ck_assert_int_ne(pg_execute(c, &(pg_statement){"SELECT 1", NULL, NULL, 0}, 1, NULL), KL_OK);
    ck_assert_int_ne(pg_commit(c, NULL), KL_OK);
    pg_rollback(c);
    ck_assert(!pg_connection_healthy(c));
    holds("SELECT count(*) FROM t", "0");
}
END_TEST

START_TEST(a_copy_that_cannot_start_says_why)
{
    kl_error *error = NULL;
    ck_fails(KL_ERR_SCHEMA, pg_copy_start(c, "COPY nowhere FROM STDIN (FORMAT binary)", &error));
    pg_rollback(c);
    nothing_happened();
    ck_ok(pg_begin(c, &session, &error));
    ck_fails(KL_ERR_CONNECTION_LOST, pg_copy_start(c, "SELECT 1", &error));
    ck_assert(!pg_connection_healthy(c));
}
END_TEST

START_TEST(a_session_ended_in_the_middle_is_a_lost_connection)
{
    kl_error *error = NULL;
    ck_ok(pg_copy_start(c, copy_sql, &error));
    ck_ok(send_rows(ROWS / 10, &error));
    harness_exec(admin, "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()");
    kl_status status = send_rows(ROWS / 10, &error);
    if (!status)
        status = pg_copy_end(c, &error);
    ck_assert_int_eq(status, KL_ERR_CONNECTION_LOST);
    ck_assert_int_eq(kl_error_status(error), KL_ERR_CONNECTION_LOST);
    kl_error_free(error);
    error = NULL;
    pg_rollback(c);
    ck_fails(KL_ERR_CONNECTION_LOST, pg_copy_start(c, copy_sql, &error));
    ck_assert(!pg_connection_healthy(c));
    holds("SELECT count(*) FROM t", "0");
}
END_TEST

START_TEST(scripts_run_whole_and_tell_the_first_failure)
{
    kl_error *error = NULL;
    ck_ok(pg_script(c, "CREATE TABLE a (x int); INSERT INTO a VALUES (1); INSERT INTO a VALUES (2)", &error));
    ck_ok(pg_commit(c, &error));
    holds("SELECT count(*) FROM a", "2");
    ck_assert_int_eq(pg_script(c, "INSERT INTO a VALUES (3); SELECT 1 / 0; SELECT * FROM nowhere", &error), KL_ERR_DATABASE);
    ck_assert_str_eq(kl_error_sqlstate(error), "22012");
    kl_error_free(error);
    holds("SELECT count(*) FROM a", "2");
    nothing_happened();
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("pg_copy");
    TCase *test_case = tcase_create("copy");
    tcase_add_unchecked_fixture(test_case, start_server, NULL);
    tcase_add_checked_fixture(test_case, open_connection, close_connection);
    tcase_set_timeout(test_case, 120);
    tcase_add_test(test_case, blocks_become_rows_at_commit);
    tcase_add_test(test_case, no_rows_at_all_are_fine);
    tcase_add_test(test_case, bad_rows_in_the_middle_leave_nothing);
    tcase_add_test(test_case, a_copy_given_up_in_the_middle_leaves_nothing);
    tcase_add_test(test_case, statements_in_the_middle_of_copy_are_refused);
    tcase_add_test(test_case, a_copy_that_cannot_start_says_why);
    tcase_add_test(test_case, a_session_ended_in_the_middle_is_a_lost_connection);
    tcase_add_test(test_case, scripts_run_whole_and_tell_the_first_failure);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
