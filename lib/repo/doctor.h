/* What the doctor reads from the server's catalogs. */
#ifndef KLOYST_REPO_DOCTOR_H
#define KLOYST_REPO_DOCTOR_H

#include "pg/pool.h"

/* For all of them: `rows` is freed by the caller. */

typedef struct doctor_server {
    int version;
    kl_time clock;
    const char *login; /* lives as long as the rows */
    bool superuser, bypasses, owns;
    const char *encoding;
    int64_t xid_age;
    bool fsync, full_page_writes, synchronous, autovacuum, checksums;
    bool local, encrypted;
    int64_t forgotten; /* prepared transactions */
} doctor_server;
kl_status doctor_read_server(pg_pool *pool, doctor_server *out, pg_rows **rows, kl_error **error);

/* A line for each rule of isolation that the schema breaks; NULL: none. */
kl_status doctor_read_isolation(pg_pool *pool, const char **lines, pg_rows **rows, kl_error **error);

/* Names of partitioned tables and how many partitions each has. */
kl_status doctor_read_partitions(pg_pool *pool, pg_rows **rows, kl_error **error);
const char *doctor_partitioned(const pg_rows *rows, int index, int64_t *partitions);

#endif
