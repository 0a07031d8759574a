/* Where each value of a JSON text stands, so that it can be read from its original bytes. */
#ifndef KLOYST_BASE_JSON_INDEX_H
#define KLOYST_BASE_JSON_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

typedef struct json_node {
    uint32_t start, end;           /* the value's bytes, with its quotes or brackets */
    uint32_t key_start, key_end;   /* the key inside its quotes; 0 and 0 outside objects */
    uint32_t next;                 /* index of the next sibling, 0: none */
    uint32_t count;                /* members or items of an object or array */
    uint8_t kind;                  /* json_kind */
    bool escaped;                  /* a string with a backslash */
    bool key_escaped;
} json_node;

/* The nodes stand in the order of the text: the root first, a container directly before its first child. */
typedef struct json_index {
    const char *bytes; /* the caller's, must outlive the index */
    json_node *nodes;
    size_t count, capacity;
} json_index;

/* A run of the original bytes. */
typedef struct json_span {
    const char *bytes;
    size_t length;
} json_span;

/* json_check, and the index. On failure the index is empty. */
kl_status json_index_build(const char *bytes, size_t length, const json_limits *limits, json_index *out,
                           kl_error **error);
void json_index_free(json_index *index);

/* All accept a NULL node, as an absent value. */
const json_node *json_index_root(const json_index *index);
const json_node *json_index_child(const json_index *index, const json_node *container);
const json_node *json_index_next(const json_index *index, const json_node *node);

/* The member with exactly this key (of less than 40 bytes); NULL when there is none, when it is null
 * or when `object` is not an object: one answer for "nothing there". */
const json_node *json_index_member(const json_index *index, const json_node *object, const char *key);

bool json_index_is(const json_node *node, json_kind kind);

/* The value as it was written, and the inside of a string's quotes. */
json_span json_index_raw(const json_index *index, const json_node *node);
json_span json_index_inside(const json_index *index, const json_node *node);

/* A whole number without fraction or exponent, or a string of digits: 1751142888 and "1751142888".
 * False, and *out untouched, for anything else or outside int64. */
bool json_index_integer(const json_index *index, const json_node *node, int64_t *out);

#endif
