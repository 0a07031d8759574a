/* kloyst webhook serve, over HTTP: what Meta and Razorpay post, what strangers try, and how it ends. */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crypto/hmac.h"
#include "harness/fixture.h"
#include "harness/program.h"
#include "harness/refused.h"
#include "harness/server.h"
#include "harness/suite.h"

static pid_t child;
static int child_output;
static char base[100];
static char answer[2000];

static void serve(const char *const *arguments)
{
    const char *all[20] = {"webhook", "serve", "--listen", "127.0.0.1:0", "--json"};
    int count = 5;
    for (int i = 0; arguments && arguments[i]; i++)
        all[count++] = arguments[i];
    setenv("KLOYST_VERIFY_TOKEN", "the verify token", 1);
    child_output = program_start(&child, all);
    const char *line = program_line(child_output);
    ck_assert_msg(sscanf(line, "{\"listening\":\"%99[^\"]\"}", base) == 1, "%s", line);
}

static const char *stop(void)
{
    ck_assert_int_eq(program_wait(child, SIGTERM), 0);
    return program_line(child_output);
}

static size_t take_answer(char *bytes, size_t size, size_t count, void *unused)
{
    size_t room = sizeof answer - 1 - strlen(answer);
    (void)unused;
    strncat(answer, bytes, size * count < room ? size * count : room);
    return size * count;
}

/* Answers the HTTP status; 0: none. `body` NULL: GET. `header` may be NULL. */
static long request(const char *path, const char *body, size_t length, const char *header)
{
    char url[600];
    long code = 0;
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (header)
        headers = curl_slist_append(headers, header);
    snprintf(url, sizeof url, "%s%s", base, path);
    if (strncmp(base, "unix:", 5) == 0) {
        snprintf(url, sizeof url, "http://localhost%s", path);
        curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, base + 5);
    }
    answer[0] = '\0';
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
    if (body) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)length);
    }
    if (curl_easy_perform(curl) == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return code;
}

/* As Meta posts it. */
static long post(const char *body)
{
    char header[200];
    snprintf(header, sizeof header, "x-hub-signature-256: %s", refused_signature(body, strlen(body)));
    return request("/webhook", body, strlen(body), header);
}

/* One who listens to impatiently may be too slow for it now and then. */
static void ck_is_served(void)
{
    long code = 0;
    for (int i = 0; i < 30 && code != 200; i++)
        code = post("{}");
    ck_assert_int_eq(code, 200);
}

static void ck_count(const char *sql, const char *expected)
{
    char *found = NULL;
    for (int i = 0; i < 1200; i++) {
        free(found);
        found = harness_query_text(fixture.admin, sql);
        if (strcmp(found, expected) == 0)
            break;
        usleep(50000);
    }
    ck_assert_str_eq(found, expected);
    free(found);
}

static const char inbound[] =
    "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"102290129340398\",\"changes\":[{\"value\":{\"messaging_product\":"
    "\"whatsapp\",\"metadata\":{\"display_phone_number\":\"15550783881\",\"phone_number_id\":\"106540352242922\"},\"contacts\":[{\"profile\":"
    "{\"name\":\"A\"},\"wa_id\":\"16505551234\"}],\"messages\":[{\"from\":\"16505551234\",\"id\":\"wamid.IN1\",\"timestamp\":\"1750030000\","
    "\"text\":{\"body\":\"Hello\"},\"type\":\"text\"}]},\"field\":\"messages\"}]}]}";

START_TEST(what_meta_posts_is_stored_and_folded)
{
    kl_uuid vendor = fixture_vendor("A", 0);
    fixture_waba(&vendor, "106540352242922");
    serve(NULL);
    ck_assert_int_eq(post(inbound), 200);
    ck_count("SELECT count(*)::text FROM kloyst.message_log", "1");
    ck_assert_int_eq(post(inbound), 200);
    ck_assert_int_eq(request("/healthz", NULL, 0, NULL), 200);
    const char *told = stop();
    ck_assert_msg(strcmp(told, "{\"taken\":2,\"refused\":0,\"failed\":0}") == 0, "%s", told);
}
END_TEST

START_TEST(the_handshake_is_answered_for_the_token_alone)
{
    serve((const char *const[]){"--no-fold", "--path", "/meta", NULL});
    ck_assert_int_eq(request("/meta?hub.mode=subscribe&hub.verify_token=the%20verify%20token&hub.challenge=1158201444", NULL, 0, NULL), 200);
    ck_assert_str_eq(answer, "1158201444");
    ck_assert_int_eq(request("/meta?hub.mode=subscribe&hub.verify_token=other&hub.challenge=1158201444", NULL, 0, NULL), 403);
    ck_assert_str_eq(answer, "");
    ck_assert_int_eq(request("/meta?hub.mode=subscribe&hub.verify_token=the%20verify%20token", NULL, 0, NULL), 403);
    ck_assert_int_eq(request("/meta", NULL, 0, NULL), 403);
    ck_assert_int_eq(request("/webhook", NULL, 0, NULL), 404);
    stop();
}
END_TEST

