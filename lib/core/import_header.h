/* The header line of a CSV file of contacts: the column with the number, and the names of attributes. */
#ifndef KLOYST_CORE_IMPORT_HEADER_H
#define KLOYST_CORE_IMPORT_HEADER_H

#include "base/buffer.h"
#include "base/csv.h"

typedef struct import_column {
    size_t key;        /* where `"name":` starts in `keys`, as JSON */
    size_t key_length; /* 0: the column is no attribute */
} import_column;

typedef struct import_header {
    size_t count; /* 0: not read yet */
    size_t mobile;
    import_column *columns;
    buffer keys;
} import_header;

/* Reads the header record. `mobile_column`: the header of the column with the number; NULL: found by its name.
 * KL_ERR_FORMAT: no such column, or two columns of one name; KL_ERR_ENCODING; KL_ERR_MEMORY. */
kl_status import_header_read(import_header *header, const csv_field *fields, size_t count, const char *mobile_column,
                             kl_error **error);

void import_header_free(import_header *header);

#endif
