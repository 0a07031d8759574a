/* Transactions on one connection: whole or not at all, with the context asked for, and reported as they ended. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "pg/connection.h"

static pg_connection *c;
static const pg_settings settings = {100000, 100000, 100000, 1, false, NULL, NULL};
static const pg_scope session = {.role = PG_ROLE_SESSION};
static const pg_scope reading = {.role = PG_ROLE_SESSION, .read_only = true};
static const char insert[] = "INSERT INTO t (id) VALUES ($1::int4)";

static void open_connection(void)
{
    kl_error *error = NULL;
    fixture_open();
    harness_exec(fixture.admin, "CREATE TABLE t (id int PRIMARY KEY, other int REFERENCES t DEFERRABLE INITIALLY DEFERRED);"
                                "GRANT ALL ON t TO kloyst_app, kloyst_platform");
    ck_ok(pg_connect(fixture.admin, &settings, &c, &error));
}

static void close_connection(void)
{
    pg_disconnect(c);
    fixture_close();
}

static int rows_in_table(void)
{
    char *text = harness_query_text(fixture.admin, "SELECT count(*) FROM t");
    int count = (int)strtol(text, NULL, 10);
    free(text);
    return count;
}

/* One statement with up to one int4 parameter (0: none). */
static kl_status run(const pg_scope *scope, const char *sql, int32_t value, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    if (value)
        pg_bind_int4(&p, value);
    kl_status status = pg_transact(c, scope, &(pg_statement){sql, &p, NULL, PG_ROLE_SAME}, 1, error);
    pg_parameters_free(&p);
    return status;
}

static char *text_of(const pg_scope *scope, const char *sql)
{
    kl_error *error = NULL;
    pg_rows *rows = NULL;
    ck_ok(pg_transact(c, scope, &(pg_statement){sql, NULL, &rows, PG_ROLE_SAME}, 1, &error));
    ck_assert_int_eq(pg_rows_count(rows), 1);
    char *text = pg_text_copy(rows, 0, 0);
    pg_rows_free(rows);
    return text;
}

static void says(const pg_scope *scope, const char *sql, const char *expected)
{
    char *text = text_of(scope, sql);
    ck_assert_msg(strcmp(text, expected) == 0, "%s: '%s' instead of '%s'", sql, text, expected);
    free(text);
}

/* The same session as before, and in order. */
static void is_usable(void)
{
    ck_assert(pg_connection_healthy(c));
    says(&session, "SELECT 'yes'::text", "yes");
}

START_TEST(several_statements_commit_together)
{
    kl_error *error = NULL;
    pg_rows *rows = NULL;
    pg_parameters one = PG_PARAMETERS_INIT, two = PG_PARAMETERS_INIT;
    pg_bind_int4(&one, 1);
    pg_bind_int4(&two, 2);
    const pg_statement statements[] = {
        {insert, &one, NULL, 0}, {insert, &two, NULL, 0}, {"SELECT count(*) FROM t", NULL, &rows, 0}};
    ck_ok(pg_transact(c, &session, statements, 3, &error));
    ck_assert_int_eq(pg_int8(rows, 0, 0), 2);
    ck_assert_int_eq(rows_in_table(), 2);
    ck_ok(pg_transact(c, &session, NULL, 0, &error));
    pg_rows_free(rows);
    pg_parameters_free(&one);
    pg_parameters_free(&two);
}
END_TEST

START_TEST(an_error_in_any_statement_leaves_nothing_and_no_rows)
{
    kl_error *error = NULL;
    for (int bad = 0; bad < 3; bad++) {
        pg_rows *rows[3] = {NULL};
        pg_parameters p[3];
        pg_statement statements[3];
        for (int i = 0; i < 3; i++) {
            p[i] = PG_PARAMETERS_INIT;
            pg_bind_int4(&p[i], i + 1);
            statements[i] = (pg_statement){insert, &p[i], &rows[i], 0};
        }
        statements[bad] = (pg_statement){"SELECT 1 / 0", NULL, &rows[bad], 0};
        ck_assert_int_eq(pg_transact(c, &session, statements, 3, &error), KL_ERR_DATABASE);
        ck_assert_str_eq(kl_error_sqlstate(error), "22012");
        ck_assert_int_eq(kl_error_status(error), KL_ERR_DATABASE);
        kl_error_free(error);
        error = NULL;
        for (int i = 0; i < 3; i++) {
            ck_assert_ptr_null(rows[i]);
            pg_parameters_free(&p[i]);
        }
        ck_assert_int_eq(rows_in_table(), 0);
        is_usable();
    }
}
END_TEST

