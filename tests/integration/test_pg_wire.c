/* Connections that are cut, killed, slowed or swallowed: the outcome told is the outcome there was, or "unknown". */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "harness/fixture.h"
#include "harness/proxy.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "pg/pool.h"

static char *database, *admin;
static proxy *wire;
static pg_connection *direct; /* looks at the table past the proxy */
/* Times that no machine takes, however busy it is. */
static const pg_settings settings = {60000, 60000, 60000, 2, false, NULL, NULL};
static const pg_scope writing = {.role = PG_ROLE_SESSION};
static const pg_scope reading = {.role = PG_ROLE_SESSION, .read_only = true};
static const char insert[] = "INSERT INTO t VALUES ($1::int4)";
static const char count[] = "SELECT count(*) FROM t";
static const char slowly[] = "SELECT pg_sleep(120)";

static void start_server(void)
{
    harness_server();
}

static void open_wire(void)
{
    kl_error *error = NULL;
    database = harness_database(NULL);
    ck_assert(asprintf(&admin, "%s user=kloyst_admin", database) > 0);
    harness_exec(admin, "CREATE TABLE t (id int); CREATE SEQUENCE tries");
    wire = proxy_start(admin);
    ck_ok(pg_connect(admin, &settings, &direct, &error));
}

static void close_wire(void)
{
    proxy_stop(wire);
    pg_disconnect(direct);
    harness_drop_database(database);
    free(admin);
}

static pg_connection *connect_to(const char *conninfo)
{
    kl_error *error = NULL;
    pg_connection *c = NULL;
    ck_ok(pg_connect(conninfo, &settings, &c, &error));
    return c;
}

static pg_connection *through_wire(void)
{
    return connect_to(proxy_conninfo(wire));
}

static int64_t number(const char *sql, int32_t parameter)
{
    kl_error *error = NULL;
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    if (parameter)
        pg_bind_int4(&p, parameter);
    ck_ok(pg_transact(direct, &reading, &(pg_statement){sql, &p, &rows, PG_ROLE_SAME}, 1, &error));
    int64_t value = pg_int8(rows, 0, 0);
    pg_rows_free(rows);
    pg_parameters_free(&p);
    return value;
}

