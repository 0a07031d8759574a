/* Fuzz target: the three readers of JSON agree on what is JSON, and on what it holds. */
#include "fuzz/target.h"

#include "base/json_index.h"
#include "base/json_tree.h"

/* The same kind, members and texts in the index and in the tree. */
static void json_compare(const json_index *index, const json_node *node, const cJSON *item)
{
    json_span raw = json_index_raw(index, node);
    PROMISE(raw.bytes >= index->bytes && raw.length > 0);
    switch ((json_kind)node->kind) {
    case JSON_OBJECT:
    case JSON_ARRAY: {
        PROMISE(json_index_is(node, JSON_OBJECT) ? cJSON_IsObject(item) : cJSON_IsArray(item));
        const cJSON *child = item->child;
        uint32_t count = 0;
        for (const json_node *at = json_index_child(index, node); at; at = json_index_next(index, at)) {
            PROMISE(child != NULL);
            json_compare(index, at, child);
            child = child->next;
            count++;
        }
        PROMISE(!child && count == node->count);
        break;
    }
    case JSON_STRING: {
        json_span inside = json_index_inside(index, node);
        char *text = malloc(inside.length + 1);
        PROMISE(text != NULL);
        size_t length = json_unescape(inside.bytes, inside.length, text);
        PROMISE(length <= inside.length && cJSON_IsString(item));
        PROMISE(strlen(item->valuestring) == length && memcmp(item->valuestring, text, length) == 0);
        free(text);
        break;
    }
    case JSON_NUMBER:
        PROMISE(cJSON_IsNumber(item));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        PROMISE(cJSON_IsBool(item) && cJSON_IsTrue(item) == (node->kind == JSON_TRUE));
        break;
    case JSON_NULL:
        PROMISE(cJSON_IsNull(item));
        break;
    }
}

int FUZZ_TARGET(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    json_kind kind = JSON_NULL;
    json_index index;
    cJSON *tree = NULL;
    kl_status checked = json_check(text, size, NULL, &kind, NULL);
    kl_status indexed = json_index_build(text, size, NULL, &index, NULL);
    kl_status parsed = json_parse(text, size, NULL, &tree, NULL);
    PROMISE(checked == indexed && checked == parsed);
    if (!checked) {
        PROMISE(json_index_is(json_index_root(&index), kind));
        json_compare(&index, json_index_root(&index), tree);
        json_index_free(&index);
        cJSON_Delete(tree);
    }
    return 0;
}