START_TEST(failures_have_their_status_and_sqlstate)
{
    static const struct {
        const char *sql, *sqlstate;
        kl_status status;
    } cases[] = {
        {"INSERT INTO t VALUES (7)", "23505", KL_ERR_EXISTS},
        {"DELETE FROM kloyst.migration WHERE number = 'x'", "22P02", KL_ERR_FORMAT},
        {"SELECT * FROM nowhere", "42P01", KL_ERR_SCHEMA},
        {"SELECT nothing FROM t", "42703", KL_ERR_SCHEMA},
        {"SELECT no_function()", "42883", KL_ERR_SCHEMA},
        {"SELECT no_schema.no_function()", "3F000", KL_ERR_SCHEMA},
        {"SELECT 99999999999::int4", "22003", KL_ERR_LIMIT},
        {"INSERT INTO t VALUES (NULL)", "23502", KL_ERR_DATABASE},
        {"SELECT '\"\\u0000\"'::jsonb", "22P05", KL_ERR_ENCODING},
        {"SELEC 1", "42601", KL_ERR_DATABASE},
        {"SELECT 1; SELECT 2", "42601", KL_ERR_DATABASE},
        {"DO $$ BEGIN RAISE SQLSTATE '40001'; END $$", "40001", KL_ERR_SERIALIZATION},
        {"DO $$ BEGIN RAISE SQLSTATE '08006'; END $$", "08006", KL_ERR_DATABASE},
    };
    kl_error *error = NULL;
    ck_ok(run(&session, insert, 7, &error));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kl_status status = run(&session, cases[i].sql, 0, &error);
        ck_assert_msg(status == cases[i].status, "%s: %s", cases[i].sql, kl_status_name(status));
        ck_assert_str_eq(kl_error_sqlstate(error), cases[i].sqlstate);
        kl_error_free(error);
        error = NULL;
        is_usable();
    }
    pg_scope platform = {.role = PG_ROLE_PLATFORM};
    ck_fails(KL_ERR_PERMISSION, run(&platform, "SELECT count(*) FROM kloyst.wallet", 0, &error));
    static const char latin[] = "\xff\xfe";
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_bytes(&p, latin, 2);
    ck_fails(KL_ERR_ENCODING, pg_transact(c, &session, &(pg_statement){"SELECT $1::text", &p, NULL, 0}, 1, &error));
    pg_parameters_free(&p);
    is_usable();
}
END_TEST

START_TEST(a_constraint_violated_at_commit_is_a_failure)
{
    kl_error *error = NULL;
    static const char dangling[] = "INSERT INTO t VALUES (1, 99)";
    ck_assert_int_eq(run(&session, dangling, 0, &error), KL_ERR_IN_USE);
    ck_assert_str_eq(kl_error_sqlstate(error), "23503");
    kl_error_free(error);
    error = NULL;
    is_usable();
    ck_ok(pg_begin(c, &session, &error));
    ck_ok(pg_execute(c, &(pg_statement){dangling, NULL, NULL, 0}, 1, &error));
    ck_fails(KL_ERR_IN_USE, pg_commit(c, &error));
    is_usable();
    ck_assert_int_eq(rows_in_table(), 0);
}
END_TEST

START_TEST(a_commit_that_rolls_back_is_never_success)
{
    kl_error *error = NULL;
    ck_ok(pg_begin(c, &session, &error));
    ck_ok(pg_execute(c, &(pg_statement){"INSERT INTO t VALUES (1)", NULL, NULL, 0}, 1, &error));
    ck_fails(KL_ERR_DATABASE, pg_execute(c, &(pg_statement){"SELECT 1 / 0", NULL, NULL, 0}, 1, &error));
    /* The server answers this with success and the tag ROLLBACK. */
    ck_fails(KL_ERR_DATABASE, pg_commit(c, &error));
    is_usable();
    ck_assert_int_eq(rows_in_table(), 0);
}
END_TEST

