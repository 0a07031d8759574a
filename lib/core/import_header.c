/* The header line of a CSV file of contacts. */
#include "core/import_header.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/utf8.h"

/* Names of the column with the number, as letters only; the first of the list that a file has is taken, so that a
 * landline beside a mobile number does not win. */
static const char *const mobile_names[] = {
    "mobile",         "mobilenumber",   "mobileno",    "mobilephone",        "mobilephonenumber", "mobilenum",
    "whatsapp",       "whatsappnumber", "whatsappno",  "whatsappphone",      "waid",              "wanumber",
    "msisdn",         "cell",           "cellphone",   "cellnumber",         "cellphonenumber",   "handphone",
    "phone",          "phonenumber",    "phoneno",     "phonenum",           "phonemobile",       "phonevalue",
    "contactnumber",  "contactno",      "contactphone", "contactmobile",     "customermobile",    "customerphone",
    "primaryphone",   "primarymobile",  "telephone",   "telephonenumber",    "tel",               "telno",
    "telnumber",      "number",         "no",
};

enum { NAME_ROOM = 32 };

/* Lower-case ASCII letters of a header; "" when there are too many. */
static void letters(const csv_field *field, char out[NAME_ROOM])
{
    size_t length = 0;
    for (size_t i = 0; i < field->length; i++) {
        char c = field->data[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (c < 'a' || c > 'z')
            continue;
        if (length == NAME_ROOM - 1) {
            length = 0;
            break;
        }
        out[length++] = c;
    }
    out[length] = '\0';
}

static csv_field trimmed(csv_field field)
{
    static const char blanks[] = " \t\r\n\v\f";
    while (field.length && memchr(blanks, field.data[0], sizeof blanks - 1)) {
        field.data++;
        field.length--;
    }
    while (field.length && memchr(blanks, field.data[field.length - 1], sizeof blanks - 1))
        field.length--;
    return field;
}

static bool same(csv_field a, csv_field b)
{
    return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}

static bool same_but_case(csv_field a, csv_field b)
{
    if (a.length != b.length)
        return false;
    for (size_t i = 0; i < a.length; i++) {
        char x = a.data[i], y = b.data[i];
        if (x >= 'A' && x <= 'Z')
            x = (char)(x - 'A' + 'a');
        if (y >= 'A' && y <= 'Z')
            y = (char)(y - 'A' + 'a');
        if (x != y)
            return false;
    }
    return true;
}

static kl_status find_named(import_header *header, const csv_field *fields, const char *name, kl_error **error)
{
    csv_field wanted = trimmed((csv_field){name, strlen(name)});
    bool (*const rules[])(csv_field, csv_field) = {same, same_but_case};
    for (size_t rule = 0; rule < 2; rule++)
        for (size_t i = 0; i < header->count; i++)
            if (rules[rule](trimmed(fields[i]), wanted)) {
                header->mobile = i;
                return KL_OK;
            }
    return error_set(error, KL_ERR_FORMAT, "no column has the header \"%.*s\"", (int)wanted.length, wanted.data);
}

static kl_status find_usual(import_header *header, const csv_field *fields, kl_error **error)
{
    size_t best = sizeof mobile_names / sizeof mobile_names[0];
    for (size_t i = 0; i < header->count; i++) {
        char name[NAME_ROOM];
        letters(&fields[i], name);
        for (size_t rank = 0; rank < best; rank++)
            if (strcmp(name, mobile_names[rank]) == 0) {
                best = rank;
                header->mobile = i;
            }
    }
    if (best < sizeof mobile_names / sizeof mobile_names[0])
        return KL_OK;
    return error_set(error, KL_ERR_FORMAT,
                     "no column is named like one with telephone numbers: name it in mobile_column");
}

typedef struct named {
    csv_field name;
    size_t column;
} named;

static int by_name(const void *left, const void *right)
{
    const named *a = left, *b = right;
    size_t shorter = a->name.length < b->name.length ? a->name.length : b->name.length;
    int order = memcmp(a->name.data, b->name.data, shorter);
    if (order)
        return order;
    if (a->name.length != b->name.length)
        return a->name.length < b->name.length ? -1 : 1;
    return a->column < b->column ? -1 : 1;
}

/* Which of two columns should win cannot be known, so the file's owner has to say. */
static kl_status check_distinct(const import_header *header, const csv_field *fields, kl_error **error)
{
    named *names = calloc(header->count, sizeof *names);
    if (!names)
        return error_memory(error);
    kl_status status = KL_OK;
    for (size_t i = 0; i < header->count; i++)
        names[i] = (named){trimmed(fields[i]), i};
    qsort(names, header->count, sizeof *names, by_name);
    for (size_t i = 1; i < header->count && !status; i++)
        if (names[i].name.length && same(names[i - 1].name, names[i].name))
            status = error_set(error, KL_ERR_FORMAT, "columns %zu and %zu have the same header \"%.*s\"",
                               names[i - 1].column + 1, names[i].column + 1,
                               (int)(names[i].name.length < 80 ? names[i].name.length : 80), names[i].name.data);
    free(names);
    return status;
}

static kl_status make_keys(import_header *header, const csv_field *fields, kl_error **error)
{
    header->columns = calloc(header->count, sizeof *header->columns);
    if (!header->columns)
        return error_memory(error);
    for (size_t i = 0; i < header->count; i++) {
        csv_field name = trimmed(fields[i]);
        if (i == header->mobile || !name.length)
            continue;
        import_column *column = &header->columns[i];
        column->key = header->keys.length;
        buffer_json_string(&header->keys, name.data, name.length);
        buffer_byte(&header->keys, ':');
        column->key_length = header->keys.length - column->key;
    }
    return header->keys.broken ? error_memory(error) : KL_OK;
}

kl_status import_header_read(import_header *header, const csv_field *fields, size_t count, const char *mobile_column,
                             kl_error **error)
{
    header->count = count;
    for (size_t i = 0; i < count; i++)
        if (!utf8_valid(fields[i].data, fields[i].length))
            return error_set(error, KL_ERR_ENCODING, "the header of column %zu is not valid UTF-8", i + 1);
    kl_status status = check_distinct(header, fields, error);
    if (!status)
        status = mobile_column ? find_named(header, fields, mobile_column, error) : find_usual(header, fields, error);
    return status ? status : make_keys(header, fields, error);
}

void import_header_free(import_header *header)
{
    free(header->columns);
    buffer_free(&header->keys);
}
