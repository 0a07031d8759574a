/* The stand-in for Meta's Graph API, driven over HTTP: it must judge, answer and report as Meta does. */
#include "harness/suite.h"

#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <time.h>

#include "standin/standin.h"
#include "standin/webhook_receiver.h"

#define PATH "/v25.0/106540352242922/messages"

/* --- a sender --- */

typedef struct reply {
    CURLcode transfer;
    long status;
    int code; /* error code in the body; 0 = none */
    char id[80], wa_id[24], message_status[16];
    char body[4096];
} reply;

static standin judge;
static long patience_ms = 60000;

static size_t collect(char *bytes, size_t size, size_t count, void *into)
{
    reply *out = into;
    size_t used = strlen(out->body);
    if (used + size * count < sizeof out->body)
        memcpy(out->body + used, bytes, size * count);
    return size * count;
}

static void read_reply(reply *out)
{
    cJSON *root = cJSON_Parse(out->body);
    const cJSON *error = cJSON_GetObjectItem(root, "error");
    const cJSON *message = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "messages"), 0);
    if (error)
        out->code = cJSON_GetObjectItem(error, "code")->valueint;
    snprintf(out->id, sizeof out->id, "%s", string_at(message, "id"));
    snprintf(out->message_status, sizeof out->message_status, "%s", string_at(message, "message_status"));
    snprintf(out->wa_id, sizeof out->wa_id, "%s",
             string_at(cJSON_GetArrayItem(cJSON_GetObjectItem(root, "contacts"), 0), "wa_id"));
    cJSON_Delete(root);
}

static reply post(const char *path, const char *authorization, const char *type, const char *body)
{
    reply out = {0};
    char url[256];
    snprintf(url, sizeof url, "%s%s", judge.base_url, path);
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, type);
    headers = curl_slist_append(headers, authorization);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, patience_ms);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &out);
    out.transfer = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out.status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    read_reply(&out);
    return out;
}

static reply post_body(const char *body)
{
    return post(PATH, "Authorization: Bearer good", "Content-Type: application/json", body);
}

#define TEMPLATE_TO(to, tracker, parameters)                                                                          \
    "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"to\":\"" to "\",\"type\":\"template\","   \
    "\"biz_opaque_callback_data\":\"" tracker "\",\"template\":{\"name\":\"diwali\","                                  \
    "\"language\":{\"code\":\"en_US\"},\"components\":[{\"type\":\"body\",\"parameters\":[" parameters "]}]}}"
#define ONE_PARAMETER "{\"type\":\"text\",\"text\":\"Neha\"}"

static reply send_to(uint64_t to)
{
    char body[1024];
    snprintf(body, sizeof body, TEMPLATE_TO("+%" PRIu64, "t%" PRIu64, ONE_PARAMETER), to, to);
    return post_body(body);
}

static void start(const char *const *arguments)
{
    ck_assert_int_eq(standin_start(arguments, &judge), 0);
}

/* Starts the receiver and the judge with these extra arguments. */
static void start_with_webhooks(const char *const *extra)
{
    const char *arguments[40] = {"--webhook-url", NULL, "--app-secret", SECRET, "--linger-ms", "5", "--retry-ms", "10"};
    receiver_start();
    arguments[1] = receiver.url;
    for (size_t at = 0; extra[at]; at++)
        arguments[8 + at] = extra[at];
    start(arguments);
}

static void flush(void)
{
    char *body = standin_post(&judge, "/_standin/flush", NULL);
    ck_assert_ptr_nonnull(body);
    free(body);
}

static void stop(void)
{
    ck_assert_int_eq(standin_stop(&judge), 0);
    if (receiver.server)
        MHD_stop_daemon(receiver.server);
    receiver.server = NULL;
}

