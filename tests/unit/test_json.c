/* Promises of the strict JSON check and its index. */
#include "harness/suite.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/json_index.h"
#include "base/json_tree.h"
#include "base/utf8.h"

#define TEXT(literal) (literal), (sizeof(literal) - 1)

static void accepts(const char *text, size_t length, json_kind expected)
{
    kl_error *error = NULL;
    json_kind kind = JSON_NULL;
    kl_status status = json_check(text, length, NULL, &kind, &error);
    ck_assert_msg(status == KL_OK, "'%s': %s", text, kl_error_message(error));
    ck_assert_msg(kind == expected, "'%s' is of kind %d", text, kind);
}

static void refuses(const char *text, size_t length, kl_status expected, const char *message)
{
    kl_error *error = NULL;
    json_kind kind = (json_kind)77;
    kl_status status = json_check(text, length, NULL, &kind, &error);
    ck_assert_msg(status == expected, "'%s' answered %s", text, kl_status_name(status));
    ck_assert_msg(strcmp(kl_error_message(error), message) == 0, "'%s': %s", text, kl_error_message(error));
    ck_assert_int_eq((int)kind, 77);
    kl_error_free(error);
}

START_TEST(every_kind_of_value_is_accepted_and_named)
{
    accepts(TEXT("{}"), JSON_OBJECT);
    accepts(TEXT(" \t\r\n[ ] \n"), JSON_ARRAY);
    accepts(TEXT("\"\""), JSON_STRING);
    accepts(TEXT("0"), JSON_NUMBER);
    accepts(TEXT("true"), JSON_TRUE);
    accepts(TEXT("false"), JSON_FALSE);
    accepts(TEXT("null"), JSON_NULL);
    accepts(TEXT("{\"a\":[1,{\"b\":null}],\"c\" : \"d\"}"), JSON_OBJECT);
    accepts(TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\uD83d\\uDe2E\x7f\""), JSON_STRING);
    accepts(TEXT("\"\xC3\xA9 \xE0\xA4\xA8 \xF0\x9F\x9B\x91 \xF4\x8F\xBF\xBF \xEF\xBF\xBF\""), JSON_STRING);
}
END_TEST

START_TEST(grammar_errors_are_refused_with_their_byte)
{
    refuses(TEXT(""), KL_ERR_JSON, "JSON: the end where a value must be at byte 0");
    refuses(TEXT("  "), KL_ERR_JSON, "JSON: the end where a value must be at byte 2");
    refuses(TEXT("{} x"), KL_ERR_JSON, "JSON: something behind the value at byte 3");
    refuses(TEXT("{}{}"), KL_ERR_JSON, "JSON: something behind the value at byte 2");
    refuses(TEXT("[1,]"), KL_ERR_JSON, "JSON: no value at byte 3");
    refuses(TEXT("[,1]"), KL_ERR_JSON, "JSON: no value at byte 1");
    refuses(TEXT("[1 2]"), KL_ERR_JSON, "JSON: neither a comma nor the closing bracket at byte 3");
    refuses(TEXT("[1}"), KL_ERR_JSON, "JSON: neither a comma nor the closing bracket at byte 2");
    refuses(TEXT("[1"), KL_ERR_JSON, "JSON: the end inside an array or object at byte 2");
    refuses(TEXT("["), KL_ERR_JSON, "JSON: the end where a value must be at byte 1");
    refuses(TEXT("{"), KL_ERR_JSON, "JSON: no key in quotes at byte 1");
    refuses(TEXT("{a:1}"), KL_ERR_JSON, "JSON: no key in quotes at byte 1");
    refuses(TEXT("{'a':1}"), KL_ERR_JSON, "JSON: no key in quotes at byte 1");
    refuses(TEXT("{\"a\":1,}"), KL_ERR_JSON, "JSON: no key in quotes at byte 7");
    refuses(TEXT("{\"a\" 1}"), KL_ERR_JSON, "JSON: no colon behind a key at byte 5");
    refuses(TEXT("{\"a\"}"), KL_ERR_JSON, "JSON: no colon behind a key at byte 4");
    refuses(TEXT("{\"a\":}"), KL_ERR_JSON, "JSON: no value at byte 5");
    refuses(TEXT("tru"), KL_ERR_JSON, "JSON: an unknown word at byte 0");
    refuses(TEXT("truE"), KL_ERR_JSON, "JSON: an unknown word at byte 0");
    refuses(TEXT("trueX"), KL_ERR_JSON, "JSON: something behind the value at byte 4");
    refuses(TEXT("nul"), KL_ERR_JSON, "JSON: an unknown word at byte 0");
    refuses(TEXT("NaN"), KL_ERR_JSON, "JSON: no value at byte 0");
    refuses(TEXT("Infinity"), KL_ERR_JSON, "JSON: no value at byte 0");
    refuses(TEXT("// c\n1"), KL_ERR_JSON, "JSON: no value at byte 0");
    refuses(TEXT("[1]/**/"), KL_ERR_JSON, "JSON: something behind the value at byte 3");
    refuses(TEXT("\xEF\xBB\xBF{}"), KL_ERR_JSON, "JSON: a byte order mark at byte 0");
    refuses(TEXT("\f1"), KL_ERR_JSON, "JSON: no value at byte 0");
}
END_TEST

