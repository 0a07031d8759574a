/* Folding messages from users: who sent them, and which of them speak of consent. */
#include "core/fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "core/consent_words.h"
#include "meta/graph_request.h"
#include "repo/consent.h"
#include "repo/field.h"

enum { LEARN_MS = 60000, NUMBER_BYTES = 32 };

/* What the phone book accepts. */
static bool is_number(const char *text)
{
    size_t length = text ? strspn(text, "0123456789") : 0;
    return length >= 5 && length <= 15 && text[length] == '\0' && text[0] != '0';
}

static const char *number_in(const char *text)
{
    return is_number(text) ? text : NULL;
}

static const char *user_id_in(const char *text)
{
    return text && graph_is_user_id(text) ? text : NULL;
}

static inbound_message *add(fold *f)
{
    if (f->inbound_count == f->inbound_capacity) {
        size_t capacity = f->inbound_capacity ? f->inbound_capacity * 2 : 64;
        inbound_message *grown = realloc(f->inbound, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        f->inbound = grown;
        f->inbound_capacity = capacity;
    }
    return &f->inbound[f->inbound_count++];
}

kl_status fold_note_message(fold *f, fold_item *item, const webhook_message *m)
{
    inbound_message *said = add(f);
    if (!said)
        return KL_ERR_MEMORY;
    item->inbound = f->inbound_count - 1;
    *said = (inbound_message){.kind = m->kind, .error_code = m->error_code == WEBHOOK_NO_ERROR ? 0 : m->error_code};
    if (!fold_keep(f, number_in(m->from), &said->number) || !fold_keep(f, user_id_in(m->user_id), &said->user_id) ||
        !fold_keep(f, m->text, &said->text) || !fold_keep(f, m->payload, &said->payload) ||
        !fold_keep(f, number_in(m->new_wa_id), &said->new_number) ||
        !fold_keep(f, user_id_in(m->new_user_id), &said->new_user_id) ||
        !fold_keep(f, user_id_in(m->old_user_id), &said->old_user_id))
        return KL_ERR_MEMORY;
    if (!said->number && !said->user_id && said->old_user_id)
        said->user_id = said->old_user_id;
    item->mobile = said->number;
    item->user_id = said->user_id;
    if (!item->aside && !item->mobile && !item->user_id)
        item->aside = m->from || m->user_id ? "the sender's number is no number" : "the sender has neither number nor user id";
    return KL_OK;
}

/* A button says what its payload or its text says, a message what it consists of. */
static void hear(inbound_message *m, const consent_words *words)
{
    bool button = m->kind == KL_KIND_BUTTON || m->kind == KL_KIND_BUTTON_REPLY;
    if (!button && m->kind != KL_KIND_TEXT)
        return;
    m->source = button ? KL_CONSENT_QUICK_REPLY : KL_CONSENT_KEYWORD;
    if (button)
        m->says = consent_words_say(words, m->payload);
    if (!m->says)
        m->says = consent_words_say(words, m->text);
}

kl_status fold_hear_consent(fold *f, const kl_uuid *vendor_id, inbound_message *messages, size_t count, kl_error **error)
{
    consent_words words;
    pg_rows *settings = NULL;
    kl_status status = consent_settings(f->handle->pool, vendor_id, &settings, error);
    if (status)
        return status;
    const char *text = pg_rows_count(settings) && !pg_is_null(settings, 0, 0) ? pg_text(settings, 0, 0) : NULL;
    if (!consent_words_read(&words, text, text ? strlen(text) : 0))
        status = error_memory(error);
    for (size_t i = 0; !status && i < count; i++)
        hear(&messages[i], &words);
    if (!status)
        consent_words_free(&words);
    pg_rows_free(settings);
    return status;
}

/* What does not concern marketing is one of the other fields, and so are words that come up later. */
static kl_consent_kind preference_of(const webhook_preference *p)
{
    if (strcmp(p->category, "marketing_messages") != 0)
        return (kl_consent_kind)0;
    if (strcmp(p->value, "stop") == 0)
        return KL_OPT_OUT;
    return strcmp(p->value, "resume") == 0 || strcmp(p->value, "signup") == 0 ? KL_OPT_IN : (kl_consent_kind)0;
}

static fold_extra *add_extra(fold *f, json_span raw)
{
    if (f->extra_count == f->extra_capacity) {
        size_t capacity = f->extra_capacity ? f->extra_capacity * 2 : 16;
        fold_extra *grown = realloc(f->extras, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        f->extras = grown;
        f->extra_capacity = capacity;
    }
    fold_extra *extra = &f->extras[f->extra_count++];
    *extra = (fold_extra){.body = f->body, .ordinal = f->ordinal++, .raw = raw};
    return extra;
}

kl_status fold_on_preference(void *context, const webhook_preference *p)
{
    fold *f = context;
    f->report.other++;
    kl_consent_kind says = preference_of(p);
    if (!says) {
        f->ordinal++;
        return KL_OK;
    }
    if (!fold_timestamp_ok(p->timestamp) || !p->phone_number_id || (!is_number(p->wa_id) && !user_id_in(p->user_id))) {
        fold_item *item = fold_add(f, p->raw);
        if (!item)
            return KL_ERR_MEMORY;
        item->aside = "a preference of an unusable user, number or time";
        return KL_OK;
    }
    fold_extra *extra = add_extra(f, p->raw);
    if (!extra || !fold_keep(f, p->waba_id, &extra->waba_id) || !fold_keep(f, p->phone_number_id, &extra->phone_number_id) ||
        !fold_keep(f, number_in(p->wa_id), &extra->number) || !fold_keep(f, user_id_in(p->user_id), &extra->user_id))
        return KL_ERR_MEMORY;
    extra->says = says;
    extra->at = p->timestamp * 1000000;
    return KL_OK;
}

kl_status fold_on_other(void *context, const webhook_change *change)
{
    fold *f = context;
    f->report.other++;
    fold_extra *extra = add_extra(f, change->raw);
    if (!extra || !fold_keep(f, change->waba_id, &extra->waba_id) || !fold_keep(f, change->field, &extra->field))
        return KL_ERR_MEMORY;
    extra->entry_time = change->entry_time;
    return KL_OK;
}

/* Pairs that stand one behind the other are heard once; they are the same for all changes of most bodies. */
kl_status fold_on_number(void *context, const char *phone_number_id, const char *shown)
{
    fold *f = context;
    const char **last = f->number_count ? &f->numbers[f->number_count - 2] : NULL;
    if (!f->learns || strlen(shown) > NUMBER_BYTES ||
        (last && strcmp(last[0], phone_number_id) == 0 && strcmp(last[1], shown) == 0))
        return KL_OK;
    if (f->number_count == f->number_capacity) {
        size_t capacity = f->number_capacity ? f->number_capacity * 2 : 16;
        const char **grown = realloc(f->numbers, capacity * sizeof *grown);
        if (!grown)
            return KL_ERR_MEMORY;
        f->numbers = grown;
        f->number_capacity = capacity;
    }
    if (!fold_keep(f, phone_number_id, &f->numbers[f->number_count]) || !fold_keep(f, shown, &f->numbers[f->number_count + 1]))
        return KL_ERR_MEMORY;
    f->number_count += 2;
    return KL_OK;
}

bool fold_learning_is_due(kl *handle)
{
    long long last = atomic_load(&handle->learned_ms), now = clock_monotonic_ms();
    return (!last || now - last >= LEARN_MS) && atomic_compare_exchange_strong(&handle->learned_ms, &last, now);
}

kl_status fold_learn_numbers(fold *f, kl_error **error)
{
    size_t count = f->number_count / 2;
    const char **ids = malloc((count + 1) * sizeof *ids), **shown = malloc((count + 1) * sizeof *shown);
    kl_status status = ids && shown ? KL_OK : error_memory(error);
    for (size_t i = 0; !status && i < count; i++) {
        ids[i] = f->numbers[2 * i];
        shown[i] = f->numbers[2 * i + 1];
    }
    if (!status && count)
        status = field_learn_numbers(f->handle->pool, ids, shown, count, error);
    free(ids);
    free(shown);
    return status;
}

void fold_free_extras(fold *f)
{
    free(f->numbers);
    free(f->inbound);
    free(f->extras);
}
