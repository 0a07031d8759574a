/* The rules of single messages: who may be written to, at what price, once. */
#include "core/send.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "core/addressee.h"
#include "core/send_content.h"
#include "core/template_check.h"
#include "crypto/hmac.h"
#include "crypto/tracker.h"
#include "meta/graph_request.h"
#include "repo/common.h"
#include "repo/rate.h"
#include "repo/send.h"

/* A message on its way through this file. */
typedef struct sending {
    kl *handle;
    const kl_message_options *options;
    send_request request;
    char recipient[ADDRESSEE_TEXT];
    send_parameters parameters;
    buffer content;
    buffer body;
} sending;

/* Everything that can be said of the options without the database. */
static kl_status prepare(sending *s, const kl_uuid *vendor_id, kl_error **error)
{
    const kl_message_options *o = s->options;
    bool template = o->kind == KL_CONTENT_TEMPLATE;
    kl_status status = o->to ? addressee_parse(o->to, o->country, s->recipient, error) : KL_OK;
    if (!status)
        status = send_parameters_parse(o->parameters, o->parameters_length, &s->parameters, error);
    if (!status)
        status = send_content(o, &s->parameters, &s->content, error);
    s->request = (send_request){
        .vendor_id = vendor_id,
        .waba_account_id = o->waba_account_id,
        .recipient = o->to ? s->recipient : NULL,
        .contact_id = o->contact_id,
        .template_name = template ? o->template_name : NULL,
        .template_language = template ? o->template_language : NULL,
        .category = template ? rate_category_label(o->category ? o->category : KL_CATEGORY_MARKETING) : NULL,
        .kind = send_type(o->kind),
        .reply_to = o->reply_to,
        .idempotency_key = o->idempotency_key,
        .price = o->price == KL_PRICE_BY_RATE_CARD ? 0 : o->price,
        .by_rate_card = o->price == KL_PRICE_BY_RATE_CARD,
        .at = o->at,
    };
    if (!status && !sha256(s->content.data, s->content.length, s->request.content_hash))
        status = error_set(error, KL_ERR_INTERNAL, "SHA-256 is not available");
    return status;
}

static kl_status check_template(const sending *s, const send_facts *facts, kl_error **error)
{
    template_given given[64];
    if (facts->rests)
        return template_resting(facts->rests, error);
    if (!facts->catalogued)
        return KL_OK; /* nothing is known of the account's templates */
    if (!facts->stored)
        return error_set(error, KL_ERR_TEMPLATE, "the account has no such template in this language");
    for (size_t i = 0; i < s->parameters.count; i++)
        given[i] = (template_given){s->parameters.items[i].place, s->parameters.items[i].name};
    template_shape shape = {facts->status, facts->unsupported, facts->named, facts->rows, facts->places_column,
                            facts->names_column};
    return template_check(&shape, given, s->parameters.count, error);
}

/* Whether the message may go, by what is known now. */
static kl_status check_facts(const sending *s, const send_facts *facts, kl_error **error)
{
    bool template = s->options->kind == KL_CONTENT_TEMPLATE;
    if (!facts->account)
        return common_not_found("account", error);
    if (!facts->contact && s->options->contact_id)
        return common_not_found("contact", error);
    if (facts->blocked)
        return error_set(error, KL_ERR_CONSENT, "the contact is blocked");
    if (template && facts->opted_out && strcmp(facts->category, "MARKETING") == 0)
        return error_set(error, KL_ERR_CONSENT, "the contact has stopped marketing messages");
    if (!template && !facts->window_open)
        return error_set(error, KL_ERR_WINDOW_CLOSED,
                         "the user has not written within 24 hours: only a template may be sent");
    kl_status status = template ? check_template(s, facts, error) : KL_OK;
    if (!status && template && s->request.by_rate_card && !facts->priced)
        status = error_set(error, KL_ERR_NO_RATE, "the rate card has no %s price for the number", facts->category);
    return status;
}

