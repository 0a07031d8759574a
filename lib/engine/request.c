/* Requests under way, over libcurl's multi interface. */
#include "engine/request.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/error.h"
#include <kloyst/version.h>

/* Meta's answers are under 1 KB; whoever sends more is somebody else. */
enum { ANSWER_BYTES = 64 * 1024, FILES_LEFT = 64 };

struct request_pool {
    CURLM *multi;
    request *unused;
    int wake_fd;
    request_settings settings;
    int most;
    bool loopback;
};

static CURLcode global_result;

static void global_init(void)
{
    global_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* Bytes of requests that left on this handle so far. */
static long bytes_sent(const request *r)
{
    long bytes = 0;
    curl_easy_getinfo(r->easy, CURLINFO_REQUEST_SIZE, &bytes);
    return bytes;
}

/* libcurl calls this whenever a connection stands and the request is about to leave, also when it repeats a request
 * whose connection was closed without an answer. That one may have been served, so this is where repeating ends. */
static int before_request(void *context, char *primary_ip, char *local_ip, int primary_port, int local_port)
{
    (void)primary_ip, (void)local_ip, (void)primary_port, (void)local_port;
    request *r = context;
    long bytes = bytes_sent(r);
    if (r->ready && bytes > r->bytes_before)
        return CURL_PREREQFUNC_ABORT;
    r->ready = true;
    r->bytes_before = bytes;
    return CURL_PREREQFUNC_OK;
}

static size_t take_answer(char *bytes, size_t size, size_t count, void *context)
{
    request *r = context;
    if (size * count > ANSWER_BYTES - r->answer.length)
        return 0;
    buffer_append(&r->answer, bytes, size * count);
    return r->answer.broken ? 0 : size * count;
}

static bool set_up(request *r, const request_pool *pool)
{
    const request_settings *s = &pool->settings;
    CURL *easy = r->easy;
    return curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PRIVATE, (char *)r) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PREREQDATA, r) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, r) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)s->timeout_ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)s->connect_timeout_ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L) == CURLE_OK &&
           /* Wait for a connection that can carry several requests rather than open one for each. */
           curl_easy_setopt(easy, CURLOPT_PIPEWAIT, pool->loopback ? 0L : 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           (!s->ca_file || curl_easy_setopt(easy, CURLOPT_CAINFO, s->ca_file) == CURLE_OK) &&
           (!s->proxy || curl_easy_setopt(easy, CURLOPT_PROXY, s->proxy) == CURLE_OK) &&
           (!pool->loopback || curl_easy_setopt(easy, CURLOPT_NOPROXY, "*") == CURLE_OK) &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, "libkloyst/" KL_VERSION) == CURLE_OK;
}

static request *request_new(request_pool *pool)
{
    request *r = calloc(1, sizeof *r);
    if (r && (r->easy = curl_easy_init()) && set_up(r, pool)) {
        r->pool = pool;
        return r;
    }
    if (r && r->easy)
        curl_easy_cleanup(r->easy);
    free(r);
    return NULL;
}

static void request_free(request *r)
{
    curl_easy_cleanup(r->easy);
    buffer_free(&r->answer);
    free(r);
}

/* A connection each, unless HTTP/2 shares them: without room for one it would look as if the network were down. */
static int room_for(int most)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur == RLIM_INFINITY)
        return most;
    rlim_t room = files.rlim_cur > 2 * FILES_LEFT ? files.rlim_cur - FILES_LEFT : files.rlim_cur / 2 + 1;
    return (rlim_t)most < room ? most : (int)room;
}

kl_status request_pool_open(const endpoint *where, const request_settings *settings, request_pool **out,
                            kl_error **error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, global_init);
    if (global_result != CURLE_OK)
        return error_set(error, KL_ERR_HTTP, "libcurl does not start: %s", curl_easy_strerror(global_result));
    request_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return error_memory(error);
    *pool = (request_pool){.multi = curl_multi_init(), .settings = *settings, .most = room_for(settings->most),
                           .loopback = where->loopback, .wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (pool->wake_fd < 0 || !pool->multi || curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, (long)pool->most) != CURLM_OK ||
        curl_multi_setopt(pool->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX) != CURLM_OK) {
        request_pool_free(pool);
        return error_set(error, KL_ERR_HTTP, "libcurl could not be set up");
    }
    *out = pool;
    return KL_OK;
}

void request_pool_free(request_pool *pool)
{
    if (!pool)
        return;
    while (pool->unused) {
        request *next = pool->unused->next;
        request_free(pool->unused);
        pool->unused = next;
    }
    if (pool->multi)
        curl_multi_cleanup(pool->multi);
    if (pool->wake_fd >= 0)
        close(pool->wake_fd);
    free(pool);
}

int request_pool_most(const request_pool *pool)
{
    return pool->most;
}

request *request_post(request_pool *pool, const char *url, struct curl_slist *headers, const char *body)
{
    request *r = pool->unused;
    if (r)
        pool->unused = r->next;
    else if (!(r = request_new(pool)))
        return NULL;
    buffer_clear(&r->answer);
    r->answer.broken = false;
    r->ready = false;
    r->bytes_before = 0;
    if (curl_easy_setopt(r->easy, CURLOPT_URL, url) == CURLE_OK &&
        curl_easy_setopt(r->easy, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
        curl_easy_setopt(r->easy, CURLOPT_POSTFIELDS, body) == CURLE_OK &&
        curl_easy_setopt(r->easy, CURLOPT_POSTFIELDSIZE, (long)strlen(body)) == CURLE_OK &&
        curl_multi_add_handle(pool->multi, r->easy) == CURLM_OK)
        return r;
    request_give_back(r);
    return NULL;
}

void request_pool_wait(request_pool *pool, int timeout_ms)
{
    int running = 0;
    struct curl_waitfd wake = {.fd = pool->wake_fd, .events = CURL_WAIT_POLLIN};
    uint64_t wakes;
    curl_multi_poll(pool->multi, &wake, 1, timeout_ms, NULL);
    while (read(pool->wake_fd, &wakes, sizeof wakes) > 0)
        ;
    curl_multi_perform(pool->multi, &running);
}

void request_pool_wake(request_pool *pool)
{
    uint64_t one = 1;
    int kept = errno;
    while (write(pool->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
    errno = kept;
}

request *request_next_ended(request_pool *pool)
{
    int left = 0;
    for (CURLMsg *message; (message = curl_multi_info_read(pool->multi, &left));) {
        char *private = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode result = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        request *r = (request *)(void *)private;
        r->http_status = 0;
        curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &r->http_status);
        bool left_us = r->ready && bytes_sent(r) > r->bytes_before;
        r->end = result == CURLE_OK ? REQUEST_ANSWERED : left_us ? REQUEST_NO_ANSWER : REQUEST_NOT_SENT;
        r->why = result == CURLE_ABORTED_BY_CALLBACK ? "the connection was closed without an answer"
                                                     : curl_easy_strerror(result);
        curl_multi_remove_handle(pool->multi, r->easy);
        return r;
    }
    return NULL;
}

void request_give_back(request *r)
{
    r->next = r->pool->unused;
    r->pool->unused = r;
}
