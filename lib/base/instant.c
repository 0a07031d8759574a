/* Moments as ISO 8601 writes them. */
#include "base/instant.h"

typedef struct reader {
    const char *at, *end;
} reader;

static bool digits(reader *r, int count, int *out)
{
    int value = 0;
    if (r->end - r->at < count)
        return false;
    for (int i = 0; i < count; i++) {
        if (r->at[i] < '0' || r->at[i] > '9')
            return false;
        value = value * 10 + (r->at[i] - '0');
    }
    r->at += count;
    *out = value;
    return true;
}

static bool sign(reader *r, char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

/* Days from 1970-01-01 in the proleptic Gregorian calendar; false: there is no such day. */
static bool days_from(int year, int month, int day, int64_t *out)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (year < 1 || month < 1 || month > 12 || day < 1)
        return false;
    if (day > before[month] - before[month - 1] + (leap && month == 2))
        return false;
    int64_t years = year - 1;
    *out = years * 365 + years / 4 - years / 100 + years / 400 + before[month - 1] + (leap && month > 2) + day - 1 - 719162;
    return true;
}

static bool read_offset(reader *r, int *minutes)
{
    int hours, rest = 0;
    *minutes = 0;
    if (r->at == r->end || sign(r, 'Z'))
        return true;
    bool west = sign(r, '-');
    if (!west && !sign(r, '+'))
        return false;
    if (!digits(r, 2, &hours) || hours > 15)
        return false;
    if (r->at != r->end && (sign(r, ':'), !digits(r, 2, &rest) || rest > 59))
        return false;
    *minutes = west ? -(hours * 60 + rest) : hours * 60 + rest;
    return true;
}

static bool read_time(reader *r, int64_t *microseconds)
{
    int hour, minute, second = 0, offset;
    int64_t fraction = 0;
    if (!digits(r, 2, &hour) || hour > 23 || !sign(r, ':') || !digits(r, 2, &minute) || minute > 59)
        return false;
    if (sign(r, ':')) {
        if (!digits(r, 2, &second) || second > 59)
            return false;
        if (sign(r, '.')) {
            int64_t unit = 1000000;
            int one;
            if (r->at == r->end || *r->at < '0' || *r->at > '9')
                return false;
            while (unit > 1 && digits(r, 1, &one)) {
                unit /= 10;
                fraction += unit * one;
            }
        }
    }
    if (!read_offset(r, &offset))
        return false;
    *microseconds = ((int64_t)hour * 3600 + minute * 60 + second - (int64_t)offset * 60) * 1000000 + fraction;
    return true;
}

bool instant_parse(const char *text, size_t length, int64_t *out)
{
    reader r = {text, text + length};
    int year, month, day;
    int64_t days, time = 0;
    if (!digits(&r, 4, &year) || !sign(&r, '-') || !digits(&r, 2, &month) || !sign(&r, '-') || !digits(&r, 2, &day) ||
        !days_from(year, month, day, &days))
        return false;
    if (r.at != r.end && ((!sign(&r, 'T') && !sign(&r, ' ')) || !read_time(&r, &time)))
        return false;
    if (r.at != r.end)
        return false;
    *out = days * 86400 * 1000000 + time;
    return true;
}
