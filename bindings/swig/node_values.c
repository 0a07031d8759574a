/* Values of JavaScript out of what libkloyst answers. */
#include "node.h"

#include <stdlib.h>
#include <string.h>

bind_value bind_none(bind_env *state)
{
    napi_value value = NULL;
    napi_get_null(state->env, &value);
    return value;
}

bind_value bind_fail_memory(bind_env *state)
{
    napi_throw_error(state->env, "KL_ERR_MEMORY", "out of memory");
    return NULL;
}

static bind_value text_of(bind_env *state, const char *text, size_t length)
{
    napi_value value = NULL;
    napi_create_string_utf8(state->env, text, length, &value);
    return value;
}

bind_value bind_from_uuid(bind_env *state, const kl_uuid *uuid)
{
    char text[KL_UUID_TEXT + 1];
    napi_value value = NULL;
    if (!uuid)
        return bind_none(state);
    kl_uuid_format(uuid, text);
    napi_create_string_latin1(state->env, text, KL_UUID_TEXT, &value);
    return value;
}

bind_value bind_from_text(bind_env *state, const char *text)
{
    return text ? text_of(state, text, strlen(text)) : bind_none(state);
}

bind_value bind_from_json(bind_env *state, const char *text)
{
    napi_value parse, json, argument, value = NULL;
    if (!text)
        return bind_none(state);
    if (napi_get_reference_value(state->env, state->parse, &parse) || napi_get_reference_value(state->env, state->json, &json) ||
        !(argument = text_of(state, text, strlen(text))))
        return NULL;
    napi_call_function(state->env, json, parse, 1, &argument, &value);
    return value;
}

bind_value bind_from_bytes(bind_env *state, const void *start, size_t length)
{
    napi_value value = NULL;
    void *copy;
    if (!start && length)
        return bind_none(state);
    if (length)
        napi_create_buffer_copy(state->env, length, start, &copy, &value);
    else
        napi_create_buffer(state->env, 0, &copy, &value);
    return value;
}

bind_value bind_from_money(bind_env *state, kl_money amount)
{
    char text[KL_MONEY_TEXT];
    napi_value value = NULL;
    kl_money_format(amount, text, sizeof text);
    napi_create_string_latin1(state->env, text, NAPI_AUTO_LENGTH, &value);
    return value;
}

/* A Date has milliseconds. */
bind_value bind_from_time(bind_env *state, kl_time time)
{
    napi_value value = NULL;
    napi_create_date(state->env, (double)(time / 1000 - (time % 1000 < 0)), &value);
    return value;
}

bind_value bind_from_int(bind_env *state, int64_t number)
{
    napi_value value = NULL;
    napi_create_int64(state->env, number, &value);
    return value;
}

bind_value bind_from_int64(bind_env *state, int64_t number)
{
    napi_value value = NULL;
    napi_create_bigint_int64(state->env, number, &value);
    return value;
}

bind_value bind_from_uint64(bind_env *state, uint64_t number)
{
    napi_value value = NULL;
    napi_create_bigint_uint64(state->env, number, &value);
    return value;
}

bind_value bind_from_flag(bind_env *state, bool flag)
{
    napi_value value = NULL;
    napi_get_boolean(state->env, flag, &value);
    return value;
}

bind_value bind_from_enum(bind_env *state, const bind_enum *type, int number)
{
    for (size_t i = 0; i < type->count; i++)
        if (type->values[i].number == number)
            return text_of(state, type->values[i].name, NAPI_AUTO_LENGTH);
    return bind_none(state);
}

bind_value bind_list_new(bind_env *state, size_t count)
{
    napi_value list = NULL;
    napi_create_array_with_length(state->env, count, &list);
    return list;
}

bool bind_list_set(bind_env *state, bind_value list, size_t index, bind_value value)
{
    return value && napi_set_element(state->env, list, (uint32_t)index, value) == napi_ok;
}

bind_value bind_tuple_new(bind_env *state, size_t count)
{
    return bind_list_new(state, count);
}

bool bind_tuple_set(bind_env *state, bind_value tuple, size_t index, bind_value value)
{
    return bind_list_set(state, tuple, index, value);
}

bind_value bind_record_new(bind_env *state, const bind_record *record)
{
    (void)record;
    napi_value object = NULL;
    napi_create_object(state->env, &object);
    return object;
}

bool bind_record_set(bind_env *state, bind_value value, const bind_record *record, size_t member, bind_value part)
{
    return part && napi_set_named_property(state->env, value, record->members[member].camel, part) == napi_ok;
}