static void pause_ms(int ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

/* What the server will ever do of it, it has done. */
static void wait_for_quiet(void)
{
    static const char others[] = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                                 "AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    while (number(others, 0))
        pause_ms(1);
}

static bool is_there(int id)
{
    static const char of_id[] = "SELECT count(*) FROM t WHERE id = $1::int4";
    return number(of_id, id) == 1;
}

static void kill_others(void)
{
    static const char sql[] = "SELECT count(pg_terminate_backend(pid, 60000)) FROM pg_stat_activity "
                              "WHERE datname = current_database() AND pid <> pg_backend_pid()";
    ck_assert_int_ge(number(sql, 0), 1);
}

/* ---- ended by the server ----------------------------------------------------- */

/* Not through the proxy, which would drop the server's last words when it cannot forward the client's. */

static kl_status insert_and(pg_connection *c, const pg_scope *scope, int id, const char *then, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_int4(&p, id);
    const pg_statement statements[] = {{insert, &p, NULL, 0}, {then, NULL, NULL, 0}};
    kl_status status = pg_transact(c, scope, statements, then ? 2 : 1, error);
    pg_parameters_free(&p);
    return status;
}

START_TEST(a_session_ended_before_is_a_lost_connection)
{
    kl_error *error = NULL;
    pg_connection *c = connect_to(admin);
    kill_others();
    ck_assert_int_eq(insert_and(c, &writing, 1, NULL, &error), KL_ERR_CONNECTION_LOST);
    ck_assert_str_eq(kl_error_sqlstate(error), "57P01");
    kl_error_free(error);
    error = NULL;
    ck_assert(!pg_connection_healthy(c));
    ck_fails(KL_ERR_CONNECTION_LOST, insert_and(c, &writing, 1, NULL, &error));
    ck_fails(KL_ERR_CONNECTION_LOST, pg_begin(c, &writing, &error));
    ck_fails(KL_ERR_CONNECTION_LOST, pg_script(c, count, &error));
    ck_fails(KL_ERR_CONNECTION_LOST, pg_copy_start(c, "COPY t FROM STDIN", &error));
    pg_rollback(c);
    ck_assert(!is_there(1));
    pg_disconnect(c);
}
END_TEST

static void *killer(void *ignored)
{
    (void)ignored;
    static const char sleeping[] = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' "
                                   "AND datname = current_database()";
    while (!number(sleeping, 0))
        pause_ms(5);
    kill_others();
    return NULL;
}

START_TEST(a_session_ended_inside_is_a_lost_connection)
{
    kl_error *error = NULL;
    for (int round = 0; round < 2; round++) {
        pg_connection *c = connect_to(admin);
        pthread_t thread;
        pthread_create(&thread, NULL, killer, NULL);
        if (round) {
            ck_ok(pg_begin(c, &writing, &error));
            ck_fails(KL_ERR_CONNECTION_LOST, pg_execute(c, &(pg_statement){slowly, NULL, NULL, 0}, 1, &error));
            ck_fails(KL_ERR_CONNECTION_LOST, pg_commit(c, &error));
            pg_rollback(c);
        } else {
            ck_fails(KL_ERR_CONNECTION_LOST, insert_and(c, &writing, 1, slowly, &error));
        }
        pthread_join(thread, NULL);
        ck_assert_int_eq(number(count, 0), 0);
        pg_disconnect(c);
    }
}
END_TEST

START_TEST(a_session_ended_before_commit_is_a_lost_connection)
{
    kl_error *error = NULL;
    pg_connection *c = connect_to(admin);
    ck_ok(pg_begin(c, &writing, &error));
    ck_ok(pg_execute(c, &(pg_statement){"INSERT INTO t VALUES (1)", NULL, NULL, 0}, 1, &error));
    kill_others();
    ck_fails(KL_ERR_CONNECTION_LOST, pg_commit(c, &error));
    ck_assert_int_eq(number(count, 0), 0);
    pg_disconnect(c);
}
END_TEST

START_TEST(an_idle_time_out_of_the_server_is_a_lost_connection)
{
    kl_error *error = NULL;
    pg_connection *c = connect_to(admin);
    ck_ok(pg_begin(c, &writing, &error));
    static const pg_statement statements[] = {{"INSERT INTO t VALUES (1)", NULL, NULL, 0},
                                              {"SET LOCAL idle_in_transaction_session_timeout = 20", NULL, NULL, 0}};
    ck_ok(pg_execute(c, statements, 2, &error));
    wait_for_quiet();
    ck_assert_int_eq(pg_commit(c, &error), KL_ERR_CONNECTION_LOST);
    ck_assert_str_eq(kl_error_sqlstate(error), "25P03");
    kl_error_free(error);
    ck_assert_int_eq(number(count, 0), 0);
    pg_disconnect(c);
}
END_TEST

START_TEST(the_pool_replaces_and_retries_what_the_server_ended)
{
    kl_error *error = NULL;
    pg_pool *pool = NULL;
    pthread_t thread;
    ck_ok(pg_pool_open(admin, &settings, &pool, &error));
    kill_others();
    ck_ok(pg_pool_transact(pool, &writing, &(pg_statement){"INSERT INTO t VALUES (1)", NULL, NULL, 0}, 1, &error));
    pthread_create(&thread, NULL, killer, NULL);
    /* The first try sleeps until it is killed. */
    static const char first_slowly[] = "SELECT pg_sleep(CASE nextval('tries') WHEN 1 THEN 120 ELSE 0 END)";
    const pg_statement statements[] = {{"INSERT INTO t VALUES (2)", NULL, NULL, 0}, {first_slowly, NULL, NULL, 0}};
    ck_ok(pg_pool_transact(pool, &writing, statements, 2, &error));
    pthread_join(thread, NULL);
    ck_assert(is_there(1));
    ck_assert(is_there(2));
    pg_pool_close(pool);
    pg_pool_free(pool);
}
END_TEST

/* ---- cut on the way ------------------------------------------------------------ */

START_TEST(a_lost_answer_to_commit_is_an_unknown_outcome)
{
    kl_error *error = NULL;
    pg_connection *c = through_wire();
    proxy_cut(wire, PROXY_ANSWER, 0);
    ck_fails(KL_ERR_UNKNOWN_OUTCOME, insert_and(c, &writing, 1, NULL, &error));
    ck_assert(proxy_was_cut(wire));
    pg_disconnect(c);
    wait_for_quiet();
    ck_assert(is_there(1));

    proxy_cut(wire, PROXY_ANSWER, -1);
    c = through_wire();
    ck_ok(pg_begin(c, &writing, &error));
    ck_ok(pg_execute(c, &(pg_statement){"INSERT INTO t VALUES (2)", NULL, NULL, 0}, 1, &error));
    proxy_cut(wire, PROXY_ANSWER, 0);
    ck_fails(KL_ERR_UNKNOWN_OUTCOME, pg_commit(c, &error));
    pg_disconnect(c);
    wait_for_quiet();
    ck_assert(is_there(2));
}
END_TEST

START_TEST(a_lost_answer_to_a_reading_transaction_is_a_lost_connection)
{
    kl_error *error = NULL;
    pg_rows *rows = NULL;
    pg_connection *c = through_wire();
    proxy_cut(wire, PROXY_ANSWER, 0);
    ck_fails(KL_ERR_CONNECTION_LOST, pg_transact(c, &reading, &(pg_statement){count, NULL, &rows, 0}, 1, &error));
    ck_assert_ptr_null(rows);
    pg_disconnect(c);
    proxy_cut(wire, PROXY_ANSWER, -1);
    c = through_wire();
    ck_ok(pg_begin(c, &reading, &error));
    proxy_cut(wire, PROXY_ANSWER, 0);
    ck_fails(KL_ERR_CONNECTION_LOST, pg_commit(c, &error));
    pg_disconnect(c);
}
END_TEST

START_TEST(the_pool_never_repeats_an_unknown_outcome)
{
    kl_error *error = NULL;
    pg_pool *pool = NULL;
    ck_ok(pg_pool_open(proxy_conninfo(wire), &settings, &pool, &error));
    proxy_cut(wire, PROXY_ANSWER, 0);
    ck_fails(KL_ERR_UNKNOWN_OUTCOME,
             pg_pool_transact(pool, &writing, &(pg_statement){"INSERT INTO t VALUES (1)", NULL, NULL, 0}, 1, &error));
    proxy_cut(wire, PROXY_ANSWER, -1);
    ck_ok(pg_pool_transact(pool, &writing, &(pg_statement){"INSERT INTO t VALUES (2)", NULL, NULL, 0}, 1, &error));
    ck_assert_int_eq(number(count, 0), 2);
    pg_pool_close(pool);
    pg_pool_free(pool);
}
END_TEST

static kl_status in_steps(pg_connection *c, int id)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_int4(&p, id);
    kl_status status = pg_begin(c, &writing, NULL);
    if (!status) {
        status = pg_execute(c, &(pg_statement){insert, &p, NULL, 0}, 1, NULL);
        if (status)
            pg_rollback(c);
        else
            status = pg_commit(c, NULL);
    }
    pg_parameters_free(&p);
    return status;
}

