/* Captures that do not wait for the disk: what a crash of the server may undo, and what it may not. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "pg/server.h"
#include "pg/server_directory.h"

enum { BEFORE = 5, ASYNCHRONOUS = 40, HELD = 1000, BALANCE = 10000 };

/* A server that syncs, as servers do; a window as wide as the test needs it. */
static struct {
    char directory[200];
    pg_server *server;
    char *admin, *app;
    kl *handle;
    kl_uuid vendor, hold;
} s;

static void open_server(const char *window)
{
    /* Nothing but the log's own writer and those who wait for it brings the log to the disk. */
    const char *settings[] = {"fsync=on", "synchronous_commit=on", "autovacuum=off", "bgwriter_lru_maxpages=0",
                              "checkpoint_timeout=1d", window};
    const pg_server_options options = {.settings = settings, .settings_count = sizeof settings / sizeof settings[0]};
    kl_error *error = NULL;
    ck_ok(pg_server_open(s.directory, &options, &s.server, &error));
    const char *conninfo = pg_server_conninfo(s.server);
    ck_assert_int_gt(asprintf(&s.admin, "%s user=%s dbname=postgres", conninfo, pg_server_superuser(s.server)), 0);
    ck_assert_int_gt(asprintf(&s.app, "%s user=kloyst_app dbname=postgres", conninfo), 0);
}

static void open_handle(void)
{
    kl_error *error = NULL;
    kl_options options = KL_OPTIONS_INIT;
    options.master_key = fixture_key;
    options.master_key_length = sizeof fixture_key;
    ck_ok(kl_open(s.app, &options, &s.handle, &error));
    fixture.handle = s.handle;
}

static void set_up(const char *window)
{
    kl_error *error = NULL;
    kl_hold *made = NULL;
    snprintf(s.directory, sizeof s.directory, "%s/kloyst-crash-XXXXXX", harness_temporary());
    ck_assert_ptr_nonnull(mkdtemp(s.directory));
    open_server(window);
    ck_ok(kl_migrate(s.admin, &error));
    harness_exec(s.admin, "ALTER ROLE kloyst_app LOGIN");
    open_handle();
    s.vendor = fixture_vendor("A", BALANCE);
    ck_ok(kl_hold_create(s.handle, &s.vendor, HELD, "h", NULL, 0, &made, &error));
    s.hold = kl_hold_id(made);
    kl_hold_free(made);
}

static void capture(int from, int to, int asynchronous)
{
    for (int i = from; i < to; i++) {
        kl_error *error = NULL;
        char key[20];
        snprintf(key, sizeof key, "capture-%d", i);
        ck_ok(kl_hold_capture(s.handle, &s.vendor, &s.hold, 1, "r", key, asynchronous, NULL, &error));
    }
}

static pid_t ask_pid(const char *sql)
{
    char *text = harness_query_text(s.admin, sql);
    pid_t pid = (pid_t)strtol(text ? text : "0", NULL, 10);
    free(text);
    ck_assert_int_gt(pid, 1);
    return pid;
}

/* Kills the server as a power cut would, but for the operating system's cache. `writer` is stopped and dies with it. */
static void crash(pid_t postmaster, pid_t writer)
{
    ck_assert_int_eq(kill(postmaster, SIGKILL), 0);
    if (writer)
        ck_assert_int_eq(kill(writer, SIGKILL), 0);
}

static void reopen(const char *window)
{
    kl_close(s.handle);
    kl_free(s.handle);
    pg_server *old = s.server;
    free(s.admin);
    free(s.app);
    open_server(window);
    pg_server_close(old, NULL);
    open_handle();
}

static pid_t postmaster(void)
{
    char path[300], line[40] = "";
    snprintf(path, sizeof path, "%s/data/postmaster.pid", s.directory);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s", path);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    fclose(file);
    return (pid_t)strtol(line, NULL, 10);
}

