/* Comma-separated values: bytes are gathered in one buffer and cut into fields in place. */
#include "base/csv.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define DEFAULT_RECORD ((size_t)1 << 20)
#define DEFAULT_FIELDS 1024
#define CHUNK ((size_t)1 << 16)

typedef enum state {
    AT_FIELD,      /* the next byte starts a field */
    IN_TEXT,       /* in an unquoted field */
    IN_QUOTES,
    BEHIND_QUOTE,  /* behind a quote inside quotes: its double or the end */
    BEHIND_BLANK   /* behind blanks behind a closing quote */
} state;

typedef enum stage {
    STAGE_START, /* a byte order mark may come */
    STAGE_DETECT,
    STAGE_READ,
    STAGE_DONE
} stage;

/* Where the search for the delimiter stands. */
typedef struct detector {
    size_t at;
    size_t counts[4];
    bool quoted;
    bool fresh; /* at the start of what may be a field */
} detector;

struct csv_reader {
    csv_options options;
    stage stage;
    state state;
    kl_status failed;
    detector detector;
    bool special[256]; /* bytes that end an unquoted field */
    bool skip_lf;      /* the line ended with CR: a LF belongs to it */

    char *data; /* one byte more than capacity, for the last field's NUL */
    size_t capacity;
    size_t used;
    size_t at;     /* next byte to look at */
    size_t record; /* where the record starts */
    size_t field;  /* where the field's text starts */
    size_t write;  /* where the next byte of a quoted field goes: behind `at` by the quotes taken out */

    uint64_t line; /* of `at` */
    uint64_t record_line;
    uint64_t quote_line;

    size_t count;
    csv_field *fields;
};

/* What one call passes down. */
typedef struct sink {
    csv_record_function function;
    void *context;
    kl_error **error;
} sink;

static const char candidates[4] = {',', ';', '\t', '|'};

kl_status csv_reader_create(const csv_options *options, csv_reader **out, kl_error **error)
{
    char delimiter = options != NULL ? options->delimiter : '\0';
    if (delimiter == '"' || delimiter == '\n' || delimiter == '\r')
        return error_set(error, KL_ERR_ARGUMENT, "a CSV delimiter cannot be a quote or a line break");
    csv_reader *r = calloc(1, sizeof *r);
    if (r == NULL)
        return error_memory(error);
    if (options != NULL)
        r->options = *options;
    if (r->options.max_record == 0)
        r->options.max_record = DEFAULT_RECORD;
    if (r->options.max_fields == 0)
        r->options.max_fields = DEFAULT_FIELDS;
    r->line = r->record_line = 1;
    r->detector.fresh = true;
    r->capacity = CHUNK;
    r->data = malloc(r->capacity + 1);
    r->fields = calloc(r->options.max_fields, sizeof *r->fields);
    if (r->data == NULL || r->fields == NULL) {
        csv_reader_free(r);
        return error_memory(error);
    }
    *out = r;
    return KL_OK;
}

void csv_reader_free(csv_reader *reader)
{
    if (reader == NULL)
        return;
    free(reader->data);
    free(reader->fields);
    free(reader);
}

char csv_reader_delimiter(const csv_reader *reader)
{
    return reader->options.delimiter;
}

static kl_status fail(csv_reader *r, kl_status status)
{
    r->failed = status;
    return status;
}

/* Also asked in front of other complaints, so that where the file was cut never decides which one is made. */
static kl_status check_size(csv_reader *r, size_t end, kl_error **error)
{
    if (end - r->record <= r->options.max_record)
        return KL_OK;
    return error_set(error, KL_ERR_TOO_LONG,
                     "CSV line %llu: the record is longer than %zu bytes; is a quote left open?",
                     (unsigned long long)r->record_line, r->options.max_record);
}

/* Ends the field whose text is data[start … end); `at` stands on the byte behind it in the file. */
static kl_status end_field(csv_reader *r, size_t start, size_t end, const sink *s)
{
    if (r->at - r->record > r->options.max_record)
        return check_size(r, r->at, s->error);
    if (r->count == r->options.max_fields)
        return error_set(s->error, KL_ERR_TOO_LONG, "CSV line %llu: more than %zu fields",
                         (unsigned long long)r->record_line, r->options.max_fields);
    r->data[end] = '\0';
    r->fields[r->count++] = (csv_field){r->data + start, end - start};
    return KL_OK;
}

static kl_status end_record(csv_reader *r, bool blank, const sink *s)
{
    size_t count = r->count;
    r->count = 0;
    if (blank)
        return KL_OK;
    kl_status status = s->function(s->context, r->record_line, r->fields, count, s->error);
    return status == KL_OK ? KL_OK : error_set(s->error, status, "CSV line %llu: reading was stopped",
                                               (unsigned long long)r->record_line);
}

