/* A growing byte buffer that remembers running out of memory. */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

bool buffer_reserve(buffer *b, size_t more)
{
    if (b->broken)
        return false;
    if (more > SIZE_MAX / 2 - b->length - 1) {
        b->broken = true;
        return false;
    }
    size_t need = b->length + more + 1;
    if (need <= b->capacity)
        return true;
    size_t capacity = b->capacity ? b->capacity : 64;
    while (capacity < need)
        capacity *= 2;
    char *data = realloc(b->data, capacity);
    if (!data) {
        b->broken = true;
        return false;
    }
    b->data = data;
    b->capacity = capacity;
    b->data[b->length] = '\0';
    return true;
}

void buffer_append(buffer *b, const void *bytes, size_t length)
{
    if (!buffer_reserve(b, length))
        return;
    if (length)
        memcpy(b->data + b->length, bytes, length);
    b->length += length;
    b->data[b->length] = '\0';
}

void buffer_text(buffer *b, const char *text)
{
    buffer_append(b, text, strlen(text));
}

void buffer_byte(buffer *b, char byte)
{
    buffer_append(b, &byte, 1);
}

void buffer_format(buffer *b, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0) {
        b->broken = true;
    } else if (buffer_reserve(b, (size_t)length)) {
        vsnprintf(b->data + b->length, (size_t)length + 1, format, arguments);
        b->length += (size_t)length;
    }
    va_end(arguments);
}

kl_status buffer_or_as_before(buffer *b, size_t length, kl_error **error)
{
    if (!b->broken)
        return KL_OK;
    if (b->data)
        b->data[length] = '\0';
    b->length = length;
    return error_memory(error);
}

void buffer_json_string(buffer *b, const char *text, size_t length)
{
    static const char hex[] = "0123456789abcdef";
    buffer_byte(b, '"');
    size_t plain = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buffer_append(b, text + plain, i - plain);
        plain = i + 1;
        if (c == '"' || c == '\\') {
            char escaped[2] = {'\\', (char)c};
            buffer_append(b, escaped, 2);
        } else {
            char escaped[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
            buffer_append(b, escaped, 6);
        }
    }
    buffer_append(b, text + plain, length - plain);
    buffer_byte(b, '"');
}

void buffer_u16(buffer *b, uint16_t value)
{
    unsigned char bytes[2] = {(unsigned char)(value >> 8), (unsigned char)value};
    buffer_append(b, bytes, sizeof bytes);
}

void buffer_u32(buffer *b, uint32_t value)
{
    buffer_u16(b, (uint16_t)(value >> 16));
    buffer_u16(b, (uint16_t)value);
}

void buffer_u64(buffer *b, uint64_t value)
{
    buffer_u32(b, (uint32_t)(value >> 32));
    buffer_u32(b, (uint32_t)value);
}

void buffer_clear(buffer *b)
{
    b->length = 0;
    if (b->data)
        b->data[0] = '\0';
}

void buffer_free(buffer *b)
{
    free(b->data);
    *b = BUFFER_INIT;
}
