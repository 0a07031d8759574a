/* Reading one item of a webhook from its place in the body. */
#include "meta/webhook_content.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* contacts[] usually stands in the order of its items; a longer search would be quadratic in a hostile body. */
enum { MAX_CONTACTS_TRIED = 256 };

static const json_node *member(webhook_reader *reader, const json_node *object, const char *key)
{
    return json_index_member(&reader->index, object, key);
}

static const char *keep(webhook_reader *reader, json_span text, bool escaped)
{
    if (text.length == 0)
        return NULL;
    if (reader->capacity - reader->used <= text.length) {
        reader->overflow = true;
        return NULL;
    }
    char *out = reader->texts + reader->used;
    size_t length = text.length;
    if (escaped)
        length = json_unescape(text.bytes, text.length, out);
    else
        memcpy(out, text.bytes, length);
    out[length] = '\0';
    reader->used += length + 1;
    return out;
}

const char *webhook_text(webhook_reader *reader, const json_node *node)
{
    return json_index_is(node, JSON_STRING) ? keep(reader, json_index_inside(&reader->index, node), node->escaped)
                                            : NULL;
}

bool webhook_id(webhook_reader *reader, const json_node *node, const char **out)
{
    int64_t number;
    *out = NULL;
    if (!node)
        return true;
    if (json_index_is(node, JSON_STRING)) {
        *out = webhook_text(reader, node);
        return true;
    }
    if (!json_index_integer(&reader->index, node, &number))
        return false;
    *out = keep(reader, json_index_raw(&reader->index, node), false);
    return true;
}

/* A text that may be absent but nothing else than a text. */
static bool optional_text(webhook_reader *reader, const json_node *node, const char **out)
{
    *out = webhook_text(reader, node);
    return !node || json_index_is(node, JSON_STRING);
}

static bool seconds(webhook_reader *reader, const json_node *node, int64_t *out)
{
    return json_index_integer(&reader->index, node, out) && *out >= 0;
}

/* The first of errors[]; false when there is something that has no code. */
static bool first_error(webhook_reader *reader, const json_node *item, int *code, const json_node **found)
{
    const json_node *list = member(reader, item, "errors");
    int64_t value;
    *code = WEBHOOK_NO_ERROR;
    *found = NULL;
    if (!list)
        return true;
    if (!json_index_is(list, JSON_ARRAY))
        return false;
    const json_node *first = json_index_child(&reader->index, list);
    if (!first)
        return true;
    if (!json_index_integer(&reader->index, member(reader, first, "code"), &value) || value < 0 || value > INT_MAX)
        return false;
    *code = (int)value;
    *found = first;
    return true;
}

bool webhook_read_contacts(webhook_reader *reader, const json_node *list)
{
    const json_index *index = &reader->index;
    reader->contact_count = reader->contact_cursor = 0;
    if (!json_index_is(list, JSON_ARRAY))
        return true;
    if (list->count > reader->contact_capacity) {
        webhook_contact *grown = realloc(reader->contacts, list->count * sizeof *grown);
        if (!grown)
            return false;
        reader->contacts = grown;
        reader->contact_capacity = list->count;
    }
    for (const json_node *at = json_index_child(index, list); at; at = json_index_next(index, at)) {
        webhook_contact *contact = &reader->contacts[reader->contact_count++];
        webhook_id(reader, member(reader, at, "wa_id"), &contact->wa_id);
        webhook_id(reader, member(reader, at, "user_id"), &contact->user_id);
        contact->name = webhook_text(reader, member(reader, member(reader, at, "profile"), "name"));
    }
    return true;
}

static bool same_text(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* The contact with this wa_id or user_id (either may be NULL); an empty one when there is none. */
static const webhook_contact *find_contact(webhook_reader *reader, const char *wa_id, const char *user_id)
{
    static const webhook_contact nobody = {NULL, NULL, NULL};
    size_t count = reader->contact_count;
    if (!wa_id && !user_id)
        return count == 1 ? reader->contacts : &nobody;
    for (size_t tried = 0; tried < count && tried < MAX_CONTACTS_TRIED; tried++) {
        size_t at = (reader->contact_cursor + tried) % count;
        const webhook_contact *contact = &reader->contacts[at];
        if (same_text(contact->wa_id, wa_id) || same_text(contact->user_id, user_id)) {
            reader->contact_cursor = at;
            return contact;
        }
    }
    return &nobody;
}

static webhook_kind kind_of(const char *text)
{
    static const struct {
        const char *text;
        webhook_kind kind;
    } kinds[] = {{"sent", WEBHOOK_SENT},
                 {"delivered", WEBHOOK_DELIVERED},
                 {"read", WEBHOOK_READ},
                 {"played", WEBHOOK_READ},
                 {"failed", WEBHOOK_FAILED}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].text, text) == 0)
            return kinds[i].kind;
    return WEBHOOK_OTHER;
}

