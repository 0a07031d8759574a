/* graph-standin: an independent judge of what is sent to Meta's Graph API, for tests and the demo. */
#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "holds.h"
#include "webhooks.h"

static int fail(const char *what)
{
    fprintf(stderr, "graph-standin: %s\n", what);
    return EXIT_FAILURE;
}

/* Threads inherit the mask: only main takes the signals that end the program. */
static sigset_t block_signals(void)
{
    sigset_t ends;
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    return ends;
}

int main(int count, char **arguments)
{
    int signal_number;
    if (!options_parse(count, arguments))
        return 2;
    if (standin_options.help) {
        fputs(options_usage, stdout);
        return EXIT_SUCCESS;
    }
    if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
        return fail("libraries do not start");
    sigset_t ends = block_signals();
    ledger_start();
    if (!holds_start() || !webhooks_start())
        return fail("threads do not start");
    if (!server_start())
        return fail("cannot listen");
    printf("listening 127.0.0.1:%d\n", server_port());
    fflush(stdout);
    while (sigwait(&ends, &signal_number) != 0)
        ;
    /* First whoever may hold exchanges back, then the server, which must not be stopped with any suspended. */
    webhooks_stop();
    holds_stop();
    server_stop();
    ledger_stop();
    curl_global_cleanup();
    return EXIT_SUCCESS;
}
