/* Parameters of one statement, collected in PostgreSQL's binary formats. */
#ifndef KLOYST_PG_PARAMETERS_H
#define KLOYST_PG_PARAMETERS_H

#include "base/buffer.h"

#include <kloyst/types.h>

enum { PG_PARAMETERS_MAX = 24 };

typedef struct pg_parameters {
    buffer data;
    int count;
    bool overflow; /* more than PG_PARAMETERS_MAX were bound, or one above 2 GiB: a defect */
    size_t offset[PG_PARAMETERS_MAX];
    int length[PG_PARAMETERS_MAX]; /* -1 is NULL */
} pg_parameters;

#define PG_PARAMETERS_INIT ((pg_parameters){0})

/* Each binds the next parameter ($1, $2, …). A NULL pointer binds SQL NULL. */
void pg_bind_null(pg_parameters *p);
void pg_bind_uuid(pg_parameters *p, const kl_uuid *value);
void pg_bind_text(pg_parameters *p, const char *value); /* also for enums: their binary form is the label */
void pg_bind_bytes(pg_parameters *p, const void *value, size_t length);
void pg_bind_jsonb(pg_parameters *p, const char *json, size_t length);
void pg_bind_bool(pg_parameters *p, bool value);
void pg_bind_int4(pg_parameters *p, int32_t value);
void pg_bind_int8(pg_parameters *p, int64_t value);
void pg_bind_money(pg_parameters *p, kl_money value); /* numeric */
void pg_bind_time(pg_parameters *p, kl_time value);   /* timestamptz; 0 binds NULL */

/* One-dimensional arrays. Element i is NULL where the pointer (text, bytes) is NULL,
 * and where a time is 0. */
void pg_bind_uuid_array(pg_parameters *p, const kl_uuid *values, size_t count);
void pg_bind_text_array(pg_parameters *p, const char *const *values, size_t count);
void pg_bind_bytes_array(pg_parameters *p, const void *values, size_t width, size_t count); /* `width` bytes each */
void pg_bind_bool_array(pg_parameters *p, const bool *values, size_t count);
void pg_bind_int4_array(pg_parameters *p, const int32_t *values, size_t count);
void pg_bind_int8_array(pg_parameters *p, const int64_t *values, size_t count);
void pg_bind_money_array(pg_parameters *p, const kl_money *values, size_t count);
void pg_bind_time_array(pg_parameters *p, const kl_time *values, size_t count);

/* Appends a length word and one value as COPY BINARY wants it. */
void pg_put_uuid(buffer *b, const kl_uuid *value);
void pg_put_bytes(buffer *b, const void *value, size_t length);
void pg_put_int4(buffer *b, int32_t value);
void pg_put_int8(buffer *b, int64_t value);

void pg_parameters_clear(pg_parameters *p);
void pg_parameters_free(pg_parameters *p);

#endif
