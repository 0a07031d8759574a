/* Arguments of JavaScript into the memory of a call: the one place that says what is taken for what. */
#include "node.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A number that a double holds exactly together with its neighbours. */
#define SAFE_INTEGER 9007199254740991.0

/* What is read: into which call, for which argument. */
typedef struct reader {
    bind_env *state;
    napi_env env;
    kl_call *call;
} reader;

static const char *type_name(napi_valuetype type)
{
    static const char *const names[] = {"undefined", "null", "boolean", "number", "string", "symbol", "object", "function", "external", "bigint"};
    return (size_t)type < sizeof names / sizeof names[0] ? names[type] : "value";
}

static napi_valuetype type_of(reader *r, napi_value value)
{
    napi_valuetype type = napi_undefined;
    napi_typeof(r->env, value, &type);
    return type;
}

static bool wrong_type(reader *r, const char *name, const char *wanted, napi_value value)
{
    char message[200];
    snprintf(message, sizeof message, "%s must be %s; this is a value of type %s", name, wanted, type_name(type_of(r, value)));
    napi_throw_type_error(r->env, "ERR_INVALID_ARG_TYPE", message);
    return false;
}

static void *room(reader *r, size_t size)
{
    void *memory = bind_call_room(r->call, size);
    if (!memory)
        napi_throw_error(r->env, "KL_ERR_MEMORY", "out of memory");
    return memory;
}

/* --- texts ------------------------------------------------------------------------------------ */

/* UTF-16 to UTF-8 without a NUL; napi_get_value_string_utf8 would replace lone surrogates in silence. Answers the
 * length, or -1 for a lone surrogate, -2 for a NUL. */
static long encode(const char16_t *units, size_t count, char *out)
{
    char *at = out;
    for (size_t i = 0; i < count; i++) {
        uint32_t c = units[i];
        if (c >= 0xd800 && c < 0xe000) {
            if (c >= 0xdc00 || i + 1 == count || units[i + 1] < 0xdc00 || units[i + 1] > 0xdfff)
                return -1;
            c = 0x10000 + ((c - 0xd800) << 10) + (units[++i] - 0xdc00u);
        }
        if (c == 0)
            return -2;
        if (c < 0x80) {
            *at++ = (char)c;
        } else if (c < 0x800) {
            *at++ = (char)(0xc0 | c >> 6);
            *at++ = (char)(0x80 | (c & 0x3f));
        } else if (c < 0x10000) {
            *at++ = (char)(0xe0 | c >> 12);
            *at++ = (char)(0x80 | (c >> 6 & 0x3f));
            *at++ = (char)(0x80 | (c & 0x3f));
        } else {
            *at++ = (char)(0xf0 | c >> 18);
            *at++ = (char)(0x80 | (c >> 12 & 0x3f));
            *at++ = (char)(0x80 | (c >> 6 & 0x3f));
            *at++ = (char)(0x80 | (c & 0x3f));
        }
    }
    *at = '\0';
    return at - out;
}

static bool read_text(reader *r, napi_value value, const char *name, bind_data *data)
{
    char16_t small[256], *units = small;
    size_t count = 0, got = 0;
    if (napi_get_value_string_utf16(r->env, value, NULL, 0, &count))
        return wrong_type(r, name, "a string", value);
    if (count >= sizeof small / sizeof small[0] && !(units = room(r, (count + 1) * sizeof *units)))
        return false;
    napi_get_value_string_utf16(r->env, value, units, count + 1, &got);
    char *copy = room(r, got * 3 + 1);
    long length = copy ? encode(units, got, copy) : 0;
    if (units == small)
        explicit_bzero(small, sizeof small);
    if (length < 0)
        bind_node_refuse(r->env, KL_ERR_ENCODING, length == -1 ? "%s holds a surrogate that is no character" : "%s holds a NUL", name);
    *data = (bind_data){copy, length < 0 ? 0 : (size_t)length};
    return copy && length >= 0;
}

