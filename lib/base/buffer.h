/* A growing byte buffer that remembers running out of memory: append freely, check once. */
#ifndef KLOYST_BASE_BUFFER_H
#define KLOYST_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kloyst/status.h>

typedef struct buffer {
    char *data; /* NUL-terminated whenever it is not NULL */
    size_t length;
    size_t capacity;
    bool broken; /* an allocation failed; every later append is ignored */
} buffer;

#define BUFFER_INIT ((buffer){0})

/* Room for `more` bytes behind the end; false and broken when there is no memory. */
bool buffer_reserve(buffer *b, size_t more);
void buffer_append(buffer *b, const void *bytes, size_t length);
void buffer_text(buffer *b, const char *text);
void buffer_byte(buffer *b, char byte);
void buffer_format(buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends `text` as a JSON string with its quotes; the bytes must be valid UTF-8. */
void buffer_json_string(buffer *b, const char *text, size_t length);

/* KL_OK when everything since `length` was appended; else KL_ERR_MEMORY, and the text is that of then. */
kl_status buffer_or_as_before(buffer *b, size_t length, kl_error **error);

/* Big-endian integers, as PostgreSQL's binary formats want them. */
void buffer_u16(buffer *b, uint16_t value);
void buffer_u32(buffer *b, uint32_t value);
void buffer_u64(buffer *b, uint64_t value);

/* Empties it and keeps the memory. */
void buffer_clear(buffer *b);
void buffer_free(buffer *b);

#endif