/* Takes the byte that ended a field: a delimiter or a line end. `blank`: nothing stood in front of it. */
static kl_status end_with(csv_reader *r, size_t start, size_t end, const sink *s)
{
    char byte = r->data[r->at];
    bool blank = r->at == r->record;
    kl_status status = end_field(r, start, end, s);
    if (status != KL_OK)
        return status;
    r->at++;
    r->state = AT_FIELD;
    if (byte == r->options.delimiter)
        return KL_OK;
    r->line++;
    r->skip_lf = byte == '\r';
    status = end_record(r, blank, s);
    r->record = r->at;
    r->record_line = r->line;
    return status;
}

static void count_lines(csv_reader *r, size_t from, size_t to)
{
    const char *p = r->data + from;
    const char *end = r->data + to;
    /* What stands in front of `from` is still the file's byte: the field starts with a quote. */
    for (; p < end; p++) {
        if (*p == '\r' || (*p == '\n' && p[-1] != '\r'))
            r->line++;
    }
}

/* Moves text inside quotes down over the quotes taken out before it. */
static void keep_quoted(csv_reader *r, size_t end)
{
    count_lines(r, r->at, end);
    if (r->write != r->at)
        memmove(r->data + r->write, r->data + r->at, end - r->at);
    r->write += end - r->at;
    r->at = end;
}

static kl_status read_text(csv_reader *r, const sink *s)
{
    const char *p = r->data + r->at;
    const char *end = r->data + r->used;
    while (p < end && !r->special[(unsigned char)*p])
        p++;
    r->at = (size_t)(p - r->data);
    r->state = IN_TEXT;
    return p == end ? KL_OK : end_with(r, r->field, r->at, s);
}

static void read_quotes(csv_reader *r)
{
    const char *quote = memchr(r->data + r->at, '"', r->used - r->at);
    keep_quoted(r, quote == NULL ? r->used : (size_t)(quote - r->data));
    if (quote == NULL)
        return;
    r->at++;
    r->state = BEHIND_QUOTE;
}

static kl_status read_behind_quote(csv_reader *r, const sink *s)
{
    char byte = r->data[r->at];
    if (byte == '"' && r->state == BEHIND_QUOTE) {
        r->data[r->write++] = '"';
        r->at++;
        r->state = IN_QUOTES;
        return KL_OK;
    }
    if (r->special[(unsigned char)byte])
        return end_with(r, r->field, r->write, s);
    if (byte == ' ') {
        r->at++;
        r->state = BEHIND_BLANK;
        return KL_OK;
    }
    kl_status status = check_size(r, r->at, s->error);
    return status != KL_OK ? status
                           : error_set(s->error, KL_ERR_FORMAT, "CSV line %llu: text behind a closing quote",
                                       (unsigned long long)r->line);
}

static kl_status read_available(csv_reader *r, const sink *s)
{
    kl_status status = KL_OK;
    while (r->at < r->used && status == KL_OK) {
        switch (r->state) {
        case AT_FIELD:
            if (r->skip_lf) {
                r->skip_lf = false;
                if (r->data[r->at] == '\n') {
                    r->record = ++r->at;
                    break;
                }
            }
            r->field = r->write = r->at;
            if (r->data[r->at] == '"') {
                r->field = r->write = ++r->at;
                r->quote_line = r->line;
                r->state = IN_QUOTES;
                break;
            }
            status = read_text(r, s);
            break;
        case IN_TEXT:
            status = read_text(r, s);
            break;
        case IN_QUOTES:
            read_quotes(r);
            break;
        default:
            status = read_behind_quote(r, s);
            break;
        }
    }
    return status;
}

/* Counts the candidates outside quotes up to the end of the first record, or as far as one may reach; true when
 * that was seen. */
static bool detect(csv_reader *r)
{
    detector *d = &r->detector;
    for (; d->at < r->used; d->at++) {
        if (d->at - r->at > r->options.max_record)
            return true;
        char byte = r->data[d->at];
        bool fresh = d->fresh;
        d->fresh = false;
        if (byte == '"' && (fresh || d->quoted)) {
            d->quoted = !d->quoted;
            d->fresh = !d->quoted; /* a doubled quote opens again */
        } else if (d->quoted) {
            continue;
        } else if (byte == '\n' || byte == '\r') {
            if (d->at > r->record)
                return true;
            r->record = d->at + 1; /* an empty line in front; the reader will count it */
            d->fresh = true;
        } else {
            for (size_t i = 0; i < sizeof candidates; i++) {
                if (byte == candidates[i]) {
                    d->counts[i]++;
                    d->fresh = true;
                }
            }
        }
    }
    return false;
}

static void begin_reading(csv_reader *r)
{
    r->stage = STAGE_READ;
    r->special['\n'] = r->special['\r'] = r->special[(unsigned char)r->options.delimiter] = true;
    r->record = r->at;
}

