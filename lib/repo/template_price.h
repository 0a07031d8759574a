/* Repository of prices that change with a template's category. */
#ifndef KLOYST_REPO_TEMPLATE_PRICE_H
#define KLOYST_REPO_TEMPLATE_PRICE_H

#include "pg/pool.h"

/* *rows has the ids of campaigns that are to be priced anew. */
kl_status template_price_campaigns(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *template_id, pg_rows **rows,
                                   kl_error **error);

typedef struct template_price_outcome {
    bool wanted;       /* the campaign was to be priced anew still */
    bool covered;      /* and the wallet covers it; else nothing was changed */
    char category[20]; /* the new one */
    kl_money more;     /* than before, may be negative */
} template_price_outcome;

/* Prices one campaign anew in one transaction. */
kl_status template_price_change(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *campaign_id, const kl_uuid *hold_id,
                                template_price_outcome *outcome, kl_error **error);

#endif
