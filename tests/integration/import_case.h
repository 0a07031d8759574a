/* What the programs that test the import share: files in memory, callbacks that take notes, questions. */
#ifndef TESTS_INTEGRATION_IMPORT_CASE_H
#define TESTS_INTEGRATION_IMPORT_CASE_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "harness/fixture.h"
#include "harness/server.h"

#define MESSY "tests/data/contacts/contacts-messy.csv"

static kl_uuid vendor_id;

static inline void open_vendor(void)
{
    vendor_id = fixture_vendor("A", 0);
}

/* ---- readers and callbacks ---------------------------------------------- */

typedef struct text_file {
    const char *bytes;
    size_t length;
    size_t at;
    size_t step; /* bytes handed out at once; 0: as many as wanted */
} text_file;

static inline long read_text(void *context, char *buffer, size_t size)
{
    text_file *file = context;
    size_t part = file->length - file->at;
    if (part > size)
        part = size;
    if (file->step && part > file->step)
        part = file->step;
    memcpy(buffer, file->bytes + file->at, part);
    file->at += part;
    return (long)part;
}

static inline kl_status import_bytes(const char *bytes, size_t length, const kl_import_options *options,
                              kl_import_report *report, kl_error **error)
{
    text_file file = {bytes, length, 0, 0};
    return kl_contact_import(fixture.handle, &vendor_id, read_text, &file, options, report, error);
}

static inline kl_status import_text(const char *text, const kl_import_options *options, kl_import_report *report,
                             kl_error **error)
{
    return import_bytes(text, strlen(text), options, report, error);
}

typedef struct rejects {
    int count;
    int stop_at; /* the number of the reject that stops the import; 0: none */
    kl_import_reject last;
    char reason[200];
    char value[300];
    int64_t lines;
} rejects;

static inline int note_reject(void *context, const kl_import_reject *reject)
{
    rejects *seen = context;
    ck_assert_int_gt(reject->line, seen->lines);
    seen->lines = reject->line;
    seen->count++;
    seen->last = *reject;
    snprintf(seen->reason, sizeof seen->reason, "%s", reject->reason);
    snprintf(seen->value, sizeof seen->value, "%s", reject->value);
    return seen->count == seen->stop_at;
}

static inline kl_import_options india(void)
{
    kl_import_options options;
    kl_import_options_init(&options);
    options.country = "IN";
    return options;
}

/* ---- what the database holds -------------------------------------------- */

static inline void holds(const char *expected, const char *sql)
{
    char *found = harness_query_text(fixture.admin, sql);
    ck_assert_msg(found && strcmp(found, expected) == 0, "%s: %s instead of %s", sql, found ? found : "NULL", expected);
    free(found);
}

static inline char *all_contacts(void)
{
    return harness_query_text(fixture.admin, "SELECT coalesce(string_agg(c::text || ' ' || xmin::text || ' ' || "
                                             "ctid::text, ';' ORDER BY id), '') FROM kloyst.contact c");
}

static inline void holds_attributes(const char *mobile, const char *expected)
{
    kl_error *error = NULL;
    kl_contact *contact = NULL;
    ck_ok(kl_contact_find(fixture.handle, &vendor_id, mobile, NULL, &contact, &error));
    ck_assert_str_eq(kl_contact_attributes(contact), expected);
    kl_contact_free(contact);
}

static inline void reports(const kl_import_report *report, int rows, int imported, int duplicate, int rejected, int created)
{
    ck_assert_int_eq(report->rows, rows);
    ck_assert_int_eq(report->imported, imported);
    ck_assert_int_eq(report->duplicate, duplicate);
    ck_assert_int_eq(report->rejected, rejected);
    ck_assert_int_eq(report->created, created);
}

#endif
