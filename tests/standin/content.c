/* What Meta checks on media, interactive messages and reactions. */
#include "content.h"

#include <stdio.h>
#include <string.h>

#include "template.h"

static const char *const media[] = {"image", "video", "audio", "document", "sticker", NULL};

static bool one_of(const char *word, const char *const *words)
{
    while (*words && strcmp(*words, word) != 0)
        words++;
    return *words != NULL;
}

bool content_known(const char *type)
{
    return one_of(type, media) || strcmp(type, "interactive") == 0 || strcmp(type, "reaction") == 0;
}

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* A text that may be left out. */
static bool optional_check(const cJSON *object, const char *name, size_t most, refusal *why)
{
    return !member(object, name) || string_check(object, name, most, 131009, why);
}

static bool media_check(const cJSON *object, const char *type, refusal *why)
{
    const char *keys[5] = {"id", "link", NULL, NULL, NULL};
    bool silent = strcmp(type, "audio") == 0 || strcmp(type, "sticker") == 0;
    if (!silent)
        keys[2] = "caption";
    if (strcmp(type, "document") == 0)
        keys[3] = "filename";
    if (!keys_check(object, keys, type, why))
        return false;
    if (!member(object, "id") == !member(object, "link"))
        return refuse(why, 100, "Param %s must have one of id and link.", type);
    if (!optional_check(object, "id", 64, why) || !optional_check(object, "link", 2048, why))
        return false;
    const char *link = member(object, "link") ? member(object, "link")->valuestring : "https://";
    if (strncmp(link, "https://", 8) != 0 && strncmp(link, "http://", 7) != 0)
        return refuse(why, 131009, "Param link of %s is no URL.", type);
    return optional_check(object, "caption", 1024, why) && optional_check(object, "filename", 240, why);
}

static bool text_object_check(const cJSON *root, const char *name, size_t most, bool required, refusal *why)
{
    static const char *const keys[] = {"text", NULL}, *const header[] = {"type", "text", NULL};
    const cJSON *object = member(root, name);
    if (!object)
        return !required || refuse(why, 131009, "The parameter interactive['%s'] is required.", name);
    return keys_check(object, strcmp(name, "header") == 0 ? header : keys, name, why) &&
           string_check(object, "text", most, 131009, why);
}

static bool buttons_check(const cJSON *action, refusal *why)
{
    static const char *const keys[] = {"buttons", NULL}, *const button_keys[] = {"type", "reply", NULL},
                             *const reply_keys[] = {"id", "title", NULL};
    const cJSON *buttons = member(action, "buttons"), *button;
    if (!keys_check(action, keys, "action", why))
        return false;
    if (cJSON_GetArraySize(buttons) < 1 || cJSON_GetArraySize(buttons) > 3)
        return refuse(why, 131009, "Param buttons must have 1 to 3 elements.");
    cJSON_ArrayForEach(button, buttons)
    {
        const cJSON *reply = member(button, "reply");
        if (!keys_check(button, button_keys, "buttons", why) || !keys_check(reply, reply_keys, "reply", why) ||
            !string_check(reply, "id", 256, 131009, why) || !string_check(reply, "title", 20, 131009, why))
            return false;
        for (const cJSON *other = button->next; other; other = other->next) {
            const cJSON *id = member(member(other, "reply"), "id");
            if (cJSON_IsString(id) && strcmp(id->valuestring, member(reply, "id")->valuestring) == 0)
                return refuse(why, 131009, "Two buttons have one id.");
        }
    }
    return true;
}

static bool rows_check(const cJSON *section, bool titled, int *count, refusal *why)
{
    static const char *const keys[] = {"title", "rows", NULL}, *const row_keys[] = {"id", "title", "description", NULL};
    const cJSON *row;
    if (!keys_check(section, keys, "sections", why) || (titled && !string_check(section, "title", 24, 131009, why)) ||
        !optional_check(section, "title", 24, why))
        return false;
    if (!cJSON_IsArray(member(section, "rows")))
        return refuse(why, 131009, "A section has no rows.");
    cJSON_ArrayForEach(row, member(section, "rows"))
    {
        ++*count;
        if (!keys_check(row, row_keys, "rows", why) || !string_check(row, "id", 200, 131009, why) ||
            !string_check(row, "title", 24, 131009, why) || !optional_check(row, "description", 72, why))
            return false;
    }
    return true;
}

static bool list_check(const cJSON *action, refusal *why)
{
    static const char *const keys[] = {"button", "sections", NULL};
    const cJSON *sections = member(action, "sections"), *section;
    int count = 0;
    if (!keys_check(action, keys, "action", why) || !string_check(action, "button", 20, 131009, why))
        return false;
    cJSON_ArrayForEach(section, sections)
        if (!rows_check(section, cJSON_GetArraySize(sections) > 1, &count, why))
            return false;
    return (count >= 1 && count <= 10) || refuse(why, 131009, "A list must have 1 to 10 rows.");
}

static bool interactive_check(const cJSON *object, refusal *why)
{
    static const char *const keys[] = {"type", "header", "body", "footer", "action", NULL};
    const char *type = cJSON_IsObject(object) ? string_check(object, "type", 20, 131009, why) : NULL;
    if (!type)
        return refuse(why, 131008, "The parameter interactive is required.");
    bool list = strcmp(type, "list") == 0;
    if (!list && strcmp(type, "button") != 0)
        return refuse(why, 131009, "Interactive type is not one of {button, list}.");
    return keys_check(object, keys, "interactive", why) && text_object_check(object, "header", 60, false, why) &&
           text_object_check(object, "body", list ? 4096 : 1024, true, why) &&
           text_object_check(object, "footer", 60, false, why) &&
           (list ? list_check(member(object, "action"), why) : buttons_check(member(object, "action"), why));
}

static bool reaction_check(const cJSON *object, refusal *why)
{
    static const char *const keys[] = {"message_id", "emoji", NULL};
    return keys_check(object, keys, "reaction", why) && string_check(object, "message_id", 512, 131009, why) &&
           (cJSON_IsString(member(object, "emoji")) || refuse(why, 131008, "The parameter emoji is required."));
}

bool content_of_type_check(const cJSON *root, const char *type, refusal *why)
{
    const cJSON *object = member(root, type);
    if (!object)
        return refuse(why, 131008, "The parameter %s is required.", type);
    if (strcmp(type, "interactive") == 0)
        return interactive_check(object, why);
    return strcmp(type, "reaction") == 0 ? reaction_check(object, why) : media_check(object, type, why);
}
