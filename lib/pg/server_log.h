/* The log of a private server, read for the reason of a failure. */
#ifndef KLOYST_PG_SERVER_LOG_H
#define KLOYST_PG_SERVER_LOG_H

#include <stdbool.h>
#include <sys/types.h>

#include "pg/server_directory.h"

/* Its length now, to tell later what was added. */
off_t server_log_mark(const server_directory *directory);

/* True when `words` stand in what was added since `mark`. */
bool server_log_mentions(const server_directory *directory, off_t mark, const char *words);

/* The last line added since `mark` that names an error, else the last line,
 * else that there is none; and where the log is. malloc'ed; NULL without memory. */
char *server_log_reason(const server_directory *directory, off_t mark);

#endif
