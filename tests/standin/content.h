/* What Meta checks on media, interactive messages and reactions. */
#ifndef STANDIN_CONTENT_H
#define STANDIN_CONTENT_H

#include <cjson/cJSON.h>

#include "request.h"

/* Whether there is such a type, apart from text and template. */
bool content_known(const char *type);

/* Checks the member of that name. */
bool content_of_type_check(const cJSON *root, const char *type, refusal *why);

#endif
