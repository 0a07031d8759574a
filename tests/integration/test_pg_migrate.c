/* Migrations: once, whole, by many at the same time; and who may open what they made. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "pg/migrate.h"
#include "sql.h"

enum { MANY = 8 };

static char *database, *admin;
static const pg_settings settings = {100000, 100000, 100000, 1, false, NULL, NULL};

static void start_server(void)
{
    harness_server();
}

static char *as(const char *conninfo, const char *user)
{
    char *url = NULL;
    ck_assert(asprintf(&url, "%s user=%s", conninfo, user) > 0);
    return url;
}

static void open_database(void)
{
    database = harness_database(NULL);
    admin = as(database, "kloyst_admin");
}

static void close_database(void)
{
    harness_drop_database(database);
    free(admin);
}

/* Where nobody else uses them the roles go, so that migrations have to make them again. */
static void drop_roles(void)
{
    harness_exec(admin, "DO $$ BEGIN DROP ROLE IF EXISTS kloyst_app; DROP ROLE IF EXISTS kloyst_platform;"
                        "DROP ROLE IF EXISTS kloyst_owner; EXCEPTION WHEN OTHERS THEN NULL; END $$");
}

static void answers(const char *sql, const char *expected)
{
    char *text = harness_query_text(admin, sql);
    ck_assert_msg(text && strcmp(text, expected) == 0, "%s: %s instead of %s", sql, text ? text : "NULL", expected);
    free(text);
}

static kl_status check(const char *url, kl_error **error)
{
    pg_connection *c = NULL;
    kl_status status = pg_connect(url, &settings, &c, error);
    if (!status)
        status = pg_migrate_check(c, error);
    pg_disconnect(c);
    return status;
}

static kl_status open_and_close(const char *url, kl_error **error)
{
    kl *handle = NULL;
    kl_status status = kl_open(url, NULL, &handle, error);
    if (status)
        ck_assert_ptr_null(handle);
    kl_free(handle);
    return status;
}

/* A digest of everything in the schema's catalogue. */
static char *shape(void)
{
    return harness_query_text(admin,
        "SELECT md5(string_agg(x, ',' ORDER BY x)) FROM ("
        "SELECT concat(relname, relkind, relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner), relacl) FROM pg_class "
        "WHERE relnamespace = 'kloyst'::regnamespace "
        "UNION ALL SELECT concat(relname, attname, atttypid::regtype, attnotnull) FROM pg_attribute JOIN pg_class c "
        "ON c.oid = attrelid WHERE relnamespace = 'kloyst'::regnamespace AND attnum > 0 "
        "UNION ALL SELECT concat(tablename, policyname, qual, with_check) FROM pg_policies "
        "UNION ALL SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'kloyst'::regnamespace "
        "UNION ALL SELECT proname || prosrc FROM pg_proc WHERE pronamespace = 'kloyst'::regnamespace "
        "UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'kloyst'::regnamespace) t(x)");
}

START_TEST(a_fresh_database_is_brought_up_to_date_and_opened)
{
    kl_error *error = NULL;
    char count[12];
    snprintf(count, sizeof count, "%d", (int)sql_migration_count);
    drop_roles();
    ck_ok(kl_migrate(admin, &error));
    answers("SELECT count(*) FROM kloyst.migration", count);
    answers("SELECT max(number) FROM kloyst.migration", count);
    answers("SELECT count(*) FROM pg_roles WHERE rolname IN ('kloyst_owner', 'kloyst_app', 'kloyst_platform')", "3");
    ck_ok(check(admin, &error));
    ck_ok(open_and_close(admin, &error));
}
END_TEST

START_TEST(migrating_twice_is_migrating_once)
{
    kl_error *error = NULL;
    ck_ok(kl_migrate(admin, &error));
    char *before = shape();
    char *when = harness_query_text(admin, "SELECT max(applied_at) FROM kloyst.migration");
    ck_ok(kl_migrate(admin, &error));
    char *after = shape();
    ck_assert_str_eq(before, after);
    answers("SELECT max(applied_at) FROM kloyst.migration", when);
    free(before);
    free(after);
    free(when);
}
END_TEST

static void *migrate_thread(void *url)
{
    kl_error *error = NULL;
    if (kl_migrate(url, &error))
        printf("%s: %s\n", kl_error_sqlstate(error), kl_error_message(error));
    bool failed = error != NULL;
    kl_error_free(error);
    return failed ? url : NULL;
}