START_TEST(strangers_are_refused_and_leave_nothing)
{
    static char large[(3 << 20) + 2];
    memset(large, ' ', sizeof large - 1);
    memcpy(large, "{}", 2);
    serve((const char *const[]){"--no-fold", NULL});
    ck_assert_int_eq(request("/webhook", "{}", 2, NULL), 401);
    ck_assert_int_eq(request("/webhook", "{}", 2, "X-Hub-Signature-256: sha256=00"), 401);
    ck_assert_int_eq(request("/webhook", "", 0, NULL), 401);
    ck_assert_int_eq(post("nonsense"), 400);
    ck_assert_int_eq(request("/webhook", large, sizeof large - 1, NULL), 413);
    /* Without a length that could be judged before. */
    ck_assert_int_eq(request("/webhook", large, sizeof large - 1, "Transfer-Encoding: chunked"), 413);
    ck_assert_int_eq(request("/other", "{}", 2, NULL), 404);
    ck_assert_int_eq(request("/razorpay", "{}", 2, NULL), 404);
    ck_count("SELECT count(*)::text FROM kloyst.webhook_inbox", "0");
    large[3 << 20] = '\0';
    ck_assert_int_eq(post(large), 200); /* the largest that Meta posts */
    ck_count("SELECT count(*)::text FROM kloyst.webhook_inbox", "1");
    const char *told = stop();
    ck_assert_msg(strcmp(told, "{\"taken\":1,\"refused\":8,\"failed\":0}") == 0, "%s", told);
}
END_TEST

START_TEST(razorpay_is_served_beside_meta_when_its_secret_is_there)
{
    static const char body[] = "{\"event\":\"order.paid\"}";
    uint8_t mac[32];
    char header[200], *end = header + sprintf(header, "X-Razorpay-Signature: ");
    setenv("KLOYST_RAZORPAY_SECRET", "rzp", 1);
    ck_assert(hmac_sha256("rzp", 3, body, strlen(body), mac));
    for (int i = 0; i < 32; i++)
        end += sprintf(end, "%02x", mac[i]);
    sprintf(end, "\r\nx-razorpay-event-id: evt_1");
    serve((const char *const[]){"--no-fold", NULL});
    ck_assert_int_eq(request("/razorpay", body, strlen(body), header), 200);
    ck_assert_int_eq(request("/razorpay", body, strlen(body), "x-razorpay-event-id: evt_2"), 401);
    ck_count("SELECT count(*)::text FROM kloyst.razorpay_inbox", "1");
    stop();
    unsetenv("KLOYST_RAZORPAY_SECRET");
}
END_TEST

START_TEST(a_unix_socket_is_made_and_removed)
{
    char place[300], option[320];
    snprintf(place, sizeof place, "%s/kl-%ld.sock", harness_temporary(), (long)getpid());
    snprintf(option, sizeof option, "unix:%s", place);
    const char *const arguments[] = {"webhook", "serve", "--listen", option, "--no-fold", "--json", NULL};
    for (int i = 0; i < 2; i++) {
        child_output = program_start(&child, arguments);
        ck_assert_int_eq(sscanf(program_line(child_output), "{\"listening\":\"%99[^\"]\"}", base), 1);
        ck_assert_int_eq(post("{}"), 200);
        ck_assert_int_eq(program_run(NULL, arguments), 6); /* somebody listens there */
        if (i == 0) {
            /* Killed, it leaves a socket that the next one replaces. */
            kill(child, SIGKILL);
            ck_assert_int_eq(waitpid(child, NULL, 0), child);
            ck_assert_int_eq(access(place, F_OK), 0);
        }
    }
    stop();
    ck_assert_int_ne(access(place, F_OK), 0);
}
END_TEST

START_TEST(only_loopback_is_listened_on)
{
    ck_run(2, "webhook", "serve", "--listen", "0.0.0.0:8480");
    ck_complains("a proxy on this machine");
    ck_run(2, "webhook", "serve", "--listen", "192.0.2.1:80");
    ck_run(2, "webhook", "serve", "--listen", "[::]:80");
    ck_run(2, "webhook", "serve", "--listen", "8480");
    ck_run(2, "webhook", "serve", "--path", "webhook");
}
END_TEST

/* Connects and sends the beginning of a request. */
static int half_request(const char *bytes)
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    const char *colon = strrchr(base, ':');
    name.sin_port = htons((uint16_t)atoi(colon + 1));
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(connection, (struct sockaddr *)&name, sizeof name), 0);
    ck_assert_int_eq(write(connection, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
    return connection;
}

/* Whether the server ends a connection, to which a byte is sent now and then, within a minute. */
static bool ends(int connection, const char *drip)
{
    struct timeval wait = {0, 200000};
    char byte;
    time_t until = time(NULL) + 60;
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    while (time(NULL) <= until) {
        if (drip)
            send(connection, drip, strlen(drip), MSG_NOSIGNAL);
        ssize_t got = recv(connection, &byte, 1, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK))
            return true;
    }
    return false;
}

