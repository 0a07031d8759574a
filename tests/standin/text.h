/* A growing piece of text with the JSON string escapes that Meta uses. */
#ifndef STANDIN_TEXT_H
#define STANDIN_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Start with {0}. `failed` sticks once memory ran out: check it once, at the end. */
typedef struct text {
    char *bytes;
    size_t length;
    size_t capacity;
    bool failed;
} text;

void text_add(text *out, const char *bytes, size_t length);
void text_addf(text *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A quoted JSON string as Meta writes it: slashes escaped, everything beyond ASCII as \uXXXX.
 * The bytes must be UTF-8. */
void text_add_json(text *out, const char *bytes, size_t length);

void text_clear(text *out);
void text_free(text *out);

#endif