typedef struct tally {
    int committed, failed, unknown_there, unknown_absent;
} tally;

/* One transaction with the wire cut after so many bytes of one side; true when it was. */
static bool one_cut(proxy_side side, long at, bool steps, int id, tally *seen)
{
    proxy_cut(wire, side, -1);
    pg_connection *c = through_wire();
    proxy_cut(wire, side, at);
    kl_status status = steps ? in_steps(c, id) : insert_and(c, &writing, id, NULL, NULL);
    bool was_cut = proxy_was_cut(wire);
    proxy_cut(wire, side, -1);
    pg_disconnect(c);
    wait_for_quiet();
    bool there = is_there(id);
    if (!status) {
        ck_assert_msg(there, "side %d, byte %ld: reported but not there", side, at);
        seen->committed++;
    } else if (status == KL_ERR_UNKNOWN_OUTCOME) {
        seen->unknown_there += there;
        seen->unknown_absent += !there;
    } else {
        ck_assert_msg(!there, "side %d, byte %ld: %s but there", side, at, kl_status_name(status));
        ck_assert_int_eq(status, KL_ERR_CONNECTION_LOST);
        seen->failed++;
    }
    return was_cut;
}

static tally cut_everywhere(proxy_side side, bool steps, long stride)
{
    tally seen = {0};
    int id = 0;
    long at = 0;
    while (one_cut(side, at, steps, ++id, &seen))
        at += stride;
    printf("cut at %ld bytes of the %s, %s: %d committed, %d failed, %d unknown and there, %d unknown and absent\n", at,
           side == PROXY_REQUEST ? "request" : "answer", steps ? "in steps" : "in one round trip", seen.committed,
           seen.failed, seen.unknown_there, seen.unknown_absent);
    ck_assert_int_gt(at, 80);
    ck_assert_int_ge(seen.committed, 1);
    return seen;
}

