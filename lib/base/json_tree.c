/* A cJSON tree of text that passed json_check. */
#include "base/json_tree.h"

#include "base/error.h"

kl_status json_parse(const char *bytes, size_t length, const json_limits *limits, cJSON **out, kl_error **error)
{
    *out = NULL;
    kl_status status = json_check(bytes, length, limits, NULL, error);
    if (status != KL_OK)
        return status;
    /* The check accepts a subset of what cJSON does: only memory can be missing now. */
    *out = cJSON_ParseWithLengthOpts(bytes, length, NULL, 0);
    return *out ? KL_OK : error_memory(error);
}

const cJSON *json_member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

const char *json_text(const cJSON *object, const char *key)
{
    return cJSON_GetStringValue(json_member(object, key));
}
