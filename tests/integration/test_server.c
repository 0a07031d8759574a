/* The private server: who starts it, who stops it, and what a crash leaves behind. */
#include <glob.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <signal.h>

#include "integration/server_case.h"
#include "pg/server_find.h"

enum { ROUNDS = 2 };

/* ---- a user in another process: it opens, says so, and closes when told -- */

typedef struct other_user {
    pid_t pid;
    int ready; /* one byte when it has opened */
    int leave; /* a byte: it may go. Not its closing, because a later child holds it open too */
} other_user;

static void be_other_user(int ready, int leave)
{
    pg_server *server = NULL;
    char byte = 'x';
    if (pg_server_open(place, &fast_options, &server, NULL) || write(ready, &byte, 1) != 1) {
        _exit(1);
    }
    while (read(leave, &byte, 1) < 0 && errno == EINTR) {
    }
    _exit(pg_server_close(server, NULL) ? 2 : 0);
}

static other_user start_other(void)
{
    int ready[2], leave[2];
    ck_assert(!pipe2(ready, O_CLOEXEC) && !pipe2(leave, O_CLOEXEC));
    other_user other = {fork(), ready[0], leave[1]};
    if (other.pid == 0) {
        close(ready[0]);
        close(leave[1]);
        be_other_user(ready[1], leave[0]);
    }
    close(ready[1]);
    close(leave[0]);
    return other;
}

static void wait_ready(const other_user *other)
{
    char byte;
    ck_assert_int_eq(read(other->ready, &byte, 1), 1);
}

static int dismiss(const other_user *other)
{
    ck_assert_int_eq(write(other->leave, "x", 1), 1);
    close(other->leave);
    close(other->ready);
    return ended(other->pid);
}

static void kill_other(const other_user *other)
{
    kill(other->pid, SIGKILL);
    close(other->leave);
    close(other->ready);
    ended(other->pid);
}

/* ---- tests: the ordinary life ------------------------------------------- */

START_TEST(a_new_directory_is_made_private_and_served)
{
    snprintf(place, sizeof place, "%s/some/where/db", base);
    pg_server *server = NULL;
    kl_error *error = NULL;
    ck_assert_msg(!pg_server_open(place, NULL, &server, &error), "%s", kl_error_message(error));
    ck_assert_str_eq(pg_server_superuser(server), "kloyst_admin");
    ck_assert_ptr_null(strstr(pg_server_conninfo(server), "user="));
    ck_assert_ptr_null(strstr(pg_server_conninfo(server), "dbname="));
    ck_assert_uint_eq(mode_of(""), 0700);
    ck_assert_uint_eq(mode_of("data"), 0700);
    ck_assert_uint_eq(mode_of("socket"), 0700);
    ck_assert_uint_eq(mode_of("socket/.s.PGSQL.5432"), 0700);
    ck_assert_uint_eq(mode_of("server.log"), 0600);
    ck_assert_uint_eq(mode_of("lock"), 0600);
    expect_text(server, "SELECT rolsuper::text FROM pg_roles WHERE rolname = current_user", "true");
    expect_text(server, "SHOW listen_addresses", "");
    expect_text(server, "SHOW data_checksums", "on");
    expect_text(server, "SHOW fsync", "on");
    expect_text(server, "SHOW server_encoding", "UTF8");
    expect_text(server, "SHOW shared_buffers", "128MB");
    expect_text(server, "SHOW max_wal_size", "2GB");
    expect_text(server, "SHOW wal_level", "minimal");
    expect_text(server, "SHOW max_wal_senders", "0");
    expect_text(server, "SHOW max_connections", "100");
    expect_text(server, "SHOW password_encryption", "scram-sha-256");
    close_ok(server);
}
END_TEST

START_TEST(settings_are_taken_when_the_directory_is_made_but_do_not_widen_where_it_listens)
{
    static const char *const settings[] = {"work_mem=7MB", "kloyst.note=it's a \\ here", "fsync=off", "listen_addresses=*",
                                           "unix_socket_permissions=0777", "unix_socket_directories=/tmp", "port=5433"};
    const pg_server_options options = {.settings = settings, .settings_count = 7};
    pg_server *server = NULL;
    ck_assert_int_eq(pg_server_open(place, &options, &server, NULL), KL_OK);
    expect_text(server, "SHOW work_mem", "7MB");
    expect_text(server, "SHOW kloyst.note", "it's a \\ here");
    expect_text(server, "SHOW listen_addresses", "");
    expect_text(server, "SHOW port", "5432");
    ck_assert_uint_eq(mode_of("socket/.s.PGSQL.5432"), 0700);
    close_ok(server);
}
END_TEST

