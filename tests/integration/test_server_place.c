/* The private server: where it may be, whose it is, with which programs it runs, and what of its host reaches it. */
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "integration/server_case.h"
#include "pg/server_find.h"

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
    seed(place);
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
    seed(place);
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
    seed(place);
    write_file("data/PG_VERSION", "11\n");
    unsetenv("KLOYST_PG_BINDIR");
    setenv("PATH", "/nowhere", 1);
    expect_refusal(place, "made by PostgreSQL 11");
}
END_TEST

START_TEST(a_server_that_does_not_start_says_why)
{
    seed(place);
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
    pg_server *server = NULL;
    ck_assert_int_eq(pg_server_open(place, &fast_options, &server, NULL), KL_OK);
    close_ok(server);
    ck_assert_int_eq(sigaction(SIGCHLD, NULL, &after), 0);
    ck_assert(after.sa_handler == handler);
    sigprocmask(SIG_SETMASK, NULL, &mask_after);
    ck_assert_int_eq(memcmp(&mask_before, &mask_after, sizeof mask_before), 0);
    ck_assert(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

START_TEST(the_hosts_treatment_of_children_does_not_matter)
{
    /* A fresh directory, so that initdb is among the children. */
    with_child_signal(SIG_IGN);
    with_child_signal(SIG_DFL);
    snprintf(place, sizeof place, "%s/db2", base);
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
    Suite *suite = suite_create("private server's place");
    TCase *tests = server_case("place");
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

int main(void)
{
    return server_main(make_suite());
}
