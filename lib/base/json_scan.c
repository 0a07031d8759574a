/* The one pass over a JSON text that checks it and, when asked, records its index. */
#include "base/json_scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json_keys.h"
#include "base/utf8.h"

enum { DEFAULT_BYTES = 3 * 1024 * 1024, DEFAULT_DEPTH = 32, DEFAULT_VALUES = 200000 };
enum { MAX_BYTES = 1 << 30, MAX_DEPTH = 128 }; /* the scan recurses, and offsets are 32 bits */
enum { MAX_POWER = 308 };

typedef struct scan {
    const char *start, *at, *end;
    size_t depth, values;
    size_t max_depth, max_values;
    json_index *record;
    json_keys keys;
    /* The first problem. */
    kl_status status;
    size_t offset;
    const char *problem;
} scan;

typedef struct string_span {
    size_t start, end; /* inside the quotes */
    bool escaped;
} string_span;

static bool fail(scan *s, kl_status status, const char *at, const char *problem)
{
    s->status = status;
    s->offset = (size_t)(at - s->start);
    s->problem = problem;
    return false;
}

static bool fail_memory(scan *s)
{
    return fail(s, KL_ERR_MEMORY, s->at, "");
}

static void skip_blanks(scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r'))
        s->at++;
}

static bool is_digit(const char *at, const char *end)
{
    return at < end && *at >= '0' && *at <= '9';
}

/* Eight bytes that can be passed over: no control, quote, backslash or byte above 0x7F. */
static bool plain_word(const char *at)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
    uint64_t word;
    memcpy(&word, at, sizeof word);
    uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\');
    return ((word | (word - ones * 0x20) | (quote - ones) | (backslash - ones)) & highs) == 0;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The four digits of a \u escape, -1 when there are not four. */
static long hex_unit(const char *at, const char *end)
{
    if (end - at < 4)
        return -1;
    long unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(at[i]);
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/* s->at is behind the backslash. */
static bool scan_escape(scan *s)
{
    const char *escape = s->at - 1;
    if (s->at == s->end)
        return fail(s, KL_ERR_JSON, escape, "an unfinished escape");
    char c = *s->at++;
    if (c != 'u')
        return memchr("\"\\/bfnrt", c, 8) ? true : fail(s, KL_ERR_JSON, escape, "an unknown escape");
    long unit = hex_unit(s->at, s->end);
    if (unit < 0)
        return fail(s, KL_ERR_JSON, escape, "a \\u escape without four hexadecimal digits");
    s->at += 4;
    if (unit == 0)
        return fail(s, KL_ERR_ENCODING, escape, "an escaped NUL");
    if (unit < 0xD800 || unit > 0xDFFF)
        return true;
    long low = -1;
    if (unit < 0xDC00 && s->end - s->at >= 6 && s->at[0] == '\\' && s->at[1] == 'u')
        low = hex_unit(s->at + 2, s->end);
    if (low < 0xDC00 || low > 0xDFFF)
        return fail(s, KL_ERR_ENCODING, escape, "half a surrogate pair");
    s->at += 6;
    return true;
}

/* s->at is at the opening quote. */
static bool scan_string(scan *s, string_span *out)
{
    const char *open = s->at++;
    out->start = (size_t)(s->at - s->start);
    out->escaped = false;
    while (s->at < s->end) {
        if (s->end - s->at >= 8 && plain_word(s->at)) {
            s->at += 8;
            continue;
        }
        unsigned char c = (unsigned char)*s->at;
        if (c == '"') {
            out->end = (size_t)(s->at++ - s->start);
            return true;
        }
        if (c == '\\') {
            out->escaped = true;
            s->at++;
            if (!scan_escape(s))
                return false;
        } else if (c >= 0x80) {
            size_t step = utf8_sequence(s->at, (size_t)(s->end - s->at));
            if (step == 0)
                return fail(s, KL_ERR_ENCODING, s->at, "bytes that are not UTF-8");
            s->at += step;
        } else if (c < 0x20) {
            return fail(s, c ? KL_ERR_JSON : KL_ERR_ENCODING, s->at, c ? "a control character in a string" : "a NUL");
        } else {
            s->at++;
        }
    }
    return fail(s, KL_ERR_JSON, open, "a string without end");
}

/* s->at is at the 'e'; `whole` digits stand before the decimal point. Keeps every accepted number finite
 * as a double and short as a decimal. */
static bool scan_exponent(scan *s, long whole)
{
    const char *mark = s->at++;
    bool negative = s->at < s->end && *s->at == '-';
    if (s->at < s->end && (*s->at == '-' || *s->at == '+'))
        s->at++;
    if (!is_digit(s->at, s->end))
        return fail(s, KL_ERR_JSON, s->at, "an exponent without digits");
    long power = 0;
    for (; is_digit(s->at, s->end); s->at++)
        if (power <= MAX_POWER)
            power = power * 10 + (*s->at - '0');
    if (power > MAX_POWER || (!negative && power + whole > MAX_POWER))
        return fail(s, KL_ERR_JSON, mark, "a number out of range");
    return true;
}

static bool scan_number(scan *s)
{
    const char *first = s->at;
    if (*s->at == '-')
        s->at++;
    const char *digits = s->at;
    if (!is_digit(s->at, s->end))
        return fail(s, KL_ERR_JSON, s->at, "a number without digits");
    while (is_digit(s->at, s->end))
        s->at++;
    if (*digits == '0' && s->at - digits > 1)
        return fail(s, KL_ERR_JSON, digits, "a number with a leading zero");
    long whole = s->at - digits > JSON_MAX_NUMBER ? JSON_MAX_NUMBER : (long)(s->at - digits);
    if (s->at < s->end && *s->at == '.') {
        s->at++;
        if (!is_digit(s->at, s->end))
            return fail(s, KL_ERR_JSON, s->at, "a decimal point without digits behind it");
        while (is_digit(s->at, s->end))
            s->at++;
    }
    if (s->at < s->end && (*s->at == 'e' || *s->at == 'E') && !scan_exponent(s, whole))
        return false;
    if (s->at - first > JSON_MAX_NUMBER)
        return fail(s, KL_ERR_TOO_LONG, first, "a number of more than 64 characters");
    return true;
}

static bool scan_word(scan *s, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(s->end - s->at) < length || memcmp(s->at, word, length) != 0)
        return fail(s, KL_ERR_JSON, s->at, "an unknown word");
    s->at += length;
    return true;
}

