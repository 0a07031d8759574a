/* The content of a template message: its name, its language, and the parameters in their places. */
#ifndef KLOYST_META_GRAPH_TEMPLATE_H
#define KLOYST_META_GRAPH_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include <kloyst/status.h>

#include "base/buffer.h"

/* One value. Its place is one of
 *   NULL or "body", "header:text"                     a text;
 *   "header:image", "header:video", "header:document" a media id, or an https link;
 *   "button:N:url" (a URL's end or a code), "button:N:copy_code", "button:N:quick_reply" (what comes back), N = 0 … 9. */
typedef struct graph_parameter {
    const char *name; /* of a text in the header or body of a named template; NULL elsewhere, where the order counts */
    const char *text;
    const char *place;
} graph_parameter;

#define GRAPH_MAX_PARAMETER 1024 /* characters */
#define GRAPH_MAX_TEMPLATE_NAME 512
#define GRAPH_MAX_LINK 2048      /* bytes */

/* Whether a parameter can stand there. */
bool graph_is_place(const char *place);

/* Whether it is an image, a video or a document. */
bool graph_is_media_place(const char *place);

/* Whether a parameter there has a name in a named template. */
bool graph_place_is_named(const char *place);

/* Appends "template":{…}. Of the parameters those of one place keep their order. All texts of header and body are named or
 * none is; with count 0 the template has no components.
 * KL_ERR_ARGUMENT: a NULL, no such place, or named and positional parameters mixed; KL_ERR_FORMAT: a bad name, language code
 * or parameter; KL_ERR_MEMORY. On failure out is unchanged. */
kl_status graph_template_content(buffer *out, const char *template_name, const char *language,
                                 const graph_parameter *parameters, size_t count, kl_error **error);

/* Meta's rules for one text: not empty, valid UTF-8, at most GRAPH_MAX_PARAMETER characters, no line break, tab or
 * other control character, no more than four blanks in a row.
 * KL_OK, or KL_ERR_FORMAT and a static text in *why (which may be NULL). */
kl_status graph_parameter_check(const char *text, size_t length, const char **why);

/* The same for the value of a place: media are named by an id of digits or by an https link. */
kl_status graph_value_check(const char *place, const char *text, const char **why);

/* An https link of visible ASCII characters, at most GRAPH_MAX_LINK bytes. */
bool graph_is_link(const char *text);

/* Meta's id of an uploaded medium: 1 … 64 digits. */
bool graph_is_media_id(const char *text);

#endif