/* Buffer, any other typed array of bytes, or ArrayBuffer. */
static bool view_bytes(reader *r, napi_value value, const void **start, size_t *length)
{
    bool is = false;
    void *data = NULL;
    napi_typedarray_type type;
    napi_value buffer;
    size_t offset;
    if (!napi_is_typedarray(r->env, value, &is) && is)
        return !napi_get_typedarray_info(r->env, value, &type, length, (void **)start, &buffer, &offset) &&
               (type == napi_uint8_array || type == napi_uint8_clamped_array || type == napi_int8_array);
    if (!napi_is_arraybuffer(r->env, value, &is) && is && !napi_get_arraybuffer_info(r->env, value, &data, length)) {
        *start = data;
        return true;
    }
    return false;
}

static bool read_bytes(reader *r, napi_value value, const char *name, const char *wanted, bind_data *data)
{
    const void *start = NULL;
    size_t length = 0;
    if (!view_bytes(r, value, &start, &length))
        return wrong_type(r, name, wanted, value);
    char *copy = room(r, length + 1);
    if (copy && length)
        memcpy(copy, start, length);
    *data = (bind_data){copy, length};
    return copy != NULL;
}

/* JSON is what JSON.stringify makes of an object, or a text that is JSON already. */
static bool read_json(reader *r, napi_value value, const char *name, bind_data *data)
{
    napi_value stringify, json, text;
    const void *start;
    size_t length;
    napi_valuetype type = type_of(r, value);
    if (type == napi_string)
        return read_text(r, value, name, data);
    if (type != napi_object)
        return wrong_type(r, name, "an object, an array or JSON text", value);
    if (view_bytes(r, value, &start, &length))
        return read_bytes(r, value, name, "JSON", data);
    if (napi_get_reference_value(r->env, r->state->stringify, &stringify) || napi_get_reference_value(r->env, r->state->json, &json) ||
        napi_call_function(r->env, json, stringify, 1, &value, &text))
        return false;
    return type_of(r, text) == napi_string ? read_text(r, text, name, data) : wrong_type(r, name, "a value that JSON has", value);
}

static bool read_data(reader *r, napi_value value, bind_kind kind, const char *name, bind_data *data)
{
    if (kind == BIND_JSON)
        return read_json(r, value, name, data);
    if (kind == BIND_SECRET && type_of(r, value) == napi_string)
        return read_text(r, value, name, data);
    return read_bytes(r, value, name, kind == BIND_SECRET ? "a Uint8Array or a string" : "a Uint8Array", data);
}

static bool read_bytes32(reader *r, napi_value value, const char *name, bind_data *data)
{
    if (!read_bytes(r, value, name, "a Uint8Array of 32 bytes", data))
        return false;
    if (data->length == 32)
        return true;
    bind_node_refuse(r->env, KL_ERR_ARGUMENT, "%s must be 32 bytes", name);
    return false;
}

static bool read_character(reader *r, napi_value value, const char *name, char *slot)
{
    bind_data data;
    if (!read_text(r, value, name, &data))
        return false;
    if (data.length != 1) {
        bind_node_refuse(r->env, KL_ERR_ARGUMENT, "%s must be one character", name);
        return false;
    }
    *slot = data.start[0];
    return true;
}

/* --- numbers, money, time ----------------------------------------------------------------------- */

static bool read_uuid(reader *r, napi_value value, const char *name, const kl_uuid **slot)
{
    bind_data data;
    if (type_of(r, value) != napi_string)
        return wrong_type(r, name, "a UUID as a string", value);
    kl_uuid *uuid = room(r, sizeof *uuid);
    if (!uuid || !read_text(r, value, name, &data))
        return false;
    kl_status status = kl_uuid_parse(data.start, uuid);
    if (status)
        bind_node_refuse(r->env, status, "%s is not a UUID", name);
    *slot = uuid;
    return !status;
}

static bool out_of_range(reader *r, const char *name)
{
    bind_node_refuse(r->env, KL_ERR_ARGUMENT, "%s is out of range", name);
    return false;
}

static bool read_bigint(reader *r, napi_value value, const char *name, int64_t *number)
{
    bool lossless = false;
    napi_get_value_bigint_int64(r->env, value, number, &lossless);
    return lossless || out_of_range(r, name);
}

