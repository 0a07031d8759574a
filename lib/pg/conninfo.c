/* Connection strings: whether one can be used and quoted safely, and how well it must know its server. */
#include "pg/conninfo.h"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *value_of(const PQconninfoOption *options, const char *keyword)
{
    for (const PQconninfoOption *o = options; o && o->keyword; o++)
        if (strcmp(o->keyword, keyword) == 0)
            return o->val && o->val[0] ? o->val : NULL;
    return NULL;
}

bool conninfo_sound(const char *conninfo)
{
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    const char *host = value_of(options, "host"), *port = value_of(options, "port");
    bool sound = options && !(host && strchr(host + 1, '@')) && !(port && port[strspn(port, "0123456789,")]);
    PQconninfoFree(options);
    return sound;
}

/* One host: a socket's directory, an abstract socket, a literal address or a name; none is libpq's default, a socket. */
static bool host_is_here(const char *host, size_t length)
{
    char text[INET6_ADDRSTRLEN];
    struct in_addr four;
    struct in6_addr six;
    if (length == 0 || host[0] == '/' || host[0] == '@')
        return true;
    if (length >= sizeof text)
        return false;
    memcpy(text, host, length);
    text[length] = '\0';
    if (inet_pton(AF_INET, text, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, text, &six) == 1)
        return IN6_IS_ADDR_LOOPBACK(&six);
    return strcasecmp(text, "localhost") == 0;
}

static bool all_are_here(const char *hosts)
{
    for (const char *host = hosts; host;) {
        const char *comma = strchr(host, ',');
        if (!host_is_here(host, comma ? (size_t)(comma - host) : strlen(host)))
            return false;
        host = comma ? comma + 1 : NULL;
    }
    return true;
}

/* What libpq makes of the string, the environment and service files. Only libpq can tell, and only of a connection: this
 * one is refused before anything leaves the machine, for a wish that nobody can fulfil. */
static PQconninfoOption *resolved(const char *conninfo)
{
    const char *keywords[] = {"dbname", "target_session_attrs", NULL};
    const char *values[] = {conninfo, "any that refuses this", NULL};
    PGconn *refused = PQconnectStartParams(keywords, values, 1);
    PQconninfoOption *options = refused ? PQconninfo(refused) : NULL;
    PQfinish(refused);
    return options;
}

static bool says_sslmode(const char *conninfo)
{
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    const char *environment = getenv("PGSSLMODE");
    bool says = value_of(options, "sslmode") || (environment && *environment);
    PQconninfoFree(options);
    return says;
}

const char *conninfo_sslmode(const char *conninfo)
{
    if (says_sslmode(conninfo))
        return NULL;
    PQconninfoOption *options = resolved(conninfo);
    const char *mode = value_of(options, "sslmode");
    /* Whatever is not libpq's default came from a service file. Without a mode libpq understood nothing or had no memory:
     * the strict answer. */
    bool left = mode && (strcmp(mode, "prefer") != 0 ||
                         (all_are_here(value_of(options, "host")) && all_are_here(value_of(options, "hostaddr"))));
    PQconninfoFree(options);
    return left ? NULL : "verify-full";
}
