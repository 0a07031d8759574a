/* Where each value of a JSON text stands, so that it can be read from its original bytes. */
#include "base/json_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_scan.h"

kl_status json_index_build(const char *bytes, size_t length, const json_limits *limits, json_index *out,
                           kl_error **error)
{
    *out = (json_index){.bytes = bytes};
    kl_status status = json_scan(bytes, length, limits, out, NULL, error);
    if (status != KL_OK)
        json_index_free(out);
    return status;
}

void json_index_free(json_index *index)
{
    free(index->nodes);
    *index = (json_index){0};
}

const json_node *json_index_root(const json_index *index)
{
    return index->count ? index->nodes : NULL;
}

const json_node *json_index_child(const json_index *index, const json_node *container)
{
    (void)index;
    return container && container->count ? container + 1 : NULL;
}

const json_node *json_index_next(const json_index *index, const json_node *node)
{
    return node && node->next ? &index->nodes[node->next] : NULL;
}

static bool key_is(const json_index *index, const json_node *node, const char *key, size_t length)
{
    char decoded[240]; /* 40 characters, each written as a \u escape */
    const char *text = index->bytes + node->key_start;
    size_t found = node->key_end - node->key_start;
    if (node->key_escaped) {
        if (found > sizeof decoded)
            return false;
        found = json_unescape(text, found, decoded);
        text = decoded;
    }
    return found == length && memcmp(text, key, length) == 0;
}

const json_node *json_index_member(const json_index *index, const json_node *object, const char *key)
{
    if (!json_index_is(object, JSON_OBJECT))
        return NULL;
    size_t length = strlen(key);
    for (const json_node *at = json_index_child(index, object); at; at = json_index_next(index, at))
        if (key_is(index, at, key, length))
            return at->kind == JSON_NULL ? NULL : at;
    return NULL;
}

bool json_index_is(const json_node *node, json_kind kind)
{
    return node && node->kind == kind;
}

json_span json_index_raw(const json_index *index, const json_node *node)
{
    return node ? (json_span){index->bytes + node->start, node->end - node->start} : (json_span){NULL, 0};
}

json_span json_index_inside(const json_index *index, const json_node *node)
{
    return json_index_is(node, JSON_STRING) ? (json_span){index->bytes + node->start + 1, node->end - node->start - 2}
                                            : (json_span){NULL, 0};
}

bool json_index_integer(const json_index *index, const json_node *node, int64_t *out)
{
    bool quoted = json_index_is(node, JSON_STRING);
    if (!quoted && !json_index_is(node, JSON_NUMBER))
        return false;
    json_span text = quoted ? json_index_inside(index, node) : json_index_raw(index, node);
    bool negative = !quoted && text.bytes[0] == '-';
    size_t first = negative ? 1 : 0;
    uint64_t value = 0, most = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    if (text.length == first)
        return false;
    for (size_t i = first; i < text.length; i++) {
        unsigned digit = (unsigned)text.bytes[i] - '0';
        if (digit > 9 || value > (most - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}
