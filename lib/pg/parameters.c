/* Parameters of one statement, collected in PostgreSQL's binary formats. */
#include "pg/parameters.h"

#include <limits.h>
#include <string.h>

/* PostgreSQL counts from 2000-01-01. */
static const int64_t epoch_offset = INT64_C(946684800000000);

/* Type OIDs of array elements, fixed in pg_type since the types exist. */
enum { OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_INT4 = 23, OID_TEXT = 25,
       OID_TIMESTAMPTZ = 1184, OID_NUMERIC = 1700, OID_UUID = 2950 };

/* Microseconds since 2000; what would not fit becomes "-infinity", the smallest number. */
static int64_t since_2000(kl_time value)
{
    return value < INT64_MIN + epoch_offset ? INT64_MIN : value - epoch_offset;
}

static void begin(pg_parameters *p)
{
    if (p->count == PG_PARAMETERS_MAX) {
        p->overflow = true;
        return;
    }
    p->offset[p->count] = p->data.length;
    p->length[p->count] = -1;
}

static void end(pg_parameters *p)
{
    if (p->overflow)
        return;
    size_t length = p->data.length - p->offset[p->count];
    p->overflow = length > INT_MAX; /* as a negative int it would be NULL */
    p->length[p->count] = (int)length;
    p->count++;
}

void pg_bind_null(pg_parameters *p)
{
    begin(p);
    if (!p->overflow)
        p->count++;
}

void pg_bind_bytes(pg_parameters *p, const void *value, size_t length)
{
    if (!value) {
        pg_bind_null(p);
        return;
    }
    begin(p);
    buffer_append(&p->data, value, length);
    end(p);
}

void pg_bind_uuid(pg_parameters *p, const kl_uuid *value)
{
    pg_bind_bytes(p, value, sizeof *value);
}

void pg_bind_text(pg_parameters *p, const char *value)
{
    pg_bind_bytes(p, value, value ? strlen(value) : 0);
}

void pg_bind_jsonb(pg_parameters *p, const char *json, size_t length)
{
    if (!json) {
        pg_bind_null(p);
        return;
    }
    begin(p);
    buffer_byte(&p->data, 1); /* version of jsonb's binary form */
    buffer_append(&p->data, json, length);
    end(p);
}

void pg_bind_bool(pg_parameters *p, bool value)
{
    begin(p);
    buffer_byte(&p->data, value ? 1 : 0);
    end(p);
}

void pg_bind_int4(pg_parameters *p, int32_t value)
{
    begin(p);
    buffer_u32(&p->data, (uint32_t)value);
    end(p);
}

void pg_bind_int8(pg_parameters *p, int64_t value)
{
    begin(p);
    buffer_u64(&p->data, (uint64_t)value);
    end(p);
}

/* numeric is base 10000, so ten-thousandths are its digits as they are. */
static void put_numeric(buffer *b, kl_money value)
{
    uint64_t rest = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    uint16_t digits[6];
    int count = 0;
    while (rest) {
        digits[count++] = (uint16_t)(rest % 10000);
        rest /= 10000;
    }
    buffer_u16(b, (uint16_t)count);
    buffer_u16(b, (uint16_t)(count - 2)); /* weight: digit 0 is the fraction */
    buffer_u16(b, value < 0 ? 0x4000 : 0);
    buffer_u16(b, 4);
    while (count)
        buffer_u16(b, digits[--count]);
}

void pg_bind_money(pg_parameters *p, kl_money value)
{
    begin(p);
    put_numeric(&p->data, value);
    end(p);
}

void pg_bind_time(pg_parameters *p, kl_time value)
{
    if (value)
        pg_bind_int8(p, since_2000(value));
    else
        pg_bind_null(p);
}

static void array_header(buffer *b, bool nulls, uint32_t type, size_t count)
{
    buffer_u32(b, count ? 1 : 0); /* dimensions */
    buffer_u32(b, nulls ? 1 : 0);
    buffer_u32(b, type);
    if (count) {
        buffer_u32(b, (uint32_t)count);
        buffer_u32(b, 1); /* lower bound */
    }
}