START_TEST(a_malformed_setting_is_an_argument_error_and_makes_nothing)
{
    static const char *const bad[] = {"work_mem", "=7MB", "work mem=7MB", "a=b\nlisten_addresses='*'", NULL};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const pg_server_options options = {.settings = &bad[i], .settings_count = 1};
        pg_server *server = NULL;
        kl_error *error = NULL;
        ck_assert_int_eq(pg_server_open(place, &options, &server, &error), KL_ERR_ARGUMENT);
        kl_error_free(error);
    }
    ck_assert_int_eq(pg_server_open(NULL, NULL, &(pg_server *){NULL}, NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(pg_server_open("", NULL, &(pg_server *){NULL}, NULL), KL_ERR_ARGUMENT);
    ck_assert_int_ne(access(place, F_OK), 0);
}
END_TEST

START_TEST(an_open_directory_is_made_private_again)
{
    seed(place);
    ck_assert_int_eq(chmod(place, 0755), 0);
    pg_server *server = open_ok();
    ck_assert_uint_eq(mode_of(""), 0700);
    close_ok(server);
}
END_TEST

START_TEST(a_second_handle_shares_and_the_last_one_stops)
{
    pg_server *first = open_ok();
    pid_t pid = postmaster();
    pg_server *second = open_ok();
    ck_assert_int_eq(postmaster(), pid);
    close_ok(first);
    ck_assert(process_alive(pid));
    expect_text(second, "SELECT 1", "1");
    close_ok(second);
    ck_assert(!process_alive(pid));
    close_ok(NULL);
}
END_TEST

START_TEST(data_survives_the_last_close)
{
    pg_server *server = open_ok();
    harness_exec(admin(server), "CREATE TABLE kept AS SELECT 42 AS answer");
    close_ok(server);
    server = open_ok();
    expect_text(server, "SELECT answer FROM kept", "42");
    close_ok(server);
}
END_TEST

START_TEST(a_second_process_shares_and_stops_when_it_is_last)
{
    pg_server *server = open_ok();
    pid_t pid = postmaster();
    other_user other = start_other();
    wait_ready(&other);
    close_ok(server);
    ck_assert(process_alive(pid));
    ck_assert_int_eq(dismiss(&other), 0);
    ck_assert(!process_alive(pid));
}
END_TEST

START_TEST(a_forked_child_does_not_stop_its_parents_server)
{
    pg_server *server = open_ok();
    pid_t pid = postmaster();
    pid_t child = fork();
    if (child == 0) {
        _exit(pg_server_close(server, NULL) ? 1 : 0);
    }
    ck_assert_int_eq(ended(child), 0);
    ck_assert(process_alive(pid));
    expect_text(server, "SELECT 1", "1");
    /* Nor does a child that merely goes on living keep it. */
    child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    close_ok(server);
    ck_assert(!process_alive(pid));
    close_ok(open_ok());
    kill(child, SIGKILL);
    ended(child);
}
END_TEST

static void *open_and_close(void *unused)
{
    (void)unused;
    for (int i = 0; i < 3; i++) {
        pg_server *server = NULL;
        if (pg_server_open(place, &fast_options, &server, NULL)) {
            return &base;
        }
        PGPing answer = PQping(pg_server_conninfo(server));
        if (answer != PQPING_OK || pg_server_close(server, NULL)) {
            return &base;
        }
    }
    return NULL;
}

START_TEST(threads_open_and_close_at_once)
{
    pthread_t threads[4];
    seed(place);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, open_and_close, NULL), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        void *failed;
        ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
        ck_assert_ptr_null(failed);
    }
    ck_assert_int_eq(postmaster(), 0);
}
END_TEST

static void two_at_once(void)
{
    other_user first = start_other(), second = start_other();
    wait_ready(&first);
    wait_ready(&second);
    pid_t pid = postmaster();
    ck_assert_int_gt(pid, 0);
    ck_assert_int_eq(dismiss(&first), 0);
    ck_assert(process_alive(pid));
    ck_assert_int_eq(dismiss(&second), 0);
    ck_assert(!process_alive(pid));
}

START_TEST(two_processes_may_open_at_the_very_same_moment)
{
    for (int i = 0; i < ROUNDS; i++) {
        two_at_once(); /* the first time they make the directory, too */
    }
}
END_TEST

START_TEST(one_may_open_while_the_last_one_closes)
{
    for (int i = 0; i < ROUNDS; i++) {
        pg_server *server = open_ok();
        other_user other = start_other();
        process_sleep(i * 5);
        close_ok(server);
        wait_ready(&other);
        ck_assert_int_gt(postmaster(), 0);
        ck_assert_int_eq(dismiss(&other), 0);
        ck_assert_int_eq(postmaster(), 0);
    }
}
END_TEST

/* ---- tests: crashes ----------------------------------------------------- */

