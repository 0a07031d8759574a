/* The harness side of graph-standin: start, ask, stop. */
#include "standin.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_ARGUMENTS = 126, START_MS = 60000, STOP_MS = 60000 };

static void run_program(const char *program, const char *const *arguments, int output, pid_t parent)
{
    char *list[MOST_ARGUMENTS + 2] = {(char *) program};
    sigset_t none;
    for (size_t at = 0; arguments && arguments[at] && at < MOST_ARGUMENTS; at++)
        list[at + 1] = (char *) arguments[at];
    /* A test that crashes must not leave a server behind. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(127);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(output, STDOUT_FILENO) >= 0)
        execv(program, list);
    _exit(127);
}

static int read_port(int from)
{
    char line[128];
    size_t length = 0;
    int port = 0;
    struct pollfd ready = {.fd = from, .events = POLLIN};
    while (length < sizeof line - 1 && poll(&ready, 1, START_MS) > 0) {
        ssize_t got = read(from, line + length, 1);
        if (got <= 0 || line[length] == '\n')
            break;
        length += (size_t) got;
    }
    line[length] = '\0';
    return sscanf(line, "listening 127.0.0.1:%d", &port) == 1 ? port : 0;
}

int standin_start(const char *const *arguments, standin *out)
{
    int ends[2];
    const char *program = getenv("GRAPH_STANDIN");
    *out = (standin){0};
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    pid_t parent = getpid();
    out->pid = fork();
    if (out->pid == 0)
        run_program(program && *program ? program : "build/tests/graph-standin", arguments, ends[1], parent);
    close(ends[1]);
    if (out->pid > 0)
        out->port = read_port(ends[0]);
    close(ends[0]);
    if (out->port == 0) {
        standin_stop(out);
        return -1;
    }
    snprintf(out->base_url, sizeof out->base_url, "http://127.0.0.1:%d", out->port);
    return 0;
}

typedef struct answer {
    char *bytes;
    size_t length;
} answer;

static size_t collect(char *bytes, size_t size, size_t count, void *into)
{
    answer *out = into;
    char *grown = realloc(out->bytes, out->length + size * count + 1);
    if (!grown)
        return 0;
    memcpy(grown + out->length, bytes, size * count);
    out->bytes = grown;
    out->length += size * count;
    grown[out->length] = '\0';
    return size * count;
}

static char *ask(const standin *self, const char *path, const char *body)
{
    char url[512];
    long status = 0;
    answer out = {calloc(1, 1), 0};
    CURL *curl = curl_easy_init();
    snprintf(url, sizeof url, "%s%s", self->base_url, path);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &out);
    if (body)
        curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, body);
    if (curl_easy_perform(curl) == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    if (status == 200)
        return out.bytes;
    free(out.bytes);
    return NULL;
}

char *standin_get(const standin *self, const char *path)
{
    return ask(self, path, NULL);
}

char *standin_post(const standin *self, const char *path, const char *body)
{
    return ask(self, path, body ? body : "");
}

int64_t standin_stat(const standin *self, const char *name)
{
    char key[80];
    int64_t value = -1;
    char *stats = standin_get(self, "/_standin/stats");
    snprintf(key, sizeof key, "\"%s\":", name);
    char *found = stats ? strstr(stats, key) : NULL;
    if (found && strspn(found + strlen(key), "0123456789") > 0)
        value = strtoll(found + strlen(key), NULL, 10);
    free(stats);
    return value;
}

int standin_stop(standin *self)
{
    int status = 0;
    pid_t pid = self->pid;
    *self = (standin){0};
    if (pid <= 0)
        return -1;
    kill(pid, SIGTERM);
    for (int waited = 0; waited < STOP_MS; waited += 10) {
        pid_t ended = waitpid(pid, &status, WNOHANG);
        if (ended == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        if (ended < 0 && errno != EINTR)
            return -1;
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return -1;
}
