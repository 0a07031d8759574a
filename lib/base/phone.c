/* Telephone numbers: reading spellings, and the rules of numbering plans on digits. */
#include "base/phone.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

/* Longer than any international prefix, calling code, trunk prefix and national number together. */
#define MAX_DIGITS 40
#define MIN_NATIONAL 2
#define MAX_NATIONAL 17

/* Fewest digits in front of a ".0" that is taken for a spreadsheet's. */
#define MIN_FRACTION 7

/* How a national prefix is taken off, or a local number completed. */
typedef struct phone_rule {
    uint16_t root;
    uint8_t whole; /* the match must reach the end of the number */
    uint8_t drop;  /* digits taken off the front, or PHONE_DROP_MATCH */
    uint8_t cut;   /* digits taken out before the end of the match */
    uint8_t literal;
} phone_rule;

typedef struct phone_code {
    char text[4];
    uint8_t first; /* the main country's plan */
    uint8_t count;
    uint32_t common; /* bit n: a national number of n digits is possible in all its countries */
} phone_code;

typedef struct phone_plan {
    uint32_t lengths;
    uint16_t idd;
    uint16_t pattern;
    uint16_t owner; /* numbers that are this country's and not its neighbours' */
    uint8_t owner_is_prefix;
    uint8_t code;
    uint8_t rule;
    uint8_t rule_count;
} phone_plan;

#include "base/phone_table.inc"

/* Digits as values 0 … 9. */
typedef struct digits {
    uint8_t at[MAX_DIGITS];
    size_t count;
} digits;

/* A spelling, read. */
typedef struct spelling {
    digits digits;
    bool plus;
    bool overflow;
    unsigned marks; /* separators since the first digit */
    size_t dot_at;  /* digits in front of the last separator when it was a '.', else 0 */
} spelling;

typedef enum mark {
    MARK_BAD = 0,
    MARK_DIGIT,
    MARK_BLANK,
    MARK_SEPARATOR,
    MARK_DOT,
    MARK_PLUS,
    MARK_OPENING, /* only in front of the number */
    MARK_QUOTE,   /* around the number */
    MARK_CLOSING  /* only behind the number */
} mark;

static const uint8_t ascii_marks[256] = {
    ['0'] = MARK_DIGIT, ['1'] = MARK_DIGIT, ['2'] = MARK_DIGIT, ['3'] = MARK_DIGIT, ['4'] = MARK_DIGIT,
    ['5'] = MARK_DIGIT, ['6'] = MARK_DIGIT, ['7'] = MARK_DIGIT, ['8'] = MARK_DIGIT, ['9'] = MARK_DIGIT,
    [' '] = MARK_BLANK, ['\t'] = MARK_BLANK, ['-'] = MARK_SEPARATOR, ['('] = MARK_SEPARATOR,
    [')'] = MARK_SEPARATOR, ['['] = MARK_SEPARATOR, [']'] = MARK_SEPARATOR, ['/'] = MARK_SEPARATOR,
    ['.'] = MARK_DOT, ['+'] = MARK_PLUS, ['='] = MARK_OPENING, ['\''] = MARK_QUOTE, ['"'] = MARK_QUOTE,
    /* A line break inside a number is two numbers in one cell. */
    ['\r'] = MARK_QUOTE, ['\n'] = MARK_QUOTE, [','] = MARK_CLOSING, [';'] = MARK_CLOSING,
};

/* The code point of a well-formed sequence of two to four bytes. */
static uint32_t code_point(const unsigned char *s, size_t length)
{
    uint32_t c = s[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++)
        c = c << 6 | (s[i] & 0x3fu);
    return c;
}