START_TEST(the_tenant_is_set_inside_and_gone_afterwards)
{
    kl_error *error = NULL;
    char id[KL_UUID_TEXT + 1];
    kl_uuid vendor_id;
    static const char current[] = "SELECT coalesce(current_setting('kloyst.vendor_id', true), '')";
    ck_assert_int_eq(kl_uuid_generate(&vendor_id), KL_OK);
    ck_assert_int_eq(kl_uuid_format(&vendor_id, id), KL_OK);
    pg_scope tenant = {.role = PG_ROLE_TENANT, .vendor_id = &vendor_id};
    says(&tenant, current, id);
    says(&tenant, "SELECT current_user::text", "kloyst_app");
    says(&session, current, "");
    says(&session, "SELECT current_user::text", "kloyst_admin");
    ck_fails(KL_ERR_DATABASE, run(&tenant, "SELECT 1 / 0", 0, &error));
    says(&session, current, "");
    says(&session, "SELECT current_user::text", "kloyst_admin");
    ck_ok(pg_begin(c, &tenant, &error));
    pg_rows *rows = NULL;
    ck_ok(pg_execute(c, &(pg_statement){current, NULL, &rows, 0}, 1, &error));
    ck_assert_str_eq(pg_text(rows, 0, 0), id);
    pg_rows_free(rows);
    ck_ok(pg_commit(c, &error));
    says(&session, current, "");
}
END_TEST

START_TEST(roles_change_inside_a_transaction_and_back)
{
    kl_error *error = NULL;
    kl_uuid vendor_id = fixture_vendor("A", 0);
    fixture_vendor("B", 0);
    for (int as_app = 0; as_app < 2; as_app++) {
        if (as_app) {
            char *url = NULL;
            pg_disconnect(c);
            ck_assert(asprintf(&url, "%s user=kloyst_app", fixture.conninfo) > 0);
            ck_ok(pg_connect(url, &settings, &c, &error));
            free(url);
        }
        static const char who[] = "SELECT current_user::text, (SELECT count(*) FROM kloyst.vendor)";
        pg_rows *rows[3] = {NULL};
        pg_scope tenant = {.role = PG_ROLE_TENANT, .vendor_id = &vendor_id};
        const pg_statement statements[] = {
            {who, NULL, &rows[0], PG_ROLE_SAME}, {who, NULL, &rows[1], PG_ROLE_PLATFORM}, {who, NULL, &rows[2], PG_ROLE_TENANT}};
        ck_ok(pg_transact(c, &tenant, statements, 3, &error));
        static const char *const names[] = {"kloyst_app", "kloyst_platform", "kloyst_app"};
        static const int64_t seen[] = {1, 2, 1};
        for (int i = 0; i < 3; i++) {
            ck_assert_str_eq(pg_text(rows[i], 0, 0), names[i]);
            ck_assert_int_eq(pg_int8(rows[i], 0, 1), seen[i]);
            pg_rows_free(rows[i]);
        }
        pg_scope platform = {.role = PG_ROLE_PLATFORM};
        says(&platform, "SELECT current_user::text", "kloyst_platform");
        says(&session, "SELECT current_user::text", as_app ? "kloyst_app" : "kloyst_admin");
    }
}
END_TEST

static void reconnect(void)
{
    kl_error *error = NULL;
    pg_disconnect(c);
    ck_ok(pg_connect(fixture.admin, &settings, &c, &error));
}

/* To cancel stops nothing when it comes just before the statement begins, as it may where the server is slow: then the connection
 * is given up after a while, and the same is tried again. */
