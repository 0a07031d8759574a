/* What a user's message says: its kind, its text, its payload. */
#include "meta/webhook_content.h"

#include <string.h>

static const json_node *member(webhook_reader *reader, const json_node *object, const char *key)
{
    return json_index_member(&reader->index, object, key);
}

static const char *text_of(webhook_reader *reader, const json_node *object, const char *key)
{
    return webhook_text(reader, member(reader, object, key));
}

typedef struct kind_name {
    const char *name;
    kl_message_kind kind;
} kind_name;

static const kind_name types[] = {
    {"text", KL_KIND_TEXT},         {"button", KL_KIND_BUTTON},           {"image", KL_KIND_IMAGE},
    {"video", KL_KIND_VIDEO},       {"audio", KL_KIND_AUDIO},             {"document", KL_KIND_DOCUMENT},
    {"sticker", KL_KIND_STICKER},   {"reaction", KL_KIND_REACTION},       {"order", KL_KIND_ORDER},
    {"location", KL_KIND_LOCATION}, {"contacts", KL_KIND_CONTACTS},       {"system", KL_KIND_SYSTEM},
    {"voice", KL_KIND_AUDIO},       {"unsupported", KL_KIND_UNSUPPORTED}, {NULL, KL_KIND_OTHER},
};
static const kind_name replies[] = {
    {"button_reply", KL_KIND_BUTTON_REPLY},
    {"list_reply", KL_KIND_LIST_REPLY},
    {"nfm_reply", KL_KIND_FLOW_REPLY},
    {NULL, KL_KIND_OTHER},
};

static kl_message_kind kind_of(const kind_name *names, const char *name)
{
    while (names->name && strcmp(names->name, name) != 0)
        names++;
    return names->kind;
}

/* An interactive reply's content has the name of its own type. Answers it, absent when it has none. */
static const json_node *read_interactive(webhook_reader *reader, const json_node *interactive, webhook_message *out)
{
    size_t before = reader->used;
    const char *name = text_of(reader, interactive, "type");
    out->kind = name ? kind_of(replies, name) : KL_KIND_OTHER;
    const json_node *reply = name ? member(reader, interactive, name) : NULL;
    reader->used = before;
    out->payload = text_of(reader, reply, out->kind == KL_KIND_FLOW_REPLY ? "response_json" : "id");
    return reply;
}

static void read_system(webhook_reader *reader, const json_node *system, webhook_message *out)
{
    size_t before = reader->used;
    const char *type = text_of(reader, system, "type");
    bool changed = type && (strncmp(type, "user_changed_", 13) == 0 || strncmp(type, "customer_changed_", 17) == 0);
    reader->used = before;
    if (!changed)
        return;
    out->old_user_id = text_of(reader, system, "previous_user_id");
    if (!webhook_id(reader, member(reader, system, "wa_id"), &out->new_wa_id) || !out->new_wa_id)
        out->new_wa_id = text_of(reader, system, "new_wa_id");
    out->new_user_id = text_of(reader, system, "user_id");
}

void webhook_read_content(webhook_reader *reader, const json_node *item, webhook_message *out)
{
    static const char *const texts[] = {"body", "text", "title", "caption", "emoji", "filename", "name", "address"};
    const json_node *content = member(reader, item, out->type);
    out->kind = kind_of(types, out->type);
    if (strcmp(out->type, "interactive") == 0)
        content = read_interactive(reader, content, out);
    else if (out->kind == KL_KIND_CONTACTS)
        content = member(reader, json_index_is(content, JSON_ARRAY) ? json_index_child(&reader->index, content) : NULL, "name");
    else if (out->kind == KL_KIND_SYSTEM)
        read_system(reader, content, out);
    else
        out->payload = text_of(reader, content, "payload");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && !out->text; i++)
        out->text = text_of(reader, content, texts[i]);
    if (!out->text && out->kind == KL_KIND_CONTACTS)
        out->text = text_of(reader, content, "formatted_name");
    out->context_wamid = text_of(reader, member(reader, item, "context"), "id");
    if (!out->context_wamid && out->kind == KL_KIND_REACTION)
        out->context_wamid = text_of(reader, content, "message_id");
}
