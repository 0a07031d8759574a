/* The pool: bounded, fair, closable, and of one process. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "pg/pool.h"

enum { THREADS = 16, PLACES = 4, PATIENCE_MS = 100000 };

static char *database, *url;
static pg_pool *pool;
static const pg_scope session = {.role = PG_ROLE_SESSION};
static const char add[] = "UPDATE counter SET n = n + 1";

static void start_server(void)
{
    harness_server();
}

static void open_pool(void)
{
    kl_error *error = NULL;
    const pg_settings settings = {PATIENCE_MS, PATIENCE_MS, PATIENCE_MS, PLACES, false, NULL, NULL};
    database = harness_database(NULL);
    ck_assert(asprintf(&url, "%s user=kloyst_admin", database) > 0);
    harness_exec(url, "CREATE TABLE counter (n int); INSERT INTO counter VALUES (0);"
                      "CREATE TABLE pair (id int PRIMARY KEY, n int); INSERT INTO pair VALUES (1, 0), (2, 0)");
    ck_ok(pg_pool_open(url, &settings, &pool, &error));
}

static void close_pool(void)
{
    if (pool) {
        pg_pool_close(pool);
        pg_pool_free(pool);
    }
    harness_drop_database(database);
    free(url);
}

/* Another pool. */
static void replace_pool(int places, int wait_ms)
{
    kl_error *error = NULL;
    const pg_settings settings = {PATIENCE_MS, PATIENCE_MS, wait_ms, places, false, NULL, NULL};
    pg_pool_close(pool);
    pg_pool_free(pool);
    ck_ok(pg_pool_open(url, &settings, &pool, &error));
}

static kl_status transact(const char *sql, kl_error **error)
{
    return pg_pool_transact(pool, &session, &(pg_statement){sql, NULL, NULL, PG_ROLE_SAME}, 1, error);
}

static int number(const char *sql)
{
    char *text = harness_query_text(url, sql);
    int value = (int)strtol(text, NULL, 10);
    free(text);
    return value;
}

#define SESSIONS "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'kloyst'"

static int sessions(void)
{
    return number(SESSIONS);
}

static void pause_ms(int ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

/* Waits until the answer is this number, and fails when it never is. */
static void becomes(const char *sql, int wanted)
{
    int64_t end = clock_monotonic_ms() + PATIENCE_MS;
    for (int value; (value = number(sql)) != wanted; pause_ms(5))
        ck_assert_msg(clock_monotonic_ms() < end, "%s: %d instead of %d", sql, value, wanted);
}

/* A thread that waits for a place. */
typedef struct waiting {
    pthread_t thread;
    atomic_int id; /* of the thread, once it does nothing but take */
    int place;     /* in the order of those who were served */
    kl_status status;
} waiting;

/* Waits until the thread sleeps, which it does in the pool alone. */
static void until_asleep(waiting *w)
{
    int64_t end = clock_monotonic_ms() + PATIENCE_MS;
    for (char state = 0; state != 'S'; pause_ms(1)) {
        char path[60];
        snprintf(path, sizeof path, "/proc/self/task/%d/stat", atomic_load(&w->id));
        FILE *file = fopen(path, "re");
        if (file) {
            ck_assert_int_eq(fscanf(file, "%*d (%*[^)]) %c", &state), 1);
            fclose(file);
        }
        ck_assert_msg(clock_monotonic_ms() < end, "the thread never waits");
    }
}

START_TEST(a_wrong_url_is_told_at_the_door)
{
    kl_error *error = NULL;
    const pg_settings settings = {PATIENCE_MS, PATIENCE_MS, PATIENCE_MS, PLACES, false, NULL, NULL};
    pg_pool *none = NULL;
    char *wrong = NULL;
    ck_assert(asprintf(&wrong, "%s dbname=kl_no_such_database", url) > 0);
    ck_fails(KL_ERR_CONNECT, pg_pool_open(wrong, &settings, &none, &error));
    ck_assert_ptr_null(none);
    free(wrong);
}
END_TEST

START_TEST(waiting_for_a_connection_is_bounded)
{
    kl_error *error = NULL;
    pg_connection *held = NULL, *more = NULL;
    replace_pool(1, 300);
    ck_ok(pg_pool_take(pool, &held, &error));
    for (int i = 0; i < 2; i++) {
        int64_t start = clock_monotonic_ms();
        ck_fails(KL_ERR_TIMEOUT, pg_pool_take(pool, &more, &error));
        ck_assert_int_ge(clock_monotonic_ms() - start, 290);
        ck_assert_int_lt(clock_monotonic_ms() - start, 60000);
        ck_assert_ptr_null(more);
    }
    pg_pool_give(pool, held);
    ck_ok(pg_pool_take(pool, &more, &error));
    pg_pool_give(pool, more);
    pg_pool_give(pool, NULL);
}
END_TEST

/* ---- many threads ------------------------------------------------------------- */

static atomic_int failures, done;
static atomic_bool stop;

static void *worker(void *rounds)
{
    for (int i = 0; i < *(int *)rounds; i++)
        if (transact(add, NULL))
            atomic_fetch_add(&failures, 1);
    return NULL;
}

static void *watcher(void *most)
{
    pg_connection *c = NULL;
    const pg_settings settings = {PATIENCE_MS, PATIENCE_MS, PATIENCE_MS, 1, false, NULL, NULL};
    atomic_int *highest = most;
    if (pg_connect(url, &settings, &c, NULL))
        return NULL;
    while (!atomic_load(&stop)) {
        pg_rows *rows = NULL;
        pg_transact(c, &session,
                    &(pg_statement){"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                                    "AND pid <> pg_backend_pid() AND application_name = 'kloyst'",
                                    NULL, &rows, 0},
                    1, NULL);
        int now = rows ? (int)pg_int8(rows, 0, 0) : 0;
        if (now > atomic_load(highest))
            atomic_store(highest, now);
        pg_rows_free(rows);
    }
    pg_disconnect(c);
    return NULL;
}

START_TEST(sixteen_threads_on_four_connections_all_finish)
{
    pthread_t threads[THREADS], watching;
    int rounds = 100;
    atomic_int most = 0;
    pthread_create(&watching, NULL, watcher, &most);
    for (int i = 0; i < PATIENCE_MS && !atomic_load(&most); i++)
        pause_ms(1); /* it sees the session that the pool begins with */
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, worker, &rounds);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    atomic_store(&stop, true);
    pthread_join(watching, NULL);
    ck_assert_int_eq(failures, 0);
    ck_assert_int_eq(number("SELECT n FROM counter"), THREADS * rounds);
    ck_assert_int_gt(atomic_load(&most), 0);
    ck_assert_int_le(atomic_load(&most), PLACES);
    ck_assert_int_le(sessions(), PLACES);
}
END_TEST

