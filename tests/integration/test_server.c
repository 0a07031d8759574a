/* The private server: who starts it, who stops it, and what a crash leaves behind. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "pg/server.h"
#include "pg/server_cluster.h"
#include "pg/server_directory.h"
#include "pg/server_find.h"
#include "pg/server_pidfile.h"
#include "pg/server_process.h"

enum { ROUNDS = 4, STOP_MS = 20000 };

static char every_base[64];  /* one for the program, made by main() */
static char base[96];        /* in it, a fresh one of each test */
static char place[PATH_MAX]; /* base/db: where the server goes */

static const char *const fast[] = {"fsync=off", "shared_buffers=16MB"};
static const pg_server_options fast_options = {.settings = fast, .settings_count = 2};

static char *path_before, *bindir_before; /* put back, for CK_FORK=no */

static void make_base(void)
{
    const char *bindir = getenv("KLOYST_PG_BINDIR");
    path_before = strdup(getenv("PATH"));
    bindir_before = bindir ? strdup(bindir) : NULL;
    snprintf(base, sizeof base, "%s/XXXXXX", every_base);
    ck_assert_ptr_nonnull(mkdtemp(base));
    /* Root's server runs as another user, who has to pass. */
    ck_assert_int_eq(chmod(base, 0755), 0);
    snprintf(place, sizeof place, "%s/db", base);
}

static void stop_whatever_runs(const char *path)
{
    server_directory directory;
    if (!access(path, F_OK) && !server_directory_open(path, &directory, NULL)) {
        server_cluster_stop(&directory, clock_monotonic_ms() + STOP_MS, NULL);
        server_directory_close(&directory);
    }
}

static void remove_base(void)
{
    setenv("PATH", path_before, 1);
    if (bindir_before) {
        setenv("KLOYST_PG_BINDIR", bindir_before, 1);
    } else {
        unsetenv("KLOYST_PG_BINDIR");
    }
    free(path_before);
    free(bindir_before);
    stop_whatever_runs(place);
    server_directory_delete(AT_FDCWD, base);
}

/* A copy of a cluster that main() made: initdb takes longer than most of these tests. Those that are about making a
 * directory have it there already, or open it themselves. */