/* What GET /_standin/fate predicts: the text after "fate":". */
static bool fated(uint64_t to, unsigned attempt, const char *kind)
{
    char path[128], want[32];
    snprintf(path, sizeof path, "/_standin/fate?to=%" PRIu64 "&attempt=%u", to, attempt);
    snprintf(want, sizeof want, "\"fate\":\"%s\"", kind);
    char *body = standin_get(&judge, path);
    ck_assert_ptr_nonnull(body);
    bool found = strstr(body, want) != NULL;
    free(body);
    return found;
}

/* --- the promises --- */

START_TEST(a_good_template_is_accepted_and_answered_as_meta_does)
{
    start(NULL);
    reply got = send_to(919800000001);
    ck_assert_int_eq(got.status, 200);
    ck_assert_str_eq(got.wa_id, "919800000001");
    ck_assert_str_eq(got.message_status, "accepted");
    ck_assert_int_eq(strncmp(got.id, "wamid.", 6), 0);
    reply again = send_to(919800000001);
    ck_assert_str_ne(got.id, again.id);
    ck_assert_int_eq(standin_stat(&judge, "accepted"), 2);
    ck_assert_int_eq(standin_stat(&judge, "duplicate_to"), 1);
    reply text = post_body("{\"messaging_product\":\"whatsapp\",\"to\":\"+5511987654321\",\"type\":\"text\","
                           "\"text\":{\"body\":\"hi\"}}");
    ck_assert_int_eq(text.status, 200);
    ck_assert_str_eq(text.wa_id, "551187654321");
    ck_assert_str_eq(text.message_status, "");
    stop();
}
END_TEST

