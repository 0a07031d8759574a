/* Where an export goes: a new file, or standard output. */
#ifndef SINK_H
#define SINK_H

#include <stdio.h>

#include "command.h"

typedef struct sink {
    FILE *file;
    const char *path; /* NULL: standard output */
    int failure;      /* errno of a write */
} sink;

/* Whether the name of a file says that it holds JSON lines. */
bool sink_is_lines(const char *path);

/* KL_ERR_EXISTS: there is such a file; KL_ERR_IO. */
kl_status sink_open(invocation *in, sink *s, const char *path);
bool sink_write(sink *s, const char *bytes, size_t length);
/* Removes the file again unless `status` and the closing are good. Answers the failure that counts. */
kl_status sink_close(invocation *in, sink *s, kl_status status);

#endif
