/* Promises of workers about the network: a proxy is used and trusted with nothing, and thousands of connections cost what they must. */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "standin/standin.h"

enum { MESSAGES = 60, PRICE = 8631 };
#define HOST "graph.example.com" /* of the certificate tests/data/tls/other; nobody asks a name server for it */

static standin judge;
static kl_uuid vendor, waba, campaign;

static kl_uuid enqueue(int contacts)
{
    kl_error *error = NULL;
    fixture_contacts(&vendor, contacts);
    kl_uuid id = sent_campaign(&vendor, &waba, PRICE);
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor, &id, 0, NULL, &error));
    return id;
}

static void open_vendor(void)
{
    kl_error *error = NULL;
    fixture_open();
    vendor = fixture_vendor("A", 1000000000);
    waba = fixture_waba(&vendor, "106540352242922");
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &waba, 1000, &error));
}

static void close_vendor(void)
{
    if (judge.pid)
        ck_assert_int_eq(standin_stop(&judge), 0);
    fixture_close();
}

/* ---- a proxy that knows one way: CONNECT to the stand-in, whatever host is asked for ------------------ */

typedef enum way { TUNNEL, REFUSE, DROP } way;

static struct {
    int port;
    way way;
    pthread_mutex_t lock;
    int connects;
    bool other_hosts; /* it was asked for something else */
} proxy = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int listen_or_connect(int port, bool listening)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (listening)
        ck_assert(bind(fd, (struct sockaddr *)&address, length) == 0 && listen(fd, 100) == 0 &&
                  getsockname(fd, (struct sockaddr *)&address, &length) == 0);
    else
        ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, length), 0);
    if (listening)
        proxy.port = ntohs(address.sin_port);
    return fd;
}

static bool copy(int from, int to)
{
    char bytes[16384];
    ssize_t count = read(from, bytes, sizeof bytes);
    for (ssize_t done = 0; done < count;) {
        ssize_t written = send(to, bytes + done, (size_t)(count - done), MSG_NOSIGNAL);
        if (written <= 0)
            return false;
        done += written;
    }
    return count > 0;
}

static void pump(int client)
{
    int server = listen_or_connect(judge.port, false);
    struct pollfd both[2] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
    for (bool open = true; open && poll(both, 2, -1) > 0;) {
        if (both[0].revents)
            open = copy(client, server);
        if (open && both[1].revents)
            open = copy(server, client);
    }
    close(server);
}

