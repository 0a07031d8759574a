/* The template object of a send request. */
#ifndef STANDIN_TEMPLATE_H
#define STANDIN_TEMPLATE_H

#include <cjson/cJSON.h>

#include "request.h"

/* Checks template.name, language and components as Meta does. */
bool template_check(const cJSON *template, refusal *why);

/* Shared with request.c: `object` must be an object with only these keys (NULL-terminated), each once. */
bool keys_check(const cJSON *object, const char *const *names, const char *where, refusal *why);

/* A required string of 1 to `most` characters. Answers NULL after refusing. */
const char *string_check(const cJSON *object, const char *name, size_t most, int too_long_code, refusal *why);

#endif
