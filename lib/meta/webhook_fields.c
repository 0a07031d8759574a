/* Changes of templates, numbers and accounts that webhooks tell of: the fields beside messages and preferences. */
#include "meta/webhook_fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "meta/webhook_item.h"

static webhook_field_kind kind_of(const char *field)
{
    static const struct {
        const char *name;
        webhook_field_kind kind;
    } kinds[] = {{"message_template_status_update", WEBHOOK_TEMPLATE_STATUS},
                 {"message_template_quality_update", WEBHOOK_TEMPLATE_QUALITY},
                 {"template_category_update", WEBHOOK_TEMPLATE_CATEGORY},
                 {"message_template_components_update", WEBHOOK_TEMPLATE_COMPONENTS},
                 {"phone_number_quality_update", WEBHOOK_NUMBER_QUALITY},
                 {"account_update", WEBHOOK_ACCOUNT},
                 {"business_capability_update", WEBHOOK_CAPABILITY}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, field) == 0)
            return kinds[i].kind;
    return WEBHOOK_FIELD_UNKNOWN;
}

static const json_node *member(webhook_reader *reader, const json_node *object, const char *key)
{
    return json_index_member(&reader->index, object, key);
}

static const char *text(webhook_reader *reader, const json_node *object, const char *key)
{
    return webhook_text(reader, member(reader, object, key));
}

/* Meta writes "NONE" for no reason. */
static const char *reason(webhook_reader *reader, const json_node *object, const char *key)
{
    const char *found = text(reader, object, key);
    return found && strcmp(found, "NONE") == 0 ? NULL : found;
}

/* The messaging limit as a number (-1: unlimited) or as TIER_250, TIER_2K, TIER_UNLIMITED. */
static int64_t limit_of(webhook_reader *reader, const json_node *node)
{
    int64_t number = 0;
    if (json_index_integer(&reader->index, node, &number))
        return number > 0 || number == WEBHOOK_UNLIMITED ? number : WEBHOOK_NO_LIMIT_TOLD;
    const char *tier = webhook_text(reader, node);
    if (!tier || strncmp(tier, "TIER_", 5) != 0)
        return WEBHOOK_NO_LIMIT_TOLD;
    if (strcmp(tier + 5, "UNLIMITED") == 0)
        return WEBHOOK_UNLIMITED;
    size_t digits = strspn(tier + 5, "0123456789");
    bool thousands = strcmp(tier + 5 + digits, "K") == 0;
    if (digits == 0 || digits > 9 || (!thousands && tier[5 + digits]))
        return WEBHOOK_NO_LIMIT_TOLD;
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (tier[5 + i] - '0');
    return thousands ? number * 1000 : number;
}

static bool read_template(webhook_reader *reader, const json_node *value, webhook_field *out)
{
    if (!webhook_id(reader, member(reader, value, "message_template_id"), &out->template_id))
        return false;
    out->template_name = text(reader, value, "message_template_name");
    out->template_language = text(reader, value, "message_template_language");
    out->event = text(reader, value, "event");
    out->reason = reason(reader, value, "reason");
    const json_node *other = member(reader, value, "other_info");
    if (!out->reason)
        out->reason = reason(reader, other, "title");
    if (!out->reason)
        out->reason = reason(reader, member(reader, value, "disable_info"), "disable_date");
    out->quality = text(reader, value, "new_quality_score");
    out->category = text(reader, value, "new_category");
    if (!out->category)
        out->category = text(reader, value, "message_template_category");
    out->coming_category = text(reader, value, "correct_category");
    if (!json_index_integer(&reader->index, member(reader, value, "category_update_timestamp"), &out->category_at) ||
        out->category_at < 0)
        out->category_at = 0;
    return out->template_id || out->template_name;
}

/* restriction_info is a list; one of its entries may keep the account from starting conversations. */
static void read_restriction(webhook_reader *reader, const json_node *value, webhook_field *out)
{
    const json_node *list = member(reader, value, "restriction_info");
    if (!json_index_is(list, JSON_ARRAY))
        return;
    for (const json_node *at = json_index_child(&reader->index, list); at; at = json_index_next(&reader->index, at)) {
        const char *type = text(reader, at, "restriction_type");
        if (!type || strcmp(type, "RESTRICTED_BIZ_INITIATED_MESSAGING") != 0)
            continue;
        out->restricted = true;
        if (!json_index_integer(&reader->index, member(reader, at, "expiration"), &out->restricted_until) ||
            out->restricted_until < 0)
            out->restricted_until = 0;
    }
}

static const char *read_value(webhook_reader *reader, const json_node *value, webhook_field *out)
{
    static const char limit_member[] = "max_daily_conversations_per_business";
    switch (out->kind) {
    case WEBHOOK_FIELD_UNKNOWN:
        return NULL;
    case WEBHOOK_TEMPLATE_STATUS:
    case WEBHOOK_TEMPLATE_QUALITY:
    case WEBHOOK_TEMPLATE_CATEGORY:
    case WEBHOOK_TEMPLATE_COMPONENTS:
        if (!read_template(reader, value, out))
            return "a change of a template that does not say which";
        if (out->kind == WEBHOOK_TEMPLATE_STATUS && !out->event)
            return "a template's state that does not say which";
        if (out->kind == WEBHOOK_TEMPLATE_CATEGORY && !out->category)
            return "a template's category that does not say which";
        return NULL;
    case WEBHOOK_NUMBER_QUALITY:
    case WEBHOOK_ACCOUNT:
        if (!(out->event = text(reader, value, "event")))
            return "a change of a number or account that does not say which";
        if (!webhook_id(reader, member(reader, value, "display_phone_number"), &out->display_number))
            return "a number that is no text";
        out->limit = limit_of(reader, member(reader, value, limit_member));
        if (out->limit == WEBHOOK_NO_LIMIT_TOLD)
            out->limit = limit_of(reader, member(reader, value, "current_limit"));
        out->ban_state = text(reader, member(reader, value, "ban_info"), "waba_ban_state");
        out->reason = reason(reader, member(reader, value, "violation_info"), "violation_type");
        read_restriction(reader, value, out);
        return NULL;
    case WEBHOOK_CAPABILITY:
        out->limit = limit_of(reader, member(reader, value, limit_member));
        if (out->limit == WEBHOOK_NO_LIMIT_TOLD)
            out->limit = limit_of(reader, member(reader, value, "max_daily_conversation_per_phone"));
        return NULL;
    }
    return NULL;
}

kl_status webhook_field_read(const char *field, json_span value, webhook_field *out, kl_error **error)
{
    webhook_reader reader = {.capacity = value.length};
    const char *wrong = NULL;
    *out = (webhook_field){.kind = kind_of(field)};
    if (out->kind == WEBHOOK_FIELD_UNKNOWN)
        return KL_OK;
    kl_status status = value.length ? json_index_build(value.bytes, value.length, NULL, &reader.index, error)
                                    : error_set(error, KL_ERR_FORMAT, "a change without value");
    if (status)
        goto done;
    out->texts = reader.texts = malloc(value.length);
    if (!reader.texts)
        status = error_memory(error);
    else if (!json_index_is(json_index_root(&reader.index), JSON_OBJECT))
        wrong = "a change whose value is no object";
    else
        wrong = read_value(&reader, json_index_root(&reader.index), out);
    if (wrong)
        status = error_set(error, KL_ERR_FORMAT, "%s", wrong);
    json_index_free(&reader.index);
done:
    if (status)
        webhook_field_free(out);
    return status;
}

void webhook_field_free(webhook_field *field)
{
    free(field->texts);
    *field = (webhook_field){0};
}
