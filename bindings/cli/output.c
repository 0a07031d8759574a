/* What commands answer: the same records as JSON for programs and as aligned text for people. */
#include "output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "moment.h"

enum { COLUMNS_MOST = 32, ROWS_KEPT = 500 };

static bool as_json, as_list, headed;
static int columns, rows;
static const char *names[COLUMNS_MOST]; /* static texts of the commands */
static char *cells[ROWS_KEPT][COLUMNS_MOST];

void output_form(bool json)
{
    as_json = json;
}

void output_list(void)
{
    as_list = true;
}

/* ---- text ------------------------------------------------------------------ */

static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

/* Names and messages come from strangers: what would steer a terminal is shown as a question mark. */
static void put_plain(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c < 0x20 || *c == 0x7F) {
            putchar('?');
        } else if (*c == 0xC2 && c[1] >= 0x80 && c[1] < 0xA0) {
            putchar('?');
            c++;
        } else {
            putchar(*c);
        }
    }
}

static void put_padded(const char *text, size_t width, bool last)
{
    put_plain(text);
    for (size_t n = width_of(text); !last && n < width + 2; n++)
        putchar(' ');
}

static void put_table(void)
{
    size_t widths[COLUMNS_MOST];
    for (int i = 0; i < columns; i++) {
        widths[i] = headed ? 0 : width_of(names[i]);
        for (int row = 0; row < rows; row++)
            if (width_of(cells[row][i]) > widths[i])
                widths[i] = width_of(cells[row][i]);
    }
    for (int i = 0; !headed && i < columns; i++) {
        put_padded(names[i], widths[i], i + 1 == columns);
        if (i + 1 == columns)
            putchar('\n');
    }
    headed = true;
    for (int row = 0; row < rows; row++) {
        for (int i = 0; i < columns; i++)
            put_padded(cells[row][i], widths[i], i + 1 == columns);
        putchar('\n');
    }
}

static void put_record(void)
{
    size_t width = 0;
    for (int i = 0; i < columns; i++)
        width = strlen(names[i]) > width ? strlen(names[i]) : width;
    for (int i = 0; i < columns; i++) {
        put_padded(names[i], width, false);
        put_plain(cells[0][i]);
        putchar('\n');
    }
}

static void forget(void)
{
    for (int row = 0; row < rows; row++)
        for (int i = 0; i < columns; i++)
            free(cells[row][i]);
    rows = 0;
}

static void keep(const char *name, const char *value)
{
    if (columns == COLUMNS_MOST)
        return;
    names[columns] = name;
    cells[rows][columns] = strdup(value);
    if (!cells[rows][columns]) {
        fputs("kloyst: out of memory\n", stderr);
        exit(6);
    }
    columns++;
}

/* ---- JSON ------------------------------------------------------------------ */

static void json_text(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else if ((unsigned char)*text < 0x20 || *text == 0x7F)
            printf("\\u%04x", (unsigned)(unsigned char)*text);
        else
            putchar(*text);
    }
    putchar('"');
}

static void json_name(const char *name)
{
    if (columns++)
        putchar(',');
    json_text(name);
    putchar(':');
}

/* ---- both ------------------------------------------------------------------ */

void output_begin(void)
{
    columns = 0;
    if (as_json)
        putchar('{');
}

void output_text(const char *name, const char *value)
{
    if (!as_json) {
        keep(name, value ? value : "-");
        return;
    }
    json_name(name);
    if (value)
        json_text(value);
    else
        fputs("null", stdout);
}

void output_json(const char *name, const char *value)
{
    if (!as_json) {
        keep(name, value);
        return;
    }
    json_name(name);
    fputs(value, stdout);
}

void output_number(const char *name, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    output_json(name, text);
}

void output_flag(const char *name, bool value)
{
    if (as_json)
        output_json(name, value ? "true" : "false");
    else
        keep(name, value ? "yes" : "no");
}

void output_money(const char *name, kl_money value)
{
    char text[KL_MONEY_TEXT];
    kl_money_format(value, text, sizeof text);
    output_text(name, text);
}

void output_uuid(const char *name, const kl_uuid *value)
{
    char text[KL_UUID_TEXT + 1];
    if (value)
        kl_uuid_format(value, text);
    output_text(name, value ? text : NULL);
}

void output_id(const char *name, kl_uuid value)
{
    output_uuid(name, &value);
}

void output_time(const char *name, kl_time value)
{
    char text[MOMENT_TEXT];
    output_text(name, value ? moment_format(value, text) : NULL);
}

void output_hex(const char *name, const uint8_t *bytes, size_t count)
{
    char text[129];
    for (size_t i = 0; i < count && i < 64; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    output_text(name, text);
}

void output_end(void)
{
    if (as_json) {
        puts("}");
        return;
    }
    rows++;
    if (!as_list)
        put_record();
    else if (rows == ROWS_KEPT)
        put_table();
    if (!as_list || rows == ROWS_KEPT)
        forget();
}

bool output_finish(void)
{
    if (rows) {
        put_table();
        forget();
    }
    return fflush(stdout) == 0 && !ferror(stdout);
}

void output_failure(const char *status, const char *message, bool retriable, int end)
{
    as_json = true;
    output_begin();
    output_text("status", status);
    output_text("message", message);
    output_flag("retriable", retriable);
    output_number("exit", end);
    output_end();
}