static bool push(scan *s, const string_span *key)
{
    json_index *record = s->record;
    if (record->count == record->capacity) {
        size_t capacity = record->capacity ? record->capacity * 2 : 64;
        json_node *grown = realloc(record->nodes, capacity * sizeof *grown);
        if (!grown)
            return fail_memory(s);
        record->nodes = grown;
        record->capacity = capacity;
    }
    json_node *node = &record->nodes[record->count++];
    *node = (json_node){.start = (uint32_t)(s->at - s->start)};
    if (key) {
        node->key_start = (uint32_t)key->start;
        node->key_end = (uint32_t)key->end;
        node->key_escaped = key->escaped;
    }
    return true;
}

static bool scan_value(scan *s, const string_span *key, json_kind *kind);

/* One child, linked to its elder sibling; nodes are found by number as the array moves when it grows. */
static bool scan_child(scan *s, const string_span *key, size_t parent, size_t *elder)
{
    skip_blanks(s);
    size_t own = s->record ? s->record->count : 0;
    if (!scan_value(s, key, NULL))
        return false;
    if (s->record) {
        if (*elder)
            s->record->nodes[*elder].next = (uint32_t)own;
        s->record->nodes[parent].count++;
        *elder = own;
    }
    skip_blanks(s);
    return true;
}

/* After a child: true and *more for a comma, true and not *more for the closing bracket. */
static bool scan_separator(scan *s, char closing, bool *more)
{
    if (s->at == s->end)
        return fail(s, KL_ERR_JSON, s->at, "the end inside an array or object");
    if (*s->at != ',' && *s->at != closing)
        return fail(s, KL_ERR_JSON, s->at, "neither a comma nor the closing bracket");
    *more = *s->at++ == ',';
    return true;
}

static bool scan_array(scan *s, size_t node)
{
    size_t elder = 0;
    s->at++;
    skip_blanks(s);
    bool more = s->at == s->end || *s->at != ']';
    if (!more)
        s->at++;
    while (more)
        if (!scan_child(s, NULL, node, &elder) || !scan_separator(s, ']', &more))
            return false;
    return true;
}

static bool scan_key(scan *s, size_t base, string_span *key)
{
    skip_blanks(s);
    if (s->at == s->end || *s->at != '"')
        return fail(s, KL_ERR_JSON, s->at, "no key in quotes");
    const char *open = s->at;
    if (!scan_string(s, key))
        return false;
    json_keys_answer answer = json_keys_add(&s->keys, base, key->start, key->end - key->start, key->escaped);
    if (answer == JSON_KEYS_NO_MEMORY)
        return fail_memory(s);
    if (answer == JSON_KEYS_DUPLICATE)
        return fail(s, KL_ERR_JSON, open, "a duplicate key");
    skip_blanks(s);
    if (s->at == s->end || *s->at != ':')
        return fail(s, KL_ERR_JSON, s->at, "no colon behind a key");
    s->at++;
    return true;
}

