/* Telling the program what happens. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

enum { LINE_BYTES = 1001 };

void log_line(const logger *log, kl_log_level level, const char *component, const char *format, ...)
{
    char line[LINE_BYTES];
    if (!log_wants(log, level))
        return;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    /* Cut between characters: what is handed out is UTF-8. */
    if (length >= LINE_BYTES) {
        int end = LINE_BYTES - 1;
        while (end > 0 && ((unsigned char)line[end - 1] & 0xC0) == 0x80)
            end--;
        line[end > 0 && ((unsigned char)line[end - 1] & 0x80) ? end - 1 : end] = '\0';
    }
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            *c = ' ';
    log->write(log->context, level, component, line);
}

const char *kl_log_level_name(kl_log_level level)
{
    switch (level) {
    case KL_LOG_ERROR:
        return "ERROR";
    case KL_LOG_WARNING:
        return "WARNING";
    case KL_LOG_INFO:
        return "INFO";
    case KL_LOG_DEBUG:
        return "DEBUG";
    }
    return "?";
}
