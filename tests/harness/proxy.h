/* A TCP proxy in front of the test server that cuts, slices and holds the wire. */
#ifndef TESTS_HARNESS_PROXY_H
#define TESTS_HARNESS_PROXY_H

#include <stdbool.h>
#include <stddef.h>

typedef struct proxy proxy;

typedef enum proxy_side { PROXY_REQUEST, PROXY_ANSWER } proxy_side;

/* Serves any number of connections, each forwarded to the server of the conninfo, which says host and port. */
proxy *proxy_start(const char *conninfo);

/* The same conninfo by way of the proxy. Belongs to the proxy. */
const char *proxy_conninfo(const proxy *p);

/* Forwards exactly `bytes` more bytes of this side, over all connections, then closes both ends of the one
 * that sends more. Each new call starts counting again; a negative number never cuts. */
void proxy_cut(proxy *p, proxy_side side, long bytes);
/* Forwards answers up to `bytes` before the end of the first that has `words`, then closes both ends of that connection. Until the
 * next proxy_cut(). The words must outlive that. */
void proxy_cut_at(proxy *p, const char *words, long bytes);
/* True once a connection was cut since the last proxy_cut() or proxy_cut_at(). */
bool proxy_was_cut(proxy *p);
/* Bytes forwarded since the last proxy_cut(). */
long proxy_forwarded(proxy *p, proxy_side side);

/* Writes at most `bytes` at once; 0 stops that. */
void proxy_slice(proxy *p, size_t bytes);

/* Forwards nothing and closes nothing: a network that swallows everything. */
void proxy_hold(proxy *p, bool hold);

void proxy_stop(proxy *p);

#endif
