/* From a message's options to its content for the Graph API. */
#ifndef KLOYST_CORE_SEND_CONTENT_H
#define KLOYST_CORE_SEND_CONTENT_H

#include <kloyst/send.h>

#include "base/buffer.h"
#include "core/send_json.h"

/* Meta's word for the kind, "interactive" for buttons and lists. NULL: no such kind. */
const char *send_type(kl_content_kind kind);

/* Appends the content for graph_message(). `parameters` are the options', read. The statuses of kl_message_send(). */
kl_status send_content(const kl_message_options *options, const send_parameters *parameters, buffer *out, kl_error **error);

#endif
