/* Ledger rows as text: the columns of an exported statement, their names and their values. */
#include "core/ledger_text.h"

#include <string.h>

#include "base/money.h"

enum { MOMENT_TEXT = 27 }; /* 2025-10-09T08:53:20.123456Z */

const char *const ledger_column_names[LEDGER_COLUMNS] = {
    "seq", "created_at", "type",        "amount",   "balance_after", "reference", "idempotency_key", "id",
    "debit_id", "campaign_id", "batch_no", "vendor_id", "wallet_id", "created_us", "hash"};

static const char *const types[] = {
    [KL_CREDIT_RECHARGE] = "CREDIT_RECHARGE", [KL_DEBIT_MESSAGE] = "DEBIT_MESSAGE", [KL_REFUND] = "REFUND"};

bool ledger_column_is_number(ledger_column column)
{
    return column == LEDGER_SEQ || column == LEDGER_BATCH_NO || column == LEDGER_CREATED_US;
}

/* ---- writing ---- */

static void digits_at(char *at, int count, int64_t value)
{
    while (count--) {
        at[count] = (char)('0' + value % 10);
        value /= 10;
    }
}

/* A moment in ISO 8601, or nothing where that has no four digits for the year. Answers the length. */
static size_t format_moment(kl_time moment, char text[MOMENT_TEXT])
{
    const int64_t day_us = INT64_C(86400000000);
    int64_t day = moment / day_us, rest = moment % day_us;
    if (rest < 0) {
        rest += day_us;
        day--;
    }
    if (day < -719162 || day > 2932896) /* 0001-01-01 … 9999-12-31 */
        return 0;
    /* Years that begin in March, so that the leap day is their last: 400 of them have 146097 days. */
    int64_t shifted = day + 719468, era = shifted / 146097, of_era = shifted % 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
    memcpy(text, "0000-00-00T00:00:00.000000Z", MOMENT_TEXT);
    digits_at(text, 4, year + era * 400 + (month >= 10));
    digits_at(text + 5, 2, month < 10 ? month + 3 : month - 9);
    digits_at(text + 8, 2, of_year - (153 * month + 2) / 5 + 1);
    digits_at(text + 11, 2, rest / INT64_C(3600000000));
    digits_at(text + 14, 2, rest / 60000000 % 60);
    digits_at(text + 17, 2, rest / 1000000 % 60);
    digits_at(text + 20, 6, rest % 1000000);
    return MOMENT_TEXT;
}