/* A string, or a bigint of ten-thousandths; never a number, which would round. */
static bool read_money(reader *r, napi_value value, const char *name, kl_money *slot)
{
    bind_data data;
    napi_valuetype type = type_of(r, value);
    if (type == napi_bigint)
        return read_bigint(r, value, name, slot);
    if (type != napi_string)
        return wrong_type(r, name, "a decimal string or a bigint of ten-thousandths, since money is never rounded", value);
    if (!read_text(r, value, name, &data))
        return false;
    kl_status status = kl_money_parse(data.start, slot);
    if (status)
        bind_node_refuse(r->env, status, "%s is not an amount with at most 4 decimals up to 999999.9999", name);
    return !status;
}

static bool read_time(reader *r, napi_value value, const char *name, kl_time *slot)
{
    bool is_date = false;
    double milliseconds;
    if (type_of(r, value) == napi_bigint)
        return read_bigint(r, value, name, slot);
    napi_is_date(r->env, value, &is_date);
    if (!is_date)
        return wrong_type(r, name, "a Date, or a bigint of microseconds", value);
    napi_get_date_value(r->env, value, &milliseconds);
    if (isnan(milliseconds)) {
        bind_node_refuse(r->env, KL_ERR_ARGUMENT, "%s is an invalid Date", name);
        return false;
    }
    *slot = (int64_t)milliseconds * 1000;
    return true;
}

/* A whole number from `least` to `most`; fractions, NaN and what a double rounds are refused. */
static bool read_number(reader *r, napi_value value, const char *name, int64_t least, int64_t most, int64_t *number)
{
    double given;
    napi_valuetype type = type_of(r, value);
    if (type == napi_bigint) {
        if (!read_bigint(r, value, name, number))
            return false;
    } else if (type == napi_number) {
        napi_get_value_double(r->env, value, &given);
        if (!(fabs(given) <= SAFE_INTEGER) || given != floor(given)) {
            bind_node_refuse(r->env, KL_ERR_ARGUMENT, "%s must be a whole number that is exact", name);
            return false;
        }
        *number = (int64_t)given;
    } else {
        return wrong_type(r, name, "a whole number", value);
    }
    return (*number >= least && *number <= most) || out_of_range(r, name);
}

static bool read_uint64(reader *r, napi_value value, const char *name, uint64_t *slot)
{
    int64_t number = 0;
    bool lossless = false;
    if (type_of(r, value) == napi_bigint) {
        napi_get_value_bigint_uint64(r->env, value, slot, &lossless);
        return lossless || out_of_range(r, name);
    }
    bool good = read_number(r, value, name, 0, INT64_MAX, &number);
    *slot = (uint64_t)number;
    return good;
}

static bool read_flag(reader *r, napi_value value, const char *name, int *slot)
{
    bool flag = false;
    if (napi_get_value_bool(r->env, value, &flag))
        return wrong_type(r, name, "a boolean", value);
    *slot = flag;
    return true;
}

static bool read_enum(reader *r, napi_value value, const char *name, const bind_enum *type, int *slot)
{
    bind_data data;
    char wanted[80];
    if (type_of(r, value) != napi_string) {
        snprintf(wanted, sizeof wanted, "the name of a %s", type->name);
        return wrong_type(r, name, wanted, value);
    }
    if (!read_text(r, value, name, &data))
        return false;
    for (size_t i = 0; i < type->count; i++)
        if (strcmp(data.start, type->values[i].name) == 0) {
            *slot = type->values[i].number;
            return true;
        }
    bind_node_refuse(r->env, KL_ERR_ARGUMENT, "%s: there is no such %s", name, type->name);
    return false;
}

/* --- resources, functions, lists and structs ------------------------------------------------------ */

static bool read_box(reader *r, napi_value value, bind_kind kind, const char *name, bind_box **slot)
{
    bind_box *box = bind_unwrap_box(r->env, value, kind);
    if (!box)
        return wrong_type(r, name, bind_box_name(kind), value);
    size_t i = 0;
    while (r->call->boxes[i])
        i++;
    *slot = r->call->boxes[i] = bind_box_keep(box);
    return true;
}

static bool read_function(reader *r, napi_value value, bind_kind kind, const char *name)
{
    if (type_of(r, value) != napi_function)
        return wrong_type(r, name, "a function", value);
    void **place = kind == BIND_REJECT ? &r->call->reject : &r->call->progress;
    bind_language_drop(*place);
    return (*place = bind_node_function_new(r->env, value)) != NULL;
}