START_TEST(who_is_silent_or_slow_is_ended)
{
    serve((const char *const[]){"--no-fold", "--timeout-seconds", "1", NULL});
    int silent = half_request("");
    ck_assert(ends(silent, NULL));
    /* Who sends a byte now and then is not silent. */
    int slow = half_request("POST /webhook HTTP/1.1\r\nHost: a\r\n");
    ck_assert(ends(slow, "a"));
    int body = half_request("POST /webhook HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
    ck_assert(ends(body, "a"));
    ck_is_served();
    close(silent);
    close(slow);
    close(body);
    stop();
}
END_TEST

START_TEST(more_connections_than_allowed_do_not_stop_it)
{
    enum { MANY = 40 };
    int held[MANY];
    serve((const char *const[]){"--no-fold", "--max-connections", "12", "--timeout-seconds", "2", NULL});
    for (int i = 0; i < MANY; i++)
        held[i] = half_request("POST /webhook HTTP/1.1\r\n");
    for (int i = 0; i < MANY; i++)
        ck_assert(ends(held[i], NULL));
    ck_is_served();
    for (int i = 0; i < MANY; i++)
        close(held[i]);
    stop();
}
END_TEST

START_TEST(a_request_under_way_is_answered_before_it_ends)
{
    char request_text[600], got[200] = "";
    serve((const char *const[]){"--no-fold", "--timeout-seconds", "120", NULL});
    snprintf(request_text, sizeof request_text,
             "POST /webhook HTTP/1.1\r\nHost: a\r\nX-Hub-Signature-256: %s\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
             refused_signature("{}", 2));
    int connection = half_request(request_text);
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    ck_assert_int_eq(recv(connection, got, sizeof go_on - 1, MSG_WAITALL), (ssize_t)sizeof go_on - 1);
    ck_assert_mem_eq(got, go_on, sizeof go_on - 1);
    memset(got, 0, sizeof got);
    ck_assert_int_eq(write(connection, "{", 1), 1);
    ck_assert_int_eq(kill(child, SIGTERM), 0);
    usleep(300000); /* it is about to end */
    ck_assert_int_eq(write(connection, "}", 1), 1);
    for (ssize_t length = 0, more; (more = read(connection, got + length, sizeof got - 1 - (size_t)length)) > 0;)
        length += more;
    ck_assert_msg(strncmp(got, "HTTP/1.1 200", 12) == 0, "%s", got);
    close(connection);
    ck_assert_int_eq(program_wait(child, 0), 0);
    ck_count("SELECT count(*)::text FROM kloyst.webhook_inbox", "1");
}
END_TEST

START_TEST(without_its_secrets_it_does_not_start)
{
    setenv("KLOYST_MASTER_KEY", "", 1);
    ck_run(5, "webhook", "serve", "--listen", "127.0.0.1:0");
    unsetenv("KLOYST_MASTER_KEY");
}
END_TEST

START_TEST(what_was_stored_is_folded_replayed_and_told_by_the_other_commands)
{
    kl_uuid vendor = fixture_vendor("A", 0);
    fixture_waba(&vendor, "106540352242922");
    serve((const char *const[]){"--no-fold", NULL});
    ck_assert_int_eq(post(inbound), 200);
    ck_assert_int_eq(post("{\"object\":\"nothing we know\"}"), 200);
    stop();
    ck_run(0, "webhook", "stats", "--json");
    ck_says("{\"waiting\":2,");
    ck_run(0, "webhook", "fold", "--json");
    ck_says("{\"bodies\":2,\"statuses\":0,\"inbound\":1,");
    ck_run(0, "webhook", "aside", "--json");
    program_json_lines();
    ck_run(0, "webhook", "replay", "--since", "2026-01-01", "--json");
    ck_says("{\"bodies\":2}");
    ck_run(0, "housekeep", "--fold-webhooks", "--json");
    ck_run(0, "webhook", "stats", "--json");
    ck_says("{\"waiting\":0,");
    ck_count("SELECT count(*)::text FROM kloyst.message_log", "1");
    ck_run(0, "webhook", "retain", "0", "--json");
    ck_run(0, "webhook", "replay", "--json");
    ck_says("{\"bodies\":0}");
    ck_run(0, "metrics");
    ck_says("kloyst_webhooks_waiting");
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("cli_serve");
    TCase *test_case = fixture_case("cli_serve");
    tcase_add_test(test_case, what_meta_posts_is_stored_and_folded);
    tcase_add_test(test_case, the_handshake_is_answered_for_the_token_alone);
    tcase_add_test(test_case, strangers_are_refused_and_leave_nothing);
    tcase_add_test(test_case, razorpay_is_served_beside_meta_when_its_secret_is_there);
    tcase_add_test(test_case, a_unix_socket_is_made_and_removed);
    tcase_add_test(test_case, only_loopback_is_listened_on);
    tcase_add_test(test_case, who_is_silent_or_slow_is_ended);
    tcase_add_test(test_case, more_connections_than_allowed_do_not_stop_it);
    tcase_add_test(test_case, a_request_under_way_is_answered_before_it_ends);
    tcase_add_test(test_case, without_its_secrets_it_does_not_start);
    tcase_add_test(test_case, what_was_stored_is_folded_replayed_and_told_by_the_other_commands);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
