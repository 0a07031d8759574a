/* The database cluster inside the directory and the postmaster that serves it. */
#ifndef KLOYST_PG_SERVER_CLUSTER_H
#define KLOYST_PG_SERVER_CLUSTER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "pg/server.h"
#include "pg/server_directory.h"

#define SERVER_SUPERUSER "kloyst_admin"

/* All of these are called with the gate held. Deadlines are of clock_monotonic_ms(). */

/* Major version of the cluster, 0 when there is none. */
int server_cluster_major(const server_directory *directory);

/* KL_ERR_ARGUMENT when a setting is not "name=value" on one line. */
kl_status server_cluster_check_settings(const pg_server_options *options, kl_error **error);

/* initdb, and the settings; the cluster appears complete or not at all. */
kl_status server_cluster_make(const server_directory *directory, const char *bindir, const pg_server_options *options,
                              int64_t deadline, kl_error **error);

/* True when `conninfo` is served already, for the cheap way in. */
bool server_cluster_served(const server_directory *directory, const char *conninfo);

/* Starts it when it does not run, and waits until `conninfo` is served. */
kl_status server_cluster_start(const server_directory *directory, const char *bindir, const char *conninfo,
                               int64_t deadline, kl_error **error);

/* Fast shutdown; returns when the postmaster is gone. */
kl_status server_cluster_stop(const server_directory *directory, int64_t deadline, kl_error **error);

#endif