static bool read_length(reader *r, napi_value value, const char *name, const char *wanted, uint32_t *count)
{
    bool is = false;
    napi_is_array(r->env, value, &is);
    return is ? napi_get_array_length(r->env, value, count) == napi_ok : wrong_type(r, name, wanted, value);
}

static bool read_ints(reader *r, napi_value value, const char *name, const bind_array **slot)
{
    uint32_t count;
    if (!read_length(r, value, name, "an array of numbers", &count))
        return false;
    bind_array *array = room(r, sizeof *array);
    int *items = array ? room(r, (count ? count : 1) * sizeof *items) : NULL;
    bool good = items != NULL;
    for (uint32_t i = 0; good && i < count; i++) {
        napi_value item;
        int64_t number = 0;
        good = !napi_get_element(r->env, value, i, &item) && read_number(r, item, name, INT_MIN, INT_MAX, &number);
        if (good)
            items[i] = (int)number;
    }
    if (good) {
        *array = (bind_array){items, count};
        *slot = array;
    }
    return good;
}

static bool read_value(reader *r, napi_value value, bind_kind kind, bool optional, const void *info, const char *name, void *slot);

static bool read_field(reader *r, napi_value value, const bind_field *field, char *memory)
{
    void *slot = memory + field->offset;
    bind_data data;
    switch (field->kind) {
    case BIND_JSON:
    case BIND_BYTES:
        if (!read_data(r, value, field->kind, field->name.camel, &data))
            return false;
        *(const char **)slot = data.start;
        *(size_t *)(memory + field->length_offset) = data.length;
        return true;
    case BIND_BYTES32:
        if (!read_bytes32(r, value, field->name.camel, &data))
            return false;
        memcpy(slot, data.start, 32);
        return true;
    case BIND_CHARACTER:
        return read_character(r, value, field->name.camel, slot);
    case BIND_LOG:
    case BIND_PROGRESS:
    case BIND_REJECT:
        return read_function(r, value, field->kind, field->name.camel);
    default:
        return read_value(r, value, field->kind, false, field->info, field->name.camel, slot);
    }
}

/* A member that the struct does not have is a mistake in the program, most likely in its spelling. */
static bool unknown_member(reader *r, napi_value object, const bind_struct *type)
{
    napi_value keys;
    uint32_t count = 0;
    if (napi_get_property_names(r->env, object, &keys) || napi_get_array_length(r->env, keys, &count))
        return true;
    for (uint32_t i = 0; i < count; i++) {
        char key[80] = "";
        napi_value each;
        size_t length;
        bool known = false;
        napi_get_element(r->env, keys, i, &each);
        napi_get_value_string_utf8(r->env, each, key, sizeof key, &length);
        for (size_t j = 0; !known && j < type->count; j++)
            known = strcmp(key, type->fields[j].name.camel) == 0;
        if (!known) {
            char message[200];
            snprintf(message, sizeof message, "%s has no member '%s'", type->name, key);
            napi_throw_type_error(r->env, "ERR_INVALID_ARG_VALUE", message);
            return true;
        }
    }
    return false;
}

static bool read_struct(reader *r, napi_value value, const bind_struct *type, char *memory)
{
    if (type_of(r, value) != napi_object)
        return wrong_type(r, type->name, "an object", value);
    if (unknown_member(r, value, type))
        return false;
    for (size_t i = 0; i < type->count; i++) {
        const bind_field *field = &type->fields[i];
        napi_value part;
        if (napi_get_named_property(r->env, value, field->name.camel, &part))
            return false;
        napi_valuetype kind = type_of(r, part);
        if (kind == napi_undefined || kind == napi_null) {
            if (!field->optional)
                return wrong_type(r, field->name.camel, "given", part);
            /* No price of one's own is the rate card's. */
            if (field->kind == BIND_MONEY && kind == napi_null)
                *(kl_money *)(memory + field->offset) = -1;
        } else if (!read_field(r, part, field, memory)) {
            return false;
        }
    }
    return true;
}

