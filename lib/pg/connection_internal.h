/* What the files of lib/pg that drive a connection share. */
#ifndef KLOYST_PG_CONNECTION_INTERNAL_H
#define KLOYST_PG_CONNECTION_INTERNAL_H

#include <libpq-fe.h>

#include "pg/connection.h"

struct pg_connection {
    PGconn *libpq;
    pg_settings settings;
    bool is_app;     /* logged in as kloyst_app itself: tenant transactions need no SET ROLE */
    bool broken;     /* must not be used again */
    bool in_transaction;
    bool transaction_read_only;
    int timeout_ms;  /* of the open transaction */
    const char **prepared; /* addresses of the SQL texts known to this session */
    size_t prepared_count;
    size_t prepared_capacity;
};

/* Waits until the socket is readable or writable as asked. False after the deadline (monotonic ms; <0: never). */
bool pg_wait(int socket, bool read, bool write, int64_t deadline_ms);
int64_t pg_deadline(int timeout_ms);

/* Sends what libpq has buffered, reading meanwhile so that neither side blocks. */
bool pg_flush(pg_connection *c, int64_t deadline);
/* Next result or NULL at the end of one statement's results; *timed_out after the deadline. */
PGresult *pg_next_result(pg_connection *c, int64_t deadline, bool *timed_out);
/* After a time-out: cancels on the server; the connection is broken if it does not answer soon. */
void pg_cancel(pg_connection *c);

/* Describes a failed result, or the connection's own failure when result is NULL. */
kl_status pg_failure(pg_connection *c, const PGresult *result, kl_error **error);

#endif