static void seed(const char *to)
{
    char from[96];
    snprintf(from, sizeof from, "%s/seed", every_base);
    if (access(to, F_OK) == 0 || access(from, F_OK) != 0)
        return;
    pid_t child = fork();
    if (child == 0) {
        execlp("cp", "cp", "-a", from, to, (char *)NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
}

static pg_server *open_ok(void)
{
    seed(place);
    pg_server *server = NULL;
    kl_error *error = NULL;
    kl_status status = pg_server_open(place, &fast_options, &server, &error);
    ck_assert_msg(status == KL_OK, "%s: %s", kl_status_name(status), kl_error_message(error));
    return server;
}

static void close_ok(pg_server *server)
{
    kl_error *error = NULL;
    kl_status status = pg_server_close(server, &error);
    ck_assert_msg(status == KL_OK, "%s: %s", kl_status_name(status), kl_error_message(error));
}

static const char *admin(const pg_server *server)
{
    static char text[512];
    snprintf(text, sizeof text, "%s user=%s dbname=postgres", pg_server_conninfo(server), pg_server_superuser(server));
    return text;
}

static void expect_text(const pg_server *server, const char *sql, const char *expected)
{
    char *text = harness_query_text(admin(server), sql);
    ck_assert_str_eq(text, expected);
    free(text);
}

static void expect_refusal(const char *path, const char *words)
{
    pg_server *server = NULL;
    kl_error *error = NULL;
    ck_assert_int_eq(pg_server_open(path, &fast_options, &server, &error), KL_ERR_SERVER);
    ck_assert_ptr_null(server);
    ck_assert_msg(strstr(kl_error_message(error), words) != NULL, "\"%s\" does not say \"%s\"",
                  kl_error_message(error), words);
    kl_error_free(error);
}

static pid_t postmaster(void)
{
    server_directory directory;
    ck_assert_int_eq(server_directory_open(place, &directory, NULL), KL_OK);
    pid_t pid = server_pidfile_postmaster(&directory);
    server_directory_close(&directory);
    return pid;
}

static bool gone_in_time(pid_t pid)
{
    for (int i = 0; i < 500 && process_alive(pid); i++) {
        process_sleep(10);
    }
    return !process_alive(pid);
}

static mode_t mode_of(const char *name)
{
    char path[PATH_MAX + 64];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", place, name);
    ck_assert_msg(!stat(path, &info), "%s", path);
    return info.st_mode & 07777;
}

static int ended(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

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

START_TEST(settings_are_taken_when_the_directory_is_made)
{
    static const char *const settings[] = {"work_mem=7MB", "kloyst.note=it's a \\ here", "fsync=off"};
    const pg_server_options options = {.settings = settings, .settings_count = 3};
    pg_server *server = NULL;
    ck_assert_int_eq(pg_server_open(place, &options, &server, NULL), KL_OK);
    expect_text(server, "SHOW work_mem", "7MB");
    expect_text(server, "SHOW kloyst.note", "it's a \\ here");
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

START_TEST(where_it_listens_cannot_be_widened_by_settings)
{
    static const char *const settings[] = {"listen_addresses=*", "unix_socket_permissions=0777",
                                           "unix_socket_directories=/tmp", "port=5433", "fsync=off"};
    const pg_server_options options = {.settings = settings, .settings_count = 5};
    pg_server *server = NULL;
    ck_assert_int_eq(pg_server_open(place, &options, &server, NULL), KL_OK);
    expect_text(server, "SHOW listen_addresses", "");
    expect_text(server, "SHOW port", "5432");
    ck_assert_uint_eq(mode_of("socket/.s.PGSQL.5432"), 0700);
    close_ok(server);
}
END_TEST

START_TEST(an_open_directory_is_made_private_again)
{
    close_ok(open_ok());
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
        /* Every other round also makes the directory. */
        snprintf(place, sizeof place, "%s/db%d", base, i / 2);
        two_at_once();
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
    for (int i = 0; i < 3; i++) {
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

static void write_file(const char *name, const char *text)
{
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/%s", place, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    struct stat owner;
    ck_assert_int_eq(stat(place, &owner), 0);
    ck_assert_int_eq(chown(path, owner.st_uid, owner.st_gid), 0);
}

/* A pid that is in use, but not by a postmaster, must not keep the server down. */
START_TEST(a_stale_pidfile_of_a_reused_pid_is_repaired)
{
    close_ok(open_ok());
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

START_TEST(a_user_killed_while_making_or_starting_leaves_nothing_to_repair_by_hand)
{
    /* From before the directory exists to after the server is up. */
    for (int delay = 1; delay < 1800; delay = delay * 4 + 7) {
        other_user other = start_other();
        process_sleep(delay);
        kill_other(&other);
        pg_server *server = open_ok();
        expect_text(server, "SELECT 1", "1");
        close_ok(server);
        ck_assert_int_eq(postmaster(), 0);
        char path[PATH_MAX + 64];
        snprintf(path, sizeof path, "%s/data", place);
        server_directory_delete(AT_FDCWD, path);
    }
}
END_TEST

START_TEST(running_out_of_time_says_so_and_wedges_nothing)
{
    const pg_server_options hasty = {.settings = fast, .settings_count = 2, .start_timeout_ms = 1};
    pg_server *server = NULL;
    kl_error *error = NULL;
    ck_assert_int_eq(pg_server_open(place, &hasty, &server, &error), KL_ERR_SERVER);
    kl_error_free(error);
    close_ok(open_ok());
    error = NULL;
    ck_assert_int_eq(pg_server_open(place, &hasty, &server, &error), KL_ERR_SERVER);
    kl_error_free(error);
    ck_assert_int_eq(postmaster(), 0);
    close_ok(open_ok());
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

/* ---- tests: places ------------------------------------------------------ */

static void expect_socket_elsewhere(void)
{
    pg_server *server = open_ok();
    ck_assert_ptr_nonnull(strstr(pg_server_conninfo(server), "host='/tmp/kloyst-"));
    char *socket = harness_query_text(admin(server), "SHOW unix_socket_directories");
    struct stat info, owner;
    ck_assert_int_eq(stat(socket, &info), 0);
    ck_assert_int_eq(stat(place, &owner), 0);
    ck_assert_uint_eq(info.st_mode & 07777, 0700);
    ck_assert_uint_eq(info.st_uid, owner.st_uid);
    pg_server *second = open_ok();
    ck_assert_str_eq(pg_server_conninfo(second), pg_server_conninfo(server));
    close_ok(second);
    close_ok(server);
    ck_assert_int_ne(access(socket, F_OK), 0);
    free(socket);
}

START_TEST(a_path_too_long_for_a_socket_works)
{
    char name[151];
    memset(name, 'd', 150);
    name[150] = 0;
    snprintf(place, sizeof place, "%s/%s", base, name);
    expect_socket_elsewhere();
}
END_TEST

START_TEST(a_path_with_a_comma_works)
{
    snprintf(place, sizeof place, "%s/a,b", base);
    expect_socket_elsewhere();
}
END_TEST

START_TEST(a_path_with_blanks_quotes_and_backslashes_works)
{
    snprintf(place, sizeof place, "%s/it's \\ a \"db\" ", base);
    close_ok(open_ok());
}
END_TEST

START_TEST(the_longest_path_for_a_socket_is_used)
{
    size_t longest = sizeof((struct sockaddr_un *)0)->sun_path - 1 - strlen("/socket/.s.PGSQL.5432");
    snprintf(place, sizeof place, "%s/", base);
    while (strlen(place) < longest) {
        strcat(place, "e");
    }
    pg_server *server = open_ok();
    ck_assert_ptr_nonnull(strstr(pg_server_conninfo(server), place));
    close_ok(server);
    strcat(place, "e");
    expect_socket_elsewhere();
}
END_TEST

START_TEST(a_socket_directory_taken_by_a_stranger_is_refused)
{
    if (geteuid() != 0) {
        return; /* needs a second user */
    }
    snprintf(place, sizeof place, "%s/a,b", base);
    server_directory directory;
    ck_assert_int_eq(server_directory_open(place, &directory, NULL), KL_OK);
    ck_assert_int_eq(mkdir(directory.socket, 0777), 0);
    ck_assert_int_eq(chown(directory.socket, 12345, 12345), 0);
    expect_refusal(place, "belongs to somebody else");
    rmdir(directory.socket);
    ck_assert_int_eq(symlink(base, directory.socket), 0);
    expect_refusal(place, directory.socket);
    unlink(directory.socket);
    server_directory_close(&directory);
}
END_TEST

START_TEST(a_directory_with_other_files_is_refused_and_left_alone)
{
    ck_assert_int_eq(mkdir(place, 0750), 0);
    write_file("thesis.txt", "years of work");
    expect_refusal(place, "not empty");
    ck_assert_uint_eq(mode_of(""), 0750);
    ck_assert_int_ne(access("/etc/server.log", F_OK), 0);
    struct stat before, after;
    ck_assert_int_eq(stat("/etc", &before), 0);
    expect_refusal("/etc", geteuid() == 0 ? "not empty" : "belongs to");
    ck_assert_int_eq(stat("/etc", &after), 0);
    ck_assert_uint_eq(before.st_uid, after.st_uid);
    ck_assert_uint_eq(before.st_mode, after.st_mode);
}
END_TEST

START_TEST(a_place_that_is_no_directory_is_refused)
{
    FILE *file = fopen(place, "w");
    ck_assert_ptr_nonnull(file);
    fclose(file);
    expect_refusal(place, place);
    char below[PATH_MAX + 8];
    snprintf(below, sizeof below, "%s/db", place);
    expect_refusal(below, below);
}
END_TEST

START_TEST(a_directory_that_blocks_the_servers_user_is_named)
{
    if (geteuid() != 0) {
        return; /* then caller and server are one user */
    }
    char blocking[PATH_MAX];
    snprintf(blocking, sizeof blocking, "%s/closed", base);
    ck_assert_int_eq(mkdir(blocking, 0700), 0);
    snprintf(place, sizeof place, "%s/closed/db", base);
    expect_refusal(place, blocking);
    /* The cause is named, not what lies below it. */
    char words[PATH_MAX + 32];
    snprintf(words, sizeof words, "cannot use %s:", blocking);
    expect_refusal(place, words);
}
END_TEST

START_TEST(another_users_directory_is_refused)
{
    if (geteuid() != 0) {
        return; /* needs a second user */
    }
    close_ok(open_ok());
    ck_assert_int_eq(chmod(place, 0755), 0);
    pid_t child = fork();
    if (child == 0) {
        pg_server *server = NULL;
        kl_error *error = NULL;
        if (setgid(12345) || setuid(12345)) {
            _exit(1);
        }
        kl_status status = pg_server_open(place, &fast_options, &server, &error);
        bool told = status == KL_ERR_SERVER && strstr(kl_error_message(error), "belongs to user");
        kl_error_free(error);
        _exit(told ? 0 : 2);
    }
    ck_assert_int_eq(ended(child), 0);
}
END_TEST

START_TEST(root_runs_the_server_as_the_directorys_owner)
{
    if (geteuid() != 0) {
        return; /* needs root */
    }
    const struct stat nobody = {.st_uid = 65534, .st_gid = 65534};
    ck_assert_int_eq(mkdir(place, 0700), 0);
    ck_assert_int_eq(chown(place, nobody.st_uid, nobody.st_gid), 0);
    pg_server *server = open_ok();
    char path[64];
    struct stat info;
    snprintf(path, sizeof path, "/proc/%ld", (long)postmaster());
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_uint_eq(info.st_uid, nobody.st_uid);
    close_ok(server);
    char left[PATH_MAX + 64];
    snprintf(left, sizeof left, "%s/users", place);
    ck_assert_int_eq(stat(left, &info), 0);
    ck_assert_uint_eq(info.st_uid, nobody.st_uid);
}
END_TEST

/* ---- tests: programs ---------------------------------------------------- */

START_TEST(missing_programs_are_explained)
{
    kl_error *error = NULL;
    char *found = NULL;
    unsetenv("KLOYST_PG_BINDIR");
    setenv("PATH", "/nowhere", 1);
    ck_assert_int_eq(server_find("/nowhere", 0, &found, &error), KL_ERR_SERVER);
    ck_assert_ptr_nonnull(strstr(kl_error_message(error), "apt install postgresql"));
    kl_error_free(error);
    error = NULL;
    ck_assert_int_eq(server_find("/nowhere", 11, &found, &error), KL_ERR_SERVER);
    ck_assert_ptr_nonnull(strstr(kl_error_message(error), "apt install postgresql-11"));
    kl_error_free(error);
    setenv("KLOYST_PG_BINDIR", base, 1);
    expect_refusal(place, base);
}
END_TEST

static void fake_programs(const char *directory)
{
    char path[PATH_MAX];
    static const char *const names[] = {"initdb", "postgres"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s%s/", base, directory);
        for (char *slash = path + strlen(base); (slash = strchr(slash + 1, '/'));) {
            *slash = 0;
            ck_assert(!mkdir(path, 0755) || errno == EEXIST);
            *slash = '/';
        }
        strcat(path, names[i]);
        ck_assert_int_ge(close(open(path, O_CREAT | O_WRONLY, 0755)), 0);
    }
}

static void expect_found(int major, const char *directory)
{
    char *found = NULL, expected[PATH_MAX];
    snprintf(expected, sizeof expected, "%s%s", base, directory);
    ck_assert_int_eq(server_find(base, major, &found, NULL), KL_OK);
    ck_assert_str_eq(found, expected);
    free(found);
}

START_TEST(the_newest_programs_are_taken_or_those_of_the_clusters_version)
{
    unsetenv("KLOYST_PG_BINDIR");
    fake_programs("/usr/lib/postgresql/9/bin");
    fake_programs("/usr/lib/postgresql/15/bin");
    fake_programs("/usr/pgsql-17/bin");
    fake_programs("/usr/pgsql-8/bin");
    fake_programs("/own/bin");
    expect_found(0, "/usr/pgsql-17/bin");
    expect_found(15, "/usr/lib/postgresql/15/bin");
    expect_found(9, "/usr/lib/postgresql/9/bin");
    char path[PATH_MAX];
    snprintf(path, sizeof path, "/nowhere:own/bin::%s/own/bin", base);
    setenv("PATH", path, 1);
    int here = open(".", O_RDONLY | O_DIRECTORY);
    ck_assert_int_eq(chdir(base), 0); /* now own/bin is there, too */
    expect_found(16, "/own/bin");
    ck_assert_int_eq(fchdir(here), 0);
    close(here);
}
END_TEST

START_TEST(a_cluster_of_another_version_is_explained)
{
    close_ok(open_ok());
    write_file("data/PG_VERSION", "11\n");
    unsetenv("KLOYST_PG_BINDIR");
    setenv("PATH", "/nowhere", 1);
    expect_refusal(place, "made by PostgreSQL 11");
}
END_TEST

START_TEST(a_server_that_does_not_start_says_why)
{
    close_ok(open_ok());
    write_file("data/postgresql.auto.conf", "shared_buffers = 'banana'\n");
    expect_refusal(place, "postgresql.auto.conf");
    expect_refusal(place, "server.log");
    ck_assert_int_eq(postmaster(), 0);
}
END_TEST

START_TEST(an_initdb_that_fails_says_why)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/bin", base);
    ck_assert_int_eq(mkdir(path, 0755), 0);
    strcat(path, "/initdb");
    FILE *script = fopen(path, "w");
    fputs("#!/bin/sh\necho first line\necho 'initdb: error: the moon is full' >&2\necho removing\nexit 1\n", script);
    fclose(script);
    ck_assert_int_eq(chmod(path, 0755), 0);
    snprintf(path, sizeof path, "%s/bin/postgres", base);
    ck_assert_int_eq(symlink("/bin/true", path), 0);
    snprintf(path, sizeof path, "%s/bin", base);
    setenv("KLOYST_PG_BINDIR", path, 1);
    expect_refusal(place, "the moon is full");
    /* And a program that cannot be run at all. */
    strcat(path, "/initdb");
    script = fopen(path, "w");
    fputs("no program\n", script);
    fclose(script);
    expect_refusal(place, "cannot run");
    unsetenv("KLOYST_PG_BINDIR");
    close_ok(open_ok());
}
END_TEST

/* ---- tests: the host ---------------------------------------------------- */

START_TEST(the_hosts_environment_does_not_reach_the_server)
{
    static const char *const disturbing[] = {
        "PGDATA=/nowhere",   "PGHOST=/nowhere",      "PGHOSTADDR=127.9.9.9", "PGPORT=1",
        "PGUSER=nobody",     "PGDATABASE=nothing",   "PGOPTIONS=-c nonsense=on", "PGSSLMODE=verify-full",
        "PGREQUIREPEER=nix", "PGCHANNELBINDING=require", "PGGSSENCMODE=require", "PGTARGETSESSIONATTRS=standby",
        "LC_ALL=xx_YY",      "LANG=tr_TR.UTF-8",     "KLOYST_TEST_SECRET=hush",
        "LD_PRELOAD=/nowhere/libasan.so.8 libm.so.6:/x/libubsan.so:libdl.so.2"};
    for (size_t i = 0; i < sizeof disturbing / sizeof disturbing[0]; i++) {
        ck_assert_int_eq(putenv((char *)disturbing[i]), 0);
    }
    pg_server *server = open_ok();
    expect_text(server, "SELECT current_user", "kloyst_admin");
    char data[PATH_MAX + 8];
    snprintf(data, sizeof data, "%s/data", place);
    expect_text(server, "SHOW data_directory", data);
    char path[64], environment[16384];
    snprintf(path, sizeof path, "/proc/%ld/environ", (long)postmaster());
    int fd = open(path, O_RDONLY);
    ssize_t length = read(fd, environment, sizeof environment);
    close(fd);
    ck_assert_int_gt(length, 0);
    bool preloaded = false;
    for (const char *at = environment; at < environment + length; at += strlen(at) + 1) {
        ck_assert_msg(strncmp(at, "PG", 2) && strncmp(at, "LANG", 4) && !strstr(at, "hush"), "%s", at);
        preloaded = preloaded || !strcmp(at, "LD_PRELOAD=libm.so.6:libdl.so.2");
    }
    ck_assert(preloaded);
    for (size_t i = 0; i < sizeof disturbing / sizeof disturbing[0]; i++) {
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(disturbing[i], "="), disturbing[i]);
        unsetenv(name);
    }
    close_ok(server);
}
END_TEST

static int open_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 1024; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

static bool holds_descriptor_of(pid_t pid, const char *wanted)
{
    bool holds = false;
    for (int fd = 0; fd < 256; fd++) {
        char path[64], target[PATH_MAX];
        snprintf(path, sizeof path, "/proc/%ld/fd/%d", (long)pid, fd);
        ssize_t length = readlink(path, target, sizeof target - 1);
        target[length > 0 ? length : 0] = 0;
        holds = holds || strstr(target, wanted) != NULL;
    }
    return holds;
}

START_TEST(the_server_inherits_no_descriptor_and_no_session)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/marker", base);
    int marker = open(path, O_CREAT | O_RDWR, 0600);
    int high = fcntl(marker, F_DUPFD, 200);
    ck_assert_int_ge(high, 200);
    int before = open_descriptors();
    pg_server *server = open_ok();
    pid_t pid = postmaster();
    ck_assert(holds_descriptor_of(getpid(), "/marker"));
    ck_assert(holds_descriptor_of(getpid(), "/users"));
    ck_assert(!holds_descriptor_of(pid, "/marker"));
    ck_assert(!holds_descriptor_of(pid, "/users"));
    ck_assert(!holds_descriptor_of(pid, "/lock"));
    ck_assert(holds_descriptor_of(pid, "/server.log"));
    ck_assert_int_ne(getsid(pid), getsid(0));
    ck_assert_int_ne(getpgid(pid), getpgrp());
    close_ok(server);
    ck_assert_int_eq(open_descriptors(), before);
    close(high);
    close(marker);
}
END_TEST

START_TEST(a_host_without_standard_descriptors_is_served)
{
    pid_t child = fork();
    if (child == 0) {
        pg_server *server = NULL;
        close(0);
        close(1);
        close(2);
        int status = pg_server_open(place, &fast_options, &server, NULL) != KL_OK;
        char path[64], target[64] = "";
        snprintf(path, sizeof path, "/proc/%ld/fd/0", (long)postmaster());
        status = status || readlink(path, target, sizeof target - 1) < 0 || strcmp(target, "/dev/null") != 0;
        _exit(status || pg_server_close(server, NULL));
    }
    ck_assert_int_eq(ended(child), 0);
}
END_TEST

static volatile sig_atomic_t reaped;

static void reap_everything(int number)
{
    (void)number;
    int kept = errno;
    while (waitpid(-1, NULL, WNOHANG) > 0) {
        reaped++;
    }
    errno = kept;
}

static void with_child_signal(void (*handler)(int))
{
    struct sigaction before = {.sa_handler = handler}, after;
    sigset_t mask_before, mask_after;
    memset(&mask_before, 0, sizeof mask_before);
    memset(&mask_after, 0, sizeof mask_after);
    ck_assert_int_eq(sigaction(SIGCHLD, &before, NULL), 0);
    sigprocmask(SIG_SETMASK, NULL, &mask_before);
    close_ok(open_ok());
    ck_assert_int_eq(sigaction(SIGCHLD, NULL, &after), 0);
    ck_assert(after.sa_handler == handler);
    sigprocmask(SIG_SETMASK, NULL, &mask_after);
    ck_assert_int_eq(memcmp(&mask_before, &mask_after, sizeof mask_before), 0);
    ck_assert(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

START_TEST(the_hosts_treatment_of_children_does_not_matter)
{
    /* A fresh directory each time, so that initdb is among the children. */
    with_child_signal(SIG_DFL);
    snprintf(place, sizeof place, "%s/db2", base);
    with_child_signal(SIG_IGN);
    snprintf(place, sizeof place, "%s/db3", base);
    with_child_signal(reap_everything);
}
END_TEST

START_TEST(a_forked_test_uses_the_same_shared_server)
{
    const char *server = harness_server();
    char *first = harness_query_text(server, "SELECT current_user || pg_postmaster_start_time()");
    ck_assert_int_eq(strncmp(first, "kloyst_admin", 12), 0);
    pid_t child = fork();
    if (child == 0) {
        char *again = harness_query_text(harness_server(), "SELECT current_user || pg_postmaster_start_time()");
        int differs = strcmp(first, again) != 0;
        free(again);
        free(first);
        exit(differs); /* runs the exit handlers, which must not stop it */
    }
    ck_assert_int_eq(ended(child), 0);
    char *database = harness_database(NULL);
    char conninfo[512];
    snprintf(conninfo, sizeof conninfo, "%s user=kloyst_admin", database);
    harness_exec(conninfo, "CREATE TABLE original AS SELECT 7 AS n; SELECT 1");
    char *copy = harness_database(database);
    snprintf(conninfo, sizeof conninfo, "%s user=kloyst_admin", copy);
    char *text = harness_query_text(conninfo, "SELECT n FROM original");
    ck_assert_str_eq(text, "7");
    ck_assert_ptr_null(harness_query_text(conninfo, "SELECT NULL"));
    free(text);
    harness_drop_database(copy);
    harness_drop_database(database);
    harness_drop_database(NULL);
    text = harness_query_text(server, "SELECT count(*) FROM pg_database WHERE datname LIKE 'kl_test_%'");
    ck_assert_str_eq(text, "0");
    free(text);
    free(first);
}
END_TEST

static void start_shared(void)
{
    harness_server();
}

#define ADD(name) tcase_add_test(tests, name)

static Suite *make_suite(void)
{
    Suite *suite = suite_create("private server");
    TCase *tests = tcase_create("life");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, make_base, remove_base);
    ADD(a_new_directory_is_made_private_and_served);
    ADD(settings_are_taken_when_the_directory_is_made);
    ADD(a_malformed_setting_is_an_argument_error_and_makes_nothing);
    ADD(where_it_listens_cannot_be_widened_by_settings);
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
    ADD(running_out_of_time_says_so_and_wedges_nothing);
    ADD(closing_after_the_directory_was_deleted_is_no_error);
    ADD(a_path_too_long_for_a_socket_works);
    ADD(a_path_with_a_comma_works);
    ADD(a_path_with_blanks_quotes_and_backslashes_works);
    ADD(the_longest_path_for_a_socket_is_used);
    ADD(a_socket_directory_taken_by_a_stranger_is_refused);
    ADD(a_directory_with_other_files_is_refused_and_left_alone);
    ADD(a_place_that_is_no_directory_is_refused);
    ADD(a_directory_that_blocks_the_servers_user_is_named);
    ADD(another_users_directory_is_refused);
    ADD(root_runs_the_server_as_the_directorys_owner);
    ADD(missing_programs_are_explained);
    ADD(the_newest_programs_are_taken_or_those_of_the_clusters_version);
    ADD(a_cluster_of_another_version_is_explained);
    ADD(a_server_that_does_not_start_says_why);
    ADD(an_initdb_that_fails_says_why);
    ADD(the_hosts_environment_does_not_reach_the_server);
    ADD(the_server_inherits_no_descriptor_and_no_session);
    ADD(a_host_without_standard_descriptors_is_served);
    ADD(the_hosts_treatment_of_children_does_not_matter);
    suite_add_tcase(suite, tests);

    TCase *harness = tcase_create("harness");
    tcase_set_timeout(harness, 60);
    tcase_add_unchecked_fixture(harness, start_shared, NULL);
    tcase_add_test(harness, a_forked_test_uses_the_same_shared_server);
    suite_add_tcase(suite, harness);
    return suite;
}

static void stop_below(const char *path, int levels)
{
    DIR *listing = opendir(path);
    for (struct dirent *entry; listing && (entry = readdir(listing));) {
        char below[PATH_MAX];
        int length = snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.' && length < (int)sizeof below) {
            stop_whatever_runs(below);
            if (levels > 1) {
                stop_below(below, levels - 1);
            }
        }
    }
    if (listing) {
        closedir(listing);
    }
}

int main(void)
{
    strcpy(every_base, "/tmp/kloyst-server-XXXXXX");
    if (!mkdtemp(every_base) || chmod(every_base, 0755)) {
        return EXIT_FAILURE;
    }
    pg_server *made = NULL;
    snprintf(place, sizeof place, "%s/seed", every_base);
    if (pg_server_open(place, &fast_options, &made, NULL) || pg_server_close(made, NULL)) {
        return EXIT_FAILURE;
    }
    int failed = suite_run(make_suite());
    /* A test that failed did not come to its own clearing up. */
    stop_below(every_base, 2);
    server_directory_delete(AT_FDCWD, every_base);
    return failed;
}
