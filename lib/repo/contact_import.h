/* Writing many contacts at once: a stream of rows, merged into the phone book in one transaction. */
#ifndef KLOYST_REPO_CONTACT_IMPORT_H
#define KLOYST_REPO_CONTACT_IMPORT_H

#include "pg/pool.h"

typedef struct contact_import contact_import;

/* Takes a connection and begins. KL_ERR_NOT_FOUND: no such vendor. */
kl_status contact_import_start(pg_pool *pool, const kl_uuid *vendor_id, contact_import **out, kl_error **error);

/* `mobile`: E.164 digits; `line` ascends; `attributes`: a JSON object; `plain`: as contact.plain. */
kl_status contact_import_row(contact_import *import, const char *mobile, int64_t line, const char *attributes,
                             size_t length, bool plain, kl_error **error);

/* Merges and commits. Of rows with one number the last counts; *distinct numbers came, of which *created were new. */
kl_status contact_import_finish(contact_import *import, int64_t *distinct, int64_t *created, kl_error **error);

/* Rolls back what was not finished; NULL is allowed. */
void contact_import_free(contact_import *import);

#endif
