/* Folding: applying stored webhooks to the message log, in sets grouped by vendor.
 *
 *     lease bodies -> fold_collect: items of all bodies -> fold_place: whose is each
 *     -> fold_apply: a transaction a vendor -> bodies are marked as folded
 *
 * Everything before the last step may happen again without changing anything, so a crash costs nothing but time. */
#ifndef KLOYST_CORE_FOLD_H
#define KLOYST_CORE_FOLD_H

#include <kloyst/webhook.h>

#include "base/json_index.h"
#include "core/handle.h"
#include "meta/webhook.h"
#include "repo/inbound.h"
#include "repo/inbox.h"

/* One status update or message from a user. Texts live as long as the fold. */
typedef struct fold_item {
    size_t body;      /* index of its body */
    int32_t ordinal;  /* of the item in its body */
    bool is_message;  /* else a status update */
    bool placed;      /* vendor_id, and of a status message_id, are known */
    bool done;        /* applied */
    bool tracked;     /* the ids come from an authentic tracker */
    bool free;        /* of a status: Meta takes no money for the message */
    bool waits;       /* set aside for now only: what it is about may become known */
    const char *aside; /* why it is set aside; NULL: it is not */
    const char *phone_number_id;
    const char *wamid;
    const char *mobile;        /* of the user; may be NULL */
    const char *user_id;       /* Meta's id of the user; may be NULL */
    const char *context_wamid; /* of a message; may be NULL */
    const char *content;       /* of a message that is being applied: its bytes, with a NUL */
    const char *error_text;    /* of a status; may be NULL */
    kl_message_status status;
    int error_code;
    kl_time at;
    kl_uuid vendor_id;
    kl_uuid message_id;
    size_t inbound;  /* of a message: index of what it says */
    json_span raw;
} fold_item;

/* What is not about one message: a user's preference, or a change of an account, number or template. */
typedef struct fold_extra {
    size_t body;
    int32_t ordinal;
    const char *waba_id;
    json_span raw;
    const char *field;           /* of a change; NULL: a preference */
    int64_t entry_time;          /* of a change: when Meta told, in seconds */
    const char *phone_number_id; /* of a preference, and what follows */
    const char *number;
    const char *user_id;
    kl_consent_kind says;
    kl_time at;
} fold_extra;

typedef struct fold {
    kl *handle;
    inbox_bodies bodies;
    fold_item *items;
    size_t count, capacity;
    inbound_message *inbound; /* what the messages among the items say */
    size_t inbound_count, inbound_capacity;
    fold_extra *extras;
    size_t extra_count, extra_capacity;
    bool learns;         /* how Meta shows numbers is wanted */
    const char **numbers; /* pairs of a phone number id and how it is shown */
    size_t number_count, number_capacity;
    struct fold_chunk *texts;
    kl_fold_report report;
    size_t body;      /* being collected */
    int32_t ordinal;
    bool collected;   /* and placed: what becomes of each item can be said */
    bool every_vendor; /* every vendor who has an item's number is asked about it, however many they are */
} fold;

/* How long an item waits for what it is about. */
enum { FOLD_WAIT_SECONDS = 86400 };

/* A copy that lives as long as the fold; NULL when there is no memory. */
char *fold_text(fold *f, const char *bytes, size_t length);
void fold_free_texts(fold *f);

/* A copy in *out; of NULL that is NULL. False when there is no memory. */
bool fold_keep(fold *f, const char *text, const char **out);

/* Another item; NULL when there is no memory. */
fold_item *fold_add(fold *f, json_span raw);

/* A moment in seconds that the database can hold. */
bool fold_timestamp_ok(int64_t seconds);

/* Notes what a message from a user says; sets it aside when nobody can have sent it. */
kl_status fold_note_message(fold *f, fold_item *item, const webhook_message *message);

/* Finds out which of a vendor's messages speak of consent. */
kl_status fold_hear_consent(fold *f, const kl_uuid *vendor_id, inbound_message *messages, size_t count, kl_error **error);

/* Handlers of webhook_parse for what is not about one message. */
kl_status fold_on_preference(void *context, const webhook_preference *preference);
kl_status fold_on_number(void *context, const char *phone_number_id, const char *shown);
kl_status fold_on_other(void *context, const webhook_change *change);

/* Applies the extras, each in transactions of its own. What could not be is added to the items: set aside with the reason, or
 * left open so that its body comes again. */
kl_status fold_apply_extras(fold *f, kl_error **error);
void fold_free_extras(fold *f);

/* Whether it is time to learn how Meta shows numbers, and storing what was heard. */
bool fold_learning_is_due(kl *handle);
kl_status fold_learn_numbers(fold *f, kl_error **error);

/* Reads the items out of the leased bodies. */
kl_status fold_collect(fold *f, kl_error **error);

/* Finds the vendor and the message of each item, or sets it aside. */
kl_status fold_place(fold *f, kl_error **error);

/* Of the vendors who share a number, those who wrote to the user of an item, newest first; see fold_route.c. */
typedef struct fold_routes {
    struct fold_candidate *items; /* in order of item, then vendor */
    size_t count;
} fold_routes;

/* Where several share a number: notes the vendors of statuses with a tracker, then finds the routes of the items that are open;
 * and notes those that were found by wamid. */
kl_status fold_find_routes(fold *f, const inbox_owners *owners, fold_routes *out, kl_error **error);
kl_status fold_note_routes(fold *f, const inbox_owners *owners, kl_error **error);
void fold_free_routes(fold_routes *routes);
bool fold_has_route(const fold_routes *routes, const fold_item *item, const kl_uuid *vendor_id);
/* The vendor whom a user answers: who wrote last before the message. False when nobody did. */
bool fold_last_writer(const fold_routes *routes, const fold_item *item, const inbox_owners *owners, kl_uuid *vendor_id);

/* Whether an item's vendor is still to be found. */
static inline bool fold_open(const fold_item *item)
{
    return !item->aside && !item->placed;
}

/* Whether a vendor has a number, and how many have. */
bool fold_owns(const inbox_owners *owners, const char *phone_number_id, const kl_uuid *vendor_id);
size_t fold_owner_count(const inbox_owners *owners, const char *phone_number_id);

/* Applies what was placed. What could not be applied for reasons of its own is set aside; what could not be because of
 * the database is neither done nor set aside, and the answer is the first such failure. */
kl_status fold_apply(fold *f, kl_error **error);

/* Whether the server refused what was to be written, and not the writing. */
bool fold_is_about_data(const kl_error *why);

/* Whether a failure is the trouble of one vendor, whose rows somebody else holds, and the others may go on. */
bool fold_trouble_of_one(kl_status status);

/* Collects, places and applies the items of f->bodies. KL_OK and every failure of a vendor alone: what is neither done nor
 * set aside comes again. */
kl_status fold_bodies(fold *f, kl_error **error);

/* Frees all but the bodies. */
void fold_free(fold *f);

/* Tries up to `limit` items again whose message or vendor was not known. Adds to *report. */
kl_status fold_rematch(kl *handle, int limit, kl_fold_report *report, kl_error **error);

/* kl_webhook_fold with checked arguments; *report is right in any case. */
kl_status fold_run(kl *handle, int limit, kl_fold_report *report, kl_error **error);

#endif
