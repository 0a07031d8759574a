/* kloyst worker: sends what waits. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "groups.h"
#include "output.h"
#include "progress.h"

static kl_worker *running;

/* From a signal handler. */
static void stop_worker(void)
{
    kl_worker_stop(running);
}

static int on_progress(void *context, const kl_worker_report *so_far)
{
    (void)context;
    progress_show("accepted", so_far->accepted, 0);
    return 0;
}

static void tell(const kl_worker_report *r)
{
    output_begin();
    output_number("batches", r->batches);
    output_number("accepted", r->accepted);
    output_number("failed", r->failed);
    output_number("unknown", r->unknown);
    output_number("retried", r->retried);
    output_number("deferred", r->deferred);
    output_end();
}

static kl_status work(invocation *in)
{
    kl_worker_options options = KL_WORKER_OPTIONS_INIT;
    kl_worker_report report = {0};
    kl_uuid vendor;
    options.vendor_id = given_uuid(in, "only-vendor", &vendor);
    options.base_url = given(in, "base-url");
    options.api_version = given(in, "api-version");
    options.max_in_flight = (int)given_count(in, "max-in-flight", options.max_in_flight);
    options.request_timeout_ms = (int)given_count(in, "request-timeout-ms", options.request_timeout_ms);
    options.max_attempts = (int)given_count(in, "max-attempts", options.max_attempts);
    options.ca_file = given(in, "ca-file");
    options.until_idle = flagged(in, "until-idle");
    options.housekeeping = !flagged(in, "no-housekeeping");
    options.fold_webhooks = flagged(in, "fold-webhooks");
    options.retain_days = (int)given_count(in, "retain-days", 0);
    options.progress = on_progress;
    kl_status status = kl_worker_new(in->handle, &options, &running, &in->error);
    if (status)
        return status;
    stop_catch(stop_worker);
    status = kl_worker_run(running, &report, &in->error);
    progress_clear();
    /* What was sent is told in any case. */
    if (!status || !in->json)
        tell(&report);
    kl_worker *done = running;
    running = NULL;
    kl_worker_free(done);
    return status;
}

static kl_status housekeep(invocation *in)
{
    int64_t done = 0, all = 0;
    kl_status status;
    do {
        status = kl_housekeep(in->handle, flagged(in, "fold-webhooks") ? 1000 : 0, &done, &in->error);
        all += status ? 0 : done;
    } while (!status && done);
    if (!status) {
        output_begin();
        output_number("done", all);
        output_end();
    }
    return status;
}

static kl_status metrics(invocation *in)
{
    char *text = NULL;
    if (in->json)
        return command_wrong(in, "metrics are text for Prometheus, not JSON");
    kl_status status = kl_metrics_prometheus(in->handle, &text, &in->error);
    if (!status)
        fputs(text, stdout);
    kl_metrics_text_free(text);
    return status;
}

const command worker_commands[] = {
    {"worker", "send what waits, until it is stopped",
     "Any number may run, on any number of machines. SIGTERM or SIGINT stops it gracefully: what is under way is finished,\n"
     "the rest goes to the others. A proxy is taken from the environment ($https_proxy).",
     TAKES_DATABASE | TAKES_KEYS | TAKES_MANY,
     (const parameter[]){
         {"only-vendor", "UUID", "only this vendor's messages", OPTIONAL},
         {"until-idle", NULL, "ends when nothing may leave within a minute", OPTIONAL},
         {"max-in-flight", "COUNT", "requests at once, 1 to 10000; default 64", OPTIONAL},
         {"max-attempts", "COUNT", "of a message that is refused in passing, 1 to 10; default 5", OPTIONAL},
         {"request-timeout-ms", "COUNT", "of a whole request; default 30000", OPTIONAL},
         {"fold-webhooks", NULL, "folds stored webhooks too", OPTIONAL},
         {"no-housekeeping", NULL, "leaves to others what time brings", OPTIONAL},
         {"retain-days", "COUNT", "removes folded webhooks and events that are older; default: none", OPTIONAL},
         {"base-url", "URL", "of the Graph API", OPTIONAL},
         {"api-version", "VERSION", "of the Graph API", OPTIONAL},
         {"ca-file", "FILE", "certificates that are trusted, in PEM; else the system's", OPTIONAL},
         {0}},
     work},
    {"housekeep", "do what time brings, once", "Scheduled campaigns start, breakers close, lost answers are decided.",
     TAKES_DATABASE | TAKES_KEYS, (const parameter[]){{"fold-webhooks", NULL, "folds stored webhooks too", OPTIONAL}, {0}},
     housekeep},
    {"metrics", "print what is of the whole database, for Prometheus", NULL, TAKES_DATABASE, NULL, metrics},
    {0}};