static const struct {
    const char *what, *body;
    int code;
} bad_bodies[] = {
    {"no plus", TEMPLATE_TO("919800000001", "t", ONE_PARAMETER), 131009},
    {"leading zero", TEMPLATE_TO("+0919800000001", "t", ONE_PARAMETER), 131009},
    {"blank in number", TEMPLATE_TO("+91 9800000001", "t", ONE_PARAMETER), 131009},
    {"too long a number", TEMPLATE_TO("+9198000000011234", "t", ONE_PARAMETER), 131009},
    {"empty parameter", TEMPLATE_TO("+919800000001", "t", "{\"type\":\"text\",\"text\":\"\"}"), 131008},
    {"line break", TEMPLATE_TO("+919800000001", "t", "{\"type\":\"text\",\"text\":\"a\\nb\"}"), 132018},
    {"five blanks", TEMPLATE_TO("+919800000001", "t", "{\"type\":\"text\",\"text\":\"a     b\"}"), 132018},
    {"unknown parameter", TEMPLATE_TO("+919800000001", "t", "{\"type\":\"texts\",\"texts\":\"a\"}"), 131009},
    {"number as text", TEMPLATE_TO("+919800000001", "t", "{\"type\":\"text\",\"text\":5}"), 100},
    {"mixed names", TEMPLATE_TO("+919800000001", "t",
                                "{\"type\":\"text\",\"parameter_name\":\"a\",\"text\":\"x\"}," ONE_PARAMETER), 132012},
    {"name twice", TEMPLATE_TO("+919800000001", "t", "{\"type\":\"text\",\"parameter_name\":\"a\",\"text\":\"x\"},"
                               "{\"type\":\"text\",\"parameter_name\":\"a\",\"text\":\"y\"}"), 132012},
    {"wrong count", TEMPLATE_TO("+919800000001", "t", ONE_PARAMETER "," ONE_PARAMETER), 132000},
    {"empty", "", 100},
    {"array", "[]", 100},
    {"rubbish behind", TEMPLATE_TO("+919800000001", "t", ONE_PARAMETER) "x", 100},
    {"bare line break", TEMPLATE_TO("+919800000001", "a\nb", ONE_PARAMETER), 100},
    {"broken UTF-8", TEMPLATE_TO("+919800000001", "a\xC3(", ONE_PARAMETER), 100},
    {"NUL", TEMPLATE_TO("+919800000001", "a\\u0000b", ONE_PARAMETER), 100},
    {"no product", "{\"to\":\"+919800000001\",\"type\":\"text\",\"text\":{\"body\":\"x\"}}", 100},
    {"no text", "{\"messaging_product\":\"whatsapp\",\"to\":\"+919800000001\",\"type\":\"text\"}", 131008},
    {"empty text", "{\"messaging_product\":\"whatsapp\",\"to\":\"+919800000001\",\"type\":\"text\","
                   "\"text\":{\"body\":\"\"}}", 131008},
    {"unknown key", "{\"messaging_product\":\"whatsapp\",\"to\":\"+919800000001\",\"type\":\"text\","
                    "\"text\":{\"body\":\"x\"},\"campaign\":1}", 100},
    {"key twice", "{\"messaging_product\":\"whatsapp\",\"to\":\"+919800000001\",\"to\":\"+919800000002\","
                  "\"type\":\"text\",\"text\":{\"body\":\"x\"}}", 100},
    {"other type", "{\"messaging_product\":\"whatsapp\",\"to\":\"+919800000001\",\"type\":\"pigeon\"}", 131051},
    {"no sticker", "{\"messaging_product\":\"whatsapp\",\"to\":\"+919800000001\",\"type\":\"sticker\"}", 131008},
    {"sticker with a caption", "{\"messaging_product\":\"whatsapp\",\"to\":\"+919800000001\",\"type\":\"sticker\","
                               "\"sticker\":{\"id\":\"1\",\"caption\":\"x\"}}", 100},
    {"two contents", "{\"messaging_product\":\"whatsapp\",\"to\":\"+919800000001\",\"type\":\"sticker\","
                     "\"sticker\":{\"id\":\"1\"},\"text\":{\"body\":\"x\"}}", 100},
    {"id and link", "{\"messaging_product\":\"whatsapp\",\"to\":\"+919800000001\",\"type\":\"image\","
                    "\"image\":{\"id\":\"1\",\"link\":\"https://a\"}}", 100},
    {"no buttons", "{\"messaging_product\":\"whatsapp\",\"to\":\"+919800000001\",\"type\":\"interactive\","
                   "\"interactive\":{\"type\":\"button\",\"body\":{\"text\":\"x\"},\"action\":{\"buttons\":[]}}}", 131009},
    {"no rows", "{\"messaging_product\":\"whatsapp\",\"to\":\"+919800000001\",\"type\":\"interactive\",\"interactive\":"
                "{\"type\":\"list\",\"body\":{\"text\":\"x\"},\"action\":{\"button\":\"b\",\"sections\":[]}}}", 131009},
    {"unknown template", "{\"messaging_product\":\"whatsapp\",\"to\":\"+919800000001\",\"type\":\"template\","
                         "\"template\":{\"name\":\"holi\",\"language\":{\"code\":\"en_US\"}}}", 132001},
    {"no language", "{\"messaging_product\":\"whatsapp\",\"to\":\"+919800000001\",\"type\":\"template\","
                    "\"template\":{\"name\":\"diwali\"}}", 131008},
};

START_TEST(a_bad_request_is_refused_with_metas_code)
{
    const char *const arguments[] = {"--template", "diwali:en_US:1", NULL};
    start(arguments);
    for (size_t at = 0; at < sizeof bad_bodies / sizeof *bad_bodies; at++) {
        reply got = post_body(bad_bodies[at].body);
        ck_assert_msg(got.code == bad_bodies[at].code && got.status == (got.code == 132001 ? 404 : 400),
                      "%s: %ld %s", bad_bodies[at].what, got.status, got.body);
    }
    char tracker[600] = {0}, body[2048];
    memset(tracker, 't', 513);
    snprintf(body, sizeof body, TEMPLATE_TO("+919800000001", "%s", ONE_PARAMETER), tracker);
    ck_assert_int_eq(post_body(body).code, 131009);
    tracker[512] = '\0';
    snprintf(body, sizeof body, TEMPLATE_TO("+919800000001", "%s", ONE_PARAMETER), tracker);
    ck_assert_int_eq(post_body(body).code, 0);
    ck_assert_int_eq(standin_stat(&judge, "accepted"), 1);
    ck_assert_int_eq(standin_stat(&judge, "refused_total"), (int64_t) (sizeof bad_bodies / sizeof *bad_bodies) + 1);
    stop();
}
END_TEST