START_TEST(numbers_follow_the_grammar_and_stay_finite)
{
    static const char *const good[] = {"0", "-0", "10", "-1.50", "1e5", "1E+5", "1e-308", "1e307", "0.1e307",
                                       "9007199254740993", "1.0e0", "99e306",
                                       "1234567890123456789012345678901234567890123456789012345678901234"};
    static const struct {
        const char *text, *problem;
        kl_status status;
    } wrong[] = {{"01", "a number with a leading zero at byte 0", KL_ERR_JSON},
                 {"-01", "a number with a leading zero at byte 1", KL_ERR_JSON},
                 {"00", "a number with a leading zero at byte 0", KL_ERR_JSON},
                 {"-", "a number without digits at byte 1", KL_ERR_JSON},
                 {"-x", "a number without digits at byte 1", KL_ERR_JSON},
                 {"+1", "no value at byte 0", KL_ERR_JSON},
                 {".5", "no value at byte 0", KL_ERR_JSON},
                 {"1.", "a decimal point without digits behind it at byte 2", KL_ERR_JSON},
                 {"1.e5", "a decimal point without digits behind it at byte 2", KL_ERR_JSON},
                 {"1e", "an exponent without digits at byte 2", KL_ERR_JSON},
                 {"1e+", "an exponent without digits at byte 3", KL_ERR_JSON},
                 {"0x10", "something behind the value at byte 1", KL_ERR_JSON},
                 {"1_000", "something behind the value at byte 1", KL_ERR_JSON},
                 {"1e309", "a number out of range at byte 1", KL_ERR_JSON},
                 {"1e-309", "a number out of range at byte 1", KL_ERR_JSON},
                 {"99e307", "a number out of range at byte 2", KL_ERR_JSON},
                 {"1e99999999999999999999999", "a number out of range at byte 1", KL_ERR_JSON},
                 {"12345678901234567890123456789012345678901234567890123456789012345",
                  "a number of more than 64 characters at byte 0", KL_ERR_TOO_LONG}};
    char message[128];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        accepts(good[i], strlen(good[i]), JSON_NUMBER);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        snprintf(message, sizeof message, "JSON: %s", wrong[i].problem);
        refuses(wrong[i].text, strlen(wrong[i].text), wrong[i].status, message);
    }
}
END_TEST

