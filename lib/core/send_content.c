/* From a message's options to its content for the Graph API. */
#include "core/send_content.h"

#include <string.h>

#include "base/error.h"

/* Groups of options. */
enum { TEXT = 1, PREVIEW = 2, TEMPLATE = 4, MEDIUM = 8, FILENAME = 16, CHOICES = 32, LABEL = 64 };

static const struct kind {
    const char *type;
    int uses;
} kinds[] = {
    [KL_CONTENT_TEMPLATE] = {"template", TEMPLATE},
    [KL_CONTENT_TEXT] = {"text", TEXT | PREVIEW},
    [KL_CONTENT_IMAGE] = {"image", MEDIUM | TEXT},
    [KL_CONTENT_VIDEO] = {"video", MEDIUM | TEXT},
    [KL_CONTENT_AUDIO] = {"audio", MEDIUM},
    [KL_CONTENT_DOCUMENT] = {"document", MEDIUM | TEXT | FILENAME},
    [KL_CONTENT_STICKER] = {"sticker", MEDIUM},
    [KL_CONTENT_BUTTONS] = {"interactive", TEXT | CHOICES},
    [KL_CONTENT_LIST] = {"interactive", TEXT | CHOICES | LABEL},
    [KL_CONTENT_REACTION] = {"reaction", TEXT},
};

const char *send_type(kl_content_kind kind)
{
    return kind >= KL_CONTENT_TEMPLATE && kind <= KL_CONTENT_REACTION ? kinds[kind].type : NULL;
}

/* An option that the kind would drop is a mistake of the caller. */
static kl_status check_unused(const kl_message_options *o, kl_error **error)
{
    const struct {
        int group;
        const char *name;
        bool given;
    } options[] = {
        {TEXT, "text", o->text != NULL},
        {PREVIEW, "preview_url", o->preview_url != 0},
        {TEMPLATE, "template_name", o->template_name != NULL},
        {TEMPLATE, "template_language", o->template_language != NULL},
        {TEMPLATE, "parameters", o->parameters != NULL},
        {TEMPLATE, "category", o->category != 0},
        {MEDIUM, "media_id", o->media_id != NULL},
        {MEDIUM, "media_link", o->media_link != NULL},
        {FILENAME, "filename", o->filename != NULL},
        {CHOICES, "header", o->header != NULL},
        {CHOICES, "footer", o->footer != NULL},
        {CHOICES, "choices", o->choices != NULL},
        {LABEL, "label", o->label != NULL},
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (options[i].given && !(kinds[o->kind].uses & options[i].group))
            return error_set(error, KL_ERR_ARGUMENT, "a message of this kind has no %s", options[i].name);
    return KL_OK;
}

static kl_status interactive(const kl_message_options *o, buffer *out, kl_error **error)
{
    send_choices choices;
    if (o->kind == KL_CONTENT_LIST && !o->label)
        return error_set(error, KL_ERR_ARGUMENT, "the list's label is missing");
    kl_status status = send_choices_parse(o->choices, o->choices_length, &choices, error);
    if (!status)
        status = graph_interactive_content(
            out, &(graph_interactive){o->header, o->text, o->footer, o->label, choices.items, choices.count}, error);
    send_choices_free(&choices);
    return status;
}

kl_status send_content(const kl_message_options *o, const send_parameters *parameters, buffer *out, kl_error **error)
{
    kl_status status = check_unused(o, error);
    if (status)
        return status;
    switch (o->kind) {
    case KL_CONTENT_TEMPLATE:
        return graph_template_content(out, o->template_name, o->template_language, parameters->items, parameters->count,
                                      error);
    case KL_CONTENT_TEXT:
        return graph_text_content(out, o->text, o->preview_url != 0, error);
    case KL_CONTENT_BUTTONS:
    case KL_CONTENT_LIST:
        return interactive(o, out, error);
    case KL_CONTENT_REACTION:
        return graph_reaction_content(out, o->reply_to, o->text, error);
    default:
        return graph_media_content(out, send_type(o->kind), o->media_id, o->media_link, o->text, o->filename, error);
    }
}
