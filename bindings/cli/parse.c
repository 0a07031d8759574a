/* Reading a command's arguments, by its table. */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "file.h"
#include "moment.h"
#include "output.h"

static int parameter_index(const command *c, const char *name, size_t length)
{
    const parameter *p;
    for (int i = 0; (p = command_parameter(c, i)); i++)
        if (p->kind <= NEEDED && strlen(p->name) == length && memcmp(p->name, name, length) == 0)
            return i;
    return -1;
}

/* The place of a value in "a|b|c", from 1; 0: none of them. */
static int choice_of(const char *choices, const char *value)
{
    size_t length = strlen(value);
    for (int n = 1;; n++) {
        size_t one = strcspn(choices, "|");
        if (one == length && memcmp(choices, value, one) == 0)
            return n;
        if (!choices[one])
            return 0;
        choices += one + 1;
    }
}

static bool count_of(const char *text, int64_t *out)
{
    int64_t value = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || value > INT_MAX)
            return false;
        value = value * 10 + (*text - '0');
    }
    *out = value;
    return value <= INT_MAX;
}

static bool fits(const parameter *p, const char *value, char why[200])
{
    kl_uuid uuid;
    kl_money money;
    kl_time moment;
    int64_t count;
    const char *dashes = p->kind <= NEEDED ? "--" : "";
    const char *kind = NULL;
    if (!p->value)
        return true;
    if (strcmp(p->value, "UUID") == 0 && kl_uuid_parse(value, &uuid))
        kind = "a UUID";
    else if (strcmp(p->value, "AMOUNT") == 0 && kl_money_parse(value, &money))
        kind = "an amount such as 12.5 or 0.8631, with up to four decimals";
    else if (strcmp(p->value, "COUNT") == 0 && !count_of(value, &count))
        kind = "a whole number, at most 2147483647";
    else if (strcmp(p->value, "TIME") == 0 && !moment_parse(value, &moment))
        kind = "a time such as 2026-11-22T18:30:00+05:30";
    if (kind)
        snprintf(why, 200, "%s%s needs %s", dashes, p->name, kind);
    else if (strchr(p->value, '|') && !choice_of(p->value, value))
        snprintf(why, 200, "%s%s must be one of %s", dashes, p->name, p->value);
    else
        return true;
    return false;
}

static bool complain(invocation *in, const char *why)
{
    command_wrong(in, why);
    return false;
}

static int next_operand(const invocation *in)
{
    const parameter *p;
    for (int i = 0; (p = command_parameter(in->command, i)); i++)
        if (p->kind >= OPERAND && !in->values[i])
            return i;
    return -1;
}

/* Takes the option at arguments[*at], and its value. */
static bool take_option(invocation *in, int count, char **arguments, int *at)
{
    char why[300];
    const char *name = arguments[*at] + 2;
    size_t length = strcspn(name, "=");
    int index = parameter_index(in->command, name, length);
    const parameter *p = index < 0 ? NULL : command_parameter(in->command, index);
    const char *value = name[length] ? name + length + 1 : NULL;
    if (!p)
        snprintf(why, sizeof why, "there is no option --%.*s", length > 100 ? 100 : (int)length, name);
    else if (!p->value && value)
        snprintf(why, sizeof why, "--%s takes no value", p->name);
    else if (p->value && !value && *at + 1 == count)
        snprintf(why, sizeof why, "--%s needs a value", p->name);
    else if (in->values[index])
        snprintf(why, sizeof why, "--%s is there twice", p->name);
    else {
        if (p->value && !value)
            value = arguments[++*at];
        in->values[index] = p->value ? value : "";
        return fits(p, in->values[index], why) || complain(in, why);
    }
    return complain(in, why);
}

static bool take_operand(invocation *in, const char *argument)
{
    char why[300];
    int index = next_operand(in);
    if (index < 0) {
        snprintf(why, sizeof why, "'%.100s' is not understood", argument);
        return complain(in, why);
    }
    in->values[index] = argument;
    return fits(command_parameter(in->command, index), argument, why) || complain(in, why);
}

static bool all_there(invocation *in)
{
    char why[200];
    const parameter *p;
    for (int i = 0; (p = command_parameter(in->command, i)); i++) {
        if (in->values[i] || (p->kind != NEEDED && p->kind != OPERAND))
            continue;
        snprintf(why, sizeof why, "%s%s is needed", p->kind == NEEDED ? "--" : "", p->name);
        return complain(in, why);
    }
    return true;
}

