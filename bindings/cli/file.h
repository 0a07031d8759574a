/* Files and secrets that a command reads whole. */
#ifndef FILE_H
#define FILE_H

#include "command.h"

/* The whole of a file, or of standard input for "-", at most 16 MiB; NUL-terminated and to be freed.
 * KL_ERR_IO, KL_ERR_TOO_LONG, KL_ERR_MEMORY; what went wrong has been told. */
kl_status file_read(invocation *in, const char *path, char **text, size_t *length);

/* A secret, never from an argument: the file of the option `NAME-file` (- for standard input), else the environment's
 * `variable`, else a terminal is asked without echo. One line break at the end is left out. *text is NULL when there is
 * none and `needed` is false; else complains. For secret_free(). */
kl_status secret_read(invocation *in, const char *name, const char *variable, bool needed, char **text, size_t *length);
void secret_free(char *text, size_t length);

#endif
