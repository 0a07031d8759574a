/* postmaster.pid: which process serves the cluster, and the repair of a stale one. */
#ifndef KLOYST_PG_SERVER_PIDFILE_H
#define KLOYST_PG_SERVER_PIDFILE_H

#include <stdbool.h>

#include "pg/server_directory.h"

/* The live postmaster of this very cluster, or 0. */
pid_t server_pidfile_postmaster(const server_directory *directory);

/* Makes what a dead postmaster left, this file and the lock of its socket, harmless;
 * to be called when there is no live one. */
bool server_pidfile_repair(const server_directory *directory);

#endif
