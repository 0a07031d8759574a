/* What the files of lib/pg that drive a connection share. */
#ifndef KLOYST_PG_CONNECTION_INTERNAL_H
#define KLOYST_PG_CONNECTION_INTERNAL_H

#include <libpq-fe.h>
#include <sys/types.h>

#include "pg/connection.h"

struct pg_connection {
    PGconn *libpq;
    pg_settings settings;
    pid_t owner;     /* the process that connected; a child shares the socket and must not use it */
    bool is_app;     /* logged in as kloyst_app itself: tenant transactions need no SET ROLE */
    bool broken;     /* must not be used again */
    bool copying;    /* between the start and the end of a COPY */
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
/* After a time-out: asks the server to cancel, without waiting for that to arrive. */
void pg_cancel(pg_connection *c);

/* Ends a COPY so that its rows are refused. */
void pg_copy_abort(pg_connection *c);

/* KL_ERR_FORKED in a child process, KL_ERR_CONNECTION_LOST when the connection is broken. */
kl_status pg_usable(const pg_connection *c, kl_error **error);

/* Describes a failed result, or the connection's own failure when result is NULL. Whatever the server did
 * not say itself breaks the connection: a message may have been missed. */
kl_status pg_failure(pg_connection *c, const PGresult *result, kl_error **error);

#endif