/* The ledger proves itself and the wallet and its hold agree on how much was captured; answers that number. */
static int captured(void)
{
    kl_error *error = NULL;
    kl_wallet *wallet = NULL;
    kl_hold *hold = NULL;
    ck_ok(kl_wallet_verify(s.handle, &s.vendor, NULL, &error));
    ck_ok(kl_wallet_get(s.handle, &s.vendor, &wallet, &error));
    ck_ok(kl_hold_get(s.handle, &s.vendor, &s.hold, &hold, &error));
    int count = (int)kl_hold_captured(hold);
    ck_assert_int_eq(kl_wallet_seq(wallet), 1 + count);
    ck_assert_int_eq(kl_wallet_balance(wallet), BALANCE - count);
    ck_assert_int_eq(kl_wallet_held(wallet), HELD - count);
    kl_wallet_free(wallet);
    kl_hold_free(hold);
    return count;
}

static void tear_down(void)
{
    kl_close(s.handle);
    kl_free(s.handle);
    fixture.handle = NULL;
    pg_server_close(s.server, NULL);
    server_directory_delete(AT_FDCWD, s.directory);
    free(s.admin);
    free(s.app);
}

START_TEST(a_crash_undoes_the_newest_asynchronous_captures_whole_and_leaves_their_money_held)
{
    static const char window[] = "wal_writer_delay=10000";
    set_up(window);
    capture(0, BEFORE, 0);
    /* Nothing of what comes now reaches the disk. */
    pid_t writer = ask_pid("SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'");
    ck_assert_int_eq(kill(writer, SIGSTOP), 0);
    capture(BEFORE, BEFORE + ASYNCHRONOUS, 1);
    ck_assert_int_eq(captured(), BEFORE + ASYNCHRONOUS);
    crash(postmaster(), writer);
    reopen(window);
    int kept = captured();
    ck_assert_int_ge(kept, BEFORE);
    ck_assert_int_lt(kept, BEFORE + ASYNCHRONOUS); /* else nothing was tried here */
    /* The earlier ones survived, the later ones did not; what is held cannot be spent by others. */
    char *last = harness_query_text(s.admin, "SELECT max(substr(idempotency_key, 9)::int) FROM kloyst.transaction");
    ck_assert_int_eq(strtol(last, NULL, 10), kept - 1);
    free(last);
    kl_error *error = NULL;
    ck_fails(KL_ERR_INSUFFICIENT,
             kl_wallet_debit(s.handle, &s.vendor, BALANCE - HELD + 1, "r", NULL, NULL, &error));
    /* The same keys again settle it: each once. */
    capture(0, BEFORE + ASYNCHRONOUS, 0);
    ck_assert_int_eq(captured(), BEFORE + ASYNCHRONOUS);
    /* One that waits for the disk takes those before it along. */
    writer = ask_pid("SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'");
    ck_assert_int_eq(kill(writer, SIGSTOP), 0);
    capture(BEFORE + ASYNCHRONOUS, BEFORE + 2 * ASYNCHRONOUS, 1);
    capture(BEFORE + 2 * ASYNCHRONOUS, BEFORE + 2 * ASYNCHRONOUS + 1, 0);
    crash(postmaster(), writer);
    reopen(window);
    ck_assert_int_eq(captured(), BEFORE + 2 * ASYNCHRONOUS + 1);
    tear_down();
}
END_TEST

/* Three times the writer's delay, for a machine that runs it at once; here, until it has been there. */
START_TEST(when_the_logs_writer_has_been_there_an_asynchronous_capture_is_safe)
{
    static const char window[] = "wal_writer_delay=200";
    set_up(window);
    capture(0, ASYNCHRONOUS, 1);
    harness_exec(s.admin, "DO $$ DECLARE written pg_lsn := pg_current_wal_insert_lsn(); until timestamptz := clock_timestamp() + "
                          "interval '1 minute'; BEGIN WHILE pg_wal_lsn_diff(written, pg_current_wal_flush_lsn()) > 64 LOOP IF clock_timestamp() > until "
                          "THEN RAISE 'the writer did not come'; END IF; PERFORM pg_sleep(0.01); END LOOP; END $$");
    crash(postmaster(), 0);
    reopen(window);
    ck_assert_int_eq(captured(), ASYNCHRONOUS);
    tear_down();
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("hold_crash");
    TCase *test_case = tcase_create("crash");
    tcase_set_timeout(test_case, 120);
    tcase_add_test(test_case, a_crash_undoes_the_newest_asynchronous_captures_whole_and_leaves_their_money_held);
    tcase_add_test(test_case, when_the_logs_writer_has_been_there_an_asynchronous_capture_is_safe);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
