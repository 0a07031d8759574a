/* Strict UTF-8 (RFC 3629). */
#ifndef KLOYST_BASE_UTF8_H
#define KLOYST_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* True when the bytes are well-formed UTF-8 without overlong form, surrogate, code point above
 * U+10FFFF or NUL: what a C string and a PostgreSQL text can both hold. Zero bytes are valid. */
bool utf8_valid(const char *bytes, size_t length);

/* Length (1 to 4) of the well-formed sequence at `bytes`, of which `left` bytes exist; 0 when it
 * is malformed or cut off. A NUL counts as one byte here. */
size_t utf8_sequence(const char *bytes, size_t left);

/* Number of code points in valid UTF-8. */
size_t utf8_count(const char *bytes, size_t length);

#endif