static void is_cancelled(const pg_scope *hasty, const pg_statement *statements, size_t count)
{
    kl_error *error = NULL;
    for (int tries = 0; tries < 5; tries++) {
        int64_t start = clock_monotonic_ms();
        ck_assert_int_eq(pg_transact(c, hasty, statements, count, &error), KL_ERR_TIMEOUT);
        ck_assert_int_lt(clock_monotonic_ms() - start, 60000);
        ck_assert_int_ge(clock_monotonic_ms() - start, 200);
        bool stopped = pg_connection_healthy(c);
        ck_assert_str_eq(kl_error_sqlstate(error), stopped ? "57014" : "");
        kl_error_free(error);
        error = NULL;
        if (stopped)
            return;
        reconnect();
    }
    ck_abort_msg("never cancelled in time");
}

START_TEST(a_statement_that_takes_too_long_is_cancelled)
{
    kl_error *error = NULL;
    pg_scope hasty = {.role = PG_ROLE_SESSION, .timeout_ms = 200};
    const pg_statement statements[] = {{"INSERT INTO t VALUES (1)", NULL, NULL, 0}, {"SELECT pg_sleep(600)", NULL, NULL, 0}};
    is_cancelled(&hasty, statements, 2);
    is_usable();
    ck_assert_int_eq(rows_in_table(), 0);
    ck_ok(pg_begin(c, &hasty, &error));
    ck_fails(KL_ERR_TIMEOUT, pg_execute(c, &statements[1], 1, &error));
    pg_rollback(c);
    if (!pg_connection_healthy(c))
        reconnect();
    is_usable();
    /* Zero takes the connection's own. */
    pg_connection *impatient = NULL;
    pg_settings short_settings = settings;
    short_settings.statement_timeout_ms = 200;
    ck_ok(pg_connect(fixture.admin, &short_settings, &impatient, &error));
    ck_fails(KL_ERR_TIMEOUT, pg_transact(impatient, &session, &statements[1], 1, &error));
    pg_disconnect(impatient);
}
END_TEST

START_TEST(too_many_parameters_or_statements_are_an_error)
{
    kl_error *error = NULL;
    pg_parameters p = PG_PARAMETERS_INIT;
    for (int i = 0; i < PG_PARAMETERS_MAX + 5; i++)
        pg_bind_int4(&p, i);
    pg_statement one = {"SELECT 1", &p, NULL, 0};
    ck_fails(KL_ERR_INTERNAL, pg_transact(c, &session, &one, 1, &error));
    ck_ok(pg_begin(c, &session, &error));
    ck_fails(KL_ERR_INTERNAL, pg_execute(c, &one, 1, &error));
    pg_rollback(c);
    is_usable();
    p.overflow = false;
    p.data.broken = true;
    ck_fails(KL_ERR_MEMORY, pg_transact(c, &session, &one, 1, &error));
    p.data.broken = false;
    pg_parameters_free(&p);

    /* The most that is allowed, each with a role, a text of its own and a place for rows. */
    static const char texts[PG_STATEMENTS_MAX + 1][16] = {"SELECT 0", "SELECT 1", "SELECT 2", "SELECT 3", "SELECT 4",
        "SELECT 5", "SELECT 6", "SELECT 7", "SELECT 8", "SELECT 9", "SELECT 10", "SELECT 11", "SELECT 12", "SELECT 13",
        "SELECT 14", "SELECT 15", "SELECT 16"};
    pg_rows *rows[PG_STATEMENTS_MAX + 1] = {NULL};
    pg_statement many[PG_STATEMENTS_MAX + 1];
    for (int i = 0; i <= PG_STATEMENTS_MAX; i++)
        many[i] = (pg_statement){texts[i], NULL, &rows[i], PG_ROLE_PLATFORM};
    kl_uuid vendor_id = {{0}};
    pg_scope full = {.role = PG_ROLE_TENANT, .vendor_id = &vendor_id, .asynchronous_commit = true};
    ck_fails(KL_ERR_INTERNAL, pg_transact(c, &full, many, PG_STATEMENTS_MAX + 1, &error));
    ck_ok(pg_transact(c, &full, many, PG_STATEMENTS_MAX, &error));
    for (int i = 0; i < PG_STATEMENTS_MAX; i++) {
        ck_assert_int_eq(pg_int4(rows[i], 0, 0), i);
        pg_rows_free(rows[i]);
    }
}
END_TEST

