/* Promises of connections over TLS: a server that is not on this machine must prove who it is before it hears anything. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "pg/connection.h"
#include "pg/server_find.h"

/* The server's certificate is for graph.example.com and signs itself; it listens on an address that is this program's own. */
#define CERTIFICATE "tests/data/tls/other.pem"
#define WRONG_CERTIFICATE "tests/data/tls/good.pem"
#define NAME "graph.example.com"

static const pg_settings settings = {100000, 100000, 100000, 1, false, NULL, NULL};
static char place[PATH_MAX], address[32], *bindir;
static pid_t owner;

static int server(const char *action)
{
    char command[3 * PATH_MAX];
    snprintf(command, sizeof command, "tests/harness/tls-server %s '%s' '%s' %s %s", action, bindir, place, address,
             CERTIFICATE);
    return system(command);
}

static void stop_server(void)
{
    char command[PATH_MAX + 16];
    if (owner != getpid())
        return;
    snprintf(command, sizeof command, "rm -rf '%s'", place);
    if (server("stop") | system(command))
        fprintf(stderr, "the server in %s could not be stopped or removed\n", place);
}

static void start_server(void)
{
    kl_error *error = NULL;
    const unsigned char *cut = (const unsigned char *)&owner;
    owner = getpid();
    snprintf(address, sizeof address, "127.%u.%u.%u", 1 + cut[2] % 254u, cut[1], 1 + cut[0] % 254u);
    snprintf(place, sizeof place, "%s/kloyst-tls-XXXXXX", harness_temporary());
    if (server_find("", 0, &bindir, &error) || !mkdtemp(place) || chmod(place, 0755) || server("start")) {
        fprintf(stderr, "no server with TLS: %s\n", kl_error_message(error));
        exit(EXIT_FAILURE);
    }
    atexit(stop_server);
}

/* "true" or "false" as the server sees the connection; NULL when there is none, described in `error`. */
static char *encrypted(const char *conninfo, kl_error **error)
{
    static const pg_scope session = {.role = PG_ROLE_SESSION, .read_only = true};
    static const char sql[] = "SELECT ssl::text FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()";
    char text[PATH_MAX];
    pg_connection *c = NULL;
    pg_rows *rows = NULL;
    char *answer = NULL;
    snprintf(text, sizeof text, "hostaddr=%s user=kloyst_admin dbname=postgres %s", address, conninfo);
    if (pg_connect(text, &settings, &c, error) ||
        pg_transact(c, &session, &(pg_statement){sql, NULL, &rows, PG_ROLE_SAME}, 1, error))
        return NULL;
    answer = pg_text_copy(rows, 0, 0);
    pg_rows_free(rows);
    pg_disconnect(c);
    return answer;
}

static void is_encrypted(const char *conninfo, const char *expected)
{
    kl_error *error = NULL;
    char *answer = encrypted(conninfo, &error);
    ck_assert_msg(answer && strcmp(answer, expected) == 0, "%s: %s %s", conninfo, answer ? answer : "no connection",
                  kl_error_message(error));
    free(answer);
}

static void is_refused(const char *conninfo, const char *reason)
{
    kl_error *error = NULL;
    char *answer = encrypted(conninfo, &error);
    ck_assert_msg(!answer, "%s: connected", conninfo);
    ck_assert_int_eq(kl_error_status(error), KL_ERR_CONNECT);
    ck_assert_msg(strstr(kl_error_message(error), reason), "%s: %s", conninfo, kl_error_message(error));
    kl_error_free(error);
}

START_TEST(a_server_elsewhere_that_proves_its_name_is_used)
{
    is_encrypted("host=" NAME " sslrootcert=" CERTIFICATE, "true");
}
END_TEST

START_TEST(one_that_does_not_is_refused)
{
    is_refused("host=" NAME " sslrootcert=" WRONG_CERTIFICATE, "certificate verify failed");
    is_refused("host=other.example.com sslrootcert=" CERTIFICATE, "does not match host name");
    is_refused("host=" NAME " sslrootcert=/nowhere/root.crt", "root certificate file");
}
END_TEST

START_TEST(whoever_says_how_is_obeyed)
{
    is_encrypted("host=" NAME " sslmode=disable", "false");
    is_encrypted("host=" NAME " sslmode=require", "true");
    is_encrypted("host=other.example.com sslmode=verify-ca sslrootcert=" CERTIFICATE, "true");
    setenv("PGSSLMODE", "disable", 1);
    is_encrypted("host=" NAME, "false");
}
END_TEST

START_TEST(on_this_machine_no_certificate_is_needed)
{
    char socket[PATH_MAX + 32];
    is_encrypted("sslrootcert=/nowhere/root.crt sslmode=disable", "false");
    is_encrypted("host=localhost", "true"); /* libpq prefers it */
    snprintf(socket, sizeof socket, "hostaddr='' host='%s'", place);
    is_encrypted(socket, "false");
}
END_TEST

START_TEST(handles_and_migrations_keep_to_it)
{
    kl_error *error = NULL;
    kl *handle = NULL;
    char text[PATH_MAX];
    const char *const form = "postgresql://kloyst_admin@" NAME "/postgres?hostaddr=%s&sslrootcert=%s";
    snprintf(text, sizeof text, form, address, WRONG_CERTIFICATE);
    ck_fails(KL_ERR_CONNECT, kl_migrate(text, &error));
    snprintf(text, sizeof text, form, address, CERTIFICATE);
    ck_ok(kl_migrate(text, &error));
    ck_ok(kl_open(text, NULL, &handle, &error));
    ck_ok(kl_ping(handle, &error));
    kl_free(handle);
    snprintf(text, sizeof text, form, address, WRONG_CERTIFICATE);
    ck_fails(KL_ERR_CONNECT, kl_open(text, NULL, &handle, &error));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("server over TLS");
    TCase *all = tcase_create("all");
    tcase_add_test(all, a_server_elsewhere_that_proves_its_name_is_used);
    tcase_add_test(all, one_that_does_not_is_refused);
    tcase_add_test(all, whoever_says_how_is_obeyed);
    tcase_add_test(all, on_this_machine_no_certificate_is_needed);
    tcase_add_test(all, handles_and_migrations_keep_to_it);
    tcase_set_timeout(all, 60);
    suite_add_tcase(suite, all);
    unsetenv("PGSSLMODE");
    start_server();
    return suite_run(suite);
}
