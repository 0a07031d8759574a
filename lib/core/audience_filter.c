/* The compiler of filters: from JSON to an SQL/JSON path, whose values are a document of their own.
 *
 * Every condition becomes a predicate that is true or false and never unknown, so that "not" is its plain opposite: each
 * comparison stands behind a test of the attribute's type, and dates are compared as numbers that kloyst.instant_of() makes of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/instant.h"
#include "core/audience.h"

enum { DEPTH = 16, CONDITIONS = 256, ATTRIBUTE_BYTES = 256, PLACE_BYTES = 400 };

typedef struct compiler {
    const json_index *index;
    campaign_choice *out;
    size_t values;     /* variables v0, v1 … so far */
    size_t conditions;
    bool undeliverable; /* it asks for that */
    kl_error **error;
} compiler;

/* Where a node stands, for messages. */
typedef struct place {
    char text[PLACE_BYTES];
} place;

/* What does not fit is cut: it is there to be read by a person. */
static void extend(place *p, const char *text)
{
    size_t length = strlen(p->text), room = sizeof p->text - 1 - length, more = strlen(text);
    memcpy(p->text + length, text, more < room ? more : room);
}

static place inside(const char *outer, const char *key)
{
    place p = {{0}};
    extend(&p, outer);
    extend(&p, ".");
    extend(&p, key);
    return p;
}

static place item_of(const char *outer, size_t i)
{
    place p = {{0}};
    char number[24];
    snprintf(number, sizeof number, "[%zu]", i);
    extend(&p, outer);
    extend(&p, number);
    return p;
}

/* Appends a variable that holds the value as it was written, or the number; its place in the path is written by the caller. */
static size_t new_value(compiler *c)
{
    buffer_format(&c->out->values, "%s\"v%zu\":", c->values ? "," : "", c->values);
    return c->values++;
}

static void put_raw(compiler *c, const json_node *node)
{
    json_span raw = json_index_raw(c->index, node);
    buffer_append(&c->out->values, raw.bytes, raw.length);
}

static const char *type_of(const json_node *value)
{
    switch ((json_kind)value->kind) {
    case JSON_STRING:
        return "string";
    case JSON_NUMBER:
        return "number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "boolean";
    default:
        return NULL;
    }
}

/* The attribute's own text as the path spells it: $."city". */
static void put_attribute(compiler *c, const char *attribute)
{
    buffer_text(&c->out->path, "$.");
    buffer_json_string(&c->out->path, attribute, strlen(attribute));
}

static kl_status need_scalar(compiler *c, const json_node *value, const char *where)
{
    return type_of(value) ? KL_OK : error_set(c->error, KL_ERR_FORMAT, "%s must be a text, a number, true or false", where);
}

static kl_status put_equals(compiler *c, const char *attribute, const json_node *value, const char *where)
{
    kl_status status = need_scalar(c, value, where);
    if (status)
        return status;
    buffer *path = &c->out->path;
    buffer_byte(path, '(');
    put_attribute(c, attribute);
    buffer_format(path, ".type() == \"%s\" && ", type_of(value));
    put_attribute(c, attribute);
    buffer_format(path, " == $v%zu)", new_value(c));
    put_raw(c, value);
    return KL_OK;
}

static kl_status put_contains(compiler *c, const char *attribute, const json_node *value, const char *where)
{
    kl_status status = need_scalar(c, value, where);
    if (status)
        return status;
    buffer *path = &c->out->path;
    buffer_byte(path, '(');
    put_attribute(c, attribute);
    buffer_text(path, ".type() == \"array\" && exists(");
    put_attribute(c, attribute);
    buffer_format(path, "[*] ? (@.type() == \"%s\" && @ == $v%zu)))", type_of(value), new_value(c));
    put_raw(c, value);
    return KL_OK;
}

/* The values of one type together, as one array. */
static kl_status put_in(compiler *c, const char *attribute, const json_node *list, const char *where)
{
    static const char *const types[] = {"string", "number", "boolean"};
    buffer *path = &c->out->path;
    if (!json_index_is(list, JSON_ARRAY) || list->count == 0)
        return error_set(c->error, KL_ERR_FORMAT, "%s must be a list with something in it", where);
    const json_node *first = json_index_child(c->index, list), *item = first;
    for (size_t i = 0; i < list->count; i++, item = json_index_next(c->index, item)) {
        kl_status status = need_scalar(c, item, item_of(where, i).text);
        if (status)
            return status;
    }
    const char *between = "(";
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
        size_t found = 0;
        item = first;
        for (size_t i = 0; i < list->count; i++, item = json_index_next(c->index, item)) {
            if (strcmp(type_of(item), types[t]) != 0)
                continue;
            if (found++ == 0) {
                buffer_text(path, between);
                buffer_byte(path, '(');
                put_attribute(c, attribute);
                buffer_format(path, ".type() == \"%s\" && ", types[t]);
                put_attribute(c, attribute);
                buffer_format(path, " == $v%zu[*])", new_value(c));
                between = " || ";
            }
            buffer_byte(&c->out->values, found == 1 ? '[' : ',');
            put_raw(c, item);
        }
        if (found)
            buffer_byte(&c->out->values, ']');
    }
    buffer_byte(path, ')');
    return KL_OK;
}