START_TEST(eight_processes_and_eight_threads_at_once_all_succeed)
{
    kl_error *error = NULL;
    drop_roles();
    fflush(stdout);
    pid_t children[MANY];
    pthread_t threads[MANY];
    for (int i = 0; i < MANY; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(migrate_thread(admin) != NULL);
    }
    for (int i = 0; i < MANY; i++)
        pthread_create(&threads[i], NULL, migrate_thread, admin);
    for (int i = 0; i < MANY; i++) {
        int status = -1;
        void *failed = NULL;
        ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
        ck_assert_int_eq(status, 0);
        pthread_join(threads[i], &failed);
        ck_assert_ptr_null(failed);
    }
    ck_ok(check(admin, &error));
}
END_TEST

static void databases_at_once(const char *user, bool roles_exist)
{
    kl_error *error = NULL;
    for (int round = 0; round < 2; round++) {
        char *names[MANY], *urls[MANY];
        pthread_t threads[MANY];
        drop_roles();
        if (roles_exist) {
            ck_ok(kl_migrate(admin, &error));
            /* Since PostgreSQL 16 making roles does not go with granting those that others made. */
            harness_exec(admin, "REVOKE kloyst_owner FROM kl_migrator CASCADE; "
                                "DO $$ BEGIN IF current_setting('server_version_num')::int >= 160000 THEN "
                                "EXECUTE 'GRANT kloyst_owner TO kl_migrator WITH ADMIN TRUE, SET FALSE'; END IF; END $$");
        } else {
            answers("SELECT count(*) FROM pg_roles WHERE rolname IN ('kloyst_owner', 'kloyst_app', 'kloyst_platform')", "0");
        }
        for (int i = 0; i < MANY; i++) {
            names[i] = harness_database(NULL);
            char *sql = NULL, *dbname = strstr(names[i], "dbname=");
            ck_assert(asprintf(&sql, "ALTER DATABASE %.*s OWNER TO %s", (int)strcspn(dbname + 8, "'"), dbname + 8, user) > 0);
            harness_exec(admin, sql);
            free(sql);
            urls[i] = as(names[i], user);
        }
        for (int i = 0; i < MANY; i++)
            pthread_create(&threads[i], NULL, migrate_thread, urls[i]);
        for (int i = 0; i < MANY; i++) {
            void *failed = NULL;
            pthread_join(threads[i], &failed);
            ck_assert_ptr_null(failed);
        }
        for (int i = 0; i < MANY; i++) {
            free(urls[i]);
            urls[i] = as(names[i], "kloyst_admin");
            ck_ok(check(urls[i], &error));
            free(urls[i]);
            harness_drop_database(names[i]);
        }
    }
}

START_TEST(databases_of_one_server_are_migrated_at_once)
{
    databases_at_once("kloyst_admin", false);
}
END_TEST

START_TEST(a_role_that_may_make_roles_can_migrate_its_databases_at_once)
{
    harness_exec(admin, "DROP ROLE IF EXISTS kl_migrator; CREATE ROLE kl_migrator LOGIN CREATEROLE");
    databases_at_once("kl_migrator", false);
    databases_at_once("kl_migrator", true);
    harness_exec(admin, "DROP ROLE kl_migrator");
}
END_TEST

START_TEST(a_migration_that_was_edited_is_told)
{
    kl_error *error = NULL;
    ck_ok(kl_migrate(admin, &error));
    for (int number = 1; number <= (int)sql_migration_count; number++) {
        char sql[200];
        snprintf(sql, sizeof sql, "CREATE TABLE kept AS TABLE kloyst.migration;"
                 "UPDATE kloyst.migration SET checksum = sha256('edited') WHERE number = %d", number);
        harness_exec(admin, sql);
        ck_assert_int_eq(check(admin, &error), KL_ERR_SCHEMA);
        snprintf(sql, sizeof sql, "migration %04d_%s was applied in another version", number, sql_migrations[number - 1].name);
        ck_assert_str_eq(kl_error_message(error), sql);
        kl_error_free(error);
        error = NULL;
        ck_fails(KL_ERR_SCHEMA, kl_migrate(admin, &error));
        ck_fails(KL_ERR_SCHEMA, open_and_close(admin, &error));
        harness_exec(admin, "TRUNCATE kloyst.migration; INSERT INTO kloyst.migration TABLE kept; DROP TABLE kept");
    }
    ck_ok(check(admin, &error));
}
END_TEST

