/* What is sent to the Graph API: the URL, and a message's body from the parts that all kinds share. */
#ifndef KLOYST_META_GRAPH_REQUEST_H
#define KLOYST_META_GRAPH_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include <kloyst/status.h>

#include "base/buffer.h"
#include "meta/graph_template.h"

#define GRAPH_MAX_TRACKER 512 /* bytes */
#define GRAPH_MAX_WAMID 1024  /* bytes */

/* Appends "<base_url>/<api_version>/<phone_number_id>/messages". A slash at the end of base_url is not doubled.
 * KL_ERR_ARGUMENT: a NULL; KL_ERR_FORMAT: not http(s), not a version like v25.0, or an id with characters other
 * than letters, digits and '_' (it must not reach another path); KL_ERR_MEMORY. On failure out is unchanged. */
kl_status graph_messages_url(buffer *out, const char *base_url, const char *api_version, const char *phone_number_id,
                             kl_error **error);

/* Whether the text is a business-scoped user id, such as IN.1a2b: two letters of the country, perhaps ".ENT", a dot and up to
 * 128 letters and digits. */
bool graph_is_user_id(const char *text);

/* What a message has whatever its kind. */
typedef struct graph_envelope {
    const char *recipient; /* E.164 digits; the '+' is put before them here, as Meta would else prepend the sender's
                              country code. Or a user id, which goes into the member "recipient" */
    const char *tracker;   /* comes back in every status webhook; NULL: none */
    const char *reply_to;  /* wamid of the message that is answered; NULL: none */
} graph_envelope;

/* Appends the JSON body of a message of this type ("text", "image" …) whose content, the member of that name with its
 * key, was made by a function of graph_message.h or graph_template.h.
 * KL_ERR_ARGUMENT: a NULL; KL_ERR_FORMAT: neither digits nor a user id; KL_ERR_ENCODING: a tracker or wamid that is not
 * UTF-8; KL_ERR_TOO_LONG: one above its limit; KL_ERR_MEMORY. On failure out is unchanged. */
kl_status graph_message(buffer *out, const graph_envelope *envelope, const char *type, const char *content, size_t length,
                        kl_error **error);

/* The same for a template message in one step: graph_template_content() and graph_message(). `mobile` may be a user id. */
kl_status graph_template_message(buffer *out, const char *mobile, const char *tracker, const char *template_name,
                                 const char *language, const graph_parameter *parameters, size_t count, kl_error **error);

#endif