START_TEST(strings_hold_only_what_text_can_hold)
{
    refuses(TEXT("\"a"), KL_ERR_JSON, "JSON: a string without end at byte 0");
    refuses(TEXT("\"a\\\""), KL_ERR_JSON, "JSON: a string without end at byte 0");
    refuses(TEXT("\"a\\"), KL_ERR_JSON, "JSON: an unfinished escape at byte 2");
    refuses(TEXT("\"\\x\""), KL_ERR_JSON, "JSON: an unknown escape at byte 1");
    refuses(TEXT("\"\\\0\""), KL_ERR_JSON, "JSON: an unknown escape at byte 1");
    refuses(TEXT("\"\\u12g4\""), KL_ERR_JSON, "JSON: a \\u escape without four hexadecimal digits at byte 1");
    refuses(TEXT("\"\\u12"), KL_ERR_JSON, "JSON: a \\u escape without four hexadecimal digits at byte 1");
    refuses(TEXT("\"a\nb\""), KL_ERR_JSON, "JSON: a control character in a string at byte 2");
    refuses(TEXT("\"12345678\x1f\""), KL_ERR_JSON, "JSON: a control character in a string at byte 9");
    refuses(TEXT("\"a\0b\""), KL_ERR_ENCODING, "JSON: a NUL at byte 2");
    refuses(TEXT("\0"), KL_ERR_ENCODING, "JSON: a NUL at byte 0");
    refuses(TEXT("{}\0"), KL_ERR_ENCODING, "JSON: a NUL at byte 2");
    refuses(TEXT("\"\\u0000\""), KL_ERR_ENCODING, "JSON: an escaped NUL at byte 1");
    refuses(TEXT("{\"\\u0000\":1}"), KL_ERR_ENCODING, "JSON: an escaped NUL at byte 2");
    refuses(TEXT("\"\\ud83d\""), KL_ERR_ENCODING, "JSON: half a surrogate pair at byte 1");
    refuses(TEXT("\"\\ude2e\""), KL_ERR_ENCODING, "JSON: half a surrogate pair at byte 1");
    refuses(TEXT("\"\\ud83dx\""), KL_ERR_ENCODING, "JSON: half a surrogate pair at byte 1");
    refuses(TEXT("\"\\ud83d\\u0041\""), KL_ERR_ENCODING, "JSON: half a surrogate pair at byte 1");
    refuses(TEXT("\"\\ud83d\\ud83d\""), KL_ERR_ENCODING, "JSON: half a surrogate pair at byte 1");
    refuses(TEXT("\"\xff\""), KL_ERR_ENCODING, "JSON: bytes that are not UTF-8 at byte 1");
    refuses(TEXT("\"\xC0\xAF\""), KL_ERR_ENCODING, "JSON: bytes that are not UTF-8 at byte 1");
    refuses(TEXT("\"\xE0\x9F\xBF\""), KL_ERR_ENCODING, "JSON: bytes that are not UTF-8 at byte 1");
    refuses(TEXT("\"\xED\xA0\x80\""), KL_ERR_ENCODING, "JSON: bytes that are not UTF-8 at byte 1");
    refuses(TEXT("\"\xF0\x8F\xBF\xBF\""), KL_ERR_ENCODING, "JSON: bytes that are not UTF-8 at byte 1");
    refuses(TEXT("\"\xF4\x90\x80\x80\""), KL_ERR_ENCODING, "JSON: bytes that are not UTF-8 at byte 1");
    refuses(TEXT("\"\xE2\x82\""), KL_ERR_ENCODING, "JSON: bytes that are not UTF-8 at byte 1");
    refuses(TEXT("\"\xC3"), KL_ERR_ENCODING, "JSON: bytes that are not UTF-8 at byte 1");
}
END_TEST

START_TEST(duplicate_keys_are_refused_however_they_are_written)
{
    refuses(TEXT("{\"a\":1,\"a\":2}"), KL_ERR_JSON, "JSON: a duplicate key at byte 7");
    refuses(TEXT("{\"a\":1,\"\\u0061\":2}"), KL_ERR_JSON, "JSON: a duplicate key at byte 7");
    refuses(TEXT("{\"\\u00e9\":1,\"\xC3\xA9\":2}"), KL_ERR_JSON, "JSON: a duplicate key at byte 12");
    refuses(TEXT("{\"\":1,\"\":2}"), KL_ERR_JSON, "JSON: a duplicate key at byte 6");
    refuses(TEXT("[{\"a\":{\"b\":1,\"c\":[],\"b\":1}}]"), KL_ERR_JSON, "JSON: a duplicate key at byte 20");
    refuses(TEXT("{\"a\":{\"b\":1},\"a\":2}"), KL_ERR_JSON, "JSON: a duplicate key at byte 13");
    accepts(TEXT("{\"a\":1,\"A\":2}"), JSON_OBJECT);
    accepts(TEXT("{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":1}]}"), JSON_OBJECT);
    accepts(TEXT("{\"a\":1,\"ab\":2,\"b\":3,\"\":4}"), JSON_OBJECT);
}
END_TEST

/* An object with keys k0 … kN and `last` as its last key. */
static size_t wide_object(char *out, size_t size, int keys, const char *last)
{
    size_t length = (size_t)snprintf(out, size, "{");
    for (int i = 0; i < keys; i++)
        length += (size_t)snprintf(out + length, size - length, "\"k%d\":{\"k0\":%d},", i, i);
    return length + (size_t)snprintf(out + length, size - length, "\"%s\":0}", last);
}