static kl_status put_exists(compiler *c, const char *attribute, const json_node *value, const char *where)
{
    bool wanted = json_index_is(value, JSON_TRUE);
    if (!wanted && !json_index_is(value, JSON_FALSE))
        return error_set(c->error, KL_ERR_FORMAT, "%s must be true or false", where);
    buffer_text(&c->out->path, wanted ? "(" : "!(");
    put_attribute(c, attribute);
    buffer_text(&c->out->path, ".type() != \"null\")");
    return KL_OK;
}

/* The number under which the attribute's moment is put beside the values: $t0, $t1 … */
static kl_status instant_of(compiler *c, const char *attribute, size_t *number)
{
    campaign_choice *out = c->out;
    for (*number = 0; *number < out->instants_count; ++*number)
        if (strcmp(out->instants[*number], attribute) == 0)
            return KL_OK;
    char **grown = realloc(out->instants, (out->instants_count + 1) * sizeof *grown);
    if (!grown)
        return error_memory(c->error);
    out->instants = grown;
    if (!(grown[out->instants_count] = strdup(attribute)))
        return error_memory(c->error);
    out->instants_count++;
    return KL_OK;
}

static kl_status put_date_range(compiler *c, const char *attribute, const char *sign, const json_node *value, const char *where)
{
    json_span text = json_index_inside(c->index, value);
    int64_t moment;
    size_t number;
    if (!instant_parse(text.bytes, text.length, &moment))
        return error_set(c->error, KL_ERR_FORMAT, "%s must be a number or a date such as 2026-11-22 or 2026-11-22T18:30:00Z", where);
    kl_status status = instant_of(c, attribute, &number);
    if (status)
        return status;
    buffer_format(&c->out->path, "($t%zu %s $v%zu)", number, sign, new_value(c));
    buffer_format(&c->out->values, "%lld", (long long)moment);
    return KL_OK;
}

/* Attributes that came from a file are texts: those that are plain decimals count as numbers. */
static kl_status put_range(compiler *c, const char *attribute, const char *sign, const json_node *value, const char *where)
{
    if (json_index_is(value, JSON_STRING))
        return put_date_range(c, attribute, sign, value, where);
    if (!json_index_is(value, JSON_NUMBER))
        return error_set(c->error, KL_ERR_FORMAT, "%s must be a number or a date", where);
    buffer *path = &c->out->path;
    size_t v = new_value(c);
    put_raw(c, value);
    buffer_text(path, "((");
    put_attribute(c, attribute);
    buffer_text(path, ".type() == \"number\" && ");
    put_attribute(c, attribute);
    buffer_format(path, " %s $v%zu) || (", sign, v);
    put_attribute(c, attribute);
    buffer_text(path, ".type() == \"string\" && exists(");
    put_attribute(c, attribute);
    buffer_format(path, " ? (@ like_regex \"^-?[0-9]{1,15}([.][0-9]{1,15})?$\" && @.double() %s $v%zu))))", sign, v);
    return KL_OK;
}

/* One operator of a condition. */
static kl_status put_operator(compiler *c, const char *attribute, const json_node *member, const char *where)
{
    static const struct {
        const char *name, *sign;
    } ranges[] = {{"lt", "<"}, {"lte", "<="}, {"gt", ">"}, {"gte", ">="}};
    char name[16] = "";
    size_t length = member->key_end - member->key_start;
    if (length < sizeof name)
        memcpy(name, c->index->bytes + member->key_start, length);
    place here = inside(where, name);
    if (strcmp(name, "equals") == 0)
        return put_equals(c, attribute, member, here.text);
    if (strcmp(name, "not_equals") == 0) {
        buffer_byte(&c->out->path, '!');
        return put_equals(c, attribute, member, here.text);
    }
    if (strcmp(name, "in") == 0)
        return put_in(c, attribute, member, here.text);
    if (strcmp(name, "contains") == 0)
        return put_contains(c, attribute, member, here.text);
    if (strcmp(name, "exists") == 0)
        return put_exists(c, attribute, member, here.text);
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (strcmp(name, ranges[i].name) == 0)
            return put_range(c, attribute, ranges[i].sign, member, here.text);
    return error_set(c->error, KL_ERR_FORMAT,
                     "%s has a member that is none of attribute, equals, not_equals, in, contains, exists, lt, lte, gt, gte", where);
}