static mark classify(uint32_t c, uint8_t *digit)
{
    size_t low = 0;
    size_t high = sizeof phone_zeros / sizeof *phone_zeros;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (c < phone_zeros[middle])
            high = middle;
        else if (c > phone_zeros[middle] + 9)
            low = middle + 1;
        else {
            *digit = (uint8_t)(c - phone_zeros[middle]);
            return MARK_DIGIT;
        }
    }
    switch (c) {
    case 0x00a0: case 0x1680: case 0x202f: case 0x205f: case 0x3000:
    case 0x00ad: case 0x061c: case 0x2060: case 0xfeff: /* invisible; address books add direction marks */
        return MARK_BLANK;
    case 0x2212: case 0x30fc: case 0xfe58: case 0xfe63: case 0xff0d:
    case 0xff0f: case 0xff08: case 0xff09: case 0xff3b: case 0xff3d: case 0xff0e:
        return MARK_SEPARATOR;
    case 0xff0b:
        return MARK_PLUS;
    case 0x2018: case 0x2019: case 0x201c: case 0x201d:
        return MARK_QUOTE;
    default:
        break;
    }
    if (c >= 0x2010 && c <= 0x2015)
        return MARK_SEPARATOR;
    if ((c >= 0x2000 && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
        return MARK_BLANK;
    return MARK_BAD;
}

static void keep_digit(spelling *s, uint8_t digit)
{
    if (s->digits.count < MAX_DIGITS)
        s->digits.at[s->digits.count++] = digit;
    else
        s->overflow = true;
}

/* Skips blanks and quotes, then "tel:" in either case. */
static size_t skip_scheme(const char *text, size_t length)
{
    size_t i = 0;
    while (i < length && (ascii_marks[(unsigned char)text[i]] == MARK_BLANK ||
                          ascii_marks[(unsigned char)text[i]] == MARK_QUOTE))
        i++;
    if (length - i < 4 || (text[i] | 0x20) != 't' || (text[i + 1] | 0x20) != 'e' || (text[i + 2] | 0x20) != 'l' ||
        text[i + 3] != ':')
        return 0;
    return i + 4;
}

/* Takes one sign that is no digit; false when it cannot stand there. */
static bool take_mark(spelling *s, mark m, bool *ended)
{
    bool started = s->digits.count > 0;
    switch (m) {
    case MARK_BLANK:
    case MARK_SEPARATOR:
    case MARK_DOT:
        if (started && !*ended) {
            s->marks++;
            s->dot_at = m == MARK_DOT ? s->digits.count : 0;
        }
        return true;
    case MARK_PLUS:
        if (started || s->plus)
            return false;
        s->plus = true;
        return true;
    case MARK_OPENING:
        return !started && !s->plus;
    case MARK_QUOTE:
        *ended = started;
        return true;
    case MARK_CLOSING:
        *ended = true;
        return started;
    default:
        return false;
    }
}

static kl_phone_reason read_spelling(const char *text, size_t length, spelling *s)
{
    bool ended = false;
    for (size_t i = skip_scheme(text, length), step = 1; i < length; i += step) {
        unsigned char byte = (unsigned char)text[i];
        uint8_t digit = byte & 0x0f;
        mark m = (mark)ascii_marks[byte];
        step = 1;
        if (byte >= 0x80) {
            step = utf8_sequence(text + i, length - i);
            if (step == 0)
                return KL_PHONE_NOT_A_NUMBER;
            m = classify(code_point((const unsigned char *)text + i, step), &digit);
        }
        if (m == MARK_DIGIT) {
            if (ended)
                return KL_PHONE_NOT_A_NUMBER;
            keep_digit(s, digit);
        } else if (!take_mark(s, m, &ended)) {
            return KL_PHONE_NOT_A_NUMBER;
        }
    }
    if (s->digits.count == 0)
        return KL_PHONE_EMPTY;
    if (s->overflow)
        return KL_PHONE_TOO_LONG;

    /* A spreadsheet that took the number for a fraction writes "9876543210.0"; nobody groups digits so. */
    if (s->marks == 1 && s->dot_at >= MIN_FRACTION && s->dot_at + 1 == s->digits.count && s->digits.at[s->dot_at] == 0)
        s->digits.count--;
    return KL_PHONE_OK;
}

/* Length of the longest beginning of d[from …] that the automaton accepts, or -1. */
static int longest_match(uint16_t root, const digits *d, size_t from)
{
    uint16_t state = root;
    int longest = state >= PHONE_FIRST_ACCEPTING ? 0 : -1;
    for (size_t i = from; i < d->count; i++) {
        state = phone_states[state][d->at[i]];
        if (state == 0)
            break;
        if (state >= PHONE_FIRST_ACCEPTING)
            longest = (int)(i - from) + 1;
    }
    return longest;
}

static bool matches(uint16_t root, const digits *d)
{
    return longest_match(root, d, 0) == (int)d->count;
}

static bool has_length(uint32_t lengths, size_t count)
{
    return count < 32 && (lengths >> count & 1);
}

static kl_phone_reason check_length(uint32_t lengths, size_t count)
{
    if (has_length(lengths, count))
        return KL_PHONE_OK;
    if (count >= 32 || lengths >> count == 0)
        return KL_PHONE_TOO_LONG;
    return (lengths & ((1u << count) - 1)) == 0 ? KL_PHONE_TOO_SHORT : KL_PHONE_BAD_LENGTH;
}

/* The verdict on a national number: which of the countries that share the calling code decides is asked only
 * when they differ. `fallback` decides for a number that is nobody's. */
static kl_phone_reason check_national(const phone_plan *fallback, const digits *d)
{
    const phone_code *code = &phone_codes[fallback->code];
    if (has_length(code->common, d->count))
        return KL_PHONE_OK;
    for (size_t i = 0; code->count > 1 && i < code->count; i++) {
        const phone_plan *plan = &phone_plans[code->first + i];
        int match = longest_match(plan->owner, d, 0);
        if (plan->owner_is_prefix ? match > 0 : match == (int)d->count)
            return check_length(plan->lengths, d->count);
    }
    return check_length(fallback->lengths, d->count);
}

/* Applies the first rule that matches; false when none does. */
static bool apply_rules(const phone_plan *plan, const digits *d, digits *out)
{
    for (size_t i = 0; i < plan->rule_count; i++) {
        const phone_rule *rule = &phone_rules[plan->rule + i];
        int match = longest_match(rule->root, d, 0);
        if (match <= 0 || (rule->whole && match != (int)d->count))
            continue;
        size_t end = (size_t)match;
        out->count = 0;
        for (const char *c = phone_literals[rule->literal]; *c; c++)
            out->at[out->count++] = (uint8_t)(*c - '0');
        for (size_t k = rule->drop == PHONE_DROP_MATCH ? end : rule->drop; k < d->count; k++) {
            if (k + rule->cut >= end && k < end)
                continue;
            if (out->count < MAX_DIGITS)
                out->at[out->count++] = d->at[k];
        }
        return true;
    }
    return false;
}

/* Takes the national prefix off, unless the number is better with it. */
static void strip_national_prefix(const phone_plan *plan, digits *d)
{
    digits shorter;
    if (!apply_rules(plan, d, &shorter))
        return;
    if (matches(plan->pattern, d) && !matches(plan->pattern, &shorter))
        return;
    if (check_national(plan, &shorter) == KL_PHONE_OK)
        *d = shorter;
}

static void drop_front(digits *d, size_t count)
{
    d->count -= count;
    memmove(d->at, d->at + count, d->count);
}

/* "919876543210" where +91 was meant: a number that starts with its own country's calling code and makes sense
 * only without it. Answers the plan that rules from there on. */
static const phone_plan *strip_own_code(const phone_plan *plan, digits *d)
{
    const char *code = phone_codes[plan->code].text;
    size_t length = strlen(code);
    for (size_t i = 0; i < length; i++) {
        if (i >= d->count || d->at[i] != code[i] - '0')
            return plan;
    }
    digits with = *d;
    digits without = *d;
    drop_front(&without, length);
    digits rest = without;
    strip_national_prefix(plan, &with);
    strip_national_prefix(plan, &without);
    if ((!matches(plan->pattern, &with) && matches(plan->pattern, &without)) ||
        check_length(plan->lengths, with.count) == KL_PHONE_TOO_LONG) {
        *d = rest;
        return &phone_plans[phone_codes[plan->code].first];
    }
    return plan;
}

/* The plan of the calling code that an international number starts with, which is taken off; NULL when none. */
static const phone_plan *take_calling_code(digits *d)
{
    unsigned number = 0;
    for (size_t i = 0; i < 3 && i < d->count && d->at[0] != 0; i++) {
        number = number * 10 + d->at[i];
        if (phone_by_code[number] != 0) {
            drop_front(d, i + 1);
            return &phone_plans[phone_codes[phone_by_code[number] - 1].first];
        }
    }
    return NULL;
}

/* Takes an international prefix such as 00 off; a zero behind it is no calling code. */
static bool strip_idd(const phone_plan *plan, digits *d)
{
    int match = longest_match(plan->idd, d, 0);
    if (match <= 0 || (size_t)match >= d->count || d->at[match] == 0)
        return false;
    drop_front(d, (size_t)match);
    return true;
}

static const phone_plan *plan_of(const char *country)
{
    if (country == NULL || country[0] < 'A' || country[0] > 'Z' || country[1] < 'A' || country[1] > 'Z' ||
        country[2] != '\0')
        return NULL;
    uint8_t entry = phone_by_country[(country[0] - 'A') * 26 + country[1] - 'A'];
    return entry == 0 ? NULL : &phone_plans[entry - 1];
}

bool phone_country_known(const char *country)
{
    return plan_of(country) != NULL;
}

const char *phone_calling_code(const char *country)
{
    const phone_plan *plan = plan_of(country);
    return plan ? phone_codes[plan->code].text : NULL;
}

static kl_phone_reason write_number(const phone_plan *plan, const digits *d, char *out)
{
    const char *code = phone_codes[plan->code].text;
    size_t length = strlen(code);
    if (length + d->count >= KL_PHONE_TEXT)
        return KL_PHONE_TOO_LONG;
    memcpy(out, code, length);
    for (size_t i = 0; i < d->count; i++)
        out[length + i] = (char)('0' + d->at[i]);
    out[length + d->count] = '\0';
    return KL_PHONE_OK;
}

kl_phone_reason phone_normalize(const char *text, size_t length, const char *country, char out[KL_PHONE_TEXT])
{
    spelling s;
    s.digits.count = 0;
    s.plus = s.overflow = false;
    s.marks = 0;
    s.dot_at = 0;
    out[0] = '\0';

    kl_phone_reason reason = read_spelling(text, length, &s);
    if (reason != KL_PHONE_OK)
        return reason;
    const phone_plan *plan = plan_of(country);
    if (s.plus || (plan != NULL && strip_idd(plan, &s.digits)))
        plan = take_calling_code(&s.digits);
    else if (plan != NULL)
        plan = strip_own_code(plan, &s.digits);
    if (plan == NULL)
        return KL_PHONE_UNKNOWN_COUNTRY;

    strip_national_prefix(plan, &s.digits);
    if (s.digits.count < MIN_NATIONAL)
        return KL_PHONE_TOO_SHORT;
    if (s.digits.count > MAX_NATIONAL)
        return KL_PHONE_TOO_LONG;
    reason = check_national(plan, &s.digits);
    return reason == KL_PHONE_OK ? write_number(plan, &s.digits, out) : reason;
}

const char *kl_phone_reason_text(kl_phone_reason reason)
{
    switch (reason) {
    case KL_PHONE_OK:
        return "a possible number";
    case KL_PHONE_EMPTY:
        return "no digits";
    case KL_PHONE_NOT_A_NUMBER:
        return "letters or signs that no telephone number has, or an extension";
    case KL_PHONE_TOO_SHORT:
        return "too few digits for its country";
    case KL_PHONE_TOO_LONG:
        return "too many digits for its country";
    case KL_PHONE_BAD_LENGTH:
        return "a number of digits that its country does not use";
    case KL_PHONE_UNKNOWN_COUNTRY:
        return "no such country calling code, or a national number without a default country";
    }
    return "unknown reason";
}