START_TEST(a_duplicate_is_found_among_any_number_of_keys)
{
    static char text[200000];
    char last[16];
    for (int keys = 1; keys < 200; keys++) {
        accepts(text, wide_object(text, sizeof text, keys, "k"), JSON_OBJECT);
        int twins[] = {0, keys / 2, keys - 1};
        for (int i = 0; i < 3; i++) {
            snprintf(last, sizeof last, i == 1 ? "\\u006b%d" : "k%d", twins[i]);
            size_t length = wide_object(text, sizeof text, keys, last);
            ck_assert_int_eq(json_check(text, length, NULL, NULL, NULL), KL_ERR_JSON);
        }
    }
}
END_TEST

START_TEST(a_hostile_object_costs_no_more_than_sorting_it)
{
    size_t size = 3000000, length = 1;
    char *text = malloc(size + 64);
    text[0] = '{';
    for (int i = 0; length < size - 32; i++)
        length += (size_t)snprintf(text + length, 32, "%s\"\\u0061%06d\":0", i ? "," : "", i);
    text[length++] = '}';
    clock_t start = clock();
    ck_assert_int_eq(json_check(text, length, NULL, NULL, NULL), KL_OK);
    ck_assert_msg(clock() - start < 10 * CLOCKS_PER_SEC, "150,000 keys took too long"); /* to compare every two would take most of a minute */
    free(text);
}
END_TEST

START_TEST(the_limits_are_exact)
{
    char text[256];
    for (int depth = 31; depth <= 33; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        ck_assert_int_eq(json_check(text, 2 * (size_t)depth, NULL, NULL, NULL), depth <= 32 ? KL_OK : KL_ERR_TOO_LONG);
    }
    json_limits limits = {.max_bytes = 9, .max_depth = 2, .max_values = 4};
    ck_assert_int_eq(json_check(TEXT("[1,[2,3]]"), &limits, NULL, NULL), KL_ERR_TOO_LONG);
    limits.max_values = 5;
    ck_assert_int_eq(json_check(TEXT("[1,[2,3]]"), &limits, NULL, NULL), KL_OK);
    ck_assert_int_eq(json_check(TEXT("[1,[2,3]] "), &limits, NULL, NULL), KL_ERR_TOO_LONG);
    ck_assert_int_eq(json_check(TEXT("[1,[[3]]]"), &limits, NULL, NULL), KL_ERR_TOO_LONG);
    limits.max_depth = 3;
    ck_assert_int_eq(json_check(TEXT("[1,[[3]]]"), &limits, NULL, NULL), KL_OK);
    limits = (json_limits){.max_depth = 100000};
    memset(text, '[', sizeof text);
    ck_assert_int_eq(json_check(text, sizeof text, &limits, NULL, NULL), KL_ERR_TOO_LONG);
    ck_assert_int_eq(json_check(NULL, 0, NULL, NULL, NULL), KL_ERR_ARGUMENT);
}
END_TEST

START_TEST(the_default_size_is_three_mebibytes)
{
    size_t most = 3 * 1024 * 1024;
    char *text = malloc(most + 1);
    memset(text, ' ', most + 1);
    text[0] = '1';
    ck_assert_int_eq(json_check(text, most, NULL, NULL, NULL), KL_OK);
    ck_assert_int_eq(json_check(text, most + 1, NULL, NULL, NULL), KL_ERR_TOO_LONG);
    free(text);
}
END_TEST

static uint64_t fnv(uint64_t hash, const void *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001B3);
    return hash;
}

static uint64_t hash_text(uint64_t hash, const char *bytes, size_t length)
{
    char *decoded = malloc(length + 1);
    size_t written = json_unescape(bytes, length, decoded);
    ck_assert(utf8_valid(decoded, written));
    decoded[written] = '\0';
    hash = fnv(fnv(hash, "\"", 1), decoded, written + 1);
    free(decoded);
    return hash;
}

