/* What the programs that test the private server share: a place of its own for each test, and what is asked of a server there. */
#ifndef TESTS_INTEGRATION_SERVER_CASE_H
#define TESTS_INTEGRATION_SERVER_CASE_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "pg/server.h"
#include "pg/server_cluster.h"
#include "pg/server_directory.h"
#include "pg/server_pidfile.h"
#include "pg/server_process.h"

enum { STOP_MS = 60000 };

static char every_base[96];  /* one for the program, made by server_main() */
static char base[128];       /* in it, a fresh one of each test */
static char place[PATH_MAX]; /* base/db: where the server goes */

static const char *const fast[] = {"fsync=off", "shared_buffers=16MB"};
static const pg_server_options fast_options = {.settings = fast, .settings_count = 2};

static char *path_before, *bindir_before; /* put back, for CK_FORK=no */

static inline void make_base(void)
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

static inline void stop_whatever_runs(const char *path)
{
    server_directory directory;
    if (!access(path, F_OK) && !server_directory_open(path, &directory, NULL)) {
        server_cluster_stop(&directory, clock_monotonic_ms() + STOP_MS, NULL);
        server_directory_close(&directory);
    }
}

static inline void remove_base(void)
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

/* A copy of a cluster that server_main() made: initdb takes longer than most of these tests. Those that are about making a
 * directory have it there already, or open it themselves. */
static inline void seed(const char *to)
{
    char from[128];
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

static inline pg_server *open_ok(void)
{
    seed(place);
    pg_server *server = NULL;
    kl_error *error = NULL;
    kl_status status = pg_server_open(place, &fast_options, &server, &error);
    ck_assert_msg(status == KL_OK, "%s: %s", kl_status_name(status), kl_error_message(error));
    return server;
}

static inline void close_ok(pg_server *server)
{
    kl_error *error = NULL;
    kl_status status = pg_server_close(server, &error);
    ck_assert_msg(status == KL_OK, "%s: %s", kl_status_name(status), kl_error_message(error));
}

static inline const char *admin(const pg_server *server)
{
    static char text[512];
    snprintf(text, sizeof text, "%s user=%s dbname=postgres", pg_server_conninfo(server), pg_server_superuser(server));
    return text;
}

static inline void expect_text(const pg_server *server, const char *sql, const char *expected)
{
    char *text = harness_query_text(admin(server), sql);
    ck_assert_str_eq(text, expected);
    free(text);
}

static inline void expect_refusal(const char *path, const char *words)
{
    pg_server *server = NULL;
    kl_error *error = NULL;
    ck_assert_int_eq(pg_server_open(path, &fast_options, &server, &error), KL_ERR_SERVER);
    ck_assert_ptr_null(server);
    ck_assert_msg(strstr(kl_error_message(error), words) != NULL, "\"%s\" does not say \"%s\"",
                  kl_error_message(error), words);
    kl_error_free(error);
}

static inline pid_t postmaster(void)
{
    server_directory directory;
    ck_assert_int_eq(server_directory_open(place, &directory, NULL), KL_OK);
    pid_t pid = server_pidfile_postmaster(&directory);
    server_directory_close(&directory);
    return pid;
}

static inline bool gone_in_time(pid_t pid)
{
    for (int i = 0; i < 6000 && process_alive(pid); i++) {
        process_sleep(10);
    }
    return !process_alive(pid);
}

static inline mode_t mode_of(const char *name)
{
    char path[PATH_MAX + 64];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", place, name);
    ck_assert_msg(!stat(path, &info), "%s", path);
    return info.st_mode & 07777;
}

static inline int ended(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static inline void write_file(const char *name, const char *text)
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

static inline void stop_below(const char *path, int levels)
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

/* In memory where the runner has its place there. A socket's path may not be long, and some of these tests need room for theirs. */
static inline void choose_base(void)
{
    snprintf(every_base, sizeof every_base, "%s/kloyst-server-XXXXXX", harness_temporary_of_sockets());
}

static inline int server_main(Suite *suite)
{
    choose_base();
    if (!mkdtemp(every_base) || chmod(every_base, 0755)) {
        return EXIT_FAILURE;
    }
    pg_server *made = NULL;
    snprintf(place, sizeof place, "%s/seed", every_base);
    if (pg_server_open(place, &fast_options, &made, NULL) || pg_server_close(made, NULL)) {
        return EXIT_FAILURE;
    }
    int failed = suite_run(suite);
    /* A test that failed did not come to its own clearing up. */
    stop_below(every_base, 2);
    server_directory_delete(AT_FDCWD, every_base);
    return failed;
}

static inline TCase *server_case(const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, make_base, remove_base);
    return tests;
}

#endif
