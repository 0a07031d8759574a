/* Repository of batches: lease, intent, results. */
#ifndef KLOYST_REPO_BATCH_H
#define KLOYST_REPO_BATCH_H

#include "pg/pool.h"
#include "repo/record.h"

/* Which batch. */
typedef struct batch_key {
    kl_uuid vendor_id;
    kl_uuid campaign_id;
    int no;
    kl_uuid lease_token;
} batch_key;

/* What a claim answers; `rows` owns the texts and is the caller's to free. */
typedef struct batch_lease {
    pg_rows *rows;
    const char *campaign_status;
    const char *template_name;
    const char *template_language;
    bool named;
    int names_column;         /* parameter_names in rows */
    int places_column;        /* parameter_places in rows; may be NULL there */
    kl_uuid waba_account_id;
    const char *phone_number_id;
    const char *category;     /* of the template; "": not known */
    bool leased;              /* false: no batch waits */
    int no;
    kl_uuid first_message_id;
    int size;
    int started;
    kl_time opens_at;         /* of a campaign outside its hours: when they begin; else 0 */
} batch_lease;

/* Leases the next batch and pays for it. KL_ERR_NOT_FOUND: no such campaign. */
kl_status batch_lease_next(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                           const kl_uuid *lease_token, int lease_ms, batch_lease *out, kl_error **error);

/* Recipients with ids from `first` to `last`: id, mobile, parameters, a code when the message must not be sent any more
 * (-1: it has failed for that reason already), contact id or NULL, price. */
kl_status batch_recipients(pg_pool *pool, const batch_key *key, const kl_uuid *first, const kl_uuid *last, pg_rows **rows,
                           kl_error **error);

/* Started messages `first` … `last` without a result become UNKNOWN. */
kl_status batch_recover(pg_pool *pool, const batch_key *key, const kl_uuid *first, const kl_uuid *last, kl_error **error);

/* PAUSED campaigns of which a lease may have run out, for the platform: rows of vendor id, campaign id and the moment. */
kl_status batch_dead_due(pg_pool *pool, int limit, pg_rows **rows, kl_error **error);
/* The same as batch_recover() of the next batch of a PAUSED campaign, behind key->no, whose lease had run out at that moment; key->no
 * is the batch then. *found false: there is none. */
kl_status batch_recover_dead(pg_pool *pool, batch_key *key, kl_time at, bool *found, kl_error **error);
/* All whose leases had run out at that moment are recovered: the campaign is due when the next one runs out. */
kl_status batch_dead_next(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_time at, kl_error **error);

/* KL_ERR_LEASE_LOST for the three; KL_ERR_STATE: the batch is halted. */
kl_status batch_set_started(pg_pool *pool, const batch_key *key, int started, kl_error **error);
kl_status batch_extend(pg_pool *pool, const batch_key *key, int lease_ms, kl_error **error);
/* `started`: messages of the whole batch that left. */
kl_status batch_give_back(pg_pool *pool, const batch_key *key, int started, kl_error **error);

/* Stores that messages of the batch were accepted, no two of them the same, and *stored is true; or else nothing, when
 * something is known of one of them: what happened to them is then for batch_store. */
kl_status batch_store_accepted(pg_pool *pool, const batch_key *key, const record_accepted *accepted, bool *stored,
                               kl_error **error);

/* Stores what happened to messages of the batch. *dropped (to be freed): ids of those that are not sent again. */
kl_status batch_store(pg_pool *pool, const batch_key *key, const record_change *change, pg_rows **dropped,
                      kl_error **error);

#endif