START_TEST(a_request_cut_at_any_byte_is_told_truly)
{
    tally seen = cut_everywhere(PROXY_REQUEST, false, 1);
    ck_assert_int_gt(seen.unknown_absent, 0);
    ck_assert_int_eq(seen.failed, 0); /* COMMIT was on its way each time */
}
END_TEST

START_TEST(an_answer_cut_at_any_byte_is_told_truly)
{
    tally seen = cut_everywhere(PROXY_ANSWER, false, 1);
    ck_assert_int_gt(seen.unknown_there, 0);
    ck_assert_int_gt(seen.committed, 1); /* from COMMIT's answer on */
}
END_TEST

START_TEST(steps_cut_at_any_byte_are_told_truly)
{
    tally seen = cut_everywhere(PROXY_REQUEST, true, 3);
    ck_assert_int_gt(seen.failed, 0);
    seen = cut_everywhere(PROXY_ANSWER, true, 3);
    ck_assert_int_gt(seen.failed, 0);
    ck_assert_int_gt(seen.unknown_there, 0);
}
END_TEST

START_TEST(a_connection_cut_while_it_is_opened_is_no_connection)
{
    kl_error *error = NULL;
    for (int side = 0; side < 2; side++) {
        for (long at = 0;; at += 7) {
            pg_connection *c = NULL;
            proxy_cut(wire, (proxy_side)side, at);
            kl_status status = pg_connect(proxy_conninfo(wire), &settings, &c, &error);
            if (!status) {
                ck_assert_int_gt(at, 50);
                pg_disconnect(c);
                break;
            }
            ck_fails(KL_ERR_CONNECT, status);
            ck_assert_ptr_null(c);
        }
    }
}
END_TEST

/* ---- slow and silent -------------------------------------------------------------- */

START_TEST(one_byte_at_a_time_is_only_slow)
{
    kl_error *error = NULL;
    proxy_slice(wire, 1);
    pg_connection *c = through_wire();
    pg_rows *rows = NULL;
    const pg_statement statements[] = {{"INSERT INTO t SELECT generate_series(1, 500)", NULL, NULL, 0},
                                       {"SELECT id, 'row ' || id FROM t ORDER BY id", NULL, &rows, 0}};
    ck_ok(pg_transact(c, &writing, statements, 2, &error));
    ck_assert_int_eq(pg_rows_count(rows), 500);
    ck_assert_str_eq(pg_text(rows, 499, 1), "row 500");
    pg_rows_free(rows);
    ck_assert_int_eq(in_steps(c, 1000), KL_OK);
    ck_assert(is_there(1000));
    pg_disconnect(c);
}
END_TEST

/* What a silent network does to one kind of transaction. */
typedef struct unheard {
    pg_connection *c;
    const pg_scope *scope;
    pg_statement statement;
    pthread_t thread;
    kl_status status;
    int64_t took_ms;
} unheard;

static void *ask_in_vain(void *argument)
{
    unheard *u = argument;
    int64_t start = clock_monotonic_ms();
    u->status = pg_transact(u->c, u->scope, &u->statement, 1, NULL);
    u->took_ms = clock_monotonic_ms() - start;
    return NULL;
}

