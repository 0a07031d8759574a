/* Repository of templates. */
#ifndef KLOYST_REPO_TEMPLATE_H
#define KLOYST_REPO_TEMPLATE_H

#include <stdbool.h>

#include <kloyst/template.h>

#include "pg/pool.h"

/* A template as it is stored. */
typedef struct template_row {
    const char *meta_id; /* NULL: not said; so are quality and reason */
    const char *name;
    const char *language;
    const char *category; /* MARKETING, UTILITY or AUTHENTICATION */
    const char *status;
    const char *quality;
    const char *reason;
    bool named;
    size_t count;              /* of its parameters */
    const char *const *places;
    const char *const *names;
    const char *unsupported;   /* the first component that needs parameters of another kind, NULL: none */
    const char *components;    /* JSON */
    size_t components_length;
} template_row;

/* Statuses are those of the public calls. */
kl_status template_upsert(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *waba_account_id,
                          const template_row *row, kl_template **out, kl_error **error);
kl_status template_get(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_template **out, kl_error **error);
kl_status template_find(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, const char *name,
                        const char *language, kl_template **out, kl_error **error);
kl_status template_list(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *after, int limit, kl_template_page **out,
                        kl_error **error);
kl_status template_delete(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_error **error);

/* *rows: those of template/shape.sql. */
kl_status template_shape_stored(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, const char *name,
                                const char *language, pg_rows **rows, kl_error **error);
/* Makes a DRAFT one of the template as it is now, in the open transaction; *rows: those of campaign/template.sql. */
kl_status template_take_for_campaign(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_time starts_at,
                                     pg_rows **rows, kl_error **error);

/* What Meta tells of a template. A NULL is not told. */
typedef struct template_change {
    const char *meta_id; /* this, or name and language */
    const char *name;
    const char *language;
    const char *category; /* MARKETING, UTILITY or AUTHENTICATION */
    const char *status;   /* the status that it has now */
    const char *reason;   /* for the status, at most 500 bytes */
    const char *quality;
    bool components;      /* they are others now; Meta does not say which */
} template_change;

/* Up to 500 vendors that send through the WABA, behind `after`: *rows has their ids. */
kl_status template_vendors(pg_pool *pool, const char *waba_id, const kl_uuid *after, pg_rows **rows, kl_error **error);

/* Changes the vendor's templates that are meant; *rows has their ids. */
kl_status template_change_stored(pg_pool *pool, const kl_uuid *vendor_id, const char *waba_id,
                                 const template_change *change, pg_rows **rows, kl_error **error);

/* The accounts that a template is for: *rows has account id, name, language, status, reason and the id of its open breaker. */
kl_status template_accounts(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, pg_rows **rows, kl_error **error);

#endif
