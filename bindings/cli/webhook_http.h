/* The HTTP server of webhooks: takes requests in within limits, and hands them to the library. */
#ifndef WEBHOOK_HTTP_H
#define WEBHOOK_HTTP_H

#include <kloyst/kloyst.h>

typedef struct webhook_settings {
    const char *path;
    const char *razorpay_path; /* NULL: none */
    const char *verify_token;  /* NULL: the handshake is refused */
    int connections;
    int timeout_seconds;       /* of silence; a whole request may take twice as long */
} webhook_settings;

typedef struct webhook_counts {
    int64_t taken;
    int64_t refused; /* by their sender's fault */
    int64_t failed;  /* by ours: they are posted again */
} webhook_counts;

typedef struct webhook_server webhook_server;

/* Serves what connects to the listening `socket`, which stays the caller's. The settings must outlive it. NULL: no server. */
webhook_server *webhook_http_start(kl *handle, const webhook_settings *settings, int socket);

/* To be called a few times a second: ends connections whose request takes too long. */
void webhook_http_look_after(webhook_server *server);

/* Takes no more connections, waits up to `seconds` for the requests under way, and releases the server. */
void webhook_http_stop(webhook_server *server, int seconds, webhook_counts *counts);

#endif
