/* The rows that a statement answered, read by type. */
#ifndef KLOYST_PG_ROWS_H
#define KLOYST_PG_ROWS_H

#include <stdbool.h>

#include <kloyst/types.h>

/* A result in binary format. Text and bytes live as long as the rows. */
typedef struct pg_result pg_rows; /* is libpq's PGresult */

int pg_rows_count(const pg_rows *rows);     /* rows answered; 0 for NULL */
int64_t pg_rows_affected(const pg_rows *rows); /* rows of the command tag of INSERT, UPDATE, DELETE, SELECT */
void pg_rows_free(pg_rows *rows);

/* A NULL or a value of another width reads as zero, nil, "" or false. */
bool pg_is_null(const pg_rows *rows, int row, int column);
kl_uuid pg_uuid(const pg_rows *rows, int row, int column);
const char *pg_text(const pg_rows *rows, int row, int column);       /* text, enum, jsonb; NUL-terminated */
const char *pg_bytes(const pg_rows *rows, int row, int column, size_t *length);
char *pg_text_copy(const pg_rows *rows, int row, int column);        /* malloc'ed; NULL when there is no memory */
bool pg_bool(const pg_rows *rows, int row, int column);
int32_t pg_int4(const pg_rows *rows, int row, int column);
int64_t pg_int8(const pg_rows *rows, int row, int column);
kl_money pg_money(const pg_rows *rows, int row, int column);
kl_time pg_time(const pg_rows *rows, int row, int column);

/* A one-dimensional text[]: its length, and its elements in order. The walk hands
 * out spans inside the rows; a NULL element has a NULL span. */
size_t pg_array_count(const pg_rows *rows, int row, int column);
typedef struct pg_array_walk {
    const char *at;
    size_t left;
    size_t count;
} pg_array_walk;
pg_array_walk pg_array_start(const pg_rows *rows, int row, int column);
bool pg_array_next(pg_array_walk *walk, const char **text, size_t *length);

#endif
