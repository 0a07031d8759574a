/* Cutting one line of an exported statement into its values. */
#include "core/ledger_split.h"

#include <string.h>

#include "base/json.h"

static const char malformed_csv[] = "is not a line of CSV with the columns of a statement";
static const char malformed_json[] = "is not a JSON object with the members of a statement";

/* ---- CSV ---- */

/* Takes a quoted field, whose first quote is at `at`; answers the place behind the closing one, NULL: there is none. */
static char *unquote(char *at, char *end, ledger_value *value)
{
    char *out = at + 1;
    value->text = out;
    for (at++;;) {
        char *quote = memchr(at, '"', (size_t)(end - at));
        if (!quote)
            return NULL;
        memmove(out, at, (size_t)(quote - at));
        out += quote - at;
        at = quote + 1;
        if (at == end || *at != '"')
            break;
        *out++ = *at++;
    }
    value->length = (size_t)(out - value->text);
    *out = '\0';
    return at;
}

static const char *split_csv(char *at, char *end, ledger_value values[LEDGER_COLUMNS])
{
    for (int column = 0; column < LEDGER_COLUMNS; column++) {
        ledger_value *value = &values[column];
        bool quoted = at < end && *at == '"';
        char *comma = at;
        if (quoted && !(comma = unquote(at, end, value)))
            return malformed_csv;
        if (!quoted) {
            comma = memchr(at, ',', (size_t)(end - at));
            comma = comma ? comma : end;
            *value = (ledger_value){at, (size_t)(comma - at)};
        }
        bool last = column == LEDGER_COLUMNS - 1;
        if (last ? comma != end : comma == end || *comma != ',')
            return malformed_csv;
        *comma = '\0';
        if (!value->length && column != LEDGER_REFERENCE) /* no other value is ever empty */
            value->text = NULL;
        at = comma + 1;
    }
    return NULL;
}

/* ---- JSON ---- */

static char *skip_blanks(char *at)
{
    while (*at == ' ' || *at == '\t' || *at == '\r')
        at++;
    return at;
}

/* The closing quote of the string that begins behind `at`; the record ends with a NUL, which is in no string. */
static char *closing_quote(char *at, bool *escaped)
{
    *escaped = false;
    for (; *at && *at != '"'; at++) {
        if (*at == '\\' && at[1]) {
            *escaped = true;
            at++;
        }
    }
    return *at ? at : NULL;
}

/* Column of a member; files as they were written have them in order. */
static int column_of(const char *name, size_t length, int expected)
{
    for (int i = 0; i < LEDGER_COLUMNS; i++) {
        int column = (expected + i) % LEDGER_COLUMNS;
        if (strncmp(ledger_column_names[column], name, length) == 0 && !ledger_column_names[column][length])
            return column;
    }
    return LEDGER_COLUMNS;
}

/* Takes a value; answers the place behind it, NULL when it is none that a statement has. */
static char *take_value(char *at, int column, bool *has_escapes, ledger_value *value)
{
    bool escaped;
    if (*at == '"') {
        char *end = closing_quote(at + 1, &escaped);
        if (!end)
            return NULL;
        *value = (ledger_value){at + 1, (size_t)(end - at - 1)};
        *end = '\0';
        *has_escapes = escaped;
        return end + 1;
    }
    size_t length = strcspn(at, ",} \t\r");
    bool null = length == 4 && memcmp(at, "null", 4) == 0;
    if (!null && !ledger_column_is_number((ledger_column)column))
        return NULL;
    *value = null ? (ledger_value){0} : (ledger_value){at, length};
    return at + length;
}

/* `has_escapes` gets a bit for each column. */
static const char *split_json(char *at, const char *end, uint32_t *has_escapes, ledger_value values[LEDGER_COLUMNS])
{
    uint32_t seen = 0;
    at = skip_blanks(at);
    if (*at++ != '{')
        return malformed_json;
    for (int expected = 0;; expected++) {
        bool escaped;
        at = skip_blanks(at);
        char *name = at + 1, *name_end = *at == '"' ? closing_quote(name, &escaped) : NULL;
        size_t length = name_end ? (size_t)(name_end - name) : 0;
        int column = length && length < 32 ? column_of(name, length, expected) : LEDGER_COLUMNS;
        if (column == LEDGER_COLUMNS || seen >> column & 1)
            return malformed_json;
        seen |= UINT32_C(1) << column;
        at = skip_blanks(name_end + 1);
        if (*at++ != ':')
            return malformed_json;
        escaped = false;
        at = take_value(skip_blanks(at), column, &escaped, &values[column]);
        if (!at)
            return malformed_json;
        *has_escapes |= (uint32_t)escaped << column;
        at = skip_blanks(at);
        if (*at == '}')
            break;
        if (*at++ != ',')
            return malformed_json;
    }
    if (skip_blanks(at + 1) != end || seen != (UINT32_C(1) << LEDGER_COLUMNS) - 1)
        return malformed_json;
    return NULL;
}

/* Only texts are ever escaped; the others would be understood without. */
static const char *unescape(uint32_t has_escapes, buffer *scratch, ledger_value values[LEDGER_COLUMNS])
{
    static const ledger_column texts[] = {LEDGER_REFERENCE, LEDGER_KEY};
    buffer_clear(scratch);
    if (!buffer_reserve(scratch, values[LEDGER_REFERENCE].length + values[LEDGER_KEY].length + 2))
        return "is too long for the memory";
    for (int i = 0; i < 2; i++) {
        ledger_value *value = &values[texts[i]];
        if (!(has_escapes >> texts[i] & 1))
            continue;
        char *out = scratch->data + scratch->length;
        size_t length = json_unescape(value->text, value->length, out);
        out[length] = '\0';
        *value = (ledger_value){out, length};
        scratch->length += length + 1;
    }
    return NULL;
}

const char *ledger_split(kl_ledger_format format, char *record, size_t length, buffer *scratch,
                         ledger_value values[LEDGER_COLUMNS])
{
    /* It would hide what stands behind it. */
    if (memchr(record, '\0', length))
        return "has a NUL in it";
    record[length] = '\0';
    if (format == KL_LEDGER_CSV)
        return split_csv(record, record + length, values);
    uint32_t has_escapes = 0;
    /* A backslash is rare, and only what is JSON may be unescaped. */
    if (memchr(record, '\\', length) && json_check(record, length, NULL, NULL, NULL))
        return malformed_json;
    const char *wrong = split_json(record, record + length, &has_escapes, values);
    return wrong || !has_escapes ? wrong : unescape(has_escapes, scratch, values);
}
