/* A cJSON tree of text that passed json_check. Read from it only: cJSON prints large integers wrong. */
#ifndef KLOYST_BASE_JSON_TREE_H
#define KLOYST_BASE_JSON_TREE_H

#include <cjson/cJSON.h>

#include "base/json.h"

/* The statuses of json_check; the caller releases *out with cJSON_Delete. */
kl_status json_parse(const char *bytes, size_t length, const json_limits *limits, cJSON **out, kl_error **error);

/* The member with exactly this key, or NULL; `object` may be NULL or no object. */
const cJSON *json_member(const cJSON *object, const char *key);

/* Its text, or NULL when it is absent or not a string. */
const char *json_text(const cJSON *object, const char *key);

#endif
