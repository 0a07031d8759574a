/* Meta's webhook bodies, taken apart into the events they carry. */
#include "meta/webhook.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "meta/webhook_item.h"

static const json_limits body_limits = {.max_bytes = 3 * 1024 * 1024, .max_depth = 32, .max_values = 200000};

typedef struct walk {
    webhook_reader reader;
    const webhook_handler *handler;
    void *context;
} walk;

typedef kl_status (*item_visit)(walk *w, const webhook_scope *scope, const json_node *item);

static kl_status bad(walk *w, const char *waba_id, const char *reason, const json_node *item)
{
    return w->handler->on_bad
               ? w->handler->on_bad(w->context, waba_id, reason, json_index_raw(&w->reader.index, item))
               : KL_OK;
}

static kl_status visit_status(walk *w, const webhook_scope *scope, const json_node *item)
{
    webhook_status found;
    if (!w->handler->on_status)
        return KL_OK;
    const char *reason = webhook_read_status(&w->reader, scope, item, &found);
    return reason ? bad(w, scope->waba_id, reason, item) : w->handler->on_status(w->context, &found);
}

static kl_status visit_message(walk *w, const webhook_scope *scope, const json_node *item)
{
    webhook_message found;
    if (!w->handler->on_message)
        return KL_OK;
    const char *reason = webhook_read_message(&w->reader, scope, item, &found);
    return reason ? bad(w, scope->waba_id, reason, item) : w->handler->on_message(w->context, &found);
}

static kl_status visit_preference(walk *w, const webhook_scope *scope, const json_node *item)
{
    webhook_preference found;
    const char *reason = webhook_read_preference(&w->reader, scope, item, &found);
    return reason ? bad(w, scope->waba_id, reason, item) : w->handler->on_preference(w->context, &found);
}

static kl_status visit_other(walk *w, const webhook_scope *scope)
{
    if (!w->handler->on_other)
        return KL_OK;
    webhook_change found = {scope->waba_id, scope->field, json_index_raw(&w->reader.index, scope->value),
                            scope->entry_time};
    return w->handler->on_other(w->context, &found);
}

/* Every item of one list; an absent list has none. */
static kl_status walk_items(walk *w, const webhook_scope *scope, const json_node *list, item_visit visit)
{
    kl_status status = KL_OK;
    if (!list)
        return KL_OK;
    if (!json_index_is(list, JSON_ARRAY))
        return bad(w, scope->waba_id, "a list of items that is no array", list);
    const json_node *item = json_index_child(&w->reader.index, list);
    for (; item && status == KL_OK; item = json_index_next(&w->reader.index, item)) {
        size_t before = w->reader.used;
        status = visit(w, scope, item);
        w->reader.used = before;
    }
    return status;
}

static kl_status walk_messages(walk *w, const webhook_scope *scope)
{
    const json_index *index = &w->reader.index;
    const json_node *statuses = json_index_member(index, scope->value, "statuses");
    const json_node *messages = json_index_member(index, scope->value, "messages");
    if (!webhook_read_contacts(&w->reader, json_index_member(index, scope->value, "contacts")))
        return KL_ERR_MEMORY;
    kl_status status = walk_items(w, scope, statuses, visit_status);
    if (status == KL_OK)
        status = walk_items(w, scope, messages, visit_message);
    if (status == KL_OK && ((!statuses && !messages) || json_index_member(index, scope->value, "errors")))
        status = visit_other(w, scope);
    return status;
}

static kl_status walk_value(walk *w, webhook_scope *scope)
{
    const json_index *index = &w->reader.index;
    bool messages = strcmp(scope->field, "messages") == 0;
    bool preferences = strcmp(scope->field, "user_preferences") == 0 && w->handler->on_preference;
    if (!messages && !preferences)
        return visit_other(w, scope);
    if (!json_index_is(scope->value, JSON_OBJECT))
        return bad(w, scope->waba_id, "a change whose value is no object", scope->value);
    const json_node *metadata = json_index_member(index, scope->value, "metadata");
    if (!webhook_id(&w->reader, json_index_member(index, metadata, "phone_number_id"), &scope->phone_number_id))
        return bad(w, scope->waba_id, "a change whose phone number id is no text", scope->value);
    if (messages) {
        const char *shown = w->handler->on_number
                                ? webhook_text(&w->reader, json_index_member(index, metadata, "display_phone_number"))
                                : NULL;
        kl_status status = shown && scope->phone_number_id ? w->handler->on_number(w->context, scope->phone_number_id, shown) : KL_OK;
        return status ? status : walk_messages(w, scope);
    }
    const json_node *list = json_index_member(index, scope->value, "user_preferences");
    return list ? walk_items(w, scope, list, visit_preference) : visit_other(w, scope);
}

