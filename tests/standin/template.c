/* Checking the template object: name, language, components and their parameters. */
#include "template.h"

#include <stdio.h>
#include <string.h>

#include "options.h"

static bool one_of(const char *word, const char *const *words)
{
    while (*words && strcmp(*words, word) != 0)
        words++;
    return *words != NULL;
}

/* Meta lets no parameter break the template's layout. */
static bool layout_check(const char *text, refusal *why)
{
    unsigned blanks = 0;
    for (; *text; text++) {
        blanks = *text == ' ' ? blanks + 1 : 0;
        if (*text == '\n' || *text == '\r' || *text == '\t' || blanks > 4)
            return refuse(why, 132018,
                          "Param text cannot have new-line/tab characters or more than 4 consecutive spaces");
    }
    return true;
}

static bool name_check(const cJSON *parameter, const char **name, refusal *why)
{
    const cJSON *field = cJSON_GetObjectItemCaseSensitive(parameter, "parameter_name");
    *name = NULL;
    if (!field)
        return true;
    if (!cJSON_IsString(field) || !field->valuestring[0] ||
        strspn(field->valuestring, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(field->valuestring))
        return refuse(why, 132012, "Param parameter_name is not lower case letters, digits and underscores.");
    *name = field->valuestring;
    return true;
}

static bool content_check(const cJSON *parameter, const char *type, size_t most, refusal *why)
{
    static const char *const media[] = {"image", "video", "document", NULL};
    static const char *const objects[] = {"currency", "date_time", "action", "location", NULL};
    static const char *const strings[] = {"payload", "coupon_code", NULL};
    if (strcmp(type, "text") == 0) {
        const cJSON *text = cJSON_GetObjectItemCaseSensitive(parameter, "text");
        if (!text || (cJSON_IsString(text) && !text->valuestring[0]))
            return refuse(why, 131008, "Parameter of type text is missing text value");
        const char *value = string_check(parameter, "text", most, 132005, why);
        return value && layout_check(value, why);
    }
    if (one_of(type, strings))
        return string_check(parameter, type, 1024, 131009, why) != NULL;
    const cJSON *object = cJSON_GetObjectItemCaseSensitive(parameter, type);
    if (one_of(type, objects))
        return cJSON_IsObject(object) || refuse(why, 131008, "The parameter %s is required.", type);
    if (one_of(type, media)) {
        if (!cJSON_IsObject(object))
            return refuse(why, 131008, "The parameter %s is required.", type);
        bool by_id = cJSON_GetObjectItemCaseSensitive(object, "id") != NULL;
        return string_check(object, by_id ? "id" : "link", 2048, 131009, why) != NULL;
    }
    return refuse(why, 131009, "Parameter type %.40s is not known.", type);
}

static bool parameter_check(const cJSON *parameter, size_t most, const char **name, refusal *why)
{
    if (!cJSON_IsObject(parameter))
        return refuse(why, 100, "Param parameters must hold JSON objects.");
    const char *type = string_check(parameter, "type", 40, 131009, why);
    if (!type)
        return false;
    const char *const keys[] = {"type", "parameter_name", type, NULL};
    return keys_check(parameter, keys, "parameters", why) && name_check(parameter, name, why) &&
           content_check(parameter, type, most, why);
}

static bool name_repeats(const cJSON *parameters, const cJSON *until, const char *name)
{
    for (const cJSON *at = parameters->child; at != until; at = at->next) {
        const cJSON *other = cJSON_GetObjectItemCaseSensitive(at, "parameter_name");
        if (cJSON_IsString(other) && strcmp(other->valuestring, name) == 0)
            return true;
    }
    return false;
}

static bool parameters_check(const cJSON *parameters, size_t most, int *count, refusal *why)
{
    int named = 0;
    *count = 0;
    if (!parameters)
        return true;
    if (!cJSON_IsArray(parameters))
        return refuse(why, 100, "Param parameters must be an array.");
    for (const cJSON *at = parameters->child; at; at = at->next) {
        const char *name = NULL;
        if (!parameter_check(at, most, &name, why))
            return false;
        if (name && name_repeats(parameters, at, name))
            return refuse(why, 132012, "parameter_name %.60s comes twice.", name);
        named += name != NULL;
        ++*count;
    }
    if (named != 0 && named != *count)
        return refuse(why, 132012, "Named and positional parameters are mixed.");
    return true;
}

static bool button_check(const cJSON *component, refusal *why)
{
    static const char *const kinds[] = {"url", "quick_reply", "copy_code", "flow", "catalog", "mpm", NULL};
    const char *kind = string_check(component, "sub_type", 40, 131009, why);
    if (!kind)
        return false;
    if (!one_of(kind, kinds))
        return refuse(why, 131009, "Param sub_type is not known.");
    const cJSON *index = cJSON_GetObjectItemCaseSensitive(component, "index");
    if (!index)
        return refuse(why, 131008, "The parameter index is required.");
    const char *digit = cJSON_IsString(index) ? index->valuestring : "";
    bool as_number = cJSON_IsNumber(index) && index->valuedouble >= 0 && index->valuedouble <= 9 &&
                     index->valuedouble == index->valueint;
    return as_number || (strlen(digit) == 1 && strspn(digit, "0123456789") == 1) ||
           refuse(why, 131009, "Param index must be 0 to 9.");
}

static bool component_check(const cJSON *component, unsigned *seen, int *body_parameters, refusal *why)
{
    static const char *const keys[] = {"type", "parameters", "sub_type", "index", NULL};
    if (!keys_check(component, keys, "components", why))
        return false;
    const char *type = string_check(component, "type", 20, 131009, why);
    if (!type)
        return false;
    bool header = strcmp(type, "header") == 0, body = strcmp(type, "body") == 0, button = strcmp(type, "button") == 0;
    if (!header && !body && !button)
        return refuse(why, 131009, "Param type must be one of {header, body, button}.");
    unsigned bit = header ? 1u : body ? 2u : 0u;
    if (*seen & bit)
        return refuse(why, 131009, "Component %s comes twice.", type);
    *seen |= bit;
    int count;
    if (!parameters_check(cJSON_GetObjectItemCaseSensitive(component, "parameters"), header ? 60 : 1024, &count, why))
        return false;
    if (body)
        *body_parameters = count;
    return !button || button_check(component, why);
}

static bool language_shape(const char *code)
{
    size_t letters = strspn(code, "abcdefghijklmnopqrstuvwxyz");
    if (letters < 2 || letters > 3)
        return false;
    if (!code[letters])
        return true;
    const char *region = code + letters + 1;
    return code[letters] == '_' && strlen(region) == strspn(region, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") &&
           strlen(region) >= 2 && strlen(region) <= 3;
}

static const char *language_check(const cJSON *template, refusal *why)
{
    static const char *const keys[] = {"code", "policy", NULL};
    const cJSON *language = cJSON_GetObjectItemCaseSensitive(template, "language");
    if (!language) {
        refuse(why, 131008, "The parameter language is required.");
        return NULL;
    }
    if (!keys_check(language, keys, "language", why))
        return NULL;
    const char *code = string_check(language, "code", 10, 132001, why);
    if (code && !language_shape(code)) {
        refuse(why, 132001, "Template language %.10s is not supported.", code);
        return NULL;
    }
    return code;
}

/* With --template, only these exist. */
static bool catalogue_check(const char *name, const char *language, int parameters, refusal *why)
{
    const options *o = &standin_options;
    for (size_t at = 0; at < o->template_count; at++) {
        const template_option *known = &o->templates[at];
        if (strcmp(known->name, name) != 0 || strcmp(known->language, language) != 0)
            continue;
        if (known->parameters != parameters)
            return refuse(why, 132000, "body: number of localizable_params (%d) does not match the expected number of "
                                       "params (%d)", parameters, known->parameters);
        return true;
    }
    return o->template_count == 0 || refuse(why, 132001, "template name (%.60s) does not exist in %s", name, language);
}

bool template_check(const cJSON *template, refusal *why)
{
    static const char *const keys[] = {"name", "language", "components", NULL};
    if (!template)
        return refuse(why, 131008, "The parameter template is required.");
    if (!keys_check(template, keys, "template", why))
        return false;
    const char *name = string_check(template, "name", 512, 132001, why);
    if (!name)
        return false;
    if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name))
        return refuse(why, 132001, "template name (%.60s) does not exist", name);
    const char *language = language_check(template, why);
    if (!language)
        return false;
    const cJSON *components = cJSON_GetObjectItemCaseSensitive(template, "components");
    if (components && !cJSON_IsArray(components))
        return refuse(why, 100, "Param components must be an array.");
    unsigned seen = 0;
    int body_parameters = 0;
    for (const cJSON *at = components ? components->child : NULL; at; at = at->next)
        if (!component_check(at, &seen, &body_parameters, why))
            return false;
    return catalogue_check(name, language, body_parameters, why);
}