void pg_bind_uuid_array(pg_parameters *p, const kl_uuid *values, size_t count)
{
    begin(p);
    array_header(&p->data, false, OID_UUID, count);
    for (size_t i = 0; i < count; i++)
        pg_put_uuid(&p->data, &values[i]);
    end(p);
}

void pg_bind_text_array(pg_parameters *p, const char *const *values, size_t count)
{
    begin(p);
    array_header(&p->data, true, OID_TEXT, count);
    for (size_t i = 0; i < count; i++) {
        if (values[i])
            pg_put_bytes(&p->data, values[i], strlen(values[i]));
        else
            buffer_u32(&p->data, UINT32_MAX);
    }
    end(p);
}

void pg_bind_bytes_array(pg_parameters *p, const void *values, size_t width, size_t count)
{
    begin(p);
    array_header(&p->data, false, OID_BYTEA, count);
    for (size_t i = 0; i < count; i++)
        pg_put_bytes(&p->data, (const char *)values + i * width, width);
    end(p);
}

void pg_bind_bool_array(pg_parameters *p, const bool *values, size_t count)
{
    begin(p);
    array_header(&p->data, false, OID_BOOL, count);
    for (size_t i = 0; i < count; i++) {
        buffer_u32(&p->data, 1);
        buffer_byte(&p->data, values[i] ? 1 : 0);
    }
    end(p);
}

void pg_bind_int4_array(pg_parameters *p, const int32_t *values, size_t count)
{
    begin(p);
    array_header(&p->data, false, OID_INT4, count);
    for (size_t i = 0; i < count; i++)
        pg_put_int4(&p->data, values[i]);
    end(p);
}

void pg_bind_int8_array(pg_parameters *p, const int64_t *values, size_t count)
{
    begin(p);
    array_header(&p->data, false, OID_INT8, count);
    for (size_t i = 0; i < count; i++)
        pg_put_int8(&p->data, values[i]);
    end(p);
}

void pg_bind_money_array(pg_parameters *p, const kl_money *values, size_t count)
{
    begin(p);
    array_header(&p->data, false, OID_NUMERIC, count);
    for (size_t i = 0; i < count; i++) {
        size_t at = p->data.length;
        buffer_u32(&p->data, 0);
        put_numeric(&p->data, values[i]);
        if (!p->data.broken) {
            uint32_t length = (uint32_t)(p->data.length - at - 4);
            char word[4] = {(char)(length >> 24), (char)(length >> 16), (char)(length >> 8), (char)length};
            memcpy(p->data.data + at, word, 4);
        }
    }
    end(p);
}

void pg_bind_time_array(pg_parameters *p, const kl_time *values, size_t count)
{
    begin(p);
    array_header(&p->data, true, OID_TIMESTAMPTZ, count);
    for (size_t i = 0; i < count; i++) {
        if (values[i])
            pg_put_int8(&p->data, since_2000(values[i]));
        else
            buffer_u32(&p->data, UINT32_MAX);
    }
    end(p);
}

void pg_put_uuid(buffer *b, const kl_uuid *value)
{
    pg_put_bytes(b, value, sizeof *value);
}

void pg_put_bytes(buffer *b, const void *value, size_t length)
{
    buffer_u32(b, (uint32_t)length);
    buffer_append(b, value, length);
}

void pg_put_int4(buffer *b, int32_t value)
{
    buffer_u32(b, 4);
    buffer_u32(b, (uint32_t)value);
}

void pg_put_int8(buffer *b, int64_t value)
{
    buffer_u32(b, 8);
    buffer_u64(b, (uint64_t)value);
}

void pg_parameters_clear(pg_parameters *p)
{
    buffer_clear(&p->data);
    p->count = 0;
    p->overflow = false;
}

void pg_parameters_free(pg_parameters *p)
{
    buffer_free(&p->data);
    *p = PG_PARAMETERS_INIT;
}
