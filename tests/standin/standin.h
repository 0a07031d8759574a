/* Starting graph-standin from a test and asking it what it saw. */
#ifndef STANDIN_STANDIN_H
#define STANDIN_STANDIN_H

#include <stdint.h>
#include <sys/types.h>

typedef struct standin {
    pid_t pid;
    int port;
    char base_url[40]; /* http://127.0.0.1:PORT, without a slash at the end */
} standin;

/* Starts the program at $GRAPH_STANDIN, else build/tests/graph-standin, with these arguments (NULL-terminated, without
 * the program's name; NULL = none), and waits until it listens. 0 = running. It dies with the calling thread. */
int standin_start(const char *const *arguments, standin *out);

/* The body of GET base_url+path; NULL unless the answer is 200. The caller frees it. */
char *standin_get(const standin *self, const char *path);

/* The same for POST: /_standin/flush, /_standin/reset, /_standin/quit, or a send. */
char *standin_post(const standin *self, const char *path, const char *body);

/* One number of /_standin/stats, such as "accepted"; -1 = not there. */
int64_t standin_stat(const standin *self, const char *name);

/* Ends the program; answers its exit status, or -1 when it did not end by itself. Safe on a zeroed struct. */
int standin_stop(standin *self);

#endif
