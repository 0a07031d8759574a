/* Fuzz target: webhook bodies. What is handed out lies in the body, is JSON, and is of the documented kind. */
#include "fuzz/target.h"

#include "meta/webhook.h"
#include "meta/webhook_fields.h"

typedef struct webhook_seen {
    const char *body;
    size_t size;
    size_t items;
} webhook_seen;

static void webhook_see(webhook_seen *seen, json_span raw, bool may_be_empty)
{
    seen->items++;
    if (!raw.length && may_be_empty)
        return;
    PROMISE(raw.bytes >= seen->body && raw.length <= seen->size && (size_t)(raw.bytes - seen->body) <= seen->size - raw.length);
    PROMISE(json_check(raw.bytes, raw.length, NULL, NULL, NULL) == KL_OK);
}

static kl_status webhook_see_status(void *context, const webhook_status *s)
{
    webhook_see(context, s->raw, false);
    PROMISE(s->wamid && *s->wamid && s->kind_text && s->timestamp >= 0 && s->waba_id);
    PROMISE(s->error_code >= WEBHOOK_NO_ERROR);
    return KL_OK;
}

static kl_status webhook_see_message(void *context, const webhook_message *m)
{
    webhook_see(context, m->raw, false);
    PROMISE(m->wamid && *m->wamid && m->type && m->timestamp >= 0);
    PROMISE(m->kind >= KL_KIND_TEXT && m->kind <= KL_KIND_OTHER);
    return KL_OK;
}

static kl_status webhook_see_preference(void *context, const webhook_preference *p)
{
    webhook_see(context, p->raw, false);
    PROMISE((p->wa_id || p->user_id) && p->category && p->value && p->timestamp >= 0);
    return KL_OK;
}

static kl_status webhook_see_other(void *context, const webhook_change *c)
{
    webhook_field field;
    webhook_see(context, c->raw, true);
    PROMISE(c->field && c->waba_id);
    kl_status status = webhook_field_read(c->field, c->raw, &field, NULL);
    PROMISE(status == KL_OK || status == KL_ERR_FORMAT);
    if (!status && (field.kind == WEBHOOK_TEMPLATE_STATUS || field.kind == WEBHOOK_ACCOUNT))
        PROMISE(field.event && *field.event);
    PROMISE(field.limit >= WEBHOOK_UNLIMITED);
    webhook_field_free(&field);
    return KL_OK;
}

static kl_status webhook_see_bad(void *context, const char *waba_id, const char *reason, json_span raw)
{
    (void)waba_id;
    webhook_see(context, raw, true);
    PROMISE(reason && *reason);
    return KL_OK;
}

static kl_status webhook_see_number(void *context, const char *phone_number_id, const char *shown)
{
    (void)context;
    PROMISE(phone_number_id && shown && *shown);
    return KL_OK;
}

int FUZZ_TARGET(const uint8_t *data, size_t size)
{
    static const webhook_handler handler = {webhook_see_status, webhook_see_message, webhook_see_preference,
                                            webhook_see_other,  webhook_see_bad,     webhook_see_number};
    webhook_seen seen = {(const char *)data, size, 0};
    kl_status status = webhook_parse((const char *)data, size, &handler, &seen, NULL);
    PROMISE(status == KL_OK || status == KL_ERR_JSON || status == KL_ERR_TOO_LONG || status == KL_ERR_ENCODING ||
            (status == KL_ERR_ARGUMENT && !data));
    PROMISE(status == KL_OK || seen.items == 0);
    return 0;
}
