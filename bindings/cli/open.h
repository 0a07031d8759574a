/* The handle of a command. */
#ifndef OPEN_H
#define OPEN_H

#include "command.h"

/* The database that --url, else the environment names; NULL when the library chooses. Complains of a password in an argument. */
kl_status open_url(invocation *in, const char **url);

/* Opens in->handle with what the command takes. */
kl_status open_handle(invocation *in);

/* Reads --vendor, else $KLOYST_VENDOR, into in->vendor. */
kl_status open_vendor(invocation *in);

#endif