START_TEST(all_parameters_that_are_allowed_arrive_in_order)
{
    kl_error *error = NULL;
    pg_parameters p = PG_PARAMETERS_INIT;
    for (int i = 1; i <= PG_PARAMETERS_MAX; i++)
        pg_bind_int4(&p, i);
    pg_rows *rows = NULL;
    ck_ok(pg_transact(c, &session, &(pg_statement){"SELECT ARRAY[$1::int4,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,"
        "$16,$17,$18,$19,$20,$21,$22,$23,$24] = ARRAY(SELECT generate_series(1, 24))", &p, &rows, 0}, 1, &error));
    ck_assert(pg_bool(rows, 0, 0));
    pg_rows_free(rows);
    pg_parameters_free(&p);
}
END_TEST

/* ---- prepared statements ---------------------------------------------------- */

static const char prepared_count[] = "SELECT count(*)::text FROM pg_prepared_statements";

START_TEST(statements_are_prepared_once_and_survive_rollbacks)
{
    kl_error *error = NULL;
    says(&session, prepared_count, "1");
    for (int i = 1; i <= 5; i++)
        ck_ok(run(&session, insert, i, &error));
    says(&session, prepared_count, "2");
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_int4(&p, 100);
    /* The same text twice in one pipeline is prepared once; here for the first time and then rolled back. */
    static const char again[] = "INSERT INTO t (id) VALUES ($1::int4) ON CONFLICT DO NOTHING";
    const pg_statement twice[] = {{again, &p, NULL, 0}, {again, &p, NULL, 0}, {insert, &p, NULL, 0}};
    ck_fails(KL_ERR_EXISTS, pg_transact(c, &session, twice, 3, &error));
    says(&session, prepared_count, "3");
    ck_ok(pg_transact(c, &session, twice, 2, &error));
    says(&session, prepared_count, "3");
    pg_parameters_free(&p);
    ck_assert_int_eq(rows_in_table(), 6);
}
END_TEST

START_TEST(a_statement_that_could_not_be_prepared_is_prepared_later)
{
    kl_error *error = NULL;
    static const char sql[] = "SELECT a::text FROM later";
    ck_fails(KL_ERR_SCHEMA, run(&session, sql, 0, &error));
    ck_fails(KL_ERR_SCHEMA, run(&session, sql, 0, &error));
    harness_exec(fixture.admin, "CREATE TABLE later (a int); INSERT INTO later VALUES (5)");
    says(&session, sql, "5");
    /* One that was skipped behind another's failure too. */
    static const char skipped[] = "SELECT 'skipped'::text";
    const pg_statement statements[] = {{"SELECT 1 / 0", NULL, NULL, 0}, {skipped, NULL, NULL, 0}};
    ck_fails(KL_ERR_DATABASE, pg_transact(c, &session, statements, 2, &error));
    says(&session, skipped, "skipped");
}
END_TEST

START_TEST(a_changed_result_type_costs_the_connection_and_nothing_else)
{
    kl_error *error = NULL;
    static const char sql[] = "SELECT * FROM changing";
    harness_exec(fixture.admin, "CREATE TABLE changing (a int)");
    ck_ok(run(&session, sql, 0, &error));
    harness_exec(fixture.admin, "ALTER TABLE changing ADD b int");
    ck_fails(KL_ERR_DATABASE, run(&session, sql, 0, &error));
    ck_assert(!pg_connection_healthy(c));
    ck_fails(KL_ERR_CONNECTION_LOST, run(&session, sql, 0, &error));
}
END_TEST

START_TEST(unprepared_mode_leaves_no_prepared_statement)
{
    kl_error *error = NULL;
    pg_settings unprepared = settings;
    unprepared.unprepared = true;
    pg_disconnect(c);
    ck_ok(pg_connect(fixture.admin, &unprepared, &c, &error));
    for (int i = 1; i <= 3; i++)
        ck_ok(run(&session, insert, i, &error));
    ck_fails(KL_ERR_EXISTS, run(&session, insert, 3, &error));
    says(&session, prepared_count, "0");
    ck_assert_int_eq(rows_in_table(), 3);
}
END_TEST

/* ---- several round trips ------------------------------------------------------ */