START_TEST(a_killed_user_does_not_stop_the_server_of_the_others)
{
    seed(place);
    other_user other = start_other();
    wait_ready(&other);
    pg_server *server = open_ok();
    pid_t pid = postmaster();
    kill_other(&other);
    expect_text(server, "SELECT 1", "1");
    ck_assert(process_alive(pid));
    close_ok(server);
    ck_assert(!process_alive(pid));
}
END_TEST

START_TEST(the_server_of_a_killed_last_user_is_taken_over)
{
    seed(place);
    other_user other = start_other();
    wait_ready(&other);
    pid_t pid = postmaster();
    kill_other(&other);
    ck_assert(process_alive(pid));
    pg_server *server = open_ok();
    ck_assert_int_eq(postmaster(), pid);
    close_ok(server);
    ck_assert(!process_alive(pid));
}
END_TEST

START_TEST(a_killed_postmaster_is_replaced_at_the_next_open)
{
    pg_server *server = open_ok();
    harness_exec(admin(server), "CREATE TABLE kept AS SELECT 42 AS answer");
    for (int i = 0; i < ROUNDS; i++) {
        pid_t pid = postmaster();
        /* A backend at work holds the shared memory for a moment longer. */
        PGconn *busy = PQconnectdb(admin(server));
        ck_assert_int_eq(PQsendQuery(busy, "SELECT count(*) FROM generate_series(1, 2000000)"), 1);
        ck_assert_int_eq(kill(pid, SIGKILL), 0);
        ck_assert(gone_in_time(pid));
        pg_server *again = open_ok();
        ck_assert_int_ne(postmaster(), pid);
        expect_text(again, "SELECT answer FROM kept", "42");
        close_ok(again);
        PQfinish(busy);
    }
    close_ok(server);
    ck_assert_int_eq(postmaster(), 0);
}
END_TEST

/* A pid that is in use, but not by a postmaster, must not keep the server down. */
START_TEST(a_stale_pidfile_of_a_reused_pid_is_repaired)
{
    seed(place);
    struct stat owner;
    ck_assert_int_eq(stat(place, &owner), 0);
    pid_t stranger = fork();
    if (stranger == 0) {
        if (geteuid() == 0 && (setgid(owner.st_gid) || setuid(owner.st_uid))) {
            _exit(1);
        }
        pause();
        _exit(0);
    }
    pid_t zombie = fork();
    if (zombie == 0) {
        _exit(0);
    }
    const pid_t pids[] = {stranger, zombie, getpid(), 1};
    for (size_t i = 0; i < sizeof pids / sizeof pids[0]; i++) {
        char text[2 * PATH_MAX + 128];
        snprintf(text, sizeof text, "%ld\n%s/data\n1700000000\n5432\n%s/socket\n\n  1234567    654321\nready   \n",
                 (long)pids[i], place, place);
        write_file("data/postmaster.pid", text);
        write_file("socket/.s.PGSQL.5432.lock", text);
        pg_server *server = open_ok();
        expect_text(server, "SELECT 1", "1");
        close_ok(server);
    }
    write_file("data/postmaster.pid", "");
    write_file("socket/.s.PGSQL.5432.lock", "");
    close_ok(open_ok());
    ck_assert_int_eq(kill(stranger, 0), 0);
    kill(stranger, SIGKILL);
    ended(stranger);
}
END_TEST

START_TEST(a_half_made_cluster_is_made_anew)
{
    char path[PATH_MAX + 64];
    ck_assert_int_eq(mkdir(place, 0700), 0);
    snprintf(path, sizeof path, "%s/data.new", place);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    write_file("data.new/PG_VERSION", "15\n");
    pg_server *server = open_ok();
    ck_assert_int_ne(access(path, F_OK), 0);
    close_ok(server);
}
END_TEST

static bool there(const char *pattern)
{
    char path[PATH_MAX + 64];
    glob_t found = {0};
    snprintf(path, sizeof path, "%s/%s", place, pattern);
    bool one = glob(path, 0, NULL, &found) == 0;
    globfree(&found);
    return one;
}

START_TEST(a_user_killed_while_making_or_starting_leaves_nothing_to_repair_by_hand)
{
    static const struct {
        const char *seen;
        bool made;
    } moments[] = {{"data.new*", false}, {"data", false}, {"data/postmaster.pid", true}, {"socket/.s.PGSQL.5432", true}};
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        snprintf(place, sizeof place, "%s/db%zu", base, i);
        if (moments[i].made)
            seed(place);
        other_user other = start_other();
        int64_t until = clock_monotonic_ms() + STOP_MS;
        while (!there(moments[i].seen) && process_alive(other.pid)) {
            ck_assert_int_lt(clock_monotonic_ms(), until);
            process_sleep(1);
        }
        kill_other(&other);
        pg_server *server = open_ok();
        expect_text(server, "SELECT 1", "1");
        close_ok(server);
        ck_assert_int_eq(postmaster(), 0);
    }
}
END_TEST

