/* kloyst webhook serve: starts the server, folds beside it, and stops it gracefully. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "groups.h"
#include "listen.h"
#include "output.h"
#include "progress.h"
#include "webhook_http.h"

enum { FOLD_AT_ONCE = 1000, FOLD_PAUSE_MS = 250, FOLD_TROUBLE_MS = 2000, LOOK_MS = 200 };

typedef struct folder {
    kl *handle;
    bool razorpay;
} folder;

/* One round; whether there was something. */
static bool fold_once(const folder *f, kl_error **error)
{
    kl_fold_report folded = {0};
    kl_recharge_report recharged = {0};
    if (kl_webhook_fold(f->handle, FOLD_AT_ONCE, &folded, error))
        return false;
    if (f->razorpay && kl_razorpay_fold(f->handle, FOLD_AT_ONCE, &recharged, error))
        return false;
    return folded.bodies || recharged.events;
}

static void *fold(void *context)
{
    while (!stop_asked()) {
        kl_error *error = NULL;
        bool some = fold_once(context, &error);
        if (error)
            fprintf(stderr, "kloyst: folding: %s\n", kl_error_message(error));
        if (!some)
            stop_or_sleep(error ? FOLD_TROUBLE_MS : FOLD_PAUSE_MS);
        kl_error_free(error);
    }
    return NULL;
}

/* What every request or fold would fail for is told before anybody is answered. */
static kl_status check_secrets(invocation *in, const folder *f)
{
    static const char signature[] = "sha256=0000000000000000000000000000000000000000000000000000000000000000";
    kl_status status = kl_webhook_take(in->handle, signature, "{}", 2, &in->error);
    if (status == KL_ERR_SIGNATURE) {
        kl_error_free(in->error);
        in->error = NULL;
        status = KL_OK;
    }
    if (!status && !flagged(in, "no-fold"))
        fold_once(f, &in->error);
    return status ? status : kl_error_status(in->error);
}

static void tell(const char *name, const char *value)
{
    output_begin();
    output_text(name, value);
    output_end();
    output_finish();
}

static kl_status serve(invocation *in, const webhook_settings *settings, folder *f, listening *l)
{
    pthread_t folding;
    bool folds = !flagged(in, "no-fold");
    webhook_counts counts;
    webhook_server *server = webhook_http_start(in->handle, settings, l->socket);
    if (!server)
        return command_fail(in, KL_ERR_IO, "the HTTP server cannot be started");
    if (folds && pthread_create(&folding, NULL, fold, f)) {
        webhook_http_stop(server, 0, &counts);
        return command_fail(in, KL_ERR_MEMORY, "no thread for folding");
    }
    tell("listening", l->url);
    while (!stop_asked()) {
        stop_or_sleep(LOOK_MS);
        webhook_http_look_after(server);
    }
    webhook_http_stop(server, settings->timeout_seconds, &counts);
    if (folds)
        pthread_join(folding, NULL);
    output_begin();
    output_number("taken", counts.taken);
    output_number("refused", counts.refused);
    output_number("failed", counts.failed);
    output_end();
    return KL_OK;
}

kl_status webhook_serve(invocation *in)
{
    listening l;
    char *verify_token;
    size_t length;
    const char *path = given(in, "path"), *razorpay_path = given(in, "razorpay-path"), *address = given(in, "listen");
    folder f = {in->handle, getenv("KLOYST_RAZORPAY_SECRET") != NULL};
    webhook_settings settings = {.path = path ? path : "/webhook",
                                 .razorpay_path = f.razorpay ? razorpay_path ? razorpay_path : "/razorpay" : NULL,
                                 .connections = (int)given_count(in, "max-connections", 256),
                                 .timeout_seconds = (int)given_count(in, "timeout-seconds", 15)};
    if (*settings.path != '/' || (settings.razorpay_path && *settings.razorpay_path != '/'))
        return command_wrong(in, "a path begins with /");
    if (settings.connections < 1 || settings.connections > 10000 || settings.timeout_seconds < 1 ||
        settings.timeout_seconds > 300)
        return command_wrong(in, "--max-connections is 1 to 10000, --timeout-seconds 1 to 300");
    kl_status status = secret_read(in, "verify-token", "KLOYST_VERIFY_TOKEN", false, &verify_token, &length);
    if (status)
        return status;
    settings.verify_token = verify_token;
    status = check_secrets(in, &f);
    if (!status)
        status = listen_on(in, address ? address : "127.0.0.1:8480", &l);
    if (!status) {
        stop_catch(NULL);
        status = serve(in, &settings, &f, &l);
        listen_end(&l);
    }
    secret_free(verify_token, length);
    return status;
}