START_TEST(a_newer_schema_is_told_and_an_older_one_too)
{
    kl_error *error = NULL;
    ck_ok(kl_migrate(admin, &error));
    harness_exec(admin, "INSERT INTO kloyst.migration VALUES (9999, 'future', 'x')");
    ck_assert_int_eq(kl_migrate(admin, &error), KL_ERR_SCHEMA);
    ck_assert_ptr_nonnull(strstr(kl_error_message(error), "newer"));
    kl_error_free(error);
    error = NULL;
    ck_fails(KL_ERR_SCHEMA, check(admin, &error));
    harness_exec(admin, "DELETE FROM kloyst.migration WHERE number = 9999;"
                        "DELETE FROM kloyst.migration WHERE number = (SELECT max(number) FROM kloyst.migration)");
    ck_assert_int_eq(check(admin, &error), KL_ERR_SCHEMA);
    ck_assert_ptr_nonnull(strstr(kl_error_message(error), "older"));
    kl_error_free(error);
    error = NULL;
    ck_fails(KL_ERR_SCHEMA, open_and_close(admin, &error));
}
END_TEST

START_TEST(a_database_without_schema_is_told)
{
    kl_error *error = NULL;
    drop_roles();
    for (int round = 0; round < 2; round++) {
        answers("SELECT count(*) FROM pg_roles WHERE rolname = 'kloyst_app'", round ? "1" : "0");
        ck_fails(KL_ERR_SCHEMA, check(admin, &error));
        ck_assert_int_eq(open_and_close(admin, &error), KL_ERR_SCHEMA);
        ck_assert_ptr_nonnull(strstr(kl_error_message(error), "kl_migrate"));
        kl_error_free(error);
        error = NULL;
        answers("SELECT count(*) FROM pg_namespace WHERE nspname = 'kloyst'", "0");
        /* First without roles, then with those that another database's migration made. */
        char *other = harness_database(NULL), *url = as(other, "kloyst_admin");
        ck_ok(kl_migrate(url, &error));
        harness_drop_database(other);
        free(url);
    }
}
END_TEST

START_TEST(a_migration_that_fails_leaves_nothing_and_can_be_repeated)
{
    kl_error *error = NULL;
    harness_exec(admin, "CREATE SCHEMA kloyst; CREATE TABLE kloyst.contact (in_the_way int)");
    ck_assert_int_eq(kl_migrate(admin, &error), KL_ERR_DATABASE);
    ck_assert_str_eq(kl_error_sqlstate(error), "42P07");
    ck_assert_ptr_nonnull(strstr(kl_error_message(error), "migration 0003_"));
    kl_error_free(error);
    error = NULL;
    answers("SELECT max(number) FROM kloyst.migration", "2");
    char *before = shape();
    ck_fails(KL_ERR_DATABASE, kl_migrate(admin, &error));
    char *after = shape();
    ck_assert_str_eq(before, after);
    free(before);
    free(after);
    ck_fails(KL_ERR_SCHEMA, open_and_close(admin, &error));
    harness_exec(admin, "DROP TABLE kloyst.contact");
    ck_ok(kl_migrate(admin, &error));
    ck_ok(open_and_close(admin, &error));
}
END_TEST

START_TEST(who_may_not_migrate_is_told)
{
    kl_error *error = NULL;
    harness_exec(admin, "DROP ROLE IF EXISTS kl_stranger; CREATE ROLE kl_stranger LOGIN");
    char *url = as(database, "kl_stranger");
    ck_fails(KL_ERR_PERMISSION, kl_migrate(url, &error));
    answers("SELECT count(*) FROM pg_namespace WHERE nspname = 'kloyst'", "0");
    free(url);
    harness_exec(admin, "DROP ROLE kl_stranger");
}
END_TEST

/* ---- who opens it -------------------------------------------------------------- */

/* What every kind of login must see: its vendor, and no row of another. */
static void isolated(const char *url)
{
    kl_error *error = NULL;
    kl *handle = NULL;
    kl_vendor *vendor = NULL;
    kl_uuid ids[2];
    ck_ok(kl_open(url, NULL, &handle, &error));
    for (int i = 0; i < 2; i++) {
        ck_ok(kl_vendor_create(handle, i ? "B" : "A", KL_PLAN_SHARED, NULL, 0, &vendor, &error));
        ids[i] = kl_vendor_id(vendor);
        kl_vendor_free(vendor);
        ck_ok(kl_wallet_credit(handle, &ids[i], 10000, "opening", NULL, NULL, &error));
    }
    kl_free(handle);
    pg_connection *c = NULL;
    ck_ok(pg_connect(url, &settings, &c, &error));
    static const char *const tables[] = {"SELECT count(*) FROM kloyst.wallet", "SELECT count(*) FROM kloyst.transaction",
                                         "SELECT count(*) FROM kloyst.vendor"};
    for (size_t i = 0; i < 3; i++) {
        pg_rows *rows = NULL;
        pg_scope tenant = {.role = PG_ROLE_TENANT, .vendor_id = &ids[0]}, nobody = {.role = PG_ROLE_TENANT};
        ck_ok(pg_transact(c, &tenant, &(pg_statement){tables[i], NULL, &rows, 0}, 1, &error));
        ck_assert_int_eq(pg_int8(rows, 0, 0), 1);
        ck_ok(pg_transact(c, &nobody, &(pg_statement){tables[i], NULL, &rows, 0}, 1, &error));
        ck_assert_int_eq(pg_int8(rows, 0, 0), 0);
        pg_rows_free(rows);
    }
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_scope tenant = {.role = PG_ROLE_TENANT, .vendor_id = &ids[0]};
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, &ids[1]);
    ck_ok(pg_transact(c, &tenant, &(pg_statement){"UPDATE kloyst.wallet SET balance = 0 WHERE vendor_id = $1::uuid", &p, &rows, 0},
                      1, &error));
    ck_assert_int_eq(pg_rows_affected(rows), 0);
    pg_rows_free(rows);
    pg_parameters_free(&p);
    pg_disconnect(c);
}

