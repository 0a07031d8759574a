/* Times as people and JSON write them. */
#include "moment.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* `count` digits as a number; -1: there is something else. */
static int digits(const char **text, int count)
{
    int value = 0;
    for (; count > 0; count--, ++*text) {
        if (**text < '0' || **text > '9')
            return -1;
        value = value * 10 + (**text - '0');
    }
    return value;
}

static bool sign(const char **text, char expected)
{
    return **text == expected && ++*text;
}

/* Up to six digits of a second. */
static bool fraction(const char **text, int *microseconds)
{
    int worth = 100000;
    *microseconds = 0;
    if (**text < '0' || **text > '9')
        return false;
    for (; **text >= '0' && **text <= '9'; ++*text, worth /= 10)
        *microseconds += (**text - '0') * worth;
    return true;
}

static bool offset(const char **text, int *seconds)
{
    *seconds = 0;
    if (**text == 'Z' || **text == 'z')
        return ++*text;
    int direction = **text == '+' ? 1 : **text == '-' ? -1 : 0;
    if (!direction)
        return false;
    ++*text;
    int hours = digits(text, 2);
    bool colon = sign(text, ':');
    int minutes = digits(text, 2);
    *seconds = direction * (hours * 3600 + minutes * 60);
    return colon && hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60;
}

bool moment_parse(const char *text, kl_time *out)
{
    struct tm t = {0}, real;
    int microseconds = 0, ahead = 0;
    bool good = (t.tm_year = digits(&text, 4) - 1900) >= 70 && sign(&text, '-') &&
                (t.tm_mon = digits(&text, 2) - 1) >= 0 && sign(&text, '-') && (t.tm_mday = digits(&text, 2)) > 0;
    if (good && *text) {
        good = (sign(&text, 'T') || sign(&text, 't') || sign(&text, ' ')) && (t.tm_hour = digits(&text, 2)) >= 0 &&
               sign(&text, ':') && (t.tm_min = digits(&text, 2)) >= 0 && sign(&text, ':') &&
               (t.tm_sec = digits(&text, 2)) >= 0 && (!sign(&text, '.') || fraction(&text, &microseconds)) &&
               offset(&text, &ahead) && !*text;
    }
    if (!good)
        return false;
    /* timegm() takes a thirty-first of February for a day in March. */
    real = t;
    time_t seconds = timegm(&real);
    if (real.tm_year != t.tm_year || real.tm_mon != t.tm_mon || real.tm_mday != t.tm_mday || real.tm_hour != t.tm_hour ||
        real.tm_min != t.tm_min || real.tm_sec != t.tm_sec)
        return false;
    *out = ((kl_time)seconds - ahead) * 1000000 + microseconds;
    return true;
}

const char *moment_format(kl_time moment, char text[MOMENT_TEXT])
{
    kl_time seconds = moment / 1000000, rest = moment % 1000000;
    if (rest < 0) {
        rest += 1000000;
        seconds--;
    }
    time_t whole = (time_t)seconds;
    struct tm t;
    char begin[32];
    if (!gmtime_r(&whole, &t))
        return strcpy(text, "?");
    strftime(begin, sizeof begin, "%Y-%m-%dT%H:%M:%S", &t);
    snprintf(text, MOMENT_TEXT, "%s.%06" PRId64 "Z", begin, rest);
    return text;
}
