/* The HTTP server: exchanges, and how they are answered, delayed or dropped. */
#ifndef STANDIN_SERVER_H
#define STANDIN_SERVER_H

#include <microhttpd.h>

#include "text.h"

/* One request and its answer. Lives from the first header to the last byte. */
typedef struct exchange {
    struct MHD_Connection *connection;
    struct MHD_Response *answer; /* NULL once answered = close the connection without one */
    unsigned status;
    int delay_ms;
    bool answered; /* decided; only suspended exchanges wait in this state */
    bool suspended;
    bool counted; /* in ledger_in_flight */
    bool quits;
    text body;
    struct exchange *next; /* of those who wait for a flush */
} exchange;

bool server_start(void);
int server_port(void);
void server_stop(void);

/* Decides the answer; takes over nothing. */
void server_answer(exchange *x, unsigned status, const char *type, const text *body);
void server_answer_error(exchange *x, int code, int subcode, const char *details);

/* Takes the exchange out of the server's hands until server_resume, from whatever thread. */
void server_suspend(exchange *x);
void server_resume(exchange *x);

/* POST /vNN.N/<id>/messages and everything else that looks like the Graph API. */
void send_handle(exchange *x, const char *method, const char *path);

/* /_standin/... */
void control_handle(exchange *x, const char *method, const char *path);

#endif