static void answer(int client, const char *text)
{
    ck_assert_int_eq(send(client, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static void *serve_client(void *context)
{
    int client = (int)(intptr_t)context;
    char head[4096] = "";
    for (size_t length = 0; !strstr(head, "\r\n\r\n") && length < sizeof head - 1;) {
        ssize_t count = read(client, head + length, sizeof head - 1 - length);
        if (count <= 0)
            break;
        head[length += (size_t)count] = '\0';
    }
    if (!*head) { /* it thought better of it */
        close(client);
        return NULL;
    }
    bool meant = strncmp(head, "CONNECT " HOST ":443 HTTP/1.1\r\n", strlen("CONNECT " HOST ":443 HTTP/1.1\r\n")) == 0;
    pthread_mutex_lock(&proxy.lock);
    proxy.connects++;
    proxy.other_hosts |= !meant || strstr(head, "Bearer");
    pthread_mutex_unlock(&proxy.lock);
    if (proxy.way == REFUSE)
        answer(client, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    else
        answer(client, "HTTP/1.1 200 Connection established\r\n\r\n");
    if (proxy.way == TUNNEL)
        pump(client);
    close(client);
    return NULL;
}

static void *serve(void *context)
{
    for (int listener = (int)(intptr_t)context;;) {
        pthread_t thread;
        int client = accept(listener, NULL, NULL);
        if (client >= 0 && pthread_create(&thread, NULL, serve_client, (void *)(intptr_t)client) == 0)
            pthread_detach(thread);
    }
    return NULL;
}

/* The test's process ends with it. */
static const char *start_proxy(way way)
{
    static char url[64];
    pthread_t thread;
    proxy.way = way;
    int listener = listen_or_connect(0, true);
    ck_assert_int_eq(pthread_create(&thread, NULL, serve, (void *)(intptr_t)listener), 0);
    pthread_detach(thread);
    snprintf(url, sizeof url, "http://127.0.0.1:%d", proxy.port);
    return url;
}

static kl_status work_at(const char *base_url, const char *proxy_url, kl_error **error)
{
    kl_worker_options options = KL_WORKER_OPTIONS_INIT;
    options.base_url = base_url;
    options.proxy = proxy_url;
    options.ca_file = "tests/data/tls/other.pem";
    options.max_attempts = 2;
    options.connect_timeout_ms = 60000;
    return sent_by_worker(fixture.handle, &options, NULL, error);
}

static void start_far_away(void)
{
    campaign = enqueue(MESSAGES);
    ck_assert_int_eq(standin_start((const char *const[]){"--tls", "tests/data/tls/other", NULL}, &judge), 0);
}

START_TEST(messages_for_a_host_elsewhere_go_through_the_proxy_and_it_sees_none_of_them)
{
    kl_error *error = NULL;
    start_far_away();
    const char *url = start_proxy(TUNNEL);
    if (_i) /* from the environment */
        ck_assert_int_eq(setenv("https_proxy", url, 1), 0);
    ck_ok(work_at("https://" HOST, _i ? NULL : url, &error));
    ck_assert_int_eq(sent_stats(&vendor, &campaign).sent, MESSAGES);
    ck_assert_int_gt(proxy.connects, 0);
    ck_assert(!proxy.other_hosts);
}
END_TEST

START_TEST(nothing_has_left_when_the_proxy_refuses_or_hangs_up)
{
    kl_error *error = NULL;
    start_far_away();
    ck_fails(KL_ERR_HTTP, work_at("https://" HOST, start_proxy(_i ? DROP : REFUSE), &error));
    ck_assert_int_gt(proxy.connects, 0);
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.waiting, MESSAGES);
    ck_assert_int_eq(stats.unknown + stats.failed + stats.accepted, 0);
    proxy.way = TUNNEL;
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d", proxy.port);
    ck_ok(work_at("https://" HOST, url, &error));
    ck_assert_int_eq(sent_stats(&vendor, &campaign).sent, MESSAGES);
}
END_TEST

START_TEST(the_proxy_is_not_asked_for_this_machine)
{
    kl_error *error = NULL;
    campaign = enqueue(MESSAGES);
    ck_assert_int_eq(standin_start(NULL, &judge), 0);
    ck_ok(work_at(judge.base_url, start_proxy(REFUSE), &error));
    ck_assert_int_eq(sent_stats(&vendor, &campaign).sent, MESSAGES);
    ck_assert_int_eq(proxy.connects, 0);
}
END_TEST

/* ---- thousands of connections ---------------------------------------------------------- */

enum { MANY = 1750, CAMPAIGNS = 2, AT_ONCE = 2000, IN_FLIGHT = 1500, KB_EACH = 40 };

static struct {
    int most;
    long resident_at_most; /* KB, when there were most */
    long resident_last;
} seen;

static long resident_kb(void)
{
    char line[200];
    long kb = 0;
    FILE *status = fopen("/proc/self/status", "re");
    while (fgets(line, sizeof line, status) && sscanf(line, "VmRSS: %ld", &kb) != 1)
        ;
    fclose(status);
    return kb;
}

static int watch(void *context, const kl_worker_report *report)
{
    (void)context;
    int now = (int)report->in_flight;
    if (now > seen.most)
        seen.most = now;
    /* Looked at now and then: between the first that many and the last. */
    if (now > IN_FLIGHT && (!seen.resident_at_most || rand() % 16 == 0)) {
        seen.resident_last = resident_kb();
        if (!seen.resident_at_most)
            seen.resident_at_most = seen.resident_last;
    }
    return 0;
}

START_TEST(one_worker_keeps_thousands_of_connections_in_flat_memory)
{
    kl_error *error = NULL;
    kl_worker_report report;
    struct rlimit files;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = files.rlim_max;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
    ck_assert_uint_gt(files.rlim_cur, 2 * AT_ONCE);
    for (int i = 0; i < CAMPAIGNS; i++)
        enqueue(MANY);
    /* At a thousand a second they are as many in two seconds; a machine that is slower by far comes to them before the answers do. */
    ck_assert_int_eq(standin_start((const char *const[]){"--latency-ms", "6000", NULL}, &judge), 0);
    long before = resident_kb();
    kl_worker_options options = KL_WORKER_OPTIONS_INIT;
    options.base_url = judge.base_url;
    options.max_in_flight = AT_ONCE;
    options.request_timeout_ms = options.connect_timeout_ms = 120000;
    options.progress = watch;
    ck_ok(sent_by_worker(fixture.handle, &options, &report, &error));
    ck_assert_int_eq(report.accepted, CAMPAIGNS * MANY);
    ck_assert_int_eq(standin_stat(&judge, "accepted"), CAMPAIGNS * MANY);
    printf("%d connections, %ld KB before, %ld with most, %ld at the end\n", seen.most, before, seen.resident_at_most,
           seen.resident_last);
    ck_assert_int_gt(seen.most, IN_FLIGHT);
#if !defined(__SANITIZE_ADDRESS__) /* which keeps what was freed */
    ck_assert_int_lt(seen.resident_at_most - before, (long)seen.most * KB_EACH);
    ck_assert_int_lt(seen.resident_last - seen.resident_at_most, 16 * 1024);
#endif
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("worker and network");
    TCase *test_case = tcase_create("network");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_vendor, close_vendor);
    tcase_set_timeout(test_case, 60);
    tcase_add_loop_test(test_case, messages_for_a_host_elsewhere_go_through_the_proxy_and_it_sees_none_of_them, 0, 2);
    tcase_add_loop_test(test_case, nothing_has_left_when_the_proxy_refuses_or_hangs_up, 0, 2);
    tcase_add_test(test_case, the_proxy_is_not_asked_for_this_machine);
    tcase_add_test(test_case, one_worker_keeps_thousands_of_connections_in_flat_memory);
    suite_add_tcase(suite, test_case);
    return suite_run(suite);
}