static atomic_int turns;

/* Gives back and takes again without a pause, as a busy loop of calls does. */
static void *hog(void *unused)
{
    (void)unused;
    while (!atomic_load(&stop)) {
        pg_connection *c = NULL;
        if (pg_pool_take(pool, &c, NULL))
            continue;
        atomic_fetch_add(&turns, 1);
        for (int64_t until = clock_monotonic_ms() + 2; clock_monotonic_ms() < until;)
            ;
        pg_pool_give(pool, c);
    }
    return NULL;
}

START_TEST(those_who_wait_are_served_before_those_who_come_back)
{
    enum { HOGS = 3, ROUNDS = 50 };
    kl_error *error = NULL;
    pthread_t threads[HOGS];
    int soon = 0;
    replace_pool(1, PATIENCE_MS);
    for (int i = 0; i < HOGS; i++)
        pthread_create(&threads[i], NULL, hog, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        pg_connection *c = NULL;
        pause_ms(5);
        int before = atomic_load(&turns);
        ck_ok(pg_pool_take(pool, &c, &error));
        soon += atomic_load(&turns) - before <= 2 * HOGS;
        pg_pool_give(pool, c);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < HOGS; i++)
        pthread_join(threads[i], NULL);
    /* A turn of each may come first; more when this thread was held up before it came to the pool. */
    printf("soon served: %d of %d times\n", soon, ROUNDS);
    ck_assert_int_ge(soon, ROUNDS * 3 / 4);
}
END_TEST

static void *take_a_place(void *context)
{
    waiting *w = context;
    pg_connection *c = NULL;
    atomic_store(&w->id, (int)gettid());
    w->status = pg_pool_take(pool, &c, NULL);
    w->place = atomic_fetch_add(&done, 1) + 1;
    pg_pool_give(pool, c);
    return NULL;
}

START_TEST(callers_are_served_in_the_order_they_came)
{
    enum { CALLERS = 8 };
    kl_error *error = NULL;
    pg_connection *held = NULL;
    static waiting callers[CALLERS];
    replace_pool(1, PATIENCE_MS);
    ck_ok(pg_pool_take(pool, &held, &error));
    for (int i = 0; i < CALLERS; i++) {
        pthread_create(&callers[i].thread, NULL, take_a_place, &callers[i]);
        until_asleep(&callers[i]);
    }
    pg_pool_give(pool, held);
    for (int i = 0; i < CALLERS; i++) {
        pthread_join(callers[i].thread, NULL);
        ck_assert_int_eq(callers[i].status, KL_OK);
        ck_assert_int_eq(callers[i].place, i + 1);
    }
}
END_TEST

