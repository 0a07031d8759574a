/* The socket that webhooks come in by: loopback or a unix socket, nothing else. */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 256 };

static kl_status refused(invocation *in, listening *out, const char *address, int why)
{
    if (out->socket >= 0)
        close(out->socket);
    out->socket = -1;
    out->path[0] = '\0';
    return command_fail(in, KL_ERR_IO, "cannot listen on %s: %s", address, strerror(why));
}

/* Whether a socket is there that nobody listens on any more. */
static bool abandoned(const struct sockaddr_un *name)
{
    struct stat about;
    if (lstat(name->sun_path, &about) || !S_ISSOCK(about.st_mode))
        return false;
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool dead = probe >= 0 && connect(probe, (const struct sockaddr *)name, sizeof *name) && errno == ECONNREFUSED;
    if (probe >= 0)
        close(probe);
    return dead;
}

static kl_status listen_unix(invocation *in, const char *path, listening *out)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (!*path || strlen(path) >= sizeof name.sun_path)
        return command_wrong(in, "the path of a unix socket has 1 to 107 bytes");
    memcpy(name.sun_path, path, strlen(path));
    if (abandoned(&name))
        unlink(path);
    out->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (out->socket < 0 || bind(out->socket, (const struct sockaddr *)&name, sizeof name) || listen(out->socket, BACKLOG))
        return refused(in, out, path, errno);
    memcpy(out->path, name.sun_path, sizeof out->path);
    snprintf(out->url, sizeof out->url, "unix:%s", path);
    return KL_OK;
}

/* "127.0.0.1:8480" or "[::1]:8480" of loopback. */
static bool read_address(const char *text, struct sockaddr_storage *name, socklen_t *length)
{
    struct sockaddr_in *four = (struct sockaddr_in *)name;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)name;
    char host[64], *end;
    const char *colon = strrchr(text, ':');
    if (!colon || (size_t)(colon - text) >= sizeof host)
        return false;
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    long port = strtol(colon + 1, &end, 10);
    if (end == colon + 1 || *end || port < 0 || port > 65535)
        return false;
    memset(name, 0, sizeof *name);
    if (strcmp(host, "[::1]") == 0) {
        six->sin6_family = AF_INET6;
        six->sin6_addr = in6addr_loopback;
        six->sin6_port = htons((uint16_t)port);
        *length = sizeof *six;
        return true;
    }
    four->sin_family = AF_INET;
    four->sin_port = htons((uint16_t)port);
    *length = sizeof *four;
    return inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &four->sin_addr) == 1 &&
           ntohl(four->sin_addr.s_addr) >> 24 == 127;
}

static void tell_url(listening *out)
{
    struct sockaddr_storage name;
    socklen_t length = sizeof name;
    char host[INET6_ADDRSTRLEN];
    getsockname(out->socket, (struct sockaddr *)&name, &length);
    if (name.ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&name;
        snprintf(out->url, sizeof out->url, "http://[::1]:%d", ntohs(six->sin6_port));
    } else {
        const struct sockaddr_in *four = (const struct sockaddr_in *)&name;
        inet_ntop(AF_INET, &four->sin_addr, host, sizeof host);
        snprintf(out->url, sizeof out->url, "http://%s:%d", host, ntohs(four->sin_port));
    }
}

kl_status listen_on(invocation *in, const char *address, listening *out)
{
    struct sockaddr_storage name;
    socklen_t length;
    int one = 1;
    *out = (listening){.socket = -1};
    if (strncmp(address, "unix:", 5) == 0)
        return listen_unix(in, address + 5, out);
    if (!read_address(address, &name, &length))
        return command_wrong(in, "--listen takes 127.0.0.1:PORT, [::1]:PORT or unix:PATH: a proxy on this machine speaks to the world");
    out->socket = socket(name.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (out->socket < 0 || setsockopt(out->socket, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) ||
        bind(out->socket, (const struct sockaddr *)&name, length) || listen(out->socket, BACKLOG))
        return refused(in, out, address, errno);
    tell_url(out);
    return KL_OK;
}

void listen_end(listening *l)
{
    if (l->socket >= 0)
        close(l->socket);
    l->socket = -1;
    if (l->path[0])
        unlink(l->path);
}
