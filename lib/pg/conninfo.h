/* Connection strings: whether one can be used and quoted safely, and how well it must know its server. */
#ifndef KLOYST_PG_CONNINFO_H
#define KLOYST_PG_CONNINFO_H

#include <stdbool.h>

/* libpq's messages about an unreadable connection string quote it, password included, and a password with an
 * unescaped '@' or '/' becomes part of the host or port, which later messages quote. */
bool conninfo_sound(const char *conninfo);

/* The sslmode to add: "verify-full" for a server that is not on this machine when neither the connection string, nor
 * $PGSSLMODE, nor a service file says how it is to be reached; NULL to leave the connection string as it is. libpq's own
 * default, "prefer", believes any server and goes on without TLS when there is none.
 * On this machine are Unix sockets, 127.0.0.0/8, ::1 and the name localhost; with a host name and a hostaddr, both must
 * say so, and of several hosts all. Static. */
const char *conninfo_sslmode(const char *conninfo);

#endif
