/* Strict JSON (RFC 8259): the check, and the decoding of strings. */
#include "base/json.h"

#include <stdint.h>
#include <string.h>

#include "base/json_scan.h"

kl_status json_check(const char *bytes, size_t length, const json_limits *limits, json_kind *kind, kl_error **error)
{
    return json_scan(bytes, length, limits, NULL, kind, error);
}

static uint32_t hex_unit(const char *digits)
{
    uint32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        char c = digits[i];
        unit = unit << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return unit;
}

static size_t put_utf8(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

/* The escape behind the backslash at `at`; answers how many bytes it took. */
static size_t unescape_one(const char *at, char *out, size_t *written)
{
    static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
    if (*at != 'u') {
        const char *letter = strchr(letters, *at);
        out[(*written)++] = letter ? meanings[letter - letters] : *at;
        return 1;
    }
    uint32_t code = hex_unit(at + 1);
    bool pair = code >= 0xD800 && code < 0xDC00;
    if (pair)
        code = 0x10000 + ((code - 0xD800) << 10) + (hex_unit(at + 7) - 0xDC00);
    *written += put_utf8(code, out + *written);
    return pair ? 11 : 5;
}

size_t json_unescape(const char *bytes, size_t length, char *out)
{
    size_t written = 0, at = 0;
    while (at < length) {
        const char *backslash = memchr(bytes + at, '\\', length - at);
        size_t plain = backslash ? (size_t)(backslash - bytes) - at : length - at;
        memcpy(out + written, bytes + at, plain);
        written += plain;
        at += plain;
        if (backslash)
            at += 1 + unescape_one(bytes + at + 1, out, &written);
    }
    return written;
}
