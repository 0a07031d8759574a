/* A private PostgreSQL in a directory: made, started and stopped by the programs that use it. */
#ifndef KLOYST_PG_SERVER_H
#define KLOYST_PG_SERVER_H

#include <stddef.h>

#include <kloyst/status.h>

/* One use of a private server. Any number of handles, in any number of threads
 * and processes, may use one directory at once; the last one stops the server. */
typedef struct pg_server pg_server;

typedef struct pg_server_options {
    const char *const *settings; /* "name=value" for postgresql.conf, written when the directory is made */
    size_t settings_count;
    int start_timeout_ms; /* for everything pg_server_open waits for; 0 means 60 seconds */
} pg_server_options;

/* Makes the directory and its database cluster when they are not there, starts
 * the server when it is not running, and waits until it accepts connections.
 * A process that was killed at any point leaves nothing that has to be cleaned
 * up by hand. The server is reached by a unix socket that only the directory's
 * owner (and root) can open. A caller who is root gets a server of the
 * directory's owner, and a new directory belongs to "postgres" or "nobody".
 * KL_ERR_ARGUMENT: a NULL or a malformed setting; KL_ERR_SERVER: everything
 * else that can go wrong, said in the message; KL_ERR_MEMORY. */
kl_status pg_server_open(const char *directory, const pg_server_options *options, pg_server **out, kl_error **error);

/* libpq conninfo without user and dbname. Belongs to the server. */
const char *pg_server_conninfo(const pg_server *server);

/* Name of the bootstrap superuser. Static text. */
const char *pg_server_superuser(const pg_server *server);

/* Ends this use and frees the handle, whatever it answers; NULL is allowed. The
 * last user stops the server with a fast shutdown and waits for it. In a process
 * forked after the opening it only frees: that use is the parent's. */
kl_status pg_server_close(pg_server *server, kl_error **error);

#endif
