/* kloyst contact import and export: the phone book as a file. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "groups.h"
#include "output.h"
#include "progress.h"
#include "sink.h"

typedef struct moving {
    int64_t bytes; /* of the file; 0: not known */
    bool quiet;
} moving;

static int on_progress(void *context, const kl_import_report *so_far)
{
    const moving *m = context;
    progress_show("import", m->bytes ? so_far->bytes : so_far->rows, m->bytes);
    return stop_asked();
}

static int on_reject(void *context, const kl_import_reject *reject)
{
    const moving *m = context;
    if (m->quiet)
        return stop_asked();
    progress_clear();
    fprintf(stderr, "line %" PRId64 ": ", reject->line);
    if (reject->column)
        fprintf(stderr, "column %d: ", reject->column);
    fprintf(stderr, "%s\n", reject->reason);
    return stop_asked();
}

static long from_input(void *context, char *buffer, size_t size)
{
    (void)context;
    size_t got = fread(buffer, 1, size, stdin);
    return got || !ferror(stdin) ? (long)got : -1;
}

kl_status contact_import(invocation *in)
{
    kl_import_options options = KL_IMPORT_OPTIONS_INIT;
    kl_import_report report = {0};
    struct stat about;
    const char *path = given(in, "file"), *delimiter = given(in, "delimiter");
    moving m = {.quiet = flagged(in, "quiet")};
    if (delimiter && (strlen(delimiter) != 1))
        return command_wrong(in, "--delimiter must be one character");
    if (strcmp(path, "-") != 0 && stat(path, &about) == 0)
        m.bytes = about.st_size;
    options.country = given(in, "country");
    options.mobile_column = given(in, "column");
    options.delimiter = delimiter ? *delimiter : 0;
    options.progress = on_progress;
    options.reject = on_reject;
    options.context = &m;
    stop_catch(NULL);
    kl_status status = strcmp(path, "-") == 0
                           ? kl_contact_import(in->handle, &in->vendor, from_input, NULL, &options, &report, &in->error)
                           : kl_contact_import_file(in->handle, &in->vendor, path, &options, &report, &in->error);
    progress_clear();
    if (status)
        return status;
    output_begin();
    output_number("rows", report.rows);
    output_number("imported", report.imported);
    output_number("created", report.created);
    output_number("duplicate", report.duplicate);
    output_number("rejected", report.rejected);
    output_end();
    return KL_OK;
}

typedef struct exporting {
    sink sink;
    int64_t bytes;
} exporting;

static int to_sink(void *context, const char *bytes, size_t length)
{
    exporting *e = context;
    e->bytes += (int64_t)length;
    progress_show("export: bytes", e->bytes, 0);
    return stop_asked() || !sink_write(&e->sink, bytes, length);
}

kl_status contact_export(invocation *in)
{
    const char *path = given(in, "output");
    exporting e = {{0}, 0};
    int64_t count = 0;
    bool lines = given_choice(in, "format", sink_is_lines(path) ? 2 : 1) == 2;
    kl_status status = sink_open(in, &e.sink, path);
    if (status)
        return status;
    stop_catch(NULL);
    status = kl_contact_export(in->handle, &in->vendor, lines ? KL_CONTACTS_JSON_LINES : KL_CONTACTS_CSV, to_sink, &e, &count,
                               &in->error);
    progress_clear();
    status = sink_close(in, &e.sink, status);
    if (!status && path) {
        output_begin();
        output_number("contacts", count);
        output_end();
    }
    return status;
}
