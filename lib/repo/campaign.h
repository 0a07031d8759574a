/* Repository of campaigns: the rows, the preflight and the enqueueing. */
#ifndef KLOYST_REPO_CAMPAIGN_H
#define KLOYST_REPO_CAMPAIGN_H

#include <kloyst/campaign.h>

#include "base/buffer.h"
#include "pg/pool.h"

/* Messages in a batch: the unit of lease, payment and audit. */
enum { CAMPAIGN_BATCH_SIZE = 500 };

/* Where the text of a template's body parameters comes from; arrays of `count`. */
typedef struct campaign_parameters {
    size_t count;
    const char **names;      /* NULL in a positional template and where none can be */
    const char **places;     /* as graph_parameter has them; NULL: the body */
    const char **attributes; /* "" is the number itself, NULL a fixed text */
    const char **fallbacks;  /* or the fixed text; NULL: none */
} campaign_parameters;

kl_status campaign_insert(pg_pool *pool, const kl_uuid *vendor_id, const kl_campaign_options *options,
                          const campaign_parameters *parameters, const char *audience, const char *time_zone, kl_campaign **out,
                          kl_error **error);
/* The zone of a campaign's hours, freed by the caller: `wanted`, or without one the vendor's. KL_ERR_FORMAT: there is none. */
kl_status campaign_time_zone(pg_pool *pool, const kl_uuid *vendor_id, const char *wanted, char **out, kl_error **error);
kl_status campaign_get(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_campaign **out, kl_error **error);
kl_status campaign_list(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *after, int limit, kl_campaign_page **out,
                        kl_error **error);
kl_status campaign_rename(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, const char *name, kl_error **error);
kl_status campaign_delete(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_error **error);
kl_status campaign_stats(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_campaign_stats *out,
                         kl_error **error);

/* Which contacts: all, those listed, or those whose attributes fulfil an SQL/JSON path. */
typedef struct campaign_choice {
    bool listed;
    kl_uuid *contacts; /* of a list */
    size_t contacts_count;
    buffer path;       /* of a filter, else empty */
    buffer values;     /* its values, a JSON object */
    char **instants;   /* attributes that it compares as moments: t0, t1 … in the path */
    size_t instants_count;
} campaign_choice;

/* What the preflight, the enqueueing and a retry need to know of a campaign. */
typedef struct campaign_draft {
    kl_campaign_status status;
    kl_money price;
    campaign_parameters parameters; /* names are not read */
    char *audience;                 /* the JSON; NULL: all contacts */
    bool marketing;                 /* not to those who want none */
    char *rates;                    /* prices by the beginning of numbers, a JSON object; NULL: each costs `price` */
    kl_uuid first_message_id;
    int batches;
    campaign_choice choice;         /* filled in by the caller */
} campaign_draft;

/* Reads and locks the campaign inside an open transaction. */
kl_status campaign_lock(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id, campaign_draft *out,
                        kl_error **error);
/* Frees all but the choice. */
void campaign_draft_free(campaign_draft *draft);

typedef struct campaign_audience {
    int64_t contacts;
    int64_t blocked;   /* of them: nothing is sent to them */
    int64_t opted_out; /* of the others: they want no marketing, and this is */
    int64_t invalid;   /* of the others: a parameter does not resolve */
    int64_t unpriced;  /* of the others: the rate card has no price for them */
    kl_money cost;     /* of the rest */
    kl_money available;
} campaign_audience;
kl_status campaign_count_audience(pg_connection *c, const kl_uuid *vendor_id, const campaign_draft *draft,
                                  campaign_audience *out, kl_error **error);
/* Rows: contact id, mobile, parameter ordinal, reason. */
kl_status campaign_list_invalid(pg_connection *c, const kl_uuid *vendor_id, const campaign_draft *draft, int limit,
                                pg_rows **rows, kl_error **error);
/* contacts, blocked and opted_out alone. */
kl_status campaign_count_choice(pg_pool *pool, const kl_uuid *vendor_id, const campaign_choice *choice,
                                campaign_audience *out, kl_error **error);

/* A series of messages: `first` with its low 32 bits zero, of which ordinals from `from` on are new. */
typedef struct campaign_series {
    kl_uuid first;
    int64_t from;
    int64_t count;  /* messages that were written */
    kl_money cost;  /* of all */
    bool one_price; /* each costs the draft's price */
} campaign_series;

/* The first id of a series whose 12 last digits begin with one that is not 0, as the statements need it. */
void campaign_series_start(kl_uuid *first);

/* The steps of enqueueing inside one open transaction, in this order. audience->contacts, blocked and opted_out are filled. */
kl_status campaign_write_recipients(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id,
                                    const campaign_draft *draft, campaign_series *series, campaign_audience *audience,
                                    kl_error **error);
/* *taken false: *available does not cover it, and nothing was changed. */
kl_status campaign_take_hold(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id, kl_money amount,
                             const kl_uuid *hold_id, bool *taken, kl_money *available, kl_error **error);
/* starts_at 0: at once. *in_time false: it has passed, and the transaction must not be committed. */
kl_status campaign_write_batches(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id, const campaign_draft *draft,
                                 const campaign_series *series, const campaign_audience *audience, const kl_uuid *hold_id,
                                 kl_time starts_at, bool *in_time, kl_error **error);

/* Label of the enum kloyst.campaign_status to its value. */
kl_campaign_status campaign_status_from(const char *label);

#endif