START_TEST(reading_transactions_refuse_writes)
{
    kl_error *error = NULL;
    ck_assert_int_eq(run(&reading, insert, 1, &error), KL_ERR_DATABASE);
    ck_assert_str_eq(kl_error_sqlstate(error), "25006");
    kl_error_free(error);
    error = NULL;
    ck_assert_int_eq(rows_in_table(), 0);
    says(&reading, "SELECT 'read'::text", "read");
}
END_TEST

START_TEST(transactions_read_what_is_committed_whatever_is_usual_for_the_database)
{
    kl_error *error = NULL;
    pg_disconnect(c);
    harness_exec(fixture.admin, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = serializable',"
                                " current_database()); END $$");
    ck_ok(pg_connect(fixture.admin, &settings, &c, &error));
    says(&session, "SELECT current_setting('default_transaction_isolation')", "serializable");
    says(&session, "SELECT current_setting('transaction_isolation')", "read committed");
    says(&reading, "SELECT current_setting('transaction_isolation')", "read committed");
}
END_TEST

START_TEST(asynchronous_commit_is_asked_for_in_that_transaction_alone)
{
    pg_scope relaxed = {.role = PG_ROLE_SESSION, .asynchronous_commit = true};
    says(&relaxed, "SELECT current_setting('synchronous_commit')", "off");
    says(&session, "SELECT current_setting('synchronous_commit')", "on");
}
END_TEST

START_TEST(round_trips_of_one_transaction_end_together)
{
    kl_error *error = NULL;
    for (int commit = 0; commit < 2; commit++) {
        ck_ok(pg_begin(c, &session, &error));
        for (int i = 1; i <= 3; i++) {
            pg_parameters p = PG_PARAMETERS_INIT;
            pg_bind_int4(&p, i);
            ck_ok(pg_execute(c, &(pg_statement){insert, &p, NULL, 0}, 1, &error));
            pg_parameters_free(&p);
        }
        ck_assert(!pg_connection_healthy(c)); /* not for the pool while the transaction is open */
        ck_assert_int_eq(rows_in_table(), 0);
        if (commit)
            ck_ok(pg_commit(c, &error));
        else
            pg_rollback(c);
        is_usable();
        ck_assert_int_eq(rows_in_table(), commit ? 3 : 0);
    }
    pg_rollback(c);
    is_usable();
}
END_TEST

START_TEST(beginning_and_committing_may_carry_statements)
{
    kl_error *error = NULL;
    pg_rows *first = NULL, *last = NULL;
    static const char one[] = "INSERT INTO t VALUES (1) RETURNING id", two[] = "INSERT INTO t VALUES (2) RETURNING id";
    ck_ok(pg_begin_with(c, &session, &(pg_statement){one, NULL, &first, 0}, 1, &error));
    ck_ok(pg_commit_with(c, &(pg_statement){two, NULL, &last, 0}, 1, &error));
    ck_assert_int_eq(pg_int4(first, 0, 0), 1);
    ck_assert_int_eq(pg_int4(last, 0, 0), 2);
    ck_assert_int_eq(rows_in_table(), 2);
    is_usable();
    /* A failure at either end leaves nothing, no rows, and an idle connection. */
    ck_fails(KL_ERR_EXISTS, pg_begin_with(c, &session, &(pg_statement){one, NULL, &first, 0}, 1, &error));
    ck_assert_ptr_null(first);
    is_usable();
    static const char three[] = "INSERT INTO t VALUES (3)";
    ck_ok(pg_begin_with(c, &session, &(pg_statement){three, NULL, NULL, 0}, 1, &error));
    ck_fails(KL_ERR_EXISTS, pg_commit_with(c, &(pg_statement){two, NULL, &last, 0}, 1, &error));
    ck_assert_ptr_null(last);
    is_usable();
    ck_assert_int_eq(rows_in_table(), 2);
}
END_TEST

/* ---- opening --------------------------------------------------------------------- */

