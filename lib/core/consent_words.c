/* Which messages of users speak of consent: the words, the built-in ones and a vendor's own. */
#include "core/consent_words.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_index.h"
#include "base/utf8.h"
#include "core/consent_vocabulary.inc"

enum { WORDS_MAX = 1000 };

/* ---- the form in which texts are compared -------------------------------- */

static uint32_t decode(const char *bytes, size_t length)
{
    const unsigned char *b = (const unsigned char *)bytes;
    switch (length) {
    case 1:
        return b[0];
    case 2:
        return (uint32_t)(b[0] & 0x1f) << 6 | (b[1] & 0x3f);
    case 3:
        return (uint32_t)(b[0] & 0x0f) << 12 | (uint32_t)(b[1] & 0x3f) << 6 | (b[2] & 0x3f);
    default:
        return (uint32_t)(b[0] & 0x07) << 18 | (uint32_t)(b[1] & 0x3f) << 12 | (uint32_t)(b[2] & 0x3f) << 6 | (b[3] & 0x3f);
    }
}

static size_t encode(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

static uint32_t small(uint32_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c + 32;
    if (c >= 0xc0 && c <= 0xde && c != 0xd7)
        return c + 32;
    if (c == 0x130) /* the Turkish I with a dot */
        return 'i';
    if ((c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177) || (c >= 0x1a0 && c <= 0x1a5) || (c >= 0x1ea0 && c <= 0x1eff))
        return c | 1;
    if (((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e) || c == 0x1af) && c % 2)
        return c + 1;
    if (c >= 0x391 && c <= 0x3a9 && c != 0x3a2) /* no letter: the capital of the sigma at the end would stand there */
        return c + 32;
    if (c == 0x3c2) /* the sigma at the end of a word */
        return 0x3c3;
    if (c >= 0x410 && c <= 0x42f)
        return c + 32;
    if (c >= 0x400 && c <= 0x40f)
        return c + 80;
    return c;
}

/* What may stand around and between words without meaning anything: blanks, punctuation, pictures. */
static bool is_filler(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } runs[] = {{0x00, 0x26},     {0x28, 0x2c},     {0x2e, 0x2f},     {0x3a, 0x40},     {0x5b, 0x60},       {0x7b, 0xa9},
                {0xab, 0xb4},     {0xb6, 0xb9},     {0xbb, 0xbf},     {0x60c, 0x60c},   {0x61b, 0x61f},     {0x6d4, 0x6d4},
                {0x964, 0x965},   {0x2000, 0x200b}, {0x200e, 0x206f}, {0x2190, 0x2bff}, {0x3000, 0x303f},   {0xfe00, 0xfe0f},
                {0xff00, 0xff0f}, {0xff1a, 0xff20}, {0x1f000, 0x1faff}};
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++)
        if (c >= runs[i].first && c <= runs[i].last)
            return true;
    return false;
}

bool consent_words_form(const char *text, size_t length, char out[CONSENT_WORD_BYTES])
{
    size_t used = 0;
    bool gap = false;
    for (size_t at = 0; at < length;) {
        size_t step = utf8_sequence(text + at, length - at);
        if (!step)
            return false;
        uint32_t c = decode(text + at, step);
        at += step;
        if (is_filler(c) || c == '|') {
            gap = used > 0;
            continue;
        }
        char letter[4];
        size_t bytes = encode(small(c), letter);
        if (used + gap + bytes >= CONSENT_WORD_BYTES)
            return false;
        if (gap)
            out[used++] = ' ';
        gap = false;
        memcpy(out + used, letter, bytes);
        used += bytes;
    }
    out[used] = '\0';
    return used > 0;
}

/* ---- a vendor's settings -------------------------------------------------- */

