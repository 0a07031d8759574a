/* Growing text: plain, formatted, and as a JSON string. */
#include "text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(text *out, size_t more)
{
    if (out->failed)
        return false;
    if (out->capacity - out->length > more)
        return true;
    size_t capacity = out->capacity ? out->capacity : 256;
    while (capacity - out->length <= more)
        capacity *= 2;
    char *bytes = realloc(out->bytes, capacity);
    if (!bytes) {
        out->failed = true;
        return false;
    }
    out->bytes = bytes;
    out->capacity = capacity;
    return true;
}

void text_add(text *out, const char *bytes, size_t length)
{
    if (!reserve(out, length))
        return;
    if (length)
        memcpy(out->bytes + out->length, bytes, length);
    out->length += length;
    out->bytes[out->length] = '\0';
}

void text_addf(text *out, const char *format, ...)
{
    char small[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(small, sizeof small, format, arguments);
    va_end(arguments);
    if (length < 0) {
        out->failed = true;
        return;
    }
    if ((size_t) length < sizeof small) {
        text_add(out, small, (size_t) length);
        return;
    }
    if (!reserve(out, (size_t) length))
        return;
    va_start(arguments, format);
    vsnprintf(out->bytes + out->length, (size_t) length + 1, format, arguments);
    va_end(arguments);
    out->length += (size_t) length;
}

static void add_unit(text *out, unsigned unit)
{
    static const char hex[] = "0123456789abcdef";
    char escape[6] = {'\\', 'u', hex[unit >> 12 & 15], hex[unit >> 8 & 15], hex[unit >> 4 & 15], hex[unit & 15]};
    text_add(out, escape, sizeof escape);
}

static size_t decode(const unsigned char *bytes, size_t left, uint32_t *point)
{
    size_t length = bytes[0] < 0xE0 ? 2 : bytes[0] < 0xF0 ? 3 : 4;
    if (left < length) {
        *point = 0xFFFD;
        return left;
    }
    *point = bytes[0] & (0xFFu >> (length + 1));
    for (size_t at = 1; at < length; at++)
        *point = *point << 6 | (bytes[at] & 0x3Fu);
    return length;
}

void text_add_json(text *out, const char *bytes, size_t length)
{
    const unsigned char *in = (const unsigned char *) bytes;
    text_add(out, "\"", 1);
    for (size_t at = 0; at < length;) {
        size_t plain = at;
        while (plain < length && in[plain] >= 0x20 && in[plain] < 0x7F && !strchr("\"\\/", in[plain]))
            plain++;
        text_add(out, bytes + at, plain - at);
        at = plain;
        if (at == length)
            break;
        if (in[at] < 0x20 || in[at] == 0x7F) {
            add_unit(out, in[at++]);
        } else if (in[at] < 0x7F) {
            char escape[2] = {'\\', (char) in[at++]};
            text_add(out, escape, sizeof escape);
        } else {
            uint32_t point;
            at += decode(in + at, length - at, &point);
            if (point >= 0x10000) {
                add_unit(out, 0xD800 + ((point - 0x10000) >> 10));
                add_unit(out, 0xDC00 + ((point - 0x10000) & 0x3FF));
            } else {
                add_unit(out, point);
            }
        }
    }
    text_add(out, "\"", 1);
}

void text_clear(text *out)
{
    out->length = 0;
    out->failed = false;
}

void text_free(text *out)
{
    free(out->bytes);
    *out = (text){0};
}
