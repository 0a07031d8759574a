/* What is sent to the Graph API: the URL and the body of a template message. */
#ifndef KLOYST_META_GRAPH_REQUEST_H
#define KLOYST_META_GRAPH_REQUEST_H

#include <stddef.h>

#include <kloyst/status.h>

#include "base/buffer.h"

/* One value of the template's body. */
typedef struct graph_parameter {
    const char *name; /* NULL in a positional template, where the order counts */
    const char *text;
} graph_parameter;

#define GRAPH_MAX_PARAMETER 1024 /* characters */
#define GRAPH_MAX_TRACKER 512    /* bytes */
#define GRAPH_MAX_TEMPLATE_NAME 512

/* Appends "<base_url>/<api_version>/<phone_number_id>/messages". A slash at the end of base_url is not doubled.
 * KL_ERR_ARGUMENT: a NULL; KL_ERR_FORMAT: not http(s), not a version like v25.0, or an id with characters other
 * than letters, digits and '_' (it must not reach another path); KL_ERR_MEMORY. On failure out is unchanged. */
kl_status graph_messages_url(buffer *out, const char *base_url, const char *api_version, const char *phone_number_id,
                             kl_error **error);

/* Appends the JSON body. `mobile` is E.164 digits; the '+' is put before them here, as Meta would else prepend the
 * sender's country code. `tracker` comes back in every status webhook; NULL leaves it out. All parameters are named
 * or none is; with count 0 the template has no components.
 * KL_ERR_ARGUMENT: a NULL, or named and positional parameters mixed; KL_ERR_FORMAT: not digits, a bad name, language
 * code or parameter; KL_ERR_ENCODING: a tracker that is not UTF-8; KL_ERR_TOO_LONG: a tracker above
 * GRAPH_MAX_TRACKER; KL_ERR_MEMORY. On failure out is unchanged. */
kl_status graph_template_message(buffer *out, const char *mobile, const char *tracker, const char *template_name,
                                 const char *language, const graph_parameter *body, size_t count, kl_error **error);

/* Meta's rules for one value: not empty, valid UTF-8, at most GRAPH_MAX_PARAMETER characters, no line break, tab or
 * other control character, no more than four blanks in a row.
 * KL_OK, or KL_ERR_FORMAT and a static text in *why (which may be NULL). */
kl_status graph_parameter_check(const char *text, size_t length, const char **why);

#endif
