/* Verifying an exported statement without a database. */
#include "core/ledger_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "core/ledger_split.h"

enum {
    BLOCK_BYTES = 256 * 1024,
    RECORD_BYTES = 64 * 1024 /* far more than two texts of 255 characters ever take */
};

typedef struct statement {
    kl_read_function read;
    void *context;
    kl_ledger_format format;
    const uint8_t *head;
    int64_t head_seq; /* of the row that has that hash; 0: none so far */
    char *block;      /* with a byte of room behind */
    size_t start;     /* of what is not used up */
    size_t length;
    bool ended;
    ledger_proof proof;
    ledger_text text;
    kl_uuid vendor_id;
    kl_uuid wallet_id;
    buffer scratch;
} statement;

/* Moves the rest to the front and fills up: a caller may hand out single bytes. */
static kl_status fill(statement *s, kl_error **error)
{
    memmove(s->block, s->block + s->start, s->length - s->start);
    s->length -= s->start;
    s->start = 0;
    while (!s->ended && s->length < BLOCK_BYTES) {
        size_t room = BLOCK_BYTES - s->length;
        long got = s->read(s->context, s->block + s->length, room);
        if (got < 0 || (size_t)got > room)
            return error_set(error, KL_ERR_IO, "the statement could not be read");
        s->ended = got == 0;
        s->length += (size_t)got;
    }
    return KL_OK;
}

/* In CSV a line break between quotes does not end the record. */
static bool inside_quotes(const char *at, const char *end)
{
    bool inside = false;
    while ((at = memchr(at, '"', (size_t)(end - at)))) {
        inside = !inside;
        at++;
    }
    return inside;
}

/* The next record, without its line end, when the block has all of it. */
static bool find_record(statement *s, char **record, size_t *length)
{
    char *from = s->block + s->start, *end = s->block + s->length, *search = from, *newline;
    do {
        newline = search < end ? memchr(search, '\n', (size_t)(end - search)) : NULL;
        if (!newline && !(s->ended && from < end))
            return false;
        search = newline ? newline + 1 : end;
    } while (newline && s->format == KL_LEDGER_CSV && inside_quotes(from, newline));
    *record = from;
    *length = (size_t)((newline ? newline : end) - from);
    if (*length && from[*length - 1] == '\r')
        --*length;
    s->start = (size_t)(search - s->block);
    return true;
}

static kl_status check_wallet(statement *s, const ledger_row *row, kl_error **error)
{
    if (s->proof.at.seq == 0) {
        s->vendor_id = row->vendor_id;
        s->wallet_id = row->wallet_id;
    }
    if (memcmp(&s->vendor_id, &row->vendor_id, sizeof s->vendor_id) != 0 ||
        memcmp(&s->wallet_id, &row->wallet_id, sizeof s->wallet_id) != 0)
        return ledger_proof_bad(&s->proof, row->seq, "is of another wallet", error);
    return KL_OK;
}

static kl_status take_record(statement *s, char *record, size_t length, kl_error **error)
{
    ledger_value values[LEDGER_COLUMNS] = {{0}};
    const char *wrong = ledger_split(s->format, record, length, &s->scratch, values);
    if (wrong)
        return ledger_proof_bad(&s->proof, s->proof.at.seq + 1, wrong, error);
    ledger_column column = ledger_text_read(&s->text, values);
    if (column != LEDGER_COLUMNS) {
        s->proof.report->bad_seq = s->proof.at.seq + 1;
        return error_set(error, KL_ERR_CORRUPT, "row %lld of the ledger has no right %s",
                         (long long)s->proof.at.seq + 1, ledger_column_names[column]);
    }
    kl_status status = check_wallet(s, &s->text.row, error);
    if (!status)
        status = ledger_proof_row(&s->proof, &s->text.row, s->text.hash, error);
    if (!status && s->head && memcmp(s->proof.at.hash, s->head, SHA256_BYTES) == 0)
        s->head_seq = s->proof.at.seq;
    return status;
}

/* What stands before the first row tells whether this is such a file at all. */
static kl_status check_start(statement *s, kl_error **error)
{
    kl_status status = fill(s, error);
    if (status)
        return status;
    if (s->length >= 3 && memcmp(s->block, "\xEF\xBB\xBF", 3) == 0)
        s->start = 3;
    if (s->format == KL_LEDGER_JSON_LINES) {
        if (s->length > s->start && s->block[s->start] != '{')
            return error_set(error, KL_ERR_FORMAT, "this is not a statement in JSON lines");
        return KL_OK;
    }
    buffer expected = BUFFER_INIT;
    ledger_text_header(&expected, s->format);
    char *record = NULL;
    size_t length = 0;
    if (expected.broken)
        status = error_memory(error);
    else if (!find_record(s, &record, &length) || length + 1 != expected.length ||
             memcmp(record, expected.data, length) != 0)
        status = error_set(error, KL_ERR_FORMAT,
                           "this is not a statement in CSV: its first line does not name the columns");
    buffer_free(&expected);
    return status;
}

static kl_status check_rows(statement *s, kl_error **error)
{
    kl_status status = check_start(s, error);
    while (!status) {
        char *record;
        size_t length;
        if (find_record(s, &record, &length)) {
            if (length)
                status = take_record(s, record, length, error);
        } else if (s->length - s->start > RECORD_BYTES) {
            status = ledger_proof_bad(&s->proof, s->proof.at.seq + 1, "is longer than a row can be", error);
        } else if (s->ended) {
            break;
        } else {
            status = fill(s, error);
        }
    }
    return status;
}

static kl_status check_end(statement *s, kl_error **error)
{
    if (!s->head || memcmp(s->proof.at.hash, s->head, SHA256_BYTES) == 0)
        return KL_OK;
    if (s->head_seq)
        return ledger_proof_bad(&s->proof, s->head_seq + 1, "stands behind the row with the expected hash", error);
    return error_set(error, KL_ERR_CORRUPT, "the ledger ends with row %lld, which does not have the expected hash",
                     (long long)s->proof.at.seq);
}

kl_status ledger_verify_stream(kl_read_function read, void *context, kl_ledger_format format, const uint8_t *head,
                               kl_ledger_point *reached, kl_ledger_report *report, kl_error **error)
{
    kl_ledger_report found = {0};
    statement s = {.read = read, .context = context, .format = format, .head = head, .proof = {.report = &found}};
    s.block = malloc(BLOCK_BYTES + 1);
    kl_status status = s.block ? check_rows(&s, error) : error_memory(error);
    if (!status)
        status = check_end(&s, error);
    found.balance = s.proof.at.balance;
    if (!status && reached)
        *reached = s.proof.at;
    if (!status || status == KL_ERR_CORRUPT)
        *report = found;
    free(s.block);
    buffer_free(&s.scratch);
    buffer_free(&s.proof.scratch);
    return status;
}
