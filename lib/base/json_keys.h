/* The keys of the objects that a JSON scan has open, to find duplicates. */
#ifndef KLOYST_BASE_JSON_KEYS_H
#define KLOYST_BASE_JSON_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct json_key {
    const char *text; /* decoded */
    uint32_t length;
    uint32_t offset; /* in the document */
} json_key;

/* A stack: an inner object's keys are gone before its parent's next key comes, so each open object
 * owns the contiguous run from its own base to the top (while it is the innermost). */
typedef struct json_keys {
    const char *document;
    size_t document_length;
    json_key *keys;
    size_t count, capacity;
    char *decoded; /* keys with escapes; together never longer than the document */
    size_t decoded_length;
    json_key first[64];
} json_keys;

typedef enum json_keys_answer { JSON_KEYS_UNIQUE, JSON_KEYS_DUPLICATE, JSON_KEYS_NO_MEMORY } json_keys_answer;

void json_keys_start(json_keys *keys, const char *document, size_t length);

/* Adds the key at document[offset …] (inside its quotes) to the innermost object, whose keys start
 * at `base` (the value of `count` at its opening brace). Finds a duplicate at once while there are few
 * keys, else json_keys_close does. */
json_keys_answer json_keys_add(json_keys *keys, size_t base, size_t offset, size_t length, bool escaped);

/* Forgets the innermost object's keys; on a duplicate *offset is where it stands. */
json_keys_answer json_keys_close(json_keys *keys, size_t base, size_t *offset);

void json_keys_free(json_keys *keys);

#endif
