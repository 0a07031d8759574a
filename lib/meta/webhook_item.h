/* Reading one item of a webhook from its place in the body. */
#ifndef KLOYST_META_WEBHOOK_ITEM_H
#define KLOYST_META_WEBHOOK_ITEM_H

#include "meta/webhook.h"

/* One entry of contacts[]. */
typedef struct webhook_contact {
    const char *wa_id;
    const char *user_id;
    const char *name;
} webhook_contact;

/* The indexed body and the room for decoded texts. A text with its NUL is never longer than what was written for it,
 * and each is decoded once an item, so the body's own length is always enough. */
typedef struct webhook_reader {
    json_index index;
    char *texts;
    size_t used, capacity;
    bool overflow; /* the sentence above was wrong */
    webhook_contact *contacts; /* of the change being read */
    size_t contact_count, contact_capacity;
    size_t contact_cursor; /* where the search for the next item's contact starts */
} webhook_reader;

/* What the items of one change share. */
typedef struct webhook_scope {
    const char *waba_id;
    const char *field;
    const char *phone_number_id;
    int64_t entry_time;
    const json_node *value;
} webhook_scope;

/* A text, NULL when it is absent, empty or no string. */
const char *webhook_text(webhook_reader *reader, const json_node *node);

/* The same for what Meta writes as a string or a whole number; false when it is neither. Absent is true and NULL. */
bool webhook_id(webhook_reader *reader, const json_node *node, const char **out);

/* Decodes contacts[] once for all items of a change; a NULL `list` has none. False when there is no memory. */
bool webhook_read_contacts(webhook_reader *reader, const json_node *list);

/* Each fills *out and answers NULL, or the reason why the item cannot be understood. */
const char *webhook_read_status(webhook_reader *reader, const webhook_scope *scope, const json_node *item,
                                webhook_status *out);
const char *webhook_read_message(webhook_reader *reader, const webhook_scope *scope, const json_node *item,
                                 webhook_message *out);
const char *webhook_read_preference(webhook_reader *reader, const webhook_scope *scope, const json_node *item,
                                    webhook_preference *out);

#endif
