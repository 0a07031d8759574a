/* The content of messages that are no templates, within Meta's limits: text, media, buttons, lists, reactions. */
#include "meta/graph_content.h"

#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "meta/graph_request.h"

/* UTF-8 of at most `most` characters; one at least unless it is optional and NULL. */
static kl_status check(const char *text, size_t most, bool optional, const char *what, kl_error **error)
{
    if (!text && optional)
        return KL_OK;
    if (!text || !*text)
        return error_set(error, KL_ERR_ARGUMENT, "the %s is missing", what);
    size_t length = strnlen(text, 4 * most + 1);
    if (length > 4 * most)
        return error_set(error, KL_ERR_TOO_LONG, "the %s has more than %zu characters", what, most);
    if (!utf8_valid(text, length))
        return error_set(error, KL_ERR_ENCODING, "the %s is not valid UTF-8", what);
    if (utf8_count(text, length) > most)
        return error_set(error, KL_ERR_TOO_LONG, "the %s has more than %zu characters", what, most);
    return KL_OK;
}

/* Appends `before` and then `text` in JSON's quotes; nothing for NULL. */
static void put(buffer *out, const char *before, const char *text)
{
    if (!text)
        return;
    buffer_text(out, before);
    buffer_json_string(out, text, strlen(text));
}

kl_status graph_text_content(buffer *out, const char *text, bool preview_url, kl_error **error)
{
    size_t before = out->length;
    kl_status status = check(text, GRAPH_MAX_TEXT, false, "text", error);
    if (status)
        return status;
    buffer_format(out, "\"text\":{\"preview_url\":%s", preview_url ? "true" : "false");
    put(out, ",\"body\":", text);
    buffer_byte(out, '}');
    return buffer_or_as_before(out, before, error);
}

kl_status graph_media_content(buffer *out, const char *type, const char *id, const char *link, const char *caption,
                              const char *filename, kl_error **error)
{
    size_t before = out->length;
    bool document = strcmp(type, "document") == 0, silent = strcmp(type, "audio") == 0 || strcmp(type, "sticker") == 0;
    if (!id == !link)
        return error_set(error, KL_ERR_ARGUMENT, "the %s needs a media id or a link, and not both", type);
    if (id ? !graph_is_media_id(id) : !graph_is_link(link))
        return error_set(error, KL_ERR_FORMAT, "the %s's %s", type,
                         id ? "media id must be 1 to 64 digits" : "link must be an https link of at most 2048 visible characters");
    if (caption && silent)
        return error_set(error, KL_ERR_ARGUMENT, "the %s cannot have a caption", type);
    if (filename && !document)
        return error_set(error, KL_ERR_ARGUMENT, "only a document can have a file name");
    kl_status status = check(caption, GRAPH_MAX_CAPTION, true, "caption", error);
    if (!status)
        status = check(filename, GRAPH_MAX_FILENAME, true, "file name", error);
    if (status)
        return status;
    buffer_format(out, "\"%s\":{", type);
    put(out, "\"id\":", id);
    put(out, "\"link\":", link);
    put(out, ",\"caption\":", caption);
    put(out, ",\"filename\":", filename);
    buffer_byte(out, '}');
    return buffer_or_as_before(out, before, error);
}

static const char *section_of(const graph_choice *choice)
{
    return choice->section ? choice->section : "";
}

/* Sections are runs of rows; a title that comes again later would be two sections of one name. */
static kl_status check_sections(const graph_interactive *list, kl_error **error)
{
    size_t sections = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (i && strcmp(section_of(&list->choices[i]), section_of(&list->choices[i - 1])) == 0)
            continue;
        sections++;
        for (size_t j = 0; j + 1 < i; j++)
            if (strcmp(section_of(&list->choices[i]), section_of(&list->choices[j])) == 0)
                return error_set(error, KL_ERR_FORMAT, "two sections have one title");
    }
    for (size_t i = 0; i < list->count; i++) {
        const char *title = section_of(&list->choices[i]);
        if (sections > 1 && !*title)
            return error_set(error, KL_ERR_ARGUMENT, "with more than one section each needs a title");
        kl_status status = *title ? check(title, GRAPH_MAX_SECTION_TITLE, false, "section's title", error) : KL_OK;
        if (status)
            return status;
    }
    return KL_OK;
}