/* Programs of which postgres, before it begins, tells its process and waits as long as there is a file "gate". Both files can
 * be written by the server's user. */
static void make_slow_programs(void)
{
    static const char *const files[] = {"gate", "waiting"};
    char path[PATH_MAX], target[PATH_MAX], *found = NULL;
    ck_assert_int_eq(server_find("", 0, &found, NULL), KL_OK);
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", base, files[i]);
        int fd = open(path, O_CREAT | O_WRONLY, 0666);
        ck_assert(fd >= 0 && fchmod(fd, 0666) == 0);
        close(fd);
    }
    snprintf(path, sizeof path, "%s/bin", base);
    ck_assert_int_eq(mkdir(path, 0755), 0);
    snprintf(path, sizeof path, "%s/bin/initdb", base);
    snprintf(target, sizeof target, "%s/initdb", found);
    ck_assert_int_eq(symlink(target, path), 0);
    snprintf(path, sizeof path, "%s/bin/postgres", base);
    FILE *script = fopen(path, "w");
    ck_assert_ptr_nonnull(script);
    fprintf(script, "#!/bin/sh\necho $$ >%s/waiting\nwhile [ -e %s/gate ]; do sleep 0.02; done\nexec %s/postgres \"$@\"\n", base, base,
            found);
    fclose(script);
    ck_assert_int_eq(chmod(path, 0755), 0);
    snprintf(path, sizeof path, "%s/bin", base);
    setenv("KLOYST_PG_BINDIR", path, 1);
    free(found);
}

/* The process that waits at the gate; 0: none came so far. */
static pid_t waiting(void)
{
    char path[PATH_MAX];
    long pid = 0;
    snprintf(path, sizeof path, "%s/waiting", base);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    if (fscanf(file, "%ld", &pid) != 1)
        pid = 0;
    fclose(file);
    return (pid_t)pid;
}

START_TEST(running_out_of_time_says_so_and_leaves_nothing_that_runs)
{
    static const int times[] = {1, 500}; /* while the directory is made, and while the server starts */
    char gate[PATH_MAX];
    make_slow_programs();
    snprintf(gate, sizeof gate, "%s/gate", base);
    for (size_t i = 0; i < 2; i++) {
        const pg_server_options hasty = {.settings = fast, .settings_count = 2, .start_timeout_ms = times[i]};
        pg_server *server = NULL;
        kl_error *error = NULL;
        ck_assert_int_eq(pg_server_open(place, &hasty, &server, &error), KL_ERR_SERVER);
        ck_assert_msg(strstr(kl_error_message(error), "in time") != NULL, "%s", kl_error_message(error));
        kl_error_free(error);
        ck_assert_int_eq(postmaster(), 0);
        ck_assert(!process_alive(waiting()));
        ck_assert_int_eq(unlink(gate), 0);
        close_ok(open_ok());
        ck_assert_int_eq(close(open(gate, O_CREAT | O_WRONLY, 0666)), 0);
    }
}
END_TEST

START_TEST(closing_after_the_directory_was_deleted_is_no_error)
{
    pg_server *server = open_ok();
    pid_t pid = postmaster();
    ck_assert(server_directory_delete(AT_FDCWD, place));
    close_ok(server);
    kill(pid, SIGQUIT);
    ck_assert(gone_in_time(pid));
}
END_TEST

#define ADD(name) tcase_add_test(tests, name)

static Suite *make_suite(void)
{
    Suite *suite = suite_create("private server");
    TCase *tests = server_case("life");
    ADD(a_new_directory_is_made_private_and_served);
    ADD(settings_are_taken_when_the_directory_is_made_but_do_not_widen_where_it_listens);
    ADD(a_malformed_setting_is_an_argument_error_and_makes_nothing);
    ADD(an_open_directory_is_made_private_again);
    ADD(a_second_handle_shares_and_the_last_one_stops);
    ADD(data_survives_the_last_close);
    ADD(a_second_process_shares_and_stops_when_it_is_last);
    ADD(a_forked_child_does_not_stop_its_parents_server);
    ADD(threads_open_and_close_at_once);
    ADD(two_processes_may_open_at_the_very_same_moment);
    ADD(one_may_open_while_the_last_one_closes);
    ADD(a_killed_user_does_not_stop_the_server_of_the_others);
    ADD(the_server_of_a_killed_last_user_is_taken_over);
    ADD(a_killed_postmaster_is_replaced_at_the_next_open);
    ADD(a_stale_pidfile_of_a_reused_pid_is_repaired);
    ADD(a_half_made_cluster_is_made_anew);
    ADD(a_user_killed_while_making_or_starting_leaves_nothing_to_repair_by_hand);
    ADD(running_out_of_time_says_so_and_leaves_nothing_that_runs);
    ADD(closing_after_the_directory_was_deleted_is_no_error);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return server_main(make_suite());
}
