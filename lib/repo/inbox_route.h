/* Repository of routes: which vendors wrote to a user of a number that several share. */
#ifndef KLOYST_REPO_INBOX_ROUTE_H
#define KLOYST_REPO_INBOX_ROUTE_H

#include "pg/pool.h"

typedef struct inbox_route {
    const char *phone_number_id;
    kl_uuid recipient; /* digest of number and user */
    kl_uuid vendor_id;
    kl_time last_at;
} inbox_route;

typedef struct inbox_candidate {
    size_t place; /* of the question */
    kl_uuid vendor_id;
    kl_time last_at;
} inbox_candidate;

/* First notes `noted` routes, each once and in the order of their key, then asks for the vendors who wrote to the users of
 * `asked`; their vendor and time are not looked at. *candidates, malloc'ed, is in order of place, then vendor. */
kl_status inbox_routes(pg_pool *pool, const inbox_route *noted, size_t noted_count, const inbox_route *asked,
                       size_t asked_count, inbox_candidate **candidates, size_t *count, kl_error **error);

#endif