/* ---- closing --------------------------------------------------------------------- */

static void *slow_call(void *status)
{
    *(kl_status *)status = transact("UPDATE pair SET n = 7 WHERE id = 1", NULL);
    return NULL;
}

static void *close_it(void *closed)
{
    pg_pool_close(pool);
    atomic_store((atomic_bool *)closed, true);
    return NULL;
}

START_TEST(closing_waits_for_those_inside_and_refuses_the_others)
{
    kl_error *error = NULL;
    pthread_t inside, closer;
    static waiting outside;
    static atomic_bool closed;
    pg_connection *c = NULL, *blocker = NULL;
    const pg_settings settings = {PATIENCE_MS, PATIENCE_MS, PATIENCE_MS, 1, false, NULL, NULL};
    kl_status inside_status = KL_ERR_INTERNAL;
    char *other = NULL;
    replace_pool(1, PATIENCE_MS);
    /* The row is held until the pool is being closed. */
    ck_assert(asprintf(&other, "%s application_name=blocker", url) > 0);
    ck_ok(pg_connect(other, &settings, &blocker, &error));
    ck_ok(pg_begin(blocker, &session, &error));
    ck_ok(pg_execute(blocker, &(pg_statement){"UPDATE pair SET n = 1 WHERE id = 1", NULL, NULL, 0}, 1, &error));
    pthread_create(&inside, NULL, slow_call, &inside_status);
    becomes(SESSIONS " AND wait_event_type = 'Lock'", 1);
    pthread_create(&outside.thread, NULL, take_a_place, &outside);
    until_asleep(&outside);
    pthread_create(&closer, NULL, close_it, &closed);
    pthread_join(outside.thread, NULL);
    ck_assert_int_eq(outside.status, KL_ERR_CLOSED);
    pause_ms(50);
    ck_assert(!atomic_load(&closed));
    ck_ok(pg_commit(blocker, &error));
    pg_disconnect(blocker);
    pthread_join(closer, NULL);
    pthread_join(inside, NULL);
    ck_assert_int_eq(inside_status, KL_OK);
    ck_assert_int_eq(number("SELECT n FROM pair WHERE id = 1"), 7);
    ck_fails(KL_ERR_CLOSED, pg_pool_take(pool, &c, &error));
    ck_fails(KL_ERR_CLOSED, transact(add, &error));
    pg_pool_close(pool);
    pg_pool_free(pool);
    pool = NULL;
    free(other);
    becomes(SESSIONS, 0);
}
END_TEST

START_TEST(closing_and_freeing_under_load_is_orderly)
{
    for (int round = 0; round < 10; round++) {
        pthread_t threads[THREADS];
        int rounds = 20;
        replace_pool(PLACES, PATIENCE_MS);
        for (int i = 0; i < THREADS; i++)
            pthread_create(&threads[i], NULL, worker, &rounds);
        pause_ms(round);
        pg_pool_close(pool);
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
    }
}
END_TEST

/* ---- replacing ------------------------------------------------------------------- */

START_TEST(dead_idle_connections_are_replaced)
{
    kl_error *error = NULL;
    pg_connection *c[PLACES];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < PLACES; i++)
            ck_ok(pg_pool_take(pool, &c[i], &error));
        for (int i = 0; i < PLACES; i++)
            pg_pool_give(pool, c[i]);
        ck_assert_int_eq(sessions(), PLACES);
        harness_exec(url, "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "
                          "WHERE datname = current_database() AND pid <> pg_backend_pid()");
        for (int i = 0; i < PLACES; i++)
            ck_ok(pg_pool_take(pool, &c[i], &error));
        ck_assert_int_eq(sessions(), PLACES);
        for (int i = 0; i < PLACES; i++)
            pg_pool_give(pool, c[i]);
    }
}
END_TEST

START_TEST(connections_given_back_in_a_transaction_are_not_reused)
{
    kl_error *error = NULL;
    pg_connection *c = NULL;
    replace_pool(1, PATIENCE_MS);
    ck_ok(pg_pool_take(pool, &c, &error));
    ck_ok(pg_begin(c, &session, &error));
    ck_ok(pg_execute(c, &(pg_statement){add, NULL, NULL, 0}, 1, &error));
    pg_pool_give(pool, c);
    becomes(SESSIONS, 0); /* and its locks are free */
    ck_ok(transact(add, &error));
    ck_assert_int_eq(number("SELECT n FROM counter"), 1);
}
END_TEST

