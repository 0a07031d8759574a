/* Telling the program what happens: one line to the callback of its handle. */
#ifndef KLOYST_BASE_LOG_H
#define KLOYST_BASE_LOG_H

#include <stdbool.h>

#include <kloyst/log.h>

typedef struct logger {
    kl_log_function write; /* NULL: nobody listens */
    void *context;
    kl_log_level level;    /* the most talkative level that is wanted */
} logger;

/* Whether anybody wants it: ask before work is done for the line alone. A NULL logger wants nothing. */
static inline bool log_wants(const logger *log, kl_log_level level)
{
    return log && log->write && level <= log->level;
}

/* Line breaks become blanks; a line above 1000 bytes is cut. No secret, message text or telephone number may be in it.
 * */
void log_line(const logger *log, kl_log_level level, const char *component, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