START_TEST(what_cannot_be_connected_to_is_said_without_the_password)
{
    static const char *const urls[] = {
        "postgresq://user:hushhush@nowhere.invalid/db",
        "postgres://user:hush@hush@nowhere.invalid/db",
        "postgres://user:hush/hush@nowhere.invalid/db",
        "postgres://user:%zzhush@nowhere.invalid/db",
        "postgres://user:hush@[nowhere.invalid/db",
        "host=nowhere.invalid password=hush hush",
        "host=nowhere.invalid password=hush pasword=hush",
        "host=nowhere.invalid password='hush",
        "hush",
        "host=127.0.0.1 port=1 password=hush user=u dbname=d",
        "postgres://u:hush@127.0.0.1:1/d",
    };
    kl_error *error = NULL;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        pg_connection *none = NULL;
        ck_assert_int_eq(pg_connect(urls[i], &settings, &none, &error), KL_ERR_CONNECT);
        ck_assert_int_eq(kl_error_status(error), KL_ERR_CONNECT);
        ck_assert_msg(!strstr(kl_error_message(error), "hush"), "%s", kl_error_message(error));
        ck_assert_ptr_null(none);
        kl_error_free(error);
        error = NULL;
    }
}
END_TEST

START_TEST(an_application_name_in_the_url_is_kept)
{
    kl_error *error = NULL;
    says(&session, "SELECT current_setting('application_name')", "kloyst");
    char *url = NULL;
    ck_assert(asprintf(&url, "%s application_name=shop client_encoding=LATIN1", fixture.admin) > 0);
    pg_disconnect(c);
    ck_ok(pg_connect(url, &settings, &c, &error));
    free(url);
    says(&session, "SELECT current_setting('application_name')", "shop");
    says(&session, "SELECT current_setting('client_encoding')", "UTF8");
}
END_TEST

START_TEST(a_database_of_another_encoding_is_refused)
{
    kl_error *error = NULL;
    char *url = NULL;
    pg_connection *none = NULL;
    harness_exec(fixture.admin, "DROP DATABASE IF EXISTS latin");
    harness_exec(fixture.admin, "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
    ck_assert(asprintf(&url, "%s dbname=latin", fixture.admin) > 0);
    ck_fails(KL_ERR_SCHEMA, pg_connect(url, &settings, &none, &error));
    free(url);
    harness_exec(fixture.admin, "DROP DATABASE latin");
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("pg_transaction");
    TCase *test_case = tcase_create("transactions");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_connection, close_connection);
    tcase_set_timeout(test_case, 60);
    tcase_add_test(test_case, several_statements_commit_together);
    tcase_add_test(test_case, an_error_in_any_statement_leaves_nothing_and_no_rows);
    tcase_add_test(test_case, failures_have_their_status_and_sqlstate);
    tcase_add_test(test_case, a_constraint_violated_at_commit_is_a_failure);
    tcase_add_test(test_case, a_commit_that_rolls_back_is_never_success);
    tcase_add_test(test_case, the_tenant_is_set_inside_and_gone_afterwards);
    tcase_add_test(test_case, roles_change_inside_a_transaction_and_back);
    tcase_add_test(test_case, a_statement_that_takes_too_long_is_cancelled);
    tcase_add_test(test_case, too_many_parameters_or_statements_are_an_error);
    tcase_add_test(test_case, all_parameters_that_are_allowed_arrive_in_order);
    tcase_add_test(test_case, statements_are_prepared_once_and_survive_rollbacks);
    tcase_add_test(test_case, a_statement_that_could_not_be_prepared_is_prepared_later);
    tcase_add_test(test_case, a_changed_result_type_costs_the_connection_and_nothing_else);
    tcase_add_test(test_case, unprepared_mode_leaves_no_prepared_statement);
    tcase_add_test(test_case, reading_transactions_refuse_writes);
    tcase_add_test(test_case, transactions_read_what_is_committed_whatever_is_usual_for_the_database);
    tcase_add_test(test_case, asynchronous_commit_is_asked_for_in_that_transaction_alone);
    tcase_add_test(test_case, round_trips_of_one_transaction_end_together);
    tcase_add_test(test_case, beginning_and_committing_may_carry_statements);
    tcase_add_test(test_case, what_cannot_be_connected_to_is_said_without_the_password);
    tcase_add_test(test_case, an_application_name_in_the_url_is_kept);
    tcase_add_test(test_case, a_database_of_another_encoding_is_refused);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