START_TEST(a_silent_network_is_given_up_in_time)
{
    enum { KINDS = 3, HANGS_MS = 30000 };
    static const kl_status expected[KINDS] = {KL_ERR_UNKNOWN_OUTCOME, KL_ERR_TIMEOUT, KL_ERR_UNKNOWN_OUTCOME};
    kl_error *error = NULL;
    pg_scope hasty = writing, hasty_reading = reading;
    hasty.timeout_ms = hasty_reading.timeout_ms = 300;
    static char large[4000000];
    memset(large, 'x', sizeof large);
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_bytes(&p, large, sizeof large);
    unheard kinds[KINDS] = {{.scope = &hasty, .statement = {"INSERT INTO t VALUES (1)", NULL, NULL, 0}},
                            {.scope = &hasty_reading, .statement = {count, NULL, NULL, 0}},
                            {.scope = &hasty, .statement = {"SELECT length($1::bytea)", &p, NULL, 0}}};
    for (int i = 0; i < KINDS; i++)
        kinds[i].c = through_wire();
    proxy_hold(wire, true);
    for (int i = 0; i < KINDS; i++)
        ck_assert_int_eq(pthread_create(&kinds[i].thread, NULL, ask_in_vain, &kinds[i]), 0);
    for (int i = 0; i < KINDS; i++) {
        pthread_join(kinds[i].thread, NULL);
        ck_assert_int_eq(kinds[i].status, expected[i]);
        ck_assert_int_lt(kinds[i].took_ms, HANGS_MS);
        ck_assert(!pg_connection_healthy(kinds[i].c));
        pg_disconnect(kinds[i].c);
    }
    pg_parameters_free(&p);
    pg_settings hurried = settings;
    hurried.connect_timeout_ms = 300;
    pg_connection *none = NULL;
    int64_t start = clock_monotonic_ms();
    ck_fails(KL_ERR_CONNECT, pg_connect(proxy_conninfo(wire), &hurried, &none, &error));
    ck_assert_int_lt(clock_monotonic_ms() - start, HANGS_MS);
    proxy_hold(wire, false);
}
END_TEST

START_TEST(large_requests_and_answers_do_not_block_each_other)
{
    kl_error *error = NULL;
    static char large[3000000];
    memset(large, 'x', sizeof large);
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows[8] = {NULL};
    pg_statement statements[8];
    pg_bind_bytes(&p, large, sizeof large);
    for (int i = 0; i < 8; i++)
        statements[i] = (pg_statement){"SELECT $1::bytea", &p, &rows[i], 0};
    ck_ok(pg_transact(direct, &writing, statements, 8, &error));
    for (int i = 0; i < 8; i++) {
        size_t length;
        pg_bytes(rows[i], 0, 0, &length);
        ck_assert_uint_eq(length, sizeof large);
        pg_rows_free(rows[i]);
    }
    pg_parameters_free(&p);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("pg_wire");
    TCase *test_case = tcase_create("wire");
    tcase_add_unchecked_fixture(test_case, start_server, NULL);
    tcase_add_checked_fixture(test_case, open_wire, close_wire);
    tcase_set_timeout(test_case, 300);
    tcase_add_test(test_case, a_session_ended_before_is_a_lost_connection);
    tcase_add_test(test_case, a_session_ended_inside_is_a_lost_connection);
    tcase_add_test(test_case, a_session_ended_before_commit_is_a_lost_connection);
    tcase_add_test(test_case, an_idle_time_out_of_the_server_is_a_lost_connection);
    tcase_add_test(test_case, the_pool_replaces_and_retries_what_the_server_ended);
    tcase_add_test(test_case, a_lost_answer_to_commit_is_an_unknown_outcome);
    tcase_add_test(test_case, a_lost_answer_to_a_reading_transaction_is_a_lost_connection);
    tcase_add_test(test_case, the_pool_never_repeats_an_unknown_outcome);
    tcase_add_test(test_case, a_request_cut_at_any_byte_is_told_truly);
    tcase_add_test(test_case, an_answer_cut_at_any_byte_is_told_truly);
    tcase_add_test(test_case, steps_cut_at_any_byte_are_told_truly);
    tcase_add_test(test_case, a_connection_cut_while_it_is_opened_is_no_connection);
    tcase_add_test(test_case, one_byte_at_a_time_is_only_slow);
    tcase_add_test(test_case, a_silent_network_is_given_up_in_time);
    tcase_add_test(test_case, large_requests_and_answers_do_not_block_each_other);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
