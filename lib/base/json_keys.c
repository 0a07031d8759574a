/* The keys of the objects that a JSON scan has open, to find duplicates. */
#include "base/json_keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

/* Up to here every new key is compared with all earlier ones; above, the object is sorted once when it
 * ends: n log n whatever the keys are, so there is no hash that an attacker could collide. */
enum { FEW_KEYS = 16 };

void json_keys_start(json_keys *keys, const char *document, size_t length)
{
    keys->document = document;
    keys->document_length = length;
    keys->keys = keys->first;
    keys->count = 0;
    keys->capacity = sizeof keys->first / sizeof keys->first[0];
    keys->decoded = NULL;
    keys->decoded_length = 0;
}

void json_keys_free(json_keys *keys)
{
    if (keys->keys != keys->first)
        free(keys->keys);
    free(keys->decoded);
}

static bool grow(json_keys *keys)
{
    size_t capacity = keys->capacity * 2;
    json_key *grown = realloc(keys->keys == keys->first ? NULL : keys->keys, capacity * sizeof *grown);
    if (!grown)
        return false;
    if (keys->keys == keys->first)
        memcpy(grown, keys->first, sizeof keys->first);
    keys->keys = grown;
    keys->capacity = capacity;
    return true;
}

static bool decode(json_keys *keys, json_key *key)
{
    if (!keys->decoded && !(keys->decoded = malloc(keys->document_length)))
        return false;
    char *to = keys->decoded + keys->decoded_length;
    key->length = (uint32_t)json_unescape(key->text, key->length, to);
    key->text = to;
    keys->decoded_length += key->length;
    return true;
}

static bool same(const json_key *a, const json_key *b)
{
    return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

json_keys_answer json_keys_add(json_keys *keys, size_t base, size_t offset, size_t length, bool escaped)
{
    if (keys->count == keys->capacity && !grow(keys))
        return JSON_KEYS_NO_MEMORY;
    json_key *key = &keys->keys[keys->count];
    *key = (json_key){keys->document + offset, (uint32_t)length, (uint32_t)offset};
    if (escaped && !decode(keys, key))
        return JSON_KEYS_NO_MEMORY;
    if (keys->count - base < FEW_KEYS)
        for (size_t i = base; i < keys->count; i++)
            if (same(&keys->keys[i], key))
                return JSON_KEYS_DUPLICATE;
    keys->count++;
    return JSON_KEYS_UNIQUE;
}

static int compare(const void *left, const void *right)
{
    const json_key *a = left, *b = right;
    if (a->length != b->length)
        return a->length < b->length ? -1 : 1;
    int order = memcmp(a->text, b->text, a->length);
    return order ? order : a->offset < b->offset ? -1 : 1;
}

json_keys_answer json_keys_close(json_keys *keys, size_t base, size_t *offset)
{
    size_t count = keys->count - base;
    json_key *own = keys->keys + base;
    keys->count = base;
    if (count <= FEW_KEYS)
        return JSON_KEYS_UNIQUE;
    qsort(own, count, sizeof *own, compare);
    for (size_t i = 1; i < count; i++)
        if (same(&own[i - 1], &own[i])) {
            *offset = own[i].offset;
            return JSON_KEYS_DUPLICATE;
        }
    return JSON_KEYS_UNIQUE;
}
