/* The rows that a statement answered, read by type. */
#include "pg/rows.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

static const int64_t epoch_offset = INT64_C(946684800000000);

int pg_rows_count(const pg_rows *rows)
{
    return rows ? PQntuples(rows) : 0;
}

int64_t pg_rows_affected(const pg_rows *rows)
{
    const char *text = rows ? PQcmdTuples((PGresult *)rows) : "";
    int64_t count = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        count = count * 10 + (*text - '0');
    return count;
}

void pg_rows_free(pg_rows *rows)
{
    PQclear(rows);
}

bool pg_is_null(const pg_rows *rows, int row, int column)
{
    return PQgetisnull(rows, row, column) != 0;
}

static const unsigned char *value(const pg_rows *rows, int row, int column, int width)
{
    if (row >= PQntuples(rows) || column >= PQnfields(rows) || PQgetisnull(rows, row, column))
        return NULL;
    if (width && PQgetlength(rows, row, column) != width)
        return NULL;
    return (const unsigned char *)PQgetvalue(rows, row, column);
}

static uint64_t big_endian(const unsigned char *bytes, int width)
{
    uint64_t number = 0;
    for (int i = 0; i < width; i++)
        number = number << 8 | bytes[i];
    return number;
}

kl_uuid pg_uuid(const pg_rows *rows, int row, int column)
{
    kl_uuid uuid = {{0}};
    const unsigned char *bytes = value(rows, row, column, 16);
    if (bytes)
        memcpy(uuid.bytes, bytes, 16);
    return uuid;
}

const char *pg_bytes(const pg_rows *rows, int row, int column, size_t *length)
{
    const char *bytes = (const char *)value(rows, row, column, 0);
    *length = bytes ? (size_t)PQgetlength(rows, row, column) : 0;
    if (bytes && *length && PQftype(rows, column) == 3802) { /* jsonb: skip its version byte */
        bytes++;
        (*length)--;
    }
    return bytes ? bytes : "";
}

const char *pg_text(const pg_rows *rows, int row, int column)
{
    size_t length;
    return pg_bytes(rows, row, column, &length);
}

char *pg_text_copy(const pg_rows *rows, int row, int column)
{
    return strdup(pg_text(rows, row, column));
}

bool pg_bool(const pg_rows *rows, int row, int column)
{
    const unsigned char *bytes = value(rows, row, column, 1);
    return bytes && *bytes;
}

int32_t pg_int4(const pg_rows *rows, int row, int column)
{
    const unsigned char *bytes = value(rows, row, column, 4);
    return bytes ? (int32_t)big_endian(bytes, 4) : 0;
}

int64_t pg_int8(const pg_rows *rows, int row, int column)
{
    const unsigned char *bytes = value(rows, row, column, 8);
    return bytes ? (int64_t)big_endian(bytes, 8) : 0;
}

kl_money pg_money(const pg_rows *rows, int row, int column)
{
    const unsigned char *bytes = value(rows, row, column, 0);
    int length = bytes ? PQgetlength(rows, row, column) : 0;
    if (length < 8)
        return 0;
    int digits = (int)big_endian(bytes, 2);
    int weight = (int16_t)big_endian(bytes + 2, 2);
    unsigned sign = (unsigned)big_endian(bytes + 4, 2);
    if (length < 8 + 2 * digits || (sign != 0 && sign != 0x4000))
        return 0;
    kl_money amount = 0;
    for (int position = weight, i = 0; position >= -1; position--, i++) {
        int digit = i < digits ? (int)big_endian(bytes + 8 + 2 * i, 2) : 0;
        if (amount > (INT64_MAX - digit) / 10000)
            return 0;
        amount = amount * 10000 + digit;
    }
    return sign ? -amount : amount;
}

kl_time pg_time(const pg_rows *rows, int row, int column)
{
    const unsigned char *bytes = value(rows, row, column, 8);
    int64_t since_2000 = bytes ? (int64_t)big_endian(bytes, 8) : -epoch_offset;
    /* "infinity" is the largest number already. */
    return since_2000 > INT64_MAX - epoch_offset ? INT64_MAX : since_2000 + epoch_offset;
}

pg_array_walk pg_array_start(const pg_rows *rows, int row, int column)
{
    pg_array_walk walk = {0};
    const unsigned char *bytes = value(rows, row, column, 0);
    size_t length = bytes ? (size_t)PQgetlength(rows, row, column) : 0;
    if (length >= 20 && big_endian(bytes, 4) == 1) {
        walk.count = (size_t)big_endian(bytes + 12, 4);
        walk.at = (const char *)bytes + 20;
        walk.left = length - 20;
    }
    return walk;
}

size_t pg_array_count(const pg_rows *rows, int row, int column)
{
    return pg_array_start(rows, row, column).count;
}

bool pg_array_next(pg_array_walk *walk, const char **text, size_t *length)
{
    if (!walk->count || walk->left < 4)
        return false;
    int32_t width = (int32_t)big_endian((const unsigned char *)walk->at, 4);
    walk->at += 4;
    walk->left -= 4;
    walk->count--;
    *text = width < 0 ? NULL : walk->at;
    *length = width < 0 ? 0 : (size_t)width;
    if (*length > walk->left)
        return false;
    walk->at += *length;
    walk->left -= *length;
    return true;
}