START_TEST(only_the_right_token_number_path_and_type_may_send)
{
    const char *const arguments[] = {"--token", "good", "--phone-number-id", "106540352242922",
                                     "--phone-number-id", "7794189252778687:215589313241560883:own", NULL};
    const char *good = TEMPLATE_TO("+919800000001", "t", ONE_PARAMETER);
    const char *type = "Content-Type: application/json";
    start(arguments);
    ck_assert_int_eq(post(PATH, "Authorization: Bearer good", type, good).status, 200);
    reply bad = post(PATH, "Authorization: Bearer wrong", type, good);
    ck_assert_int_eq(bad.code, 190);
    ck_assert_int_eq(bad.status, 401);
    ck_assert_int_eq(post(PATH, "X-None: 1", type, good).code, 190);
    ck_assert_int_eq(post(PATH, "Authorization: Bearer ", type, good).code, 190);
    ck_assert_int_eq(post("/v25.0/7794189252778687/messages", "Authorization: Bearer good", type, good).code, 10);
    ck_assert_int_eq(post("/v25.0/7794189252778687/messages", "Authorization: Bearer own", type, good).status, 200);
    ck_assert_int_eq(post("/v25.0/999999999/messages", "Authorization: Bearer good", type, good).code, 100);
    ck_assert_int_eq(post("/v25/106540352242922/messages", "Authorization: Bearer good", type, good).code, 2500);
    ck_assert_int_eq(post("/106540352242922/messages", "Authorization: Bearer good", type, good).code, 2500);
    ck_assert_int_eq(post(PATH "/x", "Authorization: Bearer good", type, good).code, 2500);
    ck_assert_int_eq(post(PATH, "Authorization: Bearer good", "Content-Type: text/plain", good).code, 100);
    stop();
}
END_TEST

START_TEST(every_accepted_message_gets_its_signed_statuses_once)
{
    const char *const extra[] = {"--read-share", "0.5", "--inbound-share", "0.3", "--batch", "37", NULL};
    start_with_webhooks(extra);
    for (uint64_t to = 919800000000; to < 919800000200; to++)
        ck_assert_int_eq(send_to(to).status, 200);
    flush();
    ck_assert_uint_eq(receiver.bad_signatures, 0);
    ck_assert_uint_le(receiver.largest, 37);
    ck_assert_uint_eq(seen_count("sent", NULL), 200);
    ck_assert_uint_eq(seen_count("delivered", NULL), 200);
    ck_assert_uint_eq(seen_count("read", NULL), (size_t) standin_stat(&judge, "read"));
    ck_assert_uint_eq(seen_count("inbound", NULL), (size_t) standin_stat(&judge, "inbound"));
    ck_assert_uint_gt(seen_count("read", NULL), 60);
    ck_assert_uint_gt(seen_count("inbound", NULL), 20);
    for (size_t at = 0; at < 200; at++) {
        const seen_update *sent = seen("sent", at);
        ck_assert_uint_eq(seen_count("sent", sent->id), 1);
        ck_assert(sent->priced && seen("delivered", at)->priced);
        ck_assert_int_eq(sent->tracker[0], 't');
        ck_assert_str_eq(sent->tracker + 1, sent->recipient);
    }
    ck_assert(!seen("read", 0)->priced);
    ck_assert_int_eq(standin_stat(&judge, "pending"), 0);
    ck_assert_int_eq(standin_stat(&judge, "statuses_posted"), 400 + standin_stat(&judge, "read"));
    stop();
}
END_TEST

