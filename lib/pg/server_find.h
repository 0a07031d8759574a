/* Finding the programs of a PostgreSQL server on this machine. */
#ifndef KLOYST_PG_SERVER_FIND_H
#define KLOYST_PG_SERVER_FIND_H

#include <kloyst/status.h>

/* Directory that holds both `initdb` and `postgres`: $KLOYST_PG_BINDIR, else
 * the packaged one of PostgreSQL `major` (0: the newest), else the first in
 * PATH. `root` is put before the paths of packages; "" is this machine. *out
 * is malloc'ed. KL_ERR_SERVER when there is none. */
kl_status server_find(const char *root, int major, char **out, kl_error **error);

#endif
