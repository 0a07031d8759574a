/* Finding a webhook's signature among the raw headers of its request. */
#include "meta/webhook_header.h"

#include <string.h>

static const char name[] = "x-hub-signature-256";

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The value of a line that has this name; NULL for another line. */
static const char *value_of(const char *line, size_t length, size_t *value_length)
{
    const size_t name_length = sizeof name - 1;
    if (length <= name_length || line[name_length] != ':')
        return NULL;
    for (size_t i = 0; i < name_length; i++)
        if (lower(line[i]) != name[i])
            return NULL;
    const char *value = line + name_length + 1, *end = line + length;
    while (value < end && is_blank(*value))
        value++;
    while (end > value && (is_blank(end[-1]) || end[-1] == '\r'))
        end--;
    *value_length = (size_t)(end - value);
    return value;
}

bool webhook_find_signature(const char *headers, size_t length, char out[WEBHOOK_SIGNATURE])
{
    bool found = false;
    for (const char *line = headers, *end = headers + length; line < end;) {
        const char *line_end = memchr(line, '\n', (size_t)(end - line));
        size_t value_length, line_length = (size_t)((line_end ? line_end : end) - line);
        const char *value = value_of(line, line_length, &value_length);
        if (value) {
            if (found || value_length >= WEBHOOK_SIGNATURE)
                return false;
            memcpy(out, value, value_length);
            out[value_length] = '\0';
            found = true;
        }
        line += line_length + 1;
    }
    return found;
}
