/* Schema migrations: numbered, checksummed, each in a transaction, one process at a time. */
#ifndef KLOYST_PG_MIGRATE_H
#define KLOYST_PG_MIGRATE_H

#include "pg/connection.h"

/* Brings the database to this library's schema. Safe when several processes start at once.
 * KL_ERR_SCHEMA: a migration applied earlier differs from the one built in, or the database is newer. */
kl_status pg_migrate(pg_connection *connection, kl_error **error);

/* KL_OK when the schema is exactly this library's; KL_ERR_SCHEMA with what to do otherwise. */
kl_status pg_migrate_check(pg_connection *connection, kl_error **error);

#endif