static kl_status walk_change(walk *w, const char *waba_id, int64_t entry_time, const json_node *change)
{
    const json_index *index = &w->reader.index;
    webhook_scope scope = {.waba_id = waba_id, .entry_time = entry_time};
    if (!json_index_is(change, JSON_OBJECT))
        return bad(w, waba_id, "a change that is no object", change);
    scope.field = webhook_text(&w->reader, json_index_member(index, change, "field"));
    if (!scope.field)
        return bad(w, waba_id, "a change without field", change);
    scope.value = json_index_member(index, change, "value");
    return walk_value(w, &scope);
}

static kl_status walk_entry(walk *w, const json_node *entry)
{
    const json_index *index = &w->reader.index;
    const char *waba_id;
    int64_t time = 0;
    if (!json_index_is(entry, JSON_OBJECT))
        return bad(w, NULL, "an entry that is no object", entry);
    if (!webhook_id(&w->reader, json_index_member(index, entry, "id"), &waba_id) || !waba_id)
        return bad(w, NULL, "an entry without id", entry);
    json_index_integer(index, json_index_member(index, entry, "time"), &time);
    const json_node *changes = json_index_member(index, entry, "changes");
    if (!json_index_is(changes, JSON_ARRAY))
        return bad(w, waba_id, "an entry without changes", entry);
    kl_status status = KL_OK;
    const json_node *change = json_index_child(index, changes);
    for (; change && status == KL_OK; change = json_index_next(index, change)) {
        size_t before = w->reader.used;
        status = walk_change(w, waba_id, time, change);
        w->reader.used = before;
    }
    return status;
}

static kl_status walk_envelope(walk *w)
{
    const json_index *index = &w->reader.index;
    const json_node *root = json_index_root(index);
    const char *object = webhook_text(&w->reader, json_index_member(index, root, "object"));
    const json_node *entries = json_index_member(index, root, "entry");
    if (!object || strcmp(object, "whatsapp_business_account") != 0)
        return bad(w, NULL, "not about a WhatsApp Business account", root);
    if (!json_index_is(entries, JSON_ARRAY))
        return bad(w, NULL, "a body without entries", root);
    kl_status status = KL_OK;
    const json_node *entry = json_index_child(index, entries);
    for (; entry && status == KL_OK; entry = json_index_next(index, entry)) {
        w->reader.used = 0;
        status = walk_entry(w, entry);
    }
    return status;
}

kl_status webhook_parse(const char *body, size_t length, const webhook_handler *handler, void *context,
                        kl_error **error)
{
    if (!body || !handler)
        return error_set(error, KL_ERR_ARGUMENT, "no webhook body or no handler given");
    walk w = {.handler = handler, .context = context};
    kl_status status = json_index_build(body, length, &body_limits, &w.reader.index, error);
    if (status != KL_OK)
        return status;
    if (!json_index_is(json_index_root(&w.reader.index), JSON_OBJECT)) {
        status = error_set(error, KL_ERR_JSON, "a webhook body that is no JSON object");
        goto done;
    }
    w.reader.capacity = length;
    w.reader.texts = malloc(length);
    if (!w.reader.texts) {
        status = error_memory(error);
        goto done;
    }
    status = walk_envelope(&w);
    if (status == KL_ERR_MEMORY)
        error_memory(error);
    else if (status != KL_OK)
        error_set(error, status, "the webhook's handler stopped: %s", kl_status_text(status));
    else if (w.reader.overflow)
        status = error_set(error, KL_ERR_INTERNAL, "a webhook's texts are longer than its body");
done:
    free(w.reader.contacts);
    free(w.reader.texts);
    json_index_free(&w.reader.index);
    return status;
}

bool webhook_challenge_ok(const char *mode, const char *token, const char *expected_token)
{
    if (!mode || !token || !expected_token || !*expected_token || strcmp(mode, "subscribe") != 0)
        return false;
    size_t length = strlen(token), expected = strlen(expected_token);
    volatile unsigned char difference = length != expected;
    for (size_t i = 0; i < length; i++)
        difference |= (unsigned char)(token[i] ^ expected_token[i % expected]);
    return difference == 0;
}
