/* What a user's message says: its kind, its text, its payload. */
#ifndef KLOYST_META_WEBHOOK_CONTENT_H
#define KLOYST_META_WEBHOOK_CONTENT_H

#include "meta/webhook_item.h"

/* Fills kind, text, payload, context_wamid and what a system message tells, from an item whose type is known. Content of another
 * shape than Meta documents is absent. */
void webhook_read_content(webhook_reader *reader, const json_node *item, webhook_message *out);

#endif
