/* Comma-separated values: a push parser for RFC 4180 and what spreadsheets make of it. */
#ifndef KLOYST_BASE_CSV_H
#define KLOYST_BASE_CSV_H

#include <stddef.h>
#include <stdint.h>

#include <kloyst/status.h>

/* One field. The bytes are followed by a NUL; NULs in the file stay in and count in `length`. They live until the
 * record function returns. */
typedef struct csv_field {
    const char *data;
    size_t length;
} csv_field;

/* Takes one record. `line` is the physical line, from 1, on which it starts; `count` is at least 1. Any other status
 * than KL_OK stops the reader, which passes it on. */
typedef kl_status (*csv_record_function)(void *context, uint64_t line, const csv_field *fields, size_t count,
                                         kl_error **error);

/* Zeros mean the defaults. */
typedef struct csv_options {
    size_t max_record; /* bytes of one record in the file, without its line end; 1 MiB */
    size_t max_fields; /* 1024 */
    char delimiter;    /* 0: a first line "sep=X", else the one of , ; tab | most frequent in the first record */
} csv_options;

typedef struct csv_reader csv_reader;

/* What is read: LF, CRLF and CR end a record, the last one may lack it; a UTF-8 byte order mark is skipped; empty
 * lines are skipped and counted; a field that starts with a quote runs to the closing one, with doubled quotes and
 * line breaks inside. Because spreadsheets do it, blanks behind a closing quote are dropped and a quote inside an
 * unquoted field is text. Records may differ in their number of fields.
 *
 * Memory is bounded by four times max_record plus 16 bytes a field plus 64 KiB, whatever the size of the file.
 * A reader belongs to one thread at a time. `options` may be NULL.
 * KL_ERR_ARGUMENT: the delimiter is a quote or a line break; KL_ERR_MEMORY. */
kl_status csv_reader_create(const csv_options *options, csv_reader **out, kl_error **error);

/* Reads the next bytes of the file, cut anywhere, and passes on the records completed by them.
 * KL_ERR_FORMAT: text behind a closing quote. KL_ERR_TOO_LONG: a record above max_record or max_fields.
 * KL_ERR_ENCODING: a UTF-16 or UTF-32 byte order mark. KL_ERR_MEMORY. Or what `function` answered.
 * Messages name the line. After a failure every further call answers the same status and reads nothing. */
kl_status csv_reader_feed(csv_reader *reader, const void *bytes, size_t length, csv_record_function function,
                          void *context, kl_error **error);

/* Says that the file has ended and passes on the last record. The same statuses, and KL_ERR_FORMAT for a quote
 * that was never closed, whose line is named. Nothing can be fed after it (KL_ERR_STATE). */
kl_status csv_reader_finish(csv_reader *reader, csv_record_function function, void *context, kl_error **error);

/* The delimiter given or found; 0 while it is not known. */
char csv_reader_delimiter(const csv_reader *reader);

void csv_reader_free(csv_reader *reader);

#endif
