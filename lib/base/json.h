/* Strict JSON (RFC 8259): the check that stands in front of every other reader of JSON. */
#ifndef KLOYST_BASE_JSON_H
#define KLOYST_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include <kloyst/status.h>

typedef enum json_kind {
    JSON_OBJECT,
    JSON_ARRAY,
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL
} json_kind;

/* A zero member takes its default. */
typedef struct json_limits {
    size_t max_bytes;  /* 3 MiB, the largest webhook body; never more than 1 GiB */
    size_t max_depth;  /* 32 arrays and objects inside each other; never more than 128 */
    size_t max_values; /* 200,000, members and items included */
} json_limits;

#define JSON_MAX_NUMBER 64 /* characters of one number */

/* Accepts what every reader understands alike: one value in valid UTF-8, no byte order mark, nothing
 * behind it, no NUL raw or escaped, no lone surrogate, no two equal keys in an object, numbers of at
 * most JSON_MAX_NUMBER characters below 10^308 and with an exponent between -308 and 308.
 * `limits` NULL takes the defaults; `kind` may be NULL and is untouched on failure.
 * KL_ERR_JSON: grammar, a duplicate key or a number out of range; KL_ERR_TOO_LONG: a limit;
 * KL_ERR_ENCODING: not UTF-8, a NUL or a lone surrogate; KL_ERR_MEMORY.
 * The message names the byte offset and never quotes the text. */
kl_status json_check(const char *bytes, size_t length, const json_limits *limits, json_kind *kind, kl_error **error);

/* Decodes the inside of a checked string (without its quotes) to `out`, which has room for `length`
 * bytes; answers the number written, no NUL is added. */
size_t json_unescape(const char *bytes, size_t length, char *out);

#endif