/* Appends the forms of a list's texts; *count is how many. */
static bool read_list(const json_index *index, const json_node *list, char **at, char *end, size_t *count)
{
    if (!json_index_is(list, JSON_ARRAY))
        return false;
    for (const json_node *item = json_index_child(index, list); item && *count < WORDS_MAX; item = json_index_next(index, item)) {
        char text[4 * CONSENT_WORD_BYTES], form[CONSENT_WORD_BYTES];
        json_span inside = json_index_inside(index, item);
        if (!json_index_is(item, JSON_STRING) || inside.length > sizeof text)
            continue;
        size_t length = json_unescape(inside.bytes, inside.length, text);
        if (!consent_words_form(text, length, form) || (size_t)(end - *at) <= strlen(form))
            continue;
        memcpy(*at, form, strlen(form) + 1);
        *at += strlen(form) + 1;
        ++*count;
    }
    return true;
}

static bool read_languages(const json_index *index, const json_node *list, consent_words *words)
{
    if (!json_index_is(list, JSON_ARRAY))
        return true;
    char *out = words->languages = calloc((size_t)list->count * 4 + 1, 1);
    if (!out)
        return false;
    for (const json_node *item = json_index_child(index, list); item; item = json_index_next(index, item)) {
        json_span inside = json_index_inside(index, item);
        if (!json_index_is(item, JSON_STRING) || inside.length != 2)
            continue;
        memcpy(out, inside.bytes, 2);
        out[2] = ' ';
        out += 3;
    }
    return true;
}

bool consent_words_read(consent_words *words, const char *settings, size_t length)
{
    json_index index;
    *words = (consent_words){0};
    if (!settings)
        return true;
    kl_status status = json_index_build(settings, length, NULL, &index, NULL);
    if (status)
        return status != KL_ERR_MEMORY;
    const json_node *root = json_index_root(&index);
    /* A form is as long as its text at most: a small letter has no more bytes than the capital. */
    char *at = words->texts = malloc(length + 1), *end = at ? at + length + 1 : NULL;
    bool enough = at && read_languages(&index, json_index_member(&index, root, "languages"), words);
    if (enough) {
        words->own_stop = read_list(&index, json_index_member(&index, root, "stop"), &at, end, &words->stop_count);
        words->own_start = read_list(&index, json_index_member(&index, root, "start"), &at, end, &words->start_count);
    }
    json_index_free(&index);
    if (!enough)
        consent_words_free(words);
    return enough;
}

void consent_words_free(consent_words *words)
{
    free(words->texts);
    free(words->languages);
    *words = (consent_words){0};
}

/* ---- comparing ------------------------------------------------------------ */

static bool knows_language(const consent_words *words, const char *language)
{
    if (!words->languages)
        return true;
    for (const char *at = words->languages; *at; at += 3)
        if (memcmp(at, language, 2) == 0)
            return true;
    return false;
}

static bool is_own(const char *texts, size_t count, const char *form)
{
    for (size_t i = 0; i < count; i++, texts += strlen(texts) + 1)
        if (strcmp(texts, form) == 0)
            return true;
    return false;
}

kl_consent_kind consent_words_say(const consent_words *words, const char *text)
{
    char form[CONSENT_WORD_BYTES], barred[CONSENT_WORD_BYTES + 2];
    if (!text || !consent_words_form(text, strlen(text), form))
        return (kl_consent_kind)0;
    snprintf(barred, sizeof barred, "|%s|", form);
    if (is_own(words->texts, words->stop_count, form))
        return KL_OPT_OUT;
    for (size_t i = 0; !words->own_stop && i < sizeof stop_words / sizeof stop_words[0]; i++)
        if (knows_language(words, stop_words[i].language) && strstr(stop_words[i].words, barred))
            return KL_OPT_OUT;
    const char *starts = words->texts;
    for (size_t i = 0; i < words->stop_count; i++)
        starts += strlen(starts) + 1;
    if (is_own(starts, words->start_count, form))
        return KL_OPT_IN;
    for (size_t i = 0; !words->own_start && i < sizeof start_words / sizeof start_words[0]; i++)
        if (knows_language(words, start_words[i].language) && strstr(start_words[i].words, barred))
            return KL_OPT_IN;
    return (kl_consent_kind)0;
}
