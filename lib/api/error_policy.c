/* The public view of the error table. */
#include "meta/error_policy.h"

static kl_status copy(const error_policy *row, kl_error_policy *out)
{
    if (!out || !row)
        return KL_ERR_ARGUMENT;
    *out = (kl_error_policy){
        .first_code = row->first,
        .last_code = row->last,
        .error_class = (kl_error_class)row->class,
        .scope = (kl_error_scope)row->scope,
        .wait_seconds = row->backoff_seconds,
        .growth = row->growth,
        .most_wait_seconds = row->most_seconds,
        .retries = row->retries,
        .refunded = row->refund,
        .opts_out = row->opt_out,
        .unreachable = row->unreachable,
        .stops_sender_only = row->own_access,
        .text = row->text,
    };
    return KL_OK;
}

kl_status kl_error_policy_get(int code, kl_error_policy *out)
{
    return copy(error_policy_for(code), out);
}

kl_status kl_error_policy_unreadable(kl_error_policy *out)
{
    return copy(error_policy_unreadable(), out);
}

size_t kl_error_policy_count(void)
{
    return error_policy_count();
}

kl_status kl_error_policy_at(size_t index, kl_error_policy *out)
{
    return copy(error_policy_at(index), out);
}

const char *kl_error_class_name(kl_error_class error_class)
{
    switch (error_class) {
    case KL_ERROR_RETRY:
        return "retry";
    case KL_ERROR_RETRY_AFTER_DAY:
        return "retry after a day";
    case KL_ERROR_PERMANENT:
        return "permanent";
    case KL_ERROR_STOP_NUMBER:
        return "stop number";
    case KL_ERROR_STOP_WABA:
        return "stop account";
    case KL_ERROR_STOP_CAMPAIGN:
        return "stop campaign";
    case KL_ERROR_UNKNOWN_OUTCOME:
        return "unknown outcome";
    }
    return "";
}
