/* The content of messages that are no templates, within Meta's limits: text, media, buttons, lists, reactions. */
#ifndef KLOYST_META_GRAPH_CONTENT_H
#define KLOYST_META_GRAPH_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

#include <kloyst/status.h>

#include "base/buffer.h"

/* Characters, except where bytes are said. */
enum {
    GRAPH_MAX_TEXT = 4096,
    GRAPH_MAX_CAPTION = 1024,
    GRAPH_MAX_FILENAME = 240,
    GRAPH_MAX_BUTTONS = 3,
    GRAPH_MAX_BUTTONS_BODY = 1024,
    GRAPH_MAX_BUTTON_TITLE = 20,
    GRAPH_MAX_BUTTON_ID = 256,
    GRAPH_MAX_LIST_BODY = 4096,
    GRAPH_MAX_LIST_LABEL = 20,
    GRAPH_MAX_ROWS = 10, /* over all sections */
    GRAPH_MAX_SECTION_TITLE = 24,
    GRAPH_MAX_ROW_TITLE = 24,
    GRAPH_MAX_ROW_ID = 200,
    GRAPH_MAX_ROW_DESCRIPTION = 72,
    GRAPH_MAX_HEADER = 60,
    GRAPH_MAX_FOOTER = 60,
    GRAPH_MAX_EMOJI = 64 /* bytes */
};

/* All append a message's content for graph_message(). KL_ERR_ARGUMENT: something that must be there is missing, or there
 * is too much of it; KL_ERR_TOO_LONG; KL_ERR_ENCODING: not UTF-8; KL_ERR_FORMAT: a medium that is neither an id nor a
 * link, two choices alike; KL_ERR_MEMORY. On failure out is unchanged. */
kl_status graph_text_content(buffer *out, const char *text, bool preview_url, kl_error **error);

/* `type` is "image", "video", "audio", "document" or "sticker". Exactly one of `id` and `link`. `caption`, not of audio
 * and stickers, and `filename`, of documents alone, may be NULL. */
kl_status graph_media_content(buffer *out, const char *type, const char *id, const char *link, const char *caption,
                              const char *filename, kl_error **error);

/* A button, or a row of a list. */
typedef struct graph_choice {
    const char *id; /* comes back when it is chosen */
    const char *title;
    const char *description; /* of a row; may be NULL */
    const char *section;     /* title of the row's section; NULL or "" when there is but one. Rows of a section stand together */
} graph_choice;

typedef struct graph_interactive {
    const char *header; /* may be NULL */
    const char *body;
    const char *footer; /* may be NULL */
    const char *label;  /* of the button that opens a list; NULL: reply buttons */
    const graph_choice *choices;
    size_t count;
} graph_interactive;
kl_status graph_interactive_content(buffer *out, const graph_interactive *interactive, kl_error **error);

/* `emoji` "" takes a reaction back. */
kl_status graph_reaction_content(buffer *out, const char *wamid, const char *emoji, kl_error **error);

#endif