static kl_status put_condition(compiler *c, const json_node *node, const json_node *name, const char *where)
{
    char attribute[ATTRIBUTE_BYTES + 1];
    json_span raw = json_index_inside(c->index, name);
    if (!json_index_is(name, JSON_STRING) || raw.length == 0 || raw.length > ATTRIBUTE_BYTES)
        return error_set(c->error, KL_ERR_FORMAT, "%s.attribute must be a text of 1 to %d bytes", where, ATTRIBUTE_BYTES);
    if (node->count < 2)
        return error_set(c->error, KL_ERR_FORMAT, "%s says nothing about its attribute", where);
    attribute[json_unescape(raw.bytes, raw.length, attribute)] = '\0';
    buffer_byte(&c->out->path, '(');
    const char *between = "";
    for (const json_node *at = json_index_child(c->index, node); at; at = json_index_next(c->index, at)) {
        if (at == name)
            continue;
        buffer_text(&c->out->path, between);
        kl_status status = put_operator(c, attribute, at, where);
        if (status)
            return status;
        between = " && ";
    }
    buffer_byte(&c->out->path, ')');
    return KL_OK;
}

static kl_status put_filter(compiler *c, const json_node *node, const char *where, int depth);

static kl_status put_all(compiler *c, const json_node *list, const char *sign, const char *where, int depth)
{
    if (!json_index_is(list, JSON_ARRAY) || list->count == 0)
        return error_set(c->error, KL_ERR_FORMAT, "%s must be a list with something in it", where);
    const json_node *item = json_index_child(c->index, list);
    buffer_byte(&c->out->path, '(');
    for (size_t i = 0; i < list->count; i++, item = json_index_next(c->index, item)) {
        if (i)
            buffer_text(&c->out->path, sign);
        kl_status status = put_filter(c, item, item_of(where, i).text, depth);
        if (status)
            return status;
    }
    buffer_byte(&c->out->path, ')');
    return KL_OK;
}

/* What the contact's row says; the statement puts it beside the values. */
static kl_status put_undeliverable(compiler *c, const json_node *value, const char *where)
{
    bool wanted = json_index_is(value, JSON_TRUE);
    if (!wanted && !json_index_is(value, JSON_FALSE))
        return error_set(c->error, KL_ERR_FORMAT, "%s must be true or false", where);
    c->undeliverable = true;
    buffer_format(&c->out->path, "($undeliverable == %s)", wanted ? "true" : "false");
    return KL_OK;
}

static kl_status put_filter(compiler *c, const json_node *node, const char *where, int depth)
{
    if (depth == DEPTH)
        return error_set(c->error, KL_ERR_TOO_LONG, "%s is more than %d levels deep", where, DEPTH);
    if (++c->conditions > CONDITIONS)
        return error_set(c->error, KL_ERR_TOO_LONG, "%s: the filter has more than %d conditions", where, CONDITIONS);
    if (!json_index_is(node, JSON_OBJECT))
        return error_set(c->error, KL_ERR_FORMAT, "%s is not an object", where);
    const json_node *attribute = json_index_member(c->index, node, "attribute"), *inner;
    if (attribute)
        return put_condition(c, node, attribute, where);
    if (node->count != 1)
        return error_set(c->error, KL_ERR_FORMAT,
                         "%s needs an \"attribute\", or one of \"and\", \"or\", \"not\" and \"undeliverable\" alone", where);
    if ((inner = json_index_member(c->index, node, "undeliverable")))
        return put_undeliverable(c, inner, inside(where, "undeliverable").text);
    if ((inner = json_index_member(c->index, node, "and")))
        return put_all(c, inner, " && ", inside(where, "and").text, depth + 1);
    if ((inner = json_index_member(c->index, node, "or")))
        return put_all(c, inner, " || ", inside(where, "or").text, depth + 1);
    if (!(inner = json_index_member(c->index, node, "not")))
        return error_set(c->error, KL_ERR_FORMAT, "%s needs one of \"attribute\", \"and\", \"or\", \"not\" and \"undeliverable\"", where);
    buffer_text(&c->out->path, "!(");
    kl_status status = put_filter(c, inner, inside(where, "not").text, depth + 1);
    buffer_byte(&c->out->path, ')');
    return status;
}

kl_status audience_compile(const json_index *index, const json_node *filter, const char *where, campaign_choice *out,
                           kl_error **error)
{
    compiler c = {.index = index, .out = out, .error = error};
    buffer_byte(&out->values, '{');
    kl_status status = put_filter(&c, filter, where, 0);
    if (c.undeliverable)
        buffer_format(&out->values, "%s\"undeliverable\":false", c.values ? "," : "");
    buffer_byte(&out->values, '}');
    if (!status && (out->path.broken || out->values.broken))
        status = error_memory(error);
    return status;
}
