/* The public calls on single messages. */
#include "core/send.h"

#include "api/check.h"
#include "base/error.h"
#include "core/send_content.h"
#include "repo/rate.h"
#include "repo/send.h"

enum { TO_CHARACTERS = 256, KEY_CHARACTERS = 255, WAMID_CHARACTERS = 1024 };

void kl_message_options_init(kl_message_options *options)
{
    if (options)
        *options = (kl_message_options)KL_MESSAGE_OPTIONS_INIT;
}

static kl_status check_options(const kl_message_options *o, kl_error **error)
{
    CHECK(check_pointer(o->waba_account_id, "waba_account_id", error));
    if (!o->to == !o->contact_id)
        return error_set(error, KL_ERR_ARGUMENT, "a message needs `to` or contact_id, and not both");
    CHECK(check_optional_text(o->to, TO_CHARACTERS, "to", error));
    if (!send_type(o->kind))
        return error_set(error, KL_ERR_ARGUMENT, "no such kind of message");
    if (o->category && !rate_category_label(o->category))
        return error_set(error, KL_ERR_ARGUMENT, "no such category");
    CHECK(check_optional_text(o->reply_to, WAMID_CHARACTERS, "reply_to", error));
    CHECK(check_optional_text(o->idempotency_key, KEY_CHARACTERS, "idempotency_key", error));
    if (o->price != KL_PRICE_BY_RATE_CARD && (o->price < 0 || o->price > KL_MONEY_MAX))
        return error_set(error, KL_ERR_ARGUMENT, "the price must be between 0 and 999999.9999, or KL_PRICE_BY_RATE_CARD");
    return check_time(o->at, "at", error);
}

kl_status kl_message_state(kl *handle, const kl_uuid *vendor_id, const kl_uuid *message_id, kl_recipient_state *state,
                           kl_time *next_at, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(message_id, "message_id", error));
    CHECK(check_pointer(state, "state", error));
    return send_state(handle->pool, vendor_id, message_id, state, next_at, error);
}

kl_status kl_message_send(kl *handle, const kl_uuid *vendor_id, const kl_message_options *options, kl_uuid *message_id,
                          kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(options, "options", error));
    if (options->size < sizeof *options || options->size > 4096)
        return error_set(error, KL_ERR_ARGUMENT, "the options' size is wrong: start from KL_MESSAGE_OPTIONS_INIT");
    CHECK(check_options(options, error));
    return send_take(handle, vendor_id, options, message_id, error);
}