static kl_status check_choices(const graph_interactive *interactive, kl_error **error)
{
    bool list = interactive->label != NULL;
    size_t most = list ? GRAPH_MAX_ROWS : GRAPH_MAX_BUTTONS;
    if (interactive->count < 1 || interactive->count > most || !interactive->choices)
        return error_set(error, KL_ERR_ARGUMENT, "there must be 1 to %zu %s", most, list ? "rows" : "buttons");
    for (size_t i = 0; i < interactive->count; i++) {
        const graph_choice *choice = &interactive->choices[i];
        kl_status status = check(choice->id, list ? GRAPH_MAX_ROW_ID : GRAPH_MAX_BUTTON_ID, false, "choice's id", error);
        if (!status)
            status = check(choice->title, list ? GRAPH_MAX_ROW_TITLE : GRAPH_MAX_BUTTON_TITLE, false, "choice's title", error);
        if (!status)
            status = check(choice->description, GRAPH_MAX_ROW_DESCRIPTION, true, "row's description", error);
        if (!status && !list && (choice->description || choice->section))
            status = error_set(error, KL_ERR_ARGUMENT, "a button has no description and no section");
        if (status)
            return status;
        for (size_t j = 0; j < i; j++)
            if (strcmp(choice->id, interactive->choices[j].id) == 0 ||
                (!list && strcmp(choice->title, interactive->choices[j].title) == 0))
                return error_set(error, KL_ERR_FORMAT, "two choices have one id or title");
    }
    return list ? check_sections(interactive, error) : KL_OK;
}

static void put_buttons(buffer *out, const graph_interactive *interactive)
{
    buffer_text(out, "\"action\":{\"buttons\":[");
    for (size_t i = 0; i < interactive->count; i++) {
        buffer_text(out, i ? ",{\"type\":\"reply\",\"reply\":{" : "{\"type\":\"reply\",\"reply\":{");
        put(out, "\"id\":", interactive->choices[i].id);
        put(out, ",\"title\":", interactive->choices[i].title);
        buffer_text(out, "}}");
    }
    buffer_text(out, "]}");
}

static void put_rows(buffer *out, const graph_interactive *list)
{
    put(out, "\"action\":{\"button\":", list->label);
    buffer_text(out, ",\"sections\":[");
    for (size_t i = 0; i < list->count; i++) {
        const graph_choice *row = &list->choices[i];
        const char *title = section_of(row);
        if (i && strcmp(title, section_of(row - 1)) == 0) {
            buffer_byte(out, ',');
        } else {
            buffer_text(out, i ? "]},{" : "{");
            if (*title) {
                put(out, "\"title\":", title);
                buffer_byte(out, ',');
            }
            buffer_text(out, "\"rows\":[");
        }
        put(out, "{\"id\":", row->id);
        put(out, ",\"title\":", row->title);
        put(out, ",\"description\":", row->description);
        buffer_byte(out, '}');
    }
    buffer_text(out, "]}]}");
}

kl_status graph_interactive_content(buffer *out, const graph_interactive *interactive, kl_error **error)
{
    bool list = interactive->label != NULL;
    size_t before = out->length;
    kl_status status = check(interactive->header, GRAPH_MAX_HEADER, true, "header", error);
    if (!status)
        status = check(interactive->body, list ? GRAPH_MAX_LIST_BODY : GRAPH_MAX_BUTTONS_BODY, false, "text", error);
    if (!status)
        status = check(interactive->footer, GRAPH_MAX_FOOTER, true, "footer", error);
    if (!status && list)
        status = check(interactive->label, GRAPH_MAX_LIST_LABEL, false, "list's label", error);
    if (!status)
        status = check_choices(interactive, error);
    if (status)
        return status;
    buffer_text(out, list ? "\"interactive\":{\"type\":\"list\"" : "\"interactive\":{\"type\":\"button\"");
    if (interactive->header) {
        put(out, ",\"header\":{\"type\":\"text\",\"text\":", interactive->header);
        buffer_byte(out, '}');
    }
    put(out, ",\"body\":{\"text\":", interactive->body);
    buffer_byte(out, '}');
    if (interactive->footer) {
        put(out, ",\"footer\":{\"text\":", interactive->footer);
        buffer_byte(out, '}');
    }
    buffer_byte(out, ',');
    if (list)
        put_rows(out, interactive);
    else
        put_buttons(out, interactive);
    buffer_byte(out, '}');
    return buffer_or_as_before(out, before, error);
}

kl_status graph_reaction_content(buffer *out, const char *wamid, const char *emoji, kl_error **error)
{
    size_t before = out->length;
    kl_status status = check(wamid, GRAPH_MAX_WAMID, false, "wamid of the message reacted to", error);
    if (!status && !emoji)
        status = error_set(error, KL_ERR_ARGUMENT, "the emoji is missing");
    if (!status && strnlen(emoji, GRAPH_MAX_EMOJI + 1) > GRAPH_MAX_EMOJI)
        status = error_set(error, KL_ERR_TOO_LONG, "the emoji has more than %d bytes", GRAPH_MAX_EMOJI);
    if (!status && !utf8_valid(emoji, strlen(emoji)))
        status = error_set(error, KL_ERR_ENCODING, "the emoji is not valid UTF-8");
    if (status)
        return status;
    put(out, "\"reaction\":{\"message_id\":", wamid);
    put(out, ",\"emoji\":", emoji);
    buffer_byte(out, '}');
    return buffer_or_as_before(out, before, error);
}
