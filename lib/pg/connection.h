/* One connection: statements sent with the asynchronous libpq calls, under a deadline. */
#ifndef KLOYST_PG_CONNECTION_H
#define KLOYST_PG_CONNECTION_H

#include <stdbool.h>

#include "base/log.h"
#include "base/metrics.h"
#include "pg/parameters.h"
#include "pg/rows.h"

typedef struct pg_connection pg_connection;

typedef struct pg_settings {
    int connect_timeout_ms;   /* default 10,000 */
    int statement_timeout_ms; /* of one round trip; default 30,000; 0 waits for ever */
    int wait_timeout_ms;      /* for a free connection of the pool; default 10,000 */
    int pool_size;            /* default 8 */
    bool unprepared;          /* send every statement with its text, for old poolers */
    const logger *log;        /* may be NULL; both live as long as the connections */
    metrics *metrics;         /* may be NULL */
} pg_settings;

/* Whose rows a transaction may see. */
typedef enum pg_role {
    PG_ROLE_SAME,     /* in a statement: no change */
    PG_ROLE_TENANT,   /* kloyst_app, bound to one vendor */
    PG_ROLE_PLATFORM, /* kloyst_platform: directories, inbox, lanes; no tenant row */
    PG_ROLE_SESSION   /* the login role as it is: migrations only */
} pg_role;

typedef struct pg_scope {
    pg_role role;
    const kl_uuid *vendor_id; /* the tenant context; NULL: none */
    bool read_only;           /* a lost answer is then a lost connection, never an unknown outcome */
    int timeout_ms;           /* of each round trip; 0 takes the connection's own */
    bool asynchronous_commit;
    bool generic_plans;       /* statements over arrays of any length keep one plan: to plan the large ones again for each
                                 length, or to compile them, costs more than to run them */
    /* Of pg_transact alone: the tenant of each statement, instead of one for all of them. */
    const kl_uuid *const *statement_vendors;
    int lock_timeout_ms; /* of waiting for one lock; 0 leaves the server's own */
} pg_scope;

/* One statement. `sql` must be one of the embedded constants or otherwise live as long
 * as the process: its address is the key of the prepared statement. */
typedef struct pg_statement {
    const char *sql;
    pg_parameters *parameters; /* NULL: none */
    pg_rows **rows;            /* where the rows go; NULL: dropped */
    pg_role role;              /* switch to this role first */
} pg_statement;

/* Of the client library: 150020 is 15.20. */
int pg_client_version(void);

kl_status pg_connect(const char *conninfo, const pg_settings *settings, pg_connection **out, kl_error **error);
/* In a forked child it only gives up the child's copy. */
void pg_disconnect(pg_connection *connection);

/* False when the connection is dead or would be found dead by the next statement. */
bool pg_connection_healthy(pg_connection *connection);

/* Most statements of one pg_transact or pg_execute. */
enum { PG_STATEMENTS_MAX = 16 };

/* One transaction in one round trip: BEGIN, role, tenant, the statements, COMMIT. On any failure nothing
 * of it remains, except for KL_ERR_UNKNOWN_OUTCOME. Rows are only handed out on success.
 * KL_ERR_TIMEOUT: cancelled on the server. KL_ERR_FORKED: the connection is the parent process's. */
kl_status pg_transact(pg_connection *c, const pg_scope *scope, const pg_statement *statements, size_t count,
                      kl_error **error);

/* A transaction of several round trips. After a failed pg_execute only pg_rollback may follow;
 * pg_commit and pg_rollback end it whatever they answer, pg_rollback also in the middle of COPY. */
kl_status pg_begin(pg_connection *c, const pg_scope *scope, kl_error **error);
kl_status pg_execute(pg_connection *c, const pg_statement *statements, size_t count, kl_error **error);
kl_status pg_commit(pg_connection *c, kl_error **error);
/* The same with statements in the same round trip; a failed pg_begin_with needs no pg_rollback. */
kl_status pg_begin_with(pg_connection *c, const pg_scope *scope, const pg_statement *statements, size_t count,
                        kl_error **error);
kl_status pg_commit_with(pg_connection *c, const pg_statement *statements, size_t count, kl_error **error);
void pg_rollback(pg_connection *c);

/* COPY … FROM STDIN (FORMAT binary) inside pg_begin: start, any number of blocks, end. */
kl_status pg_copy_start(pg_connection *c, const char *sql, kl_error **error);
kl_status pg_copy_block(pg_connection *c, const char *bytes, size_t length, kl_error **error);
kl_status pg_copy_end(pg_connection *c, kl_error **error);

/* Several statements separated by semicolons, without parameters: migrations only. */
kl_status pg_script(pg_connection *c, const char *sql, kl_error **error);

/* Listening on a channel outside a transaction. Behind a pooler that swaps sessions nothing is ever heard. */
kl_status pg_listen(pg_connection *c, const char *listen_sql, kl_error **error);
/* Waits until a notification came that says `payload`, or nothing at all, or for the time. False also when the connection is lost. */
bool pg_wait_notification(pg_connection *c, const char *payload, int timeout_ms);

#endif
