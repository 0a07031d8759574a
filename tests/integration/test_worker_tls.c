/* Promises of workers over TLS: only a server that proves who it is gets a token or a message; HTTP/2 where it is spoken. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "standin/standin.h"

enum { MESSAGES = 60, PRICE = 8631 };

static standin judge;
static kl_uuid vendor, waba, campaign;
static char url[64];

static void open_campaign(void)
{
    kl_error *error = NULL;
    fixture_open();
    vendor = fixture_vendor("A", 10000000);
    waba = fixture_waba(&vendor, "106540352242922");
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, 1000, &error));
    fixture_contacts(&vendor, MESSAGES);
    campaign = sent_campaign(&vendor, &waba, PRICE);
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor, &campaign, 0, NULL, &error));
}

static void close_campaign(void)
{
    if (judge.pid)
        ck_assert_int_eq(standin_stop(&judge), 0);
    fixture_close();
}

static void serve(const char *certificate)
{
    ck_assert_int_eq(standin_start((const char *const[]){"--tls", certificate, NULL}, &judge), 0);
    snprintf(url, sizeof url, "https://localhost:%d", judge.port);
}

static kl_status work(const char *ca_file, kl_worker_report *report, kl_error **error)
{
    kl_worker_options options = KL_WORKER_OPTIONS_INIT;
    options.base_url = url;
    options.ca_file = ca_file;
    options.max_attempts = 2;
    options.connect_timeout_ms = 60000;
    return sent_by_worker(fixture.handle, &options, report, error);
}

static void nothing_left(void)
{
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.waiting, MESSAGES);
    ck_assert_int_eq(stats.unknown + stats.failed + stats.accepted, 0);
}

START_TEST(messages_go_to_a_server_whose_certificate_is_trusted)
{
    kl_error *error = NULL;
    kl_worker_report report;
    serve("tests/data/tls/good");
    ck_ok(work("tests/data/tls/good.pem", &report, &error));
    ck_assert_int_eq(report.accepted, MESSAGES);
    ck_assert_int_eq(sent_stats(&vendor, &campaign).sent, MESSAGES);
}
END_TEST

START_TEST(a_server_that_nobody_vouches_for_gets_nothing)
{
    kl_error *error = NULL;
    serve("tests/data/tls/good");
    ck_fails(KL_ERR_HTTP, work(NULL, NULL, &error));
    nothing_left();
    ck_ok(work("tests/data/tls/good.pem", NULL, &error));
    ck_assert_int_eq(sent_stats(&vendor, &campaign).sent, MESSAGES);
}
END_TEST

START_TEST(a_server_with_the_certificate_of_another_host_gets_nothing)
{
    kl_error *error = NULL;
    serve("tests/data/tls/other");
    ck_fails(KL_ERR_HTTP, work("tests/data/tls/other.pem", NULL, &error));
    nothing_left();
}
END_TEST

/* ---- HTTP/2: nghttpx in front of the stand-in ----------------------------------------- */

static char log_path[64];

static int local_socket(int port, bool bind_it)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    const struct sockaddr *where = (const struct sockaddr *)&address;
    if ((bind_it ? bind(fd, where, sizeof address) : connect(fd, where, sizeof address)) == 0)
        return fd;
    close(fd);
    return -1;
}

/* One that nobody is given by the system: it says none of these unasked. */
static int free_port(void)
{
    static int tried;
    for (; tried < 10000; tried++) {
        int port = 10000 + (int)((unsigned)getpid() * 7 + (unsigned)tried) % 20000, fd = local_socket(port, true);
        if (fd < 0)
            continue;
        close(fd);
        tried++;
        return port;
    }
    ck_abort_msg("no port is free");
    return 0;
}

/* The front's process, 0 when somebody else took the port; requests are in log_path, a line each. */
static pid_t front(int port)
{
    char frontend[64], backend[64], accesslog[100];
    snprintf(log_path, sizeof log_path, "/tmp/kl-front-%ld", (long)getpid());
    snprintf(frontend, sizeof frontend, "--frontend=127.0.0.1,%d", port);
    snprintf(backend, sizeof backend, "--backend=127.0.0.1,%d", judge.port);
    snprintf(accesslog, sizeof accesslog, "--accesslog-file=%s", log_path);
    char *const arguments[] = {"nghttpx",   "--conf=/dev/null", "--workers=1", "--accesslog-format=$request", accesslog, frontend, backend,
                               "--errorlog-file=/dev/null", "tests/data/tls/good.key", "tests/data/tls/good.pem", NULL};
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        setenv("PATH", "/usr/bin:/bin:/usr/sbin:/sbin", 1);
        execvp(arguments[0], arguments);
        _exit(127);
    }
    for (int i = 0, fd; i < 1200; i++) {
        if (waitpid(pid, NULL, WNOHANG) == pid)
            return 0;
        if ((fd = local_socket(port, false)) >= 0) {
            close(fd);
            return pid;
        }
        nanosleep(&(struct timespec){0, 50000000}, NULL);
    }
    ck_abort_msg("nghttpx does not listen");
    return 0;
}

START_TEST(http_2_is_spoken_with_a_server_that_speaks_it)
{
    kl_error *error = NULL;
    int port = 0, requests = 0;
    pid_t pid = 0;
    char line[400];
    ck_assert_int_eq(standin_start(NULL, &judge), 0);
    for (int i = 0; i < 5 && !pid; i++) {
        port = free_port();
        pid = front(port);
    }
    ck_assert_int_gt(pid, 0);
    snprintf(url, sizeof url, "https://localhost:%d", port);
    ck_ok(work("tests/data/tls/good.pem", NULL, &error));
    ck_assert_int_eq(sent_stats(&vendor, &campaign).sent, MESSAGES);
    kill(pid, SIGTERM);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    FILE *log = fopen(log_path, "re");
    ck_assert_ptr_nonnull(log);
    for (; fgets(line, sizeof line, log); requests++)
        ck_assert_msg(strstr(line, "HTTP/2") != NULL, "%s", line);
    fclose(log);
    unlink(log_path);
    ck_assert_int_eq(requests, MESSAGES);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("worker over TLS");
    TCase *test_case = tcase_create("tls");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_campaign, close_campaign);
    tcase_set_timeout(test_case, 60);
    tcase_add_test(test_case, messages_go_to_a_server_whose_certificate_is_trusted);
    tcase_add_test(test_case, a_server_that_nobody_vouches_for_gets_nothing);
    tcase_add_test(test_case, a_server_with_the_certificate_of_another_host_gets_nothing);
    tcase_add_test(test_case, http_2_is_spoken_with_a_server_that_speaks_it);
    suite_add_tcase(suite, test_case);
    return suite_run(suite);
}