START_TEST(a_refused_webhook_comes_again_byte_for_byte)
{
    const char *const extra[] = {"--posters", "1", NULL};
    receiver.refuse_posts = 3;
    start_with_webhooks(extra);
    reply got = send_to(919800000001);
    flush();
    ck_assert_uint_eq(receiver.posts, 4);
    ck_assert(!receiver.retry_differs);
    ck_assert_uint_eq(receiver.bad_signatures, 0);
    ck_assert_uint_eq(seen_count(NULL, got.id), 2);
    ck_assert_int_eq(standin_stat(&judge, "posts_failed"), 3);
    stop();
}
END_TEST

START_TEST(a_webhook_that_is_never_taken_is_given_up_and_counted)
{
    const char *const extra[] = {"--retries", "2", "--posters", "1", NULL};
    receiver.refuse_posts = 1000;
    start_with_webhooks(extra);
    send_to(919800000001);
    flush();
    ck_assert_uint_eq(receiver.posts, 3);
    ck_assert_int_eq(standin_stat(&judge, "updates_dropped"), 2);
    stop();
}
END_TEST

START_TEST(shuffled_and_duplicated_updates_are_still_the_same_set)
{
    const char *const extra[] = {"--shuffle", "--duplicate-share", "0.4", "--batch", "50", "--linger-ms", "200",
                                 "--posters", "1", NULL};
    size_t overtaken = 0;
    start_with_webhooks(extra);
    for (uint64_t to = 919800000000; to < 919800000100; to++)
        send_to(to);
    flush();
    size_t twice = 0;
    for (size_t at = 0; at < receiver.count; at++) {
        const seen_update *update = &receiver.updates[at];
        size_t times = seen_count(update->status, update->id);
        ck_assert(times == 1 || times == 2);
        twice += times == 2;
        size_t before = 0; /* the first update of this message */
        while (strcmp(receiver.updates[before].id, update->id) != 0)
            before++;
        overtaken += before == at && strcmp(update->status, "delivered") == 0;
    }
    ck_assert_uint_eq(receiver.count, 200 + twice / 2);
    ck_assert_int_eq(standin_stat(&judge, "duplicates_posted"), (int64_t) twice / 2);
    ck_assert_uint_gt(twice / 2, 40);
    ck_assert_uint_gt(overtaken, 10);
    stop();
}
END_TEST

START_TEST(an_early_webhook_arrives_before_the_answer)
{
    const char *const extra[] = {"--early-webhooks", NULL};
    start_with_webhooks(extra);
    for (uint64_t to = 919800000000; to < 919800000010; to++) {
        reply got = send_to(to);
        ck_assert_int_eq(got.status, 200);
        ck_assert_uint_ge(seen_count("sent", got.id), 1);
    }
    stop();
}
END_TEST

START_TEST(a_predicted_fate_is_the_fate)
{
    const char *const extra[] = {"--seed", "7", "--fail", "sync:131026:0.15", "--fail", "async:131049:0.15", "--fail",
                                 "http:503:0.1", "--fail", "cut:0.1", "--fail", "garbage:0.1", "--fail", "slow:30:0.1",
                                 NULL};
    size_t failed = 0, accepted = 0;
    start_with_webhooks(extra);
    for (uint64_t to = 919800000000; to < 919800000200; to++) {
        bool lost = fated(to, 1, "cut") || fated(to, 1, "garbage");
        reply got = send_to(to);
        failed += fated(to, 1, "async");
        accepted += !fated(to, 1, "sync") && !fated(to, 1, "http");
        ck_assert_int_eq(got.code == 131026, fated(to, 1, "sync"));
        ck_assert_int_eq(got.status == 503 && strchr(got.body, '<'), fated(to, 1, "http"));
        ck_assert_int_eq(got.transfer == CURLE_GOT_NOTHING, fated(to, 1, "cut"));
        ck_assert_int_eq(got.status == 200 && !got.id[0], fated(to, 1, "garbage"));
        ck_assert_int_eq(got.id[0] != '\0', fated(to, 1, "ok") || fated(to, 1, "async") || fated(to, 1, "slow"));
        ck_assert(!lost || !got.id[0]);
    }
    flush();
    ck_assert_uint_gt(failed, 10);
    ck_assert_uint_eq(seen_count("failed", NULL), failed);
    ck_assert_int_eq(seen("failed", 0)->code, 131049);
    /* The lost answers were accepted all the same: their tracker is the only way to know. */
    ck_assert_uint_eq(seen_count("sent", NULL), accepted);
    ck_assert_uint_eq(seen_count("delivered", NULL), accepted - failed);
    stop();
}
END_TEST

