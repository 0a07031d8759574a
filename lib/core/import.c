/* Importing contacts from CSV, row by row in constant memory. */
#include "core/import.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/phone.h"
#include "base/utf8.h"
#include "core/import_header.h"
#include "meta/graph_template.h"
#include "repo/contact_import.h"

enum {
    READ_BYTES = 64 * 1024,
    ATTRIBUTES_BYTES = 64 * 1024, /* as in kl_contact_upsert() */
    VALUE_BYTES = 200             /* of a rejected field, to show */
};

typedef struct import {
    const kl_import_options *options;
    contact_import *writer;
    import_header header;
    buffer attributes;
    bool plain; /* the attributes: as contact.plain */
    kl_import_report report;
} import;

static kl_status cancelled(kl_error **error)
{
    return error_set(error, KL_ERR_CANCELLED, "the import was cancelled by a callback");
}

/* Counts the row as rejected and tells about it. `column` counts from 1; 0 is the whole row. */
static kl_status reject(import *i, uint64_t line, size_t column, const char *reason, const csv_field *field,
                        kl_error **error)
{
    i->report.rejected++;
    if (!i->options->reject)
        return KL_OK;
    char value[VALUE_BYTES + 1];
    size_t length = field ? field->length : 0;
    if (length > VALUE_BYTES) {
        /* Not in the middle of a character. */
        for (length = VALUE_BYTES; length && ((unsigned char)field->data[length] & 0xC0) == 0x80;)
            length--;
    }
    if (length)
        memcpy(value, field->data, length);
    value[length] = '\0';
    kl_import_reject what = {(int64_t)line, (int)column, reason, value};
    return i->options->reject(i->options->context, &what) ? cancelled(error) : KL_OK;
}

static bool blank(const csv_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fields[i].length)
            return false;
    return true;
}

/* Index of the first cell that no text can hold, or `count`. */
static size_t bad_text(const csv_field *fields, size_t count)
{
    size_t i = 0;
    while (i < count && utf8_valid(fields[i].data, fields[i].length))
        i++;
    return i;
}

static void make_attributes(import *i, const csv_field *fields, size_t count)
{
    buffer *b = &i->attributes;
    buffer_clear(b);
    i->plain = true;
    buffer_byte(b, '{');
    for (size_t at = 0; at < count; at++) {
        const import_column *column = &i->header.columns[at];
        if (!column->key_length || !fields[at].length)
            continue;
        if (b->length > 1)
            buffer_byte(b, ',');
        buffer_append(b, i->header.keys.data + column->key, column->key_length);
        buffer_json_string(b, fields[at].data, fields[at].length);
        i->plain = i->plain && !graph_parameter_check(fields[at].data, fields[at].length, NULL);
    }
    buffer_byte(b, '}');
}

static kl_status take_row(import *i, uint64_t line, const csv_field *fields, size_t count, kl_error **error)
{
    const csv_field none = {"", 0};
    char mobile[KL_PHONE_TEXT];
    i->report.rows++;
    if (count > i->header.count)
        return reject(i, line, i->header.count + 1, "the row has more fields than the header", &fields[i->header.count],
                      error);
    size_t bad = bad_text(fields, count);
    if (bad < count) {
        bool nul = memchr(fields[bad].data, '\0', fields[bad].length) != NULL;
        return reject(i, line, bad + 1, nul ? "the field holds a NUL" : "the field is not valid UTF-8", &fields[bad],
                      error);
    }
    const csv_field *number = i->header.mobile < count ? &fields[i->header.mobile] : &none;
    kl_phone_reason reason = phone_normalize(number->data, number->length, i->options->country, mobile);
    if (reason)
        return reject(i, line, i->header.mobile + 1, kl_phone_reason_text(reason), number, error);
    make_attributes(i, fields, count);
    if (i->attributes.broken)
        return error_memory(error);
    if (i->attributes.length > ATTRIBUTES_BYTES)
        return reject(i, line, 0, "the attributes are longer than 64 KiB", &none, error);
    return contact_import_row(i->writer, mobile, (int64_t)line, i->attributes.data, i->attributes.length, i->plain,
                              error);
}

static kl_status take_record(void *context, uint64_t line, const csv_field *fields, size_t count, kl_error **error)
{
    import *i = context;
    if (blank(fields, count))
        return KL_OK;
    if (!i->header.count)
        return import_header_read(&i->header, fields, count, i->options->mobile_column, error);
    return take_row(i, line, fields, count, error);
}

/* A reader may hand out single bytes; the caller is asked about every block all the same. */
static kl_status tell(import *i, int64_t *told, bool end, kl_error **error)
{
    if (!i->options->progress || (!end && i->report.bytes - *told < READ_BYTES))
        return KL_OK;
    *told = i->report.bytes;
    kl_import_report so_far = i->report;
    return i->options->progress(i->options->context, &so_far) ? cancelled(error) : KL_OK;
}

static kl_status read_all(import *i, csv_reader *reader, kl_read_function read, void *read_context, kl_error **error)
{
    char *block = malloc(READ_BYTES);
    if (!block)
        return error_memory(error);
    int64_t told = 0;
    kl_status status = KL_OK;
    for (;;) {
        long got = read(read_context, block, READ_BYTES);
        if (got < 0 || got > READ_BYTES)
            status = error_set(error, KL_ERR_IO, "the file could not be read");
        if (status || got == 0)
            break;
        i->report.bytes += got;
        status = csv_reader_feed(reader, block, (size_t)got, take_record, i, error);
        if (!status)
            status = tell(i, &told, false, error);
        if (status)
            break;
    }
    if (!status)
        status = csv_reader_finish(reader, take_record, i, error);
    if (!status && !i->header.count)
        status = error_set(error, KL_ERR_FORMAT, "the file is empty: it has no header line");
    if (!status)
        status = tell(i, &told, true, error);
    free(block);
    return status;
}

kl_status import_run(pg_pool *pool, const kl_uuid *vendor_id, kl_read_function read, void *read_context,
                     const kl_import_options *options, kl_import_report *report, kl_error **error)
{
    import i = {.options = options};
    csv_reader *reader = NULL;
    int64_t distinct = 0, created = 0;
    kl_status status = csv_reader_create(&(csv_options){.delimiter = options->delimiter}, &reader, error);
    if (!status)
        status = contact_import_start(pool, vendor_id, &i.writer, error);
    if (!status)
        status = read_all(&i, reader, read, read_context, error);
    if (!status)
        status = contact_import_finish(i.writer, &distinct, &created, error);
    if (!status && report) {
        *report = i.report;
        report->imported = distinct;
        report->created = created;
        report->duplicate = i.report.rows - i.report.rejected - distinct;
    }
    contact_import_free(i.writer);
    csv_reader_free(reader);
    import_header_free(&i.header);
    buffer_free(&i.attributes);
    return status;
}
