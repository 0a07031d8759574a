/* Whether a template that is stored may be used, and with these parameters. */
#include "core/template_check.h"

#include <string.h>

#include "base/error.h"

enum { GIVEN_MAX = 64 };

static bool same(const char *span, size_t length, const char *text)
{
    return strlen(text) == length && memcmp(span, text, length) == 0;
}

static const char *place_of(const template_given *given)
{
    return given->place ? given->place : "body";
}

/* The first parameter not taken yet that belongs in the place, and has the name unless that is NULL. */
static size_t find(const template_given *given, size_t count, const bool *taken, const char *place, size_t place_length,
                   const char *name, size_t name_length)
{
    for (size_t i = 0; i < count; i++)
        if (!taken[i] && same(place, place_length, place_of(&given[i])) &&
            (!name || (given[i].name && same(name, name_length, given[i].name))))
            return i;
    return count;
}

kl_status template_check(const template_shape *shape, const template_given *given, size_t count, kl_error **error)
{
    bool taken[GIVEN_MAX] = {false};
    const char *place, *name;
    size_t place_length, name_length;
    if (strcmp(shape->status, "APPROVED") != 0)
        return error_set(error, KL_ERR_TEMPLATE, "the template is %s", shape->status);
    if (shape->unsupported)
        return error_set(error, KL_ERR_TEMPLATE, "the template has a %s, which cannot be filled in", shape->unsupported);
    if (count > GIVEN_MAX)
        return error_set(error, KL_ERR_TOO_LONG, "more than %d parameters", GIVEN_MAX);
    pg_array_walk places = pg_array_start(shape->rows, 0, shape->places_column);
    pg_array_walk names = pg_array_start(shape->rows, 0, shape->names_column);
    while (pg_array_next(&places, &place, &place_length) && pg_array_next(&names, &name, &name_length)) {
        bool optional = place_length && place[place_length - 1] == '?';
        size_t length = place_length - optional;
        size_t at = find(given, count, taken, place, length, shape->named && name_length ? name : NULL, name_length);
        if (at < count)
            taken[at] = true;
        else if (!optional && shape->named && name_length)
            return error_set(error, KL_ERR_TEMPLATE, "the template's parameter \"%.*s\" in %.*s is missing", (int)name_length,
                             name, (int)length, place);
        else if (!optional)
            return error_set(error, KL_ERR_TEMPLATE, "the template needs one more parameter in %.*s", (int)length, place);
    }
    for (size_t i = 0; i < count; i++)
        if (!taken[i])
            return error_set(error, KL_ERR_TEMPLATE, "parameter %zu, in %s, is not one of the template's", i + 1,
                             place_of(&given[i]));
    for (size_t i = 0; i < count; i++)
        if (given[i].name && !shape->named)
            return error_set(error, KL_ERR_TEMPLATE, "the template's parameters have no names");
    return KL_OK;
}

kl_status template_resting(const char *why, kl_error **error)
{
    return *why ? error_set(error, KL_ERR_TEMPLATE, "the template rests: %s", why)
                : error_set(error, KL_ERR_TEMPLATE, "the template rests until its breaker is closed");
}