/* The content as make_vectors.py writes it. */
static uint64_t hash_node(uint64_t hash, const json_index *index, const json_node *node)
{
    char head[16];
    json_span raw = json_index_raw(index, node);
    if (node->kind == JSON_STRING)
        return hash_text(hash, raw.bytes + 1, raw.length - 2);
    if (node->kind == JSON_NUMBER)
        return fnv(fnv(fnv(hash, "#", 1), raw.bytes, raw.length), "", 1);
    if (node->kind >= JSON_TRUE)
        return fnv(hash, raw.bytes, 1);
    hash = fnv(hash, head, (size_t)snprintf(head, sizeof head, "%c%u", raw.bytes[0], node->count));
    for (const json_node *at = json_index_child(index, node); at; at = json_index_next(index, at)) {
        if (node->kind == JSON_OBJECT)
            hash = hash_text(hash, index->bytes + at->key_start, at->key_end - at->key_start);
        hash = hash_node(hash, index, at);
    }
    return hash;
}

START_TEST(accepts_and_reads_what_python_does)
{
    char line[512];
    int count = 0;
    FILE *file = fopen("tests/data/json/vectors.tsv", "r");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file)) {
        if (line[0] == '#')
            continue;
        size_t length = strcspn(line, "\t") / 2;
        char *bytes = malloc(length); /* exactly, so that reading past the end shows */
        for (size_t i = 0; i < length; i++) {
            unsigned value;
            ck_assert_int_eq(sscanf(line + 2 * i, "%2x", &value), 1);
            bytes[i] = (char)value;
        }
        const char *expected = line + 2 * length + 1;
        char found[20] = "-";
        json_index index;
        cJSON *tree = NULL;
        if (json_index_build(bytes, length, NULL, &index, NULL) == KL_OK) {
            uint64_t hash = hash_node(UINT64_C(0xCBF29CE484222325), &index, json_index_root(&index));
            snprintf(found, sizeof found, "%016" PRIx64, hash);
            ck_assert_msg(json_parse(bytes, length, NULL, &tree, NULL) == KL_OK, "no tree: %s", line);
            cJSON_Delete(tree);
        }
        ck_assert_msg(strncmp(found, expected, strlen(found)) == 0 && expected[strlen(found)] == '\n',
                      "%s found for %s", found, line);
        json_index_free(&index);
        free(bytes);
        count++;
    }
    fclose(file);
    ck_assert_int_eq(count, 2500);
}
END_TEST

START_TEST(the_index_finds_members_by_their_decoded_exact_name)
{
    static const char text[] = "{\"a\": {\"b\" : [10 , \"x\\n\"], \"\\u0063\":true}, \"A\":5,\"n\":null}";
    json_index index;
    ck_assert_int_eq(json_index_build(TEXT(text), NULL, &index, NULL), KL_OK);
    const json_node *root = json_index_root(&index), *a = json_index_member(&index, root, "a");
    json_span raw = json_index_raw(&index, a);
    ck_assert_int_eq(raw.length, strlen("{\"b\" : [10 , \"x\\n\"], \"\\u0063\":true}"));
    ck_assert_int_eq(memcmp(raw.bytes, text + 6, raw.length), 0);
    ck_assert(json_index_is(json_index_member(&index, a, "c"), JSON_TRUE));
    ck_assert_ptr_null(json_index_member(&index, a, "C"));
    ck_assert_ptr_null(json_index_member(&index, root, "n"));
    ck_assert_ptr_null(json_index_member(&index, NULL, "n"));
    const json_node *list = json_index_member(&index, a, "b"), *first = json_index_child(&index, list);
    ck_assert_uint_eq(list->count, 2);
    ck_assert_ptr_null(json_index_member(&index, list, "b"));
    json_span inside = json_index_inside(&index, json_index_next(&index, first));
    ck_assert_int_eq(inside.length, 3);
    ck_assert_int_eq(json_index_inside(&index, first).length, 0);
    ck_assert_ptr_null(json_index_next(&index, json_index_next(&index, first)));
    json_index_free(&index);
    ck_assert_int_eq(json_index_build(TEXT("[1,[2],"), NULL, &index, NULL), KL_ERR_JSON);
    ck_assert_ptr_null(index.nodes);
}
END_TEST