/* The body with the message's own id in it. */
static kl_status make_body(sending *s, const send_message *message, kl_error **error)
{
    char tracker[TRACKER_TEXT];
    const kl_message_options *o = s->options;
    kl_status status = tracker_make(s->handle->keys, s->request.vendor_id, &message->id, tracker, error);
    graph_envelope envelope = {message->recipient, tracker, o->kind == KL_CONTENT_REACTION ? NULL : o->reply_to};
    buffer_clear(&s->body);
    return status ? status
                  : graph_message(&s->body, &envelope, s->request.kind, s->content.data, s->content.length, error);
}

static kl_status write_message(sending *s, pg_connection *c, const send_facts *facts, kl_uuid *id, kl_error **error)
{
    bool paid = false, template = s->options->kind == KL_CONTENT_TEMPLATE;
    char price[KL_MONEY_TEXT];
    send_message message = {
        .contact_id = facts->contact ? &facts->contact_id : NULL,
        .recipient = s->request.recipient ? s->request.recipient : facts->mobile ? facts->mobile : facts->bsuid,
        .category = template ? facts->category : NULL,
        .price = !s->request.by_rate_card ? s->request.price : template ? facts->price : 0,
    };
    uuid_generate(&message.id);
    kl_status status = make_body(s, &message, error);
    message.body = s->body.data;
    if (!status)
        status = send_write(c, &s->request, &message, &paid, error);
    kl_money_format(message.price, price, sizeof price);
    if (!status && !paid)
        status = error_set(error, KL_ERR_INSUFFICIENT, "the available balance does not cover %s", price);
    *id = message.id;
    return status;
}

/* One transaction. */
static kl_status take_once(sending *s, pg_connection *c, kl_uuid *id, kl_error **error)
{
    send_facts facts;
    send_prior prior;
    kl_status status = send_begin(c, &s->request, &facts, &prior, error);
    if (status)
        goto done;
    if (prior.found) {
        pg_rollback(c);
        *id = prior.message_id;
        if (prior.differs)
            status = error_set(error, KL_ERR_CONFLICT, "the idempotency key was used with another %s", prior.differs);
        goto done;
    }
    status = check_facts(s, &facts, error);
    if (!status)
        status = write_message(s, c, &facts, id, error);
    if (status)
        pg_rollback(c);
    else
        status = pg_commit(c, error);
done:
    send_facts_free(&facts);
    send_prior_free(&prior);
    return status;
}

/* Two with one key at the same time: the second is refused by the key's row when the first has committed, and finds it. */
static kl_status take(sending *s, kl_uuid *id, kl_error **error)
{
    bool asked_again = false, reconnected = false;
    for (int attempt = 0;; attempt++) {
        pg_connection *c = NULL;
        kl_error *why = NULL;
        kl_status status = pg_pool_take(s->handle->pool, &c, &why);
        if (!status)
            status = take_once(s, c, id, &why);
        pg_pool_give(s->handle->pool, c);
        bool again = pg_pool_retry(status, attempt);
        if (status == KL_ERR_EXISTS && s->request.idempotency_key && !asked_again)
            again = asked_again = true;
        if (status == KL_ERR_CONNECTION_LOST && !reconnected)
            again = reconnected = true;
        if (!again) {
            if (status)
                error_set_sqlstate(error, status, kl_error_sqlstate(why), "%s", kl_error_message(why));
            kl_error_free(why);
            return status;
        }
        kl_error_free(why);
    }
}

kl_status send_take(kl *handle, const kl_uuid *vendor_id, const kl_message_options *options, kl_uuid *message_id,
                    kl_error **error)
{
    kl_uuid id = {{0}};
    sending s = {.handle = handle, .options = options};
    kl_status status = handle_need_keys(handle, error);
    if (!status)
        status = prepare(&s, vendor_id, error);
    if (!status)
        status = take(&s, &id, error);
    if (!status && message_id)
        *message_id = id;
    send_parameters_free(&s.parameters);
    buffer_free(&s.content);
    buffer_free(&s.body);
    return status;
}
