/* Reading and writing amounts of money. */
#include "base/money.h"

#include <stdbool.h>
#include <string.h>

enum { WHOLE_DIGITS = 6, DECIMALS = 4 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

kl_status money_parse_span(const char *text, size_t length, kl_money *out)
{
    const char *at = text, *end = text + length;
    bool negative = at < end && *at == '-';
    at += negative;

    const char *whole = at;
    const char *significant = NULL;
    kl_money amount = 0;
    for (; at < end && is_digit(*at); at++) {
        if (!significant && *at != '0')
            significant = at;
        if (at - whole < WHOLE_DIGITS)
            amount = amount * 10 + (*at - '0');
    }
    const char *whole_end = at;
    if (whole_end == whole)
        return KL_ERR_FORMAT;

    int decimals = 0;
    if (at < end && *at == '.') {
        for (at++; at < end && is_digit(*at) && decimals < DECIMALS; at++, decimals++)
            amount = amount * 10 + (*at - '0');
        if (decimals == 0)
            return KL_ERR_FORMAT;
    }
    if (at != end)
        return KL_ERR_FORMAT;
    /* Seven digits are too large only when they say so: 0000001 is misspelt, not out of range. */
    if (significant && whole_end - significant > WHOLE_DIGITS)
        return KL_ERR_LIMIT;
    if (whole_end - whole > WHOLE_DIGITS)
        return KL_ERR_FORMAT;
    for (; decimals < DECIMALS; decimals++)
        amount *= 10;
    *out = negative ? -amount : amount;
    return KL_OK;
}

kl_status kl_money_parse(const char *text, kl_money *out)
{
    if (!text || !out)
        return KL_ERR_ARGUMENT;
    return money_parse_span(text, strlen(text), out);
}

kl_status kl_money_format(kl_money amount, char *text, size_t size)
{
    if (!text)
        return KL_ERR_ARGUMENT;
    char reversed[KL_MONEY_TEXT];
    size_t length = 0;
    /* Unsigned, because the smallest int64 has no positive counterpart. */
    uint64_t rest = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
    for (int digit = 0; digit < DECIMALS + 1 || rest; digit++) {
        if (digit == DECIMALS)
            reversed[length++] = '.';
        reversed[length++] = (char)('0' + rest % 10);
        rest /= 10;
    }
    if (amount < 0)
        reversed[length++] = '-';
    if (size < length + 1)
        return KL_ERR_TOO_LONG;
    for (size_t i = 0; i < length; i++)
        text[i] = reversed[length - 1 - i];
    text[length] = '\0';
    return KL_OK;
}