START_TEST(integers_are_read_exactly_or_not_at_all)
{
    static const struct {
        const char *text;
        bool good;
        int64_t value;
    } cases[] = {{"0", true, 0},
                 {"-5", true, -5},
                 {"\"1751142888\"", true, 1751142888},
                 {"9007199254740993", true, INT64_C(9007199254740993)},
                 {"9223372036854775807", true, INT64_MAX},
                 {"-9223372036854775808", true, INT64_MIN},
                 {"9223372036854775808", false, 0},
                 {"-9223372036854775809", false, 0},
                 {"99999999999999999999", false, 0},
                 {"1.0", false, 0},
                 {"1e3", false, 0},
                 {"\"\"", false, 0},
                 {"\"-1\"", false, 0},
                 {"\" 1\"", false, 0},
                 {"\"1x\"", false, 0},
                 {"true", false, 0},
                 {"[]", false, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_index index;
        int64_t value = 42;
        ck_assert_int_eq(json_index_build(cases[i].text, strlen(cases[i].text), NULL, &index, NULL), KL_OK);
        bool good = json_index_integer(&index, json_index_root(&index), &value);
        ck_assert_msg(good == cases[i].good && value == (good ? cases[i].value : 42), "%s", cases[i].text);
        json_index_free(&index);
    }
}
END_TEST

START_TEST(the_tree_is_behind_the_check_and_case_sensitive)
{
    cJSON *tree = NULL;
    ck_assert_int_eq(json_parse(TEXT("{\"Key\":\"text\",\"n\":1}"), NULL, &tree, NULL), KL_OK);
    ck_assert_str_eq(json_text(tree, "Key"), "text");
    ck_assert_ptr_null(json_text(tree, "key"));
    ck_assert_ptr_null(json_text(tree, "n"));
    ck_assert_ptr_nonnull(json_member(tree, "n"));
    ck_assert_ptr_null(json_member(NULL, "n"));
    cJSON_Delete(tree);
    ck_assert_int_eq(json_parse(TEXT("{\"a\":1,\"a\":2}"), NULL, &tree, NULL), KL_ERR_JSON);
    ck_assert_ptr_null(tree);
}
END_TEST

START_TEST(utf8_is_strict_at_every_alignment)
{
    static const char *const wrong[] = {"\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xEF\xBF",
                                        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3\x28",
                                        "\xE2\x82\x28", "\xFE"};
    char text[40];
    for (size_t at = 0; at < 20; at++) {
        memset(text, 'x', sizeof text);
        memcpy(text + at, "\xF0\x9F\x98\xAE\xE2\x82\xAC\xC3\xA9", 9);
        ck_assert(utf8_valid(text, 32));
        ck_assert_uint_eq(utf8_count(text, 32), 26);
        text[at] = '\0';
        ck_assert(!utf8_valid(text, 32));
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
            memset(text, 'x', sizeof text);
            memcpy(text + at, wrong[i], strlen(wrong[i]));
            ck_assert_msg(!utf8_valid(text, 32), "wrong[%zu] accepted at %zu", i, at);
        }
    }
    ck_assert(!utf8_valid("abcdefg\xC3", 8));
    ck_assert(utf8_valid("", 0));
    ck_assert_uint_eq(utf8_sequence("\xE2\x82\xAC", 2), 0);
    ck_assert_uint_eq(utf8_sequence("\xE2\x82\xAC", 3), 3);
    ck_assert_uint_eq(utf8_sequence("x", 0), 0);
}
END_TEST

static size_t encode(uint32_t code, char *out)
{
    size_t more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char leads[] = {0, 0xC0, 0xE0, 0xF0};
    for (size_t i = more; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)(leads[more] | code);
    return more + 1;
}

START_TEST(every_code_point_is_valid_utf8_and_every_surrogate_is_not)
{
    char text[8];
    for (uint32_t code = 0; code < 0x120000; code++) {
        size_t length = encode(code, text);
        bool good = code > 0 && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
        if (utf8_valid(text, length) != good)
            ck_abort_msg("U+%04X", (unsigned)code);
    }
}
END_TEST

START_TEST(every_escape_decodes_to_its_code_point)
{
    char text[16], decoded[16], expected[8];
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        size_t length = encode(code, expected);
        size_t written = (size_t)snprintf(text, sizeof text, code < 0x10000 ? "\"\\u%04x" : "\"\\u%04X\\u%04X",
                                          (unsigned)(code < 0x10000 ? code : 0xD800 + ((code - 0x10000) >> 10)),
                                          (unsigned)(0xDC00 + (code & 0x3FF)));
        text[written] = '"';
        bool good = code > 0 && (code < 0xD800 || code > 0xDFFF);
        if ((json_check(text, written + 1, NULL, NULL, NULL) == KL_OK) != good)
            ck_abort_msg("the escape of U+%04X", (unsigned)code);
        if (good && (json_unescape(text + 1, written - 1, decoded) != length || memcmp(decoded, expected, length)))
            ck_abort_msg("the meaning of the escape of U+%04X", (unsigned)code);
    }
}
END_TEST