START_TEST(the_documented_draw_predicts_the_fate)
{
    const char *const arguments[] = {"--seed", "42", "--fail", "sync:131026:0.5", NULL};
    size_t refused = 0;
    start(arguments);
    for (uint64_t to = 14155550100; to < 14155550140; to++) {
        char line[64];
        uint64_t h = 0xcbf29ce484222325u;
        snprintf(line, sizeof line, "42|%" PRIu64 "|2|fail", to);
        for (const char *at = line; *at; at++)
            h = (h ^ (unsigned char) *at) * 0x100000001b3u;
        h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
        h = (h ^ h >> 27) * 0x94d049bb133111ebu;
        h ^= h >> 31;
        bool expected = (double) (h >> 11) / 9007199254740992.0 < 0.5;
        send_to(to);
        ck_assert_int_eq(send_to(to).code == 131026, expected);
        refused += expected;
    }
    ck_assert(refused > 5 && refused < 35);
    stop();
}
END_TEST

START_TEST(a_timed_out_message_was_accepted_and_leaves_nothing_behind)
{
    const char *const extra[] = {"--fail", "timeout:1", NULL};
    start_with_webhooks(extra);
    ck_assert_int_eq(standin_stat(&judge, "requests"), 0); /* it is up */
    patience_ms = 2000;
    ck_assert_int_eq(send_to(919800000001).transfer, CURLE_OPERATION_TIMEDOUT);
    for (int tries = 0; tries < 6000 && standin_stat(&judge, "accepted") == 0; tries++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    flush();
    ck_assert_uint_eq(seen_count("delivered", NULL), 1);
    ck_assert_int_eq(standin_stat(&judge, "accepted"), 1);
    for (int tries = 0; tries < 3000 && standin_stat(&judge, "in_flight") > 0; tries++)
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    ck_assert_int_eq(standin_stat(&judge, "in_flight"), 0);
    stop();
}
END_TEST

START_TEST(a_number_over_its_rate_is_told_130429)
{
    enum { RATE = 5 };
    const char *const arguments[] = {"--mps", "5", NULL};
    int sent = 0, limited = 0;
    struct timespec before, after;
    start(arguments);
    clock_gettime(CLOCK_MONOTONIC, &before);
    /* However slowly this goes, it is faster than the rate for a while. */
    for (uint64_t to = 919800000000; limited < 10 && sent < 5000; to++, sent++) {
        reply got = send_to(to);
        limited += got.code == 130429 && got.status == 429;
    }
    clock_gettime(CLOCK_MONOTONIC, &after);
    ck_assert_int_eq(limited, 10);
    ck_assert_int_eq(standin_stat(&judge, "accepted"), sent - limited);
    ck_assert_int_le(sent - limited, RATE * (2 + (int) (after.tv_sec - before.tv_sec)));
    ck_assert_int_eq(standin_stat(&judge, "130429"), limited);
    stop();
}
END_TEST

START_TEST(the_log_shows_what_was_received_and_reset_forgets_it)
{
    start(NULL);
    reply first = send_to(919800000001);
    reply second = send_to(919800000002);
    char *log = standin_get(&judge, "/_standin/log?after=1");
    cJSON *line = cJSON_Parse(log);
    ck_assert_str_eq(string_at(line, "to"), "919800000002");
    ck_assert_str_eq(string_at(line, "tracker"), "t919800000002");
    ck_assert_str_eq(string_at(line, "wamid"), second.id);
    ck_assert_str_eq(string_at(line, "outcome"), "ok");
    ck_assert_ptr_eq(strchr(log, '\n')[1] ? log : NULL, NULL);
    cJSON_Delete(line);
    free(log);
    free(standin_post(&judge, "/_standin/reset", NULL));
    ck_assert_int_eq(standin_stat(&judge, "requests"), 0);
    ck_assert_str_ne(send_to(919800000001).id, first.id);
    ck_assert_int_eq(standin_stat(&judge, "duplicate_to"), 0);
    stop();
}
END_TEST

START_TEST(it_ends_cleanly_with_exchanges_and_webhooks_open)
{
    const char *const extra[] = {"--latency-ms", "60000", "--fail", "timeout:0.5", "--webhook-delay-ms", "60000",
                                 NULL};
    start_with_webhooks(extra);
    CURLM *multi = curl_multi_init();
    CURL *easy[20];
    char url[128];
    int running;
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Authorization: Bearer x");
    snprintf(url, sizeof url, "%s" PATH, judge.base_url);
    for (int at = 0; at < 20; at++) {
        char body[1024];
        snprintf(body, sizeof body, TEMPLATE_TO("+9198000000%02d", "t", ONE_PARAMETER), at);
        easy[at] = curl_easy_init();
        curl_easy_setopt(easy[at], CURLOPT_URL, url);
        curl_easy_setopt(easy[at], CURLOPT_NOPROXY, "*");
        curl_easy_setopt(easy[at], CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(easy[at], CURLOPT_COPYPOSTFIELDS, body);
        curl_multi_add_handle(multi, easy[at]);
    }
    for (int tries = 0; tries < 6000 && standin_stat(&judge, "max_in_flight") < 20; tries++) {
        curl_multi_perform(multi, &running);
        curl_multi_poll(multi, NULL, 0, 10, NULL);
    }
    ck_assert_int_eq(standin_stat(&judge, "max_in_flight"), 20);
    stop();
    for (int at = 0; at < 20; at++) {
        curl_multi_remove_handle(multi, easy[at]);
        curl_easy_cleanup(easy[at]);
    }
    curl_multi_cleanup(multi);
    curl_slist_free_all(headers);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("standin");
    TCase *judging = tcase_create("judging"), *telling = tcase_create("telling"), *ending = tcase_create("ending");
    tcase_set_timeout(judging, 60);
    tcase_set_timeout(telling, 60);
    tcase_set_timeout(ending, 60);
    tcase_add_test(judging, a_good_template_is_accepted_and_answered_as_meta_does);
    tcase_add_test(judging, a_bad_request_is_refused_with_metas_code);
    tcase_add_test(judging, only_the_right_token_number_path_and_type_may_send);
    tcase_add_test(judging, a_number_over_its_rate_is_told_130429);
    tcase_add_test(judging, a_predicted_fate_is_the_fate);
    tcase_add_test(judging, the_documented_draw_predicts_the_fate);
    tcase_add_test(telling, every_accepted_message_gets_its_signed_statuses_once);
    tcase_add_test(telling, a_refused_webhook_comes_again_byte_for_byte);
    tcase_add_test(telling, a_webhook_that_is_never_taken_is_given_up_and_counted);
    tcase_add_test(telling, shuffled_and_duplicated_updates_are_still_the_same_set);
    tcase_add_test(telling, an_early_webhook_arrives_before_the_answer);
    tcase_add_test(telling, the_log_shows_what_was_received_and_reset_forgets_it);
    tcase_add_test(ending, a_timed_out_message_was_accepted_and_leaves_nothing_behind);
    tcase_add_test(ending, it_ends_cleanly_with_exchanges_and_webhooks_open);
    suite_add_tcase(suite, judging);
    suite_add_tcase(suite, telling);
    suite_add_tcase(suite, ending);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
