/* The socket that webhooks come in by: loopback or a unix socket, nothing else. */
#ifndef LISTEN_H
#define LISTEN_H

#include "command.h"

typedef struct listening {
    int socket;
    char url[200];  /* to tell */
    char path[108]; /* of a unix socket, to be removed; "": none */
} listening;

kl_status listen_on(invocation *in, const char *address, listening *out);
void listen_end(listening *l);

#endif
