/* Importing contacts from CSV: which column holds the number, what becomes an attribute, which rows are refused. */
#ifndef KLOYST_CORE_IMPORT_H
#define KLOYST_CORE_IMPORT_H

#include <kloyst/contact.h>

#include "pg/pool.h"

/* Arguments are checked by the caller; `report` may be NULL. Statuses are those of kl_contact_import(). */
kl_status import_run(pg_pool *pool, const kl_uuid *vendor_id, kl_read_function read, void *read_context,
                     const kl_import_options *options, kl_import_report *report, kl_error **error);

#endif