/* Takes the "sep=X" that Excel writes, or the most frequent candidate. */
static void choose_delimiter(csv_reader *r)
{
    size_t best = 0;
    for (size_t i = 1; i < sizeof candidates; i++) {
        if (r->detector.counts[i] > r->detector.counts[best])
            best = i;
    }
    r->options.delimiter = candidates[best];
    const char *line = r->data + r->record;
    if (r->detector.at - r->record == 5 && memcmp(line, "sep=", 4) == 0 &&
        memchr(candidates, line[4], sizeof candidates) != NULL) {
        r->options.delimiter = line[4];
        /* Its line break stays and is read as that of an empty line. */
        r->at = r->detector.at;
    }
    begin_reading(r);
}

static kl_status skip_mark(csv_reader *r, bool finished, kl_error **error)
{
    const unsigned char *b = (const unsigned char *)r->data;
    if (r->used >= 2 && ((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff)))
        return error_set(error, KL_ERR_ENCODING, "the CSV file is UTF-16; save it as UTF-8");
    if (r->used < 3 && !finished)
        return KL_OK;
    if (r->used >= 3 && b[0] == 0xef && b[1] == 0xbb && b[2] == 0xbf)
        r->at = 3;
    r->record = r->detector.at = r->at;
    r->stage = STAGE_DETECT;
    if (r->options.delimiter != '\0')
        begin_reading(r);
    return KL_OK;
}

static kl_status advance(csv_reader *r, bool finished, const sink *s)
{
    kl_status status = KL_OK;
    if (r->stage == STAGE_START)
        status = skip_mark(r, finished, s->error);
    if (status == KL_OK && r->stage == STAGE_DETECT &&
        (detect(r) || finished))
        choose_delimiter(r);
    if (status == KL_OK && r->stage == STAGE_READ)
        status = read_available(r, s);
    if (status == KL_OK && r->stage == STAGE_READ)
        status = check_size(r, r->used, s->error);
    return status;
}

/* Makes room behind the kept bytes: moves them to the front, and to a larger block when they fill this one. */
static bool make_room(csv_reader *r)
{
    size_t kept = r->stage < STAGE_READ ? 0 : r->record;
    if (r->used < r->capacity)
        return true;
    char *to = r->data;
    if (r->used - kept > r->capacity / 2) {
        r->capacity *= 2;
        to = malloc(r->capacity + 1);
        if (to == NULL)
            return false;
    }
    memmove(to, r->data + kept, r->used - kept);
    for (size_t i = 0; i < r->count; i++)
        r->fields[i].data = to + (r->fields[i].data - r->data - kept);
    if (to != r->data)
        free(r->data);
    r->data = to;
    r->used -= kept;
    if (r->stage == STAGE_READ) {
        r->at -= kept;
        r->record -= kept;
        r->field -= kept;
        r->write -= kept;
    }
    return true;
}

kl_status csv_reader_feed(csv_reader *reader, const void *bytes, size_t length, csv_record_function function,
                          void *context, kl_error **error)
{
    const char *from = bytes;
    sink s = {function, context, error};
    if (reader->failed != KL_OK)
        return error_set(error, reader->failed, "the CSV reader failed before");
    if (reader->stage == STAGE_DONE)
        return error_set(error, KL_ERR_STATE, "the CSV file was finished before");
    while (length > 0) {
        if (reader->at == reader->used && reader->state == AT_FIELD && reader->count == 0 &&
            reader->stage == STAGE_READ)
            reader->at = reader->record = reader->used = 0;
        if (!make_room(reader))
            return fail(reader, error_memory(error));
        size_t room = reader->capacity - reader->used;
        size_t part = length < room ? length : room;
        memcpy(reader->data + reader->used, from, part);
        reader->used += part;
        from += part;
        length -= part;
        kl_status status = advance(reader, false, &s);
        if (status != KL_OK)
            return fail(reader, status);
    }
    return KL_OK;
}

kl_status csv_reader_finish(csv_reader *reader, csv_record_function function, void *context, kl_error **error)
{
    sink s = {function, context, error};
    if (reader->failed != KL_OK)
        return error_set(error, reader->failed, "the CSV reader failed before");
    if (reader->stage == STAGE_DONE)
        return error_set(error, KL_ERR_STATE, "the CSV file was finished before");
    kl_status status = advance(reader, true, &s);
    reader->stage = STAGE_DONE;
    if (status == KL_OK && reader->state == IN_QUOTES)
        status = error_set(error, KL_ERR_FORMAT, "CSV line %llu: the quote opened here is never closed",
                           (unsigned long long)reader->quote_line);
    if (status != KL_OK)
        return fail(reader, status);
    if (reader->state == AT_FIELD && reader->count == 0)
        return KL_OK;
    if (reader->state == AT_FIELD)
        reader->field = reader->at;
    bool quoted = reader->state == BEHIND_QUOTE || reader->state == BEHIND_BLANK;
    status = end_field(reader, reader->field, quoted ? reader->write : reader->at, &s);
    if (status == KL_OK)
        status = end_record(reader, false, &s);
    return status == KL_OK ? KL_OK : fail(reader, status);
}
