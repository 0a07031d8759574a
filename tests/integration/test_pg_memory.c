/* Memory that runs out in libpq or here: the outcome is still told truly, and the pool goes on. */
#include <stdio.h>
#include <string.h>

#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "pg/pool.h"

/* The program's own malloc comes before the C library's, for libpq too. Sanitizers bring theirs: there nothing fails. */
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
enum { CAN_FAIL = 1 };
#else
enum { CAN_FAIL = 0 };
#endif

static long countdown = -1; /* the allocation that fails; negative: none */
static bool for_good;       /* and every one after it */
static bool failed;

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

static bool fails_now(void)
{
    if (countdown < 0)
        return false;
    if (countdown > 0) {
        countdown--;
        return false;
    }
    failed = true;
    countdown = for_good ? 0 : -1;
    return true;
}

void *malloc(size_t size)
{
    return fails_now() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return fails_now() ? NULL : __libc_realloc(old, size);
}
#endif

static char *database, *admin;
static pg_connection *direct;
static const pg_settings settings = {60000, 60000, 60000, 1, false, NULL, NULL};
static const pg_scope session = {.role = PG_ROLE_SESSION};

static void start_server(void)
{
    harness_server();
}

static void open_database(void)
{
    kl_error *error = NULL;
    database = harness_database(NULL);
    ck_assert(asprintf(&admin, "%s user=kloyst_admin", database) > 0);
    harness_exec(admin, "CREATE TABLE t (id int)");
    ck_ok(pg_connect(admin, &settings, &direct, &error));
}

static void close_database(void)
{
    pg_disconnect(direct);
    harness_drop_database(database);
    free(admin);
}

static bool is_there(int id)
{
    kl_error *error = NULL;
    pg_rows *rows = NULL;
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_int4(&p, id);
    static const char sql[] = "SELECT count(*) FROM t WHERE id = $1::int4";
    ck_ok(pg_transact(direct, &session, &(pg_statement){sql, &p, &rows, 0}, 1, &error));
    bool there = pg_int8(rows, 0, 0) == 1;
    pg_rows_free(rows);
    pg_parameters_free(&p);
    return there;
}

/* Opens a pool unless there is one, inserts a row and reads it back, with the allocation failing. */
static kl_status attempt(pg_pool **pool, int id, long at, bool sticky, pg_rows *rows[2], kl_error **error)
{
    static const char insert[] = "INSERT INTO t VALUES ($1::int4) RETURNING id", count[] = "SELECT count(*) FROM t WHERE id = $1::int4";
    pg_parameters p = PG_PARAMETERS_INIT;
    for_good = sticky;
    failed = false;
    countdown = at;
    kl_status status = *pool ? KL_OK : pg_pool_open(admin, &settings, pool, error);
    pg_bind_int4(&p, id);
    const pg_statement statements[] = {{insert, &p, &rows[0], 0}, {count, &p, &rows[1], 0}};
    if (!status)
        status = pg_pool_transact(*pool, &session, statements, 2, error);
    countdown = -1;
    pg_parameters_free(&p);
    return status;
}

/* One run; false when it had fewer allocations. */
static bool one_failure(int id, long at, bool sticky, bool warm)
{
    kl_error *error = NULL;
    pg_pool *pool = NULL;
    pg_rows *rows[2] = {NULL};
    if (warm)
        ck_ok(pg_pool_open(admin, &settings, &pool, &error));
    kl_status status = attempt(&pool, id, at, sticky, rows, &error);
    bool there = is_there(id);
    if (!status) {
        ck_assert_msg(there, "allocation %ld: reported but not there", at);
        ck_assert_int_eq(pg_int4(rows[0], 0, 0), id);
        ck_assert_int_eq(pg_int8(rows[1], 0, 0), 1);
    } else {
        ck_assert_msg(!there || status == KL_ERR_UNKNOWN_OUTCOME, "allocation %ld: %s but there", at, kl_status_name(status));
        ck_assert_ptr_nonnull(error);
        ck_assert_ptr_null(rows[0]);
    }
    kl_error_free(error);
    error = NULL;
    if (pool)
        ck_ok(pg_pool_transact(pool, &session, &(pg_statement){"SELECT 1", NULL, NULL, 0}, 1, &error));
    pg_rows_free(rows[0]);
    pg_rows_free(rows[1]);
    if (pool) {
        pg_pool_close(pool);
        pg_pool_free(pool);
    }
    return failed;
}

START_TEST(any_allocation_that_fails_is_survived_and_told)
{
    int id = 0;
    for (int mode = 0; mode < 4; mode++) {
        long at = 0;
        while (one_failure(++id, at, mode & 1, mode & 2))
            at++;
        printf("%ld allocations fail %s, %s\n", at, mode & 1 ? "for good" : "once", mode & 2 ? "in a transaction" : "from opening on");
        ck_assert(at > 5 || !CAN_FAIL);
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("pg_memory");
    TCase *test_case = tcase_create("memory");
    tcase_add_unchecked_fixture(test_case, start_server, NULL);
    tcase_add_checked_fixture(test_case, open_database, close_database);
    tcase_set_timeout(test_case, 180);
    tcase_add_test(test_case, any_allocation_that_fails_is_survived_and_told);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