static void write_hex(buffer *b, const uint8_t *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    char text[2 * SHA256_BYTES];
    for (size_t i = 0; i < count; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    buffer_append(b, text, 2 * count);
}

static void write_uuid(buffer *b, const kl_uuid *uuid)
{
    char text[KL_UUID_TEXT + 1];
    kl_uuid_format(uuid, text);
    buffer_append(b, text, KL_UUID_TEXT);
}

static void write_money(buffer *b, kl_money amount)
{
    char text[KL_MONEY_TEXT];
    kl_money_format(amount, text, sizeof text);
    buffer_text(b, text);
}

/* The value of a column without quotes; nothing where there is none. */
static void write_plain(buffer *b, ledger_column column, const ledger_row *row, const uint8_t *hash)
{
    const kl_uuid *uuids[LEDGER_COLUMNS] = {[LEDGER_ID] = &row->id,
                                            [LEDGER_DEBIT_ID] = row->debit_id,
                                            [LEDGER_CAMPAIGN_ID] = row->campaign_id,
                                            [LEDGER_VENDOR_ID] = &row->vendor_id,
                                            [LEDGER_WALLET_ID] = &row->wallet_id};
    char moment[MOMENT_TEXT];
    if (uuids[column])
        write_uuid(b, uuids[column]);
    else if (column == LEDGER_SEQ)
        buffer_format(b, "%lld", (long long)row->seq);
    else if (column == LEDGER_CREATED_US)
        buffer_format(b, "%lld", (long long)row->created_at);
    else if (column == LEDGER_BATCH_NO && row->batch_no != -1)
        buffer_format(b, "%d", row->batch_no);
    else if (column == LEDGER_CREATED_AT)
        buffer_append(b, moment, format_moment(row->created_at, moment));
    else if (column == LEDGER_TYPE)
        buffer_text(b, types[row->type]);
    else if (column == LEDGER_AMOUNT)
        write_money(b, row->amount);
    else if (column == LEDGER_BALANCE_AFTER)
        write_money(b, row->balance_after);
    else if (column == LEDGER_HASH)
        write_hex(b, hash, SHA256_BYTES);
}

static const char *text_of(ledger_column column, const ledger_row *row)
{
    return column == LEDGER_REFERENCE ? row->reference : column == LEDGER_KEY ? row->idempotency_key : NULL;
}

static void write_csv_text(buffer *b, const char *text)
{
    if (!text[strcspn(text, "\",\r\n")]) {
        buffer_text(b, text);
        return;
    }
    buffer_byte(b, '"');
    for (const char *quote; (quote = strchr(text, '"')); text = quote + 1) {
        buffer_append(b, text, (size_t)(quote - text));
        buffer_text(b, "\"\"");
    }
    buffer_text(b, text);
    buffer_byte(b, '"');
}

static void write_csv(buffer *b, const ledger_row *row, const uint8_t *hash)
{
    for (ledger_column column = 0; column < LEDGER_COLUMNS; column++) {
        const char *text = text_of(column, row);
        if (column)
            buffer_byte(b, ',');
        if (text)
            write_csv_text(b, text);
        else
            write_plain(b, column, row, hash);
    }
    buffer_byte(b, '\n');
}

static void write_json(buffer *b, const ledger_row *row, const uint8_t *hash)
{
    for (ledger_column column = 0; column < LEDGER_COLUMNS; column++) {
        const char *text = text_of(column, row);
        buffer_text(b, column ? ",\"" : "{\"");
        buffer_text(b, ledger_column_names[column]);
        buffer_text(b, "\":");
        size_t start = b->length;
        if (text) {
            buffer_json_string(b, text, strlen(text));
            continue;
        }
        if (!ledger_column_is_number(column))
            buffer_byte(b, '"');
        size_t value = b->length;
        write_plain(b, column, row, hash);
        if (b->length == value) {
            b->length = start;
            buffer_text(b, "null");
        } else if (!ledger_column_is_number(column)) {
            buffer_byte(b, '"');
        }
    }
    buffer_text(b, "}\n");
}

void ledger_text_write(buffer *b, kl_ledger_format format, const ledger_row *row, const uint8_t *hash)
{
    if (format == KL_LEDGER_CSV)
        write_csv(b, row, hash);
    else
        write_json(b, row, hash);
}

void ledger_text_header(buffer *b, kl_ledger_format format)
{
    if (format != KL_LEDGER_CSV)
        return;
    for (ledger_column column = 0; column < LEDGER_COLUMNS; column++) {
        if (column)
            buffer_byte(b, ',');
        buffer_text(b, ledger_column_names[column]);
    }
    buffer_byte(b, '\n');
}

/* ---- reading ---- */

static bool read_integer(const ledger_value *value, int64_t least, int64_t *out)
{
    const char *at = value->text, *end = at + value->length;
    int64_t number = 0;
    bool negative = at < end && *at == '-';
    at += negative;
    if (at == end || end - at > 18) /* cannot overflow; nothing in a ledger has more */
        return false;
    for (; at < end; at++) {
        if (*at < '0' || *at > '9')
            return false;
        number = number * 10 + (*at - '0');
    }
    *out = negative ? -number : number;
    return *out >= least;
}

/* One more than the value of a hex digit; 0: no digit. */
static const uint8_t hex_digits[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16};

static bool read_hex(const char *text, uint8_t *out, size_t count)
{
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        unsigned high = hex_digits[(uint8_t)text[2 * i]], low = hex_digits[(uint8_t)text[2 * i + 1]];
        good &= high && low;
        out[i] = (uint8_t)((high - 1) << 4 | (low - 1));
    }
    return good;
}

