/* Reading all contacts of a vendor as lines of text, of one moment and in constant memory. */
#ifndef KLOYST_REPO_CONTACT_EXPORT_H
#define KLOYST_REPO_CONTACT_EXPORT_H

#include "pg/pool.h"

/* Takes the next lines. Any other status than KL_OK ends the export, which passes it on. */
typedef kl_status (*contact_export_sink)(void *context, const char *bytes, size_t length, kl_error **error);

/* `csv`: with a header line; else JSON. *lines is how many there were. */
kl_status contact_export(pg_pool *pool, const kl_uuid *vendor_id, bool csv, contact_export_sink sink,
                         void *context, int64_t *lines, kl_error **error);

#endif
