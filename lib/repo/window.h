/* Repository of conversation windows: until when a user may be written to freely. */
#ifndef KLOYST_REPO_WINDOW_H
#define KLOYST_REPO_WINDOW_H

#include "pg/pool.h"

/* A message from a user. */
typedef struct window_opening {
    const char *phone_number_id; /* Meta's id of the number that it came to */
    const char *recipient;       /* the user: E.164 digits or business-scoped user id */
    kl_time at;                  /* when the user sent it */
} window_opening;

/* Parameters of sql_window_open, a statement for a larger transaction of the vendor; any order, any number per user. A user
 * with a number and an id has one opening for each. False when there is no memory. */
bool window_bind_open(pg_parameters *p, const kl_uuid *vendor_id, const window_opening *openings, size_t count);

/* *open_until is 0 when the user never wrote. KL_ERR_NOT_FOUND: no such account. */
kl_status window_get(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, const char *recipient,
                     kl_time *open_until, kl_error **error);

/* open[i]: the number may write freely to user i, and may do so for some seconds more. */
kl_status window_open_among(pg_pool *pool, const kl_uuid *vendor_id, const char *phone_number_id,
                            const char *const *recipients, size_t count, bool *open, kl_error **error);

#endif