bool command_parse(const command *c, int count, char **arguments, invocation *in, bool *help)
{
    bool operands_only = false;
    *in = (invocation){.command = c};
    *help = false;
    /* Before anything else, so that complaints come in the form that was asked for, and help whatever is wrong. */
    for (int i = 0; i < count && strcmp(arguments[i], "--") != 0; i++) {
        in->json |= strcmp(arguments[i], "--json") == 0;
        *help |= strcmp(arguments[i], "--help") == 0 || strcmp(arguments[i], "-h") == 0;
    }
    if (*help)
        return true;
    for (int i = 0; i < count; i++) {
        if (!operands_only && strcmp(arguments[i], "--") == 0)
            operands_only = true;
        else if (!operands_only && strncmp(arguments[i], "--", 2) == 0) {
            if (!take_option(in, count, arguments, &i))
                return false;
        } else if (!operands_only && arguments[i][0] == '-' && arguments[i][1]) {
            char why[200];
            snprintf(why, sizeof why, "there is no option %.100s", arguments[i]);
            return complain(in, why);
        } else if (!take_operand(in, arguments[i])) {
            return false;
        }
    }
    return all_there(in);
}

/* ---- values --------------------------------------------------------------- */

static const parameter *named(const invocation *in, const char *name, int *index)
{
    const parameter *p;
    for (*index = 0; (p = command_parameter(in->command, *index)); ++*index)
        if (strcmp(p->name, name) == 0)
            return p;
    fprintf(stderr, "kloyst: %s takes no '%s': a defect\n", in->command->words, name);
    exit(END_MACHINE);
}

const char *given(const invocation *in, const char *name)
{
    int index;
    named(in, name, &index);
    return in->values[index];
}

bool flagged(const invocation *in, const char *name)
{
    return given(in, name) != NULL;
}

const kl_uuid *given_uuid(const invocation *in, const char *name, kl_uuid *place)
{
    const char *text = given(in, name);
    return text && !kl_uuid_parse(text, place) ? place : NULL;
}

int64_t given_count(const invocation *in, const char *name, int64_t otherwise)
{
    int64_t value;
    const char *text = given(in, name);
    return text && count_of(text, &value) ? value : otherwise;
}

kl_money given_money(const invocation *in, const char *name, kl_money otherwise)
{
    kl_money value;
    const char *text = given(in, name);
    return text && !kl_money_parse(text, &value) ? value : otherwise;
}

kl_time given_time(const invocation *in, const char *name, kl_time otherwise)
{
    kl_time value;
    const char *text = given(in, name);
    return text && moment_parse(text, &value) ? value : otherwise;
}

int given_choice(const invocation *in, const char *name, int otherwise)
{
    int index;
    const parameter *p = named(in, name, &index);
    return in->values[index] ? choice_of(p->value, in->values[index]) : otherwise;
}

kl_status given_json(invocation *in, const char *name, char **text, size_t *length)
{
    const char *value = given(in, name);
    *text = NULL;
    *length = 0;
    if (!value)
        return KL_OK;
    if (*value == '@' || strcmp(value, "-") == 0)
        return file_read(in, *value == '@' ? value + 1 : value, text, length);
    *length = strlen(value);
    *text = strdup(value);
    return *text ? KL_OK : KL_ERR_MEMORY;
}

/* ---- complaints ----------------------------------------------------------- */

kl_status command_wrong(invocation *in, const char *why)
{
    if (in->json)
        output_failure("KL_ERR_ARGUMENT", why, false, END_USAGE);
    else
        fprintf(stderr, "kloyst %s: %s\nTry 'kloyst %s --help'.\n", in->command->words, why, in->command->words);
    in->end = END_USAGE;
    in->told = true;
    return KL_ERR_ARGUMENT;
}

kl_status command_fail(invocation *in, kl_status status, const char *format, ...)
{
    char why[500];
    va_list values;
    va_start(values, format);
    vsnprintf(why, sizeof why, format, values);
    va_end(values);
    int end = in->end ? in->end : (int)command_end_of(status);
    if (in->json)
        output_failure(kl_status_name(status), why, kl_status_retriable(status), end);
    else
        fprintf(stderr, "kloyst: %s\n", why);
    in->told = true;
    return status;
}