static bool read_structs(reader *r, napi_value value, const bind_struct *type, const char *name, const bind_array **slot)
{
    uint32_t count;
    if (!read_length(r, value, name, "an array of objects", &count))
        return false;
    bind_array *array = room(r, sizeof *array);
    char *items = array ? room(r, (count ? count : 1) * type->size) : NULL;
    bool good = items != NULL;
    for (uint32_t i = 0; good && i < count; i++) {
        napi_handle_scope scope;
        napi_value item;
        napi_open_handle_scope(r->env, &scope);
        good = !napi_get_element(r->env, value, i, &item) && read_struct(r, item, type, items + i * type->size);
        napi_close_handle_scope(r->env, scope);
    }
    if (good) {
        *array = (bind_array){items, count};
        *slot = array;
    }
    return good;
}

static bool read_options(reader *r, napi_value value, const bind_struct *type, void **slot)
{
    char *memory = room(r, type->size);
    if (!memory)
        return false;
    if (type->init)
        type->init(memory);
    *slot = memory;
    napi_valuetype kind = type_of(r, value);
    return kind == napi_undefined || kind == napi_null || read_struct(r, value, type, memory);
}

static bool read_absent(bind_kind kind, void *slot)
{
    if (kind == BIND_MONEY)
        *(kl_money *)slot = -1;
    else if (kind == BIND_TIME || kind == BIND_INT64)
        *(int64_t *)slot = 0;
    return true;
}

static bool read_value(reader *r, napi_value value, bind_kind kind, bool optional, const void *info, const char *name, void *slot)
{
    int64_t number = 0;
    bind_data data;
    if (kind == BIND_OPTIONS)
        return read_options(r, value, info, slot);
    napi_valuetype type = type_of(r, value);
    if (optional && (type == napi_undefined || type == napi_null))
        return read_absent(kind, slot);
    switch (kind) {
    case BIND_CLIENT:
    case BIND_WORKER:
    case BIND_BATCH:
    case BIND_EVENT_PAGE:
    case BIND_RATE_PAGE:
        return read_box(r, value, kind, name, slot);
    case BIND_UUID:
        return read_uuid(r, value, name, slot);
    case BIND_TEXT:
        if (!read_text(r, value, name, &data))
            return false;
        *(const char **)slot = data.start;
        return true;
    case BIND_JSON:
    case BIND_SECRET:
    case BIND_BYTES:
        if (!read_data(r, value, kind, name, &data) || !(*(bind_data **)slot = room(r, sizeof data)))
            return false;
        **(bind_data **)slot = data;
        return true;
    case BIND_BYTES32:
        if (!read_bytes32(r, value, name, &data))
            return false;
        *(const char **)slot = data.start;
        return true;
    case BIND_MONEY:
        return read_money(r, value, name, slot);
    case BIND_TIME:
        return read_time(r, value, name, slot);
    case BIND_INT:
        if (!read_number(r, value, name, INT_MIN, INT_MAX, &number))
            return false;
        *(int *)slot = (int)number;
        return true;
    case BIND_LONG:
    case BIND_INT64:
        return read_number(r, value, name, INT64_MIN, INT64_MAX, slot);
    case BIND_SIZE:
        return read_number(r, value, name, 0, INT64_MAX, slot);
    case BIND_UINT64:
        return read_uint64(r, value, name, slot);
    case BIND_FLAG:
        return read_flag(r, value, name, slot);
    case BIND_ENUM:
        return read_enum(r, value, name, info, slot);
    case BIND_INTS:
        return read_ints(r, value, name, slot);
    case BIND_STRUCTS:
        return read_structs(r, value, info, name, slot);
    case BIND_STRUCT:
        return (*(void **)slot = room(r, ((const bind_struct *)info)->size)) && read_struct(r, value, info, *(void **)slot);
    default:
        napi_throw_error(r->env, "KL_ERR_INTERNAL", name);
        return false;
    }
}

bool bind_read(napi_env env, kl_call **call, napi_value value, bind_kind kind, bool optional, const void *info, const char *name,
               void *slot)
{
    reader r = {bind_node_state(env), env, *call};
    if (read_value(&r, value, kind, optional, info, name, slot))
        return true;
    bind_call_free(*call);
    *call = NULL;
    return false;
}