static bool read_uuid(const ledger_value *value, kl_uuid *out)
{
    const char *at = value->text;
    if (value->length != KL_UUID_TEXT || at[8] != '-' || at[13] != '-' || at[18] != '-' || at[23] != '-')
        return false;
    return read_hex(at, out->bytes, 4) && read_hex(at + 9, out->bytes + 4, 2) && read_hex(at + 14, out->bytes + 6, 2) &&
           read_hex(at + 19, out->bytes + 8, 2) && read_hex(at + 24, out->bytes + 10, 6);
}

static bool read_type(const ledger_value *value, kl_transaction_type *out)
{
    for (int type = KL_CREDIT_RECHARGE; type <= KL_REFUND; type++) {
        if (strlen(types[type]) == value->length && memcmp(types[type], value->text, value->length) == 0) {
            *out = (kl_transaction_type)type;
            return true;
        }
    }
    return false;
}

static bool read_money(const ledger_value *value, kl_money *out)
{
    return money_parse_span(value->text, value->length, out) == KL_OK;
}

/* It is not hashed, so it must say what the hashed number says. */
static bool moment_agrees(const ledger_value *value, kl_time moment)
{
    char text[MOMENT_TEXT];
    size_t length = format_moment(moment, text);
    return length == value->length && (!length || memcmp(text, value->text, length) == 0);
}

static bool read_column(ledger_text *t, ledger_column column, const ledger_value *value)
{
    int64_t number = -1;
    switch (column) {
    case LEDGER_SEQ:
        return read_integer(value, 1, &t->row.seq);
    case LEDGER_TYPE:
        return read_type(value, &t->row.type);
    case LEDGER_AMOUNT:
        return read_money(value, &t->row.amount);
    case LEDGER_BALANCE_AFTER:
        return read_money(value, &t->row.balance_after);
    case LEDGER_REFERENCE:
        t->row.reference = value->text;
        return true;
    case LEDGER_ID:
        return read_uuid(value, &t->row.id);
    case LEDGER_VENDOR_ID:
        return read_uuid(value, &t->row.vendor_id);
    case LEDGER_WALLET_ID:
        return read_uuid(value, &t->row.wallet_id);
    case LEDGER_DEBIT_ID:
        t->row.debit_id = &t->debit_id;
        return read_uuid(value, &t->debit_id);
    case LEDGER_CAMPAIGN_ID:
        t->row.campaign_id = &t->campaign_id;
        return read_uuid(value, &t->campaign_id);
    case LEDGER_BATCH_NO:
        if (!read_integer(value, 0, &number) || number > INT32_MAX)
            return false;
        t->row.batch_no = (int)number;
        return true;
    case LEDGER_CREATED_US:
        return read_integer(value, INT64_MIN, &t->row.created_at);
    case LEDGER_HASH:
        return value->length == sizeof t->hash * 2 && read_hex(value->text, t->hash, sizeof t->hash);
    case LEDGER_KEY:
        t->row.idempotency_key = value->text;
        return true;
    default: /* LEDGER_CREATED_AT is compared when all are read */
        return true;
    }
}

static bool may_be_missing(ledger_column column)
{
    return column == LEDGER_KEY || column == LEDGER_DEBIT_ID || column == LEDGER_CAMPAIGN_ID ||
           column == LEDGER_BATCH_NO || column == LEDGER_CREATED_AT;
}

ledger_column ledger_text_read(ledger_text *text, const ledger_value values[LEDGER_COLUMNS])
{
    text->row.idempotency_key = NULL;
    text->row.debit_id = text->row.campaign_id = NULL;
    text->row.batch_no = -1;
    for (ledger_column column = 0; column < LEDGER_COLUMNS; column++) {
        bool good = values[column].text ? read_column(text, column, &values[column]) : may_be_missing(column);
        if (!good)
            return column;
    }
    if (!moment_agrees(&values[LEDGER_CREATED_AT], text->row.created_at))
        return LEDGER_CREATED_AT;
    return LEDGER_COLUMNS;
}
