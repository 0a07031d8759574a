/* Changes of templates, numbers and accounts that webhooks tell of: the fields beside messages and preferences. */
#ifndef KLOYST_META_WEBHOOK_FIELDS_H
#define KLOYST_META_WEBHOOK_FIELDS_H

#include <stdbool.h>

#include <kloyst/status.h>

#include "base/json_index.h"

typedef enum webhook_field_kind {
    WEBHOOK_FIELD_UNKNOWN, /* one that this version does not know */
    WEBHOOK_TEMPLATE_STATUS,
    WEBHOOK_TEMPLATE_QUALITY,
    WEBHOOK_TEMPLATE_CATEGORY,
    WEBHOOK_TEMPLATE_COMPONENTS,
    WEBHOOK_NUMBER_QUALITY,
    WEBHOOK_ACCOUNT,
    WEBHOOK_CAPABILITY
} webhook_field_kind;

#define WEBHOOK_NO_LIMIT_TOLD INT64_C(0)
#define WEBHOOK_UNLIMITED INT64_C(-1)

/* What one change says. Texts are NULL when absent, null, empty or no text; they live until webhook_field_free(). */
typedef struct webhook_field {
    webhook_field_kind kind;
    const char *event;             /* new state of a template; event of a number or account */
    const char *template_id;       /* Meta's */
    const char *template_name;
    const char *template_language;
    const char *quality;           /* new quality score */
    const char *category;          /* in force now */
    const char *coming_category;   /* in force from category_at on; NULL: none is announced */
    int64_t category_at;           /* seconds since 1970, 0: not told */
    const char *reason;            /* of a rejection, pause, violation or ban; "NONE" is absent */
    const char *display_number;    /* digits of the business number */
    const char *ban_state;         /* DISABLE, REINSTATE, SCHEDULE_FOR_DISABLE */
    bool restricted;               /* the account may not start conversations */
    int64_t restricted_until;      /* seconds since 1970, 0: not told */
    int64_t limit;                 /* users a day; WEBHOOK_UNLIMITED, WEBHOOK_NO_LIMIT_TOLD */
    char *texts;
} webhook_field;

/* Reads the value of a change. Unknown fields, members and values are no error. KL_ERR_FORMAT: a known field whose value is not
 * of the documented shape, as the message says; KL_ERR_MEMORY; on failure *out is empty. */
kl_status webhook_field_read(const char *field, json_span value, webhook_field *out, kl_error **error);
void webhook_field_free(webhook_field *field);

#endif