START_TEST(a_server_that_refuses_more_sessions_is_told_and_the_place_is_free_again)
{
    kl_error *error = NULL;
    pg_connection *c = NULL, *second = NULL;
    char *limited = NULL;
    const pg_settings settings = {PATIENCE_MS, PATIENCE_MS, PATIENCE_MS, 2, false, NULL, NULL};
    pg_pool *narrow = NULL;
    harness_exec(url, "DROP ROLE IF EXISTS kl_narrow; CREATE ROLE kl_narrow LOGIN CONNECTION LIMIT 1");
    ck_assert(asprintf(&limited, "%s user=kl_narrow", database) > 0);
    ck_ok(pg_pool_open(limited, &settings, &narrow, &error));
    ck_ok(pg_pool_take(narrow, &c, &error));
    for (int i = 0; i < 4; i++)
        ck_fails(KL_ERR_CONNECT, pg_pool_take(narrow, &second, &error));
    pg_pool_give(narrow, c);
    ck_ok(pg_pool_take(narrow, &c, &error));
    pg_pool_give(narrow, c);
    pg_pool_close(narrow);
    pg_pool_free(narrow);
    free(limited);
    becomes(SESSIONS, 1); /* that of the other pool */
    harness_exec(url, "DROP ROLE kl_narrow");
}
END_TEST

/* ---- fork ---------------------------------------------------------------------------- */

static int child_status(pid_t child)
{
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 100;
}

START_TEST(a_child_is_refused_and_the_parent_goes_on)
{
    kl_error *error = NULL;
    for (int way = 0; way < 3; way++) {
        pg_connection *held = NULL;
        ck_ok(pg_pool_take(pool, &held, &error));
        ck_ok(pg_begin(held, &session, &error));
        ck_ok(transact(add, &error)); /* another connection, idle when the child is made */
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            pg_connection *c = NULL;
            int bad = pg_pool_take(pool, &c, NULL) != KL_ERR_FORKED;
            bad += transact(add, NULL) != KL_ERR_FORKED;
            bad += pg_execute(held, &(pg_statement){add, NULL, NULL, 0}, 1, NULL) != KL_ERR_FORKED;
            bad += pg_copy_start(held, "COPY pair FROM STDIN", NULL) != KL_ERR_FORKED;
            bad += pg_copy_block(held, "x", 1, NULL) != KL_ERR_FORKED;
            bad += pg_commit(held, NULL) != KL_ERR_FORKED;
            pg_rollback(held);
            if (way)
                pg_pool_give(pool, held);
            if (way > 1) {
                pg_pool_close(pool);
                pg_pool_free(pool);
            }
            _exit(bad);
        }
        ck_assert_int_eq(child_status(child), 0);
        ck_ok(pg_execute(held, &(pg_statement){"SELECT 1", NULL, NULL, 0}, 1, &error));
        ck_ok(pg_commit(held, &error));
        pg_pool_give(pool, held);
        ck_assert_int_eq(sessions(), 2);
        ck_ok(transact(add, &error));
        ck_assert_int_eq(sessions(), 2);
    }
}
END_TEST

START_TEST(children_made_at_any_moment_harm_nobody)
{
    pthread_t threads[THREADS];
    int rounds = 60;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, worker, &rounds);
    fflush(stdout);
    for (int i = 0; i < 40; i++) {
        pid_t child = fork();
        if (child == 0) {
            int bad = transact(add, NULL) != KL_ERR_FORKED;
            pg_pool_close(pool);
            pg_pool_free(pool);
            _exit(bad);
        }
        ck_assert_int_eq(child_status(child), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(failures, 0);
    ck_assert_int_eq(number("SELECT n FROM counter"), THREADS * rounds);
}
END_TEST

START_TEST(a_child_may_free_its_copy_of_a_handle)
{
    kl_error *error = NULL;
    fixture_server();
    fixture_open();
    ck_ok(kl_ping(fixture.handle, &error));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int bad = kl_ping(fixture.handle, NULL) != KL_ERR_FORKED;
        kl_free(fixture.handle);
        _exit(bad);
    }
    ck_assert_int_eq(child_status(child), 0);
    char *before = harness_query_text(fixture.admin, "SELECT min(pid) FROM pg_stat_activity WHERE usename = 'kloyst_app' "
                                                     "AND datname = current_database()");
    ck_ok(kl_ping(fixture.handle, &error));
    char *after = harness_query_text(fixture.admin, "SELECT min(pid) FROM pg_stat_activity WHERE usename = 'kloyst_app' "
                                                    "AND datname = current_database()");
    ck_assert_str_eq(before, after);
    free(before);
    free(after);
    fixture_close();
}
END_TEST