static const char *read_pricing(webhook_reader *reader, const json_node *node, webhook_pricing *out)
{
    *out = (webhook_pricing){.billable = WEBHOOK_UNKNOWN};
    if (!node)
        return NULL;
    if (!json_index_is(node, JSON_OBJECT))
        return "a status whose pricing is no object";
    const json_node *billable = member(reader, node, "billable");
    if (billable && !json_index_is(billable, JSON_TRUE) && !json_index_is(billable, JSON_FALSE))
        return "a status whose billable is neither true nor false";
    out->present = true;
    if (billable)
        out->billable = json_index_is(billable, JSON_TRUE);
    out->model = webhook_text(reader, member(reader, node, "pricing_model"));
    out->type = webhook_text(reader, member(reader, node, "type"));
    out->category = webhook_text(reader, member(reader, node, "category"));
    return NULL;
}

const char *webhook_read_status(webhook_reader *reader, const webhook_scope *scope, const json_node *item,
                                webhook_status *out)
{
    const json_node *problem;
    *out = (webhook_status){.waba_id = scope->waba_id,
                            .phone_number_id = scope->phone_number_id,
                            .raw = json_index_raw(&reader->index, item)};
    if (!json_index_is(item, JSON_OBJECT))
        return "a status that is no object";
    if (!(out->wamid = webhook_text(reader, member(reader, item, "id"))))
        return "a status without id";
    if (!(out->kind_text = webhook_text(reader, member(reader, item, "status"))))
        return "a status that does not say which";
    if (!seconds(reader, member(reader, item, "timestamp"), &out->timestamp))
        return "a status without timestamp";
    if (!webhook_id(reader, member(reader, item, "recipient_id"), &out->recipient_id) ||
        !webhook_id(reader, member(reader, item, "recipient_user_id"), &out->recipient_user_id))
        return "a status whose recipient is no text";
    if (!optional_text(reader, member(reader, item, "biz_opaque_callback_data"), &out->tracker))
        return "a status whose tracker is no text";
    if (!first_error(reader, item, &out->error_code, &problem))
        return "a status whose error has no code";
    out->kind = kind_of(out->kind_text);
    out->error_title = webhook_text(reader, member(reader, problem, "title"));
    out->error_details = webhook_text(reader, member(reader, member(reader, problem, "error_data"), "details"));
    if (!out->error_details)
        out->error_details = webhook_text(reader, member(reader, problem, "message"));
    if (!out->recipient_user_id && out->recipient_id)
        out->recipient_user_id = find_contact(reader, out->recipient_id, NULL)->user_id;
    return read_pricing(reader, member(reader, item, "pricing"), &out->pricing);
}

const char *webhook_read_message(webhook_reader *reader, const webhook_scope *scope, const json_node *item,
                                 webhook_message *out)
{
    const json_node *problem;
    *out = (webhook_message){.waba_id = scope->waba_id,
                             .phone_number_id = scope->phone_number_id,
                             .raw = json_index_raw(&reader->index, item)};
    if (!json_index_is(item, JSON_OBJECT))
        return "a message that is no object";
    if (!(out->wamid = webhook_text(reader, member(reader, item, "id"))))
        return "a message without id";
    if (!(out->type = webhook_text(reader, member(reader, item, "type"))))
        return "a message without type";
    if (!seconds(reader, member(reader, item, "timestamp"), &out->timestamp))
        return "a message without timestamp";
    if (!webhook_id(reader, member(reader, item, "from"), &out->from) ||
        !webhook_id(reader, member(reader, item, "from_user_id"), &out->user_id))
        return "a message whose sender is no text";
    if (!first_error(reader, item, &out->error_code, &problem))
        return "a message whose error has no code";
    const webhook_contact *contact = find_contact(reader, out->from, out->user_id);
    if (!out->user_id)
        out->user_id = contact->user_id;
    out->profile_name = contact->name;
    webhook_read_content(reader, item, out);
    return NULL;
}

const char *webhook_read_preference(webhook_reader *reader, const webhook_scope *scope, const json_node *item,
                                    webhook_preference *out)
{
    *out = (webhook_preference){.waba_id = scope->waba_id,
                                .phone_number_id = scope->phone_number_id,
                                .raw = json_index_raw(&reader->index, item)};
    if (!json_index_is(item, JSON_OBJECT))
        return "a preference that is no object";
    if (!webhook_id(reader, member(reader, item, "wa_id"), &out->wa_id) ||
        !webhook_id(reader, member(reader, item, "user_id"), &out->user_id) || (!out->wa_id && !out->user_id))
        return "a preference without user";
    if (!(out->category = webhook_text(reader, member(reader, item, "category"))))
        return "a preference without category";
    if (!(out->value = webhook_text(reader, member(reader, item, "value"))))
        return "a preference without value";
    if (!seconds(reader, member(reader, item, "timestamp"), &out->timestamp))
        return "a preference without timestamp";
    return NULL;
}