START_TEST(rows_of_others_are_hidden_whoever_logs_in)
{
    kl_error *error = NULL;
    ck_ok(kl_migrate(admin, &error));
    harness_exec(admin, "DROP ROLE IF EXISTS kl_member; CREATE ROLE kl_member LOGIN IN ROLE kloyst_app, kloyst_platform;"
                        "ALTER ROLE kloyst_app LOGIN");
    char *member = as(database, "kl_member"), *app = as(database, "kloyst_app");
    isolated(member);
    isolated(app);
    isolated(admin);
    free(member);
    free(app);
    harness_exec(admin, "DROP ROLE kl_member");
}
END_TEST

START_TEST(who_is_no_member_may_not_open)
{
    kl_error *error = NULL;
    ck_ok(kl_migrate(admin, &error));
    harness_exec(admin, "DROP ROLE IF EXISTS kl_stranger; CREATE ROLE kl_stranger LOGIN");
    char *url = as(database, "kl_stranger");
    ck_assert_int_eq(open_and_close(url, &error), KL_ERR_PERMISSION);
    ck_assert_ptr_nonnull(strstr(kl_error_message(error), "member of kloyst_app"));
    kl_error_free(error);
    error = NULL;
    ck_fails(KL_ERR_PERMISSION, check(url, &error));
    /* Reading the table of migrations is not enough. */
    harness_exec(admin, "GRANT USAGE ON SCHEMA kloyst TO kl_stranger; GRANT SELECT ON kloyst.migration TO kl_stranger");
    ck_fails(KL_ERR_PERMISSION, check(url, &error));
    free(url);
    harness_exec(admin, "DROP OWNED BY kl_stranger; DROP ROLE kl_stranger");
}
END_TEST

START_TEST(opening_migrates_only_when_asked)
{
    kl_error *error = NULL;
    kl *handle = NULL;
    kl_options options = KL_OPTIONS_INIT;
    ck_fails(KL_ERR_SCHEMA, kl_open(admin, &options, &handle, &error));
    options.migrate = 1;
    ck_ok(kl_open(admin, &options, &handle, &error));
    ck_ok(kl_ping(handle, &error));
    kl_free(handle);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("pg_migrate");
    TCase *test_case = tcase_create("migrate");
    tcase_add_unchecked_fixture(test_case, start_server, NULL);
    tcase_add_checked_fixture(test_case, open_database, close_database);
    tcase_set_timeout(test_case, 180);
    tcase_add_test(test_case, a_fresh_database_is_brought_up_to_date_and_opened);
    tcase_add_test(test_case, migrating_twice_is_migrating_once);
    tcase_add_test(test_case, eight_processes_and_eight_threads_at_once_all_succeed);
    tcase_add_test(test_case, databases_of_one_server_are_migrated_at_once);
    tcase_add_test(test_case, a_role_that_may_make_roles_can_migrate_its_databases_at_once);
    tcase_add_test(test_case, a_migration_that_was_edited_is_told);
    tcase_add_test(test_case, a_newer_schema_is_told_and_an_older_one_too);
    tcase_add_test(test_case, a_database_without_schema_is_told);
    tcase_add_test(test_case, a_migration_that_fails_leaves_nothing_and_can_be_repeated);
    tcase_add_test(test_case, who_may_not_migrate_is_told);
    tcase_add_test(test_case, rows_of_others_are_hidden_whoever_logs_in);
    tcase_add_test(test_case, who_is_no_member_may_not_open);
    tcase_add_test(test_case, opening_migrates_only_when_asked);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