/* ---- retries -------------------------------------------------------------------------- */

static void *locker(void *first)
{
    /* Each holds its first row before either asks for the second. */
    static const char forth[2][100] = {"WITH a AS (UPDATE pair SET n = n + 1 WHERE id = 1 RETURNING 1) SELECT meet() FROM a",
                                       "WITH a AS (UPDATE pair SET n = n + 1 WHERE id = 2 RETURNING 1) SELECT meet() FROM a"};
    static const char back[2][50] = {"UPDATE pair SET n = n + 1 WHERE id = 2", "UPDATE pair SET n = n + 1 WHERE id = 1"};
    int i = *(int *)first;
    const pg_statement statements[] = {{forth[i], NULL, NULL, 0}, {back[i], NULL, NULL, 0}};
    if (pg_pool_transact(pool, &session, statements, 2, NULL))
        atomic_fetch_add(&failures, 1);
    return NULL;
}

START_TEST(deadlocks_are_retried_until_both_are_done)
{
    pthread_t threads[2];
    int first[2] = {0, 1};
    harness_exec(url, "CREATE SEQUENCE met; CREATE FUNCTION meet() RETURNS bigint LANGUAGE plpgsql AS $$"
                      "DECLARE at bigint := nextval('met'); seen bigint; BEGIN FOR i IN 1 .. 50000 LOOP "
                      "SELECT last_value INTO seen FROM met; EXIT WHEN seen >= 2; PERFORM pg_sleep(0.002); END LOOP; "
                      "RETURN at; END $$");
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, locker, &first[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(failures, 0);
    ck_assert_int_eq(number("SELECT min(n) FROM pair"), 2);
    ck_assert_int_eq(number("SELECT max(n) FROM pair"), 2);
    /* Three came by: one of the two was the victim and began again. */
    ck_assert_int_ge(number("SELECT last_value FROM met"), 3);
}
END_TEST

START_TEST(serialization_failures_are_retried_six_times_in_all)
{
    kl_error *error = NULL;
    harness_exec(url, "CREATE SEQUENCE attempts; CREATE FUNCTION fail_until(n int) RETURNS bigint LANGUAGE plpgsql AS $$"
                      "DECLARE at bigint := nextval('attempts'); BEGIN IF at < n THEN RAISE SQLSTATE '40001'; END IF; "
                      "UPDATE counter SET n = counter.n + 1; RETURN at; END $$");
    ck_ok(transact("SELECT fail_until(6)", &error));
    ck_assert_int_eq(number("SELECT n FROM counter"), 1);
    harness_exec(url, "SELECT setval('attempts', 1, false)");
    ck_assert_int_eq(transact("SELECT fail_until(100)", &error), KL_ERR_SERIALIZATION);
    ck_assert_str_eq(kl_error_sqlstate(error), "40001");
    kl_error_free(error);
    ck_assert_int_eq(number("SELECT last_value FROM attempts"), 6);
    ck_assert_int_eq(number("SELECT n FROM counter"), 1);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("pg_pool");
    TCase *test_case = tcase_create("pool");
    tcase_add_unchecked_fixture(test_case, start_server, NULL);
    tcase_add_checked_fixture(test_case, open_pool, close_pool);
    tcase_set_timeout(test_case, 120);
    tcase_add_test(test_case, a_wrong_url_is_told_at_the_door);
    tcase_add_test(test_case, waiting_for_a_connection_is_bounded);
    tcase_add_test(test_case, sixteen_threads_on_four_connections_all_finish);
    tcase_add_test(test_case, those_who_wait_are_served_before_those_who_come_back);
    tcase_add_test(test_case, callers_are_served_in_the_order_they_came);
    tcase_add_test(test_case, closing_waits_for_those_inside_and_refuses_the_others);
    tcase_add_test(test_case, closing_and_freeing_under_load_is_orderly);
    tcase_add_test(test_case, dead_idle_connections_are_replaced);
    tcase_add_test(test_case, connections_given_back_in_a_transaction_are_not_reused);
    tcase_add_test(test_case, a_server_that_refuses_more_sessions_is_told_and_the_place_is_free_again);
    tcase_add_test(test_case, a_child_is_refused_and_the_parent_goes_on);
    tcase_add_test(test_case, children_made_at_any_moment_harm_nobody);
    tcase_add_test(test_case, a_child_may_free_its_copy_of_a_handle);
    tcase_add_test(test_case, deadlocks_are_retried_until_both_are_done);
    tcase_add_test(test_case, serialization_failures_are_retried_six_times_in_all);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