static bool scan_object(scan *s, size_t node)
{
    size_t elder = 0, base = s->keys.count, duplicate = 0;
    s->at++;
    skip_blanks(s);
    bool more = s->at == s->end || *s->at != '}';
    if (!more)
        s->at++;
    while (more) {
        string_span key;
        if (!scan_key(s, base, &key) || !scan_child(s, &key, node, &elder) || !scan_separator(s, '}', &more))
            return false;
    }
    if (json_keys_close(&s->keys, base, &duplicate) == JSON_KEYS_DUPLICATE)
        return fail(s, KL_ERR_JSON, s->start + duplicate - 1, "a duplicate key");
    return true;
}

static bool scan_container(scan *s, json_kind kind, size_t node)
{
    if (s->depth == s->max_depth)
        return fail(s, KL_ERR_TOO_LONG, s->at, "too many arrays and objects inside each other");
    s->depth++;
    bool good = kind == JSON_OBJECT ? scan_object(s, node) : scan_array(s, node);
    s->depth--;
    return good;
}

static json_kind kind_of(char c)
{
    switch (c) {
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case '"':
        return JSON_STRING;
    case 't':
        return JSON_TRUE;
    case 'f':
        return JSON_FALSE;
    case 'n':
        return JSON_NULL;
    default:
        return JSON_NUMBER;
    }
}

static bool scan_value(scan *s, const string_span *key, json_kind *kind)
{
    if (s->at == s->end)
        return fail(s, KL_ERR_JSON, s->at, "the end where a value must be");
    json_kind found = kind_of(*s->at);
    if (found == JSON_NUMBER && *s->at != '-' && !is_digit(s->at, s->end))
        return fail(s, *s->at ? KL_ERR_JSON : KL_ERR_ENCODING, s->at, *s->at ? "no value" : "a NUL");
    if (s->values++ == s->max_values)
        return fail(s, KL_ERR_TOO_LONG, s->at, "too many values");
    size_t node = s->record ? s->record->count : 0;
    if (s->record && !push(s, key))
        return false;
    string_span text = {0, 0, false};
    bool good = found == JSON_STRING                         ? scan_string(s, &text)
                : found == JSON_NUMBER                       ? scan_number(s)
                : found == JSON_TRUE                         ? scan_word(s, "true")
                : found == JSON_FALSE                        ? scan_word(s, "false")
                : found == JSON_NULL                         ? scan_word(s, "null")
                                                             : scan_container(s, found, node);
    if (good && s->record) {
        s->record->nodes[node].end = (uint32_t)(s->at - s->start);
        s->record->nodes[node].kind = (uint8_t)found;
        s->record->nodes[node].escaped = text.escaped;
    }
    if (good && kind)
        *kind = found;
    return good;
}

static bool scan_document(scan *s, json_kind *kind)
{
    if (s->end - s->at >= 3 && memcmp(s->at, "\xEF\xBB\xBF", 3) == 0)
        return fail(s, KL_ERR_JSON, s->at, "a byte order mark");
    json_kind found;
    skip_blanks(s);
    if (!scan_value(s, NULL, &found))
        return false;
    skip_blanks(s);
    if (s->at < s->end)
        return fail(s, *s->at ? KL_ERR_JSON : KL_ERR_ENCODING, s->at,
                    *s->at ? "something behind the value" : "a NUL");
    if (kind)
        *kind = found;
    return true;
}

static size_t limit(size_t wanted, size_t otherwise, size_t most)
{
    size_t chosen = wanted ? wanted : otherwise;
    return chosen < most ? chosen : most;
}

kl_status json_scan(const char *bytes, size_t length, const json_limits *limits, json_index *record, json_kind *kind,
                    kl_error **error)
{
    static const json_limits defaults = {0};
    if (!bytes)
        return error_set(error, KL_ERR_ARGUMENT, "no JSON text given");
    if (!limits)
        limits = &defaults;
    size_t max_bytes = limit(limits->max_bytes, DEFAULT_BYTES, MAX_BYTES);
    if (length > max_bytes)
        return error_set(error, KL_ERR_TOO_LONG, "JSON of %zu bytes, more than %zu", length, max_bytes);
    scan s;
    s.start = s.at = bytes;
    s.end = bytes + length;
    s.depth = s.values = 0;
    s.max_depth = limit(limits->max_depth, DEFAULT_DEPTH, MAX_DEPTH);
    s.max_values = limit(limits->max_values, DEFAULT_VALUES, MAX_BYTES);
    s.record = record;
    s.status = KL_OK;
    json_keys_start(&s.keys, bytes, length);
    bool good = scan_document(&s, kind);
    json_keys_free(&s.keys);
    if (good)
        return KL_OK;
    if (s.status == KL_ERR_MEMORY)
        return error_memory(error);
    return error_set(error, s.status, "JSON: %s at byte %zu", s.problem, s.offset);
}