START_TEST(nothing_behind_the_end_is_read)
{
    static const char *const texts[] = {"1", "-", "-1", "1.", "1.5", "1e", "1e+", "1e5", "\"", "\"a", "\"\\", "\"\\u",
                                        "\"\\u004", "\"\\ud83d", "\"\\ud83d\\", "\"\\ud83d\\ude2", "t", "tru", "[",
                                        "[1", "[1,", "{", "{\"a\"", "{\"a\":", "\xEF\xBB", "\"\xE2\x82", " "};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        size_t length = strlen(texts[i]);
        char *exact = malloc(length);
        memcpy(exact, texts[i], length);
        bool good = json_check(exact, length, NULL, NULL, NULL) == KL_OK;
        ck_assert_msg(good == (i == 0 || i == 2 || i == 4 || i == 7), "%s", texts[i]);
        free(exact);
    }
    /* Bytes that would continue the text if they were read. */
    ck_assert_int_eq(json_check("1.5", 1, NULL, NULL, NULL), KL_OK);
    ck_assert_int_eq(json_check("1e", 1, NULL, NULL, NULL), KL_OK);
    ck_assert_int_eq(json_check("[]]", 2, NULL, NULL, NULL), KL_OK);
    ck_assert_int_eq(json_check("1.5", 2, NULL, NULL, NULL), KL_ERR_JSON);
    ck_assert_int_eq(json_check("true", 3, NULL, NULL, NULL), KL_ERR_JSON);
    ck_assert_int_eq(json_check("\"\xC3\xA9\"", 2, NULL, NULL, NULL), KL_ERR_ENCODING);
}
END_TEST

START_TEST(a_long_escaped_key_is_never_a_member)
{
    char text[400] = "{\"";
    for (int i = 0; i < 41; i++)
        memcpy(text + 2 + 6 * i, "\\u0061", 6);
    memcpy(text + 2 + 6 * 41, "\":1,\"\\u0061\":2}", 15);
    json_index index;
    ck_assert_int_eq(json_index_build(text, strlen(text), NULL, &index, NULL), KL_OK);
    const json_node *found = json_index_member(&index, json_index_root(&index), "a");
    ck_assert_ptr_nonnull(found);
    ck_assert_int_eq(text[found->start], '2');
    ck_assert_ptr_null(json_index_member(&index, json_index_root(&index), "b"));
    json_index_free(&index);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("json");
    TCase *tests = tcase_create("json");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, every_kind_of_value_is_accepted_and_named);
    tcase_add_test(tests, grammar_errors_are_refused_with_their_byte);
    tcase_add_test(tests, numbers_follow_the_grammar_and_stay_finite);
    tcase_add_test(tests, strings_hold_only_what_text_can_hold);
    tcase_add_test(tests, duplicate_keys_are_refused_however_they_are_written);
    tcase_add_test(tests, a_duplicate_is_found_among_any_number_of_keys);
    tcase_add_test(tests, a_hostile_object_costs_no_more_than_sorting_it);
    tcase_add_test(tests, the_limits_are_exact);
    tcase_add_test(tests, the_default_size_is_three_mebibytes);
    tcase_add_test(tests, accepts_and_reads_what_python_does);
    tcase_add_test(tests, the_index_finds_members_by_their_decoded_exact_name);
    tcase_add_test(tests, integers_are_read_exactly_or_not_at_all);
    tcase_add_test(tests, the_tree_is_behind_the_check_and_case_sensitive);
    tcase_add_test(tests, utf8_is_strict_at_every_alignment);
    tcase_add_test(tests, every_code_point_is_valid_utf8_and_every_surrogate_is_not);
    tcase_add_test(tests, every_escape_decodes_to_its_code_point);
    tcase_add_test(tests, nothing_behind_the_end_is_read);
    tcase_add_test(tests, a_long_escaped_key_is_never_a_member);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
