/* How far a long command is, on a terminal alone, and signals that ask it to stop. */
#include "progress.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { BAR_WIDTH = 40, REDRAW_MS = 100, NAP_MS = 50 };

static volatile sig_atomic_t asked;
static void (*also_stop)(void);
static bool drawn;

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void progress_show(const char *what, int64_t done, int64_t total)
{
    static int64_t last;
    static const char full[] = "########################################";
    int64_t now = now_ms();
    if ((drawn && now - last < REDRAW_MS) || !isatty(STDERR_FILENO))
        return;
    last = now;
    drawn = true;
    done = done > total && total ? total : done;
    if (total) {
        int filled = (int)(done * BAR_WIDTH / total);
        fprintf(stderr, "\r\033[K%s [%.*s%*s] %3d %%", what, filled, full, BAR_WIDTH - filled, "", (int)(done * 100 / total));
    } else {
        fprintf(stderr, "\r\033[K%s %" PRId64, what, done);
    }
}

void progress_clear(void)
{
    if (drawn)
        fputs("\r\033[K", stderr);
    drawn = false;
}

static void on_signal(int number)
{
    if (asked) {
        signal(number, SIG_DFL);
        raise(number);
    }
    asked = 1;
    if (also_stop)
        also_stop();
}

void stop_catch(void (*also)(void))
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal};
    also_stop = also;
    for (int i = 0; i < 3; i++)
        sigaction(numbers[i], &action, NULL);
}

bool stop_asked(void)
{
    return asked;
}

void stop_or_sleep(int milliseconds)
{
    for (int64_t until = now_ms() + milliseconds; !asked && now_ms() < until;) {
        struct timespec nap = {0, (long)NAP_MS * 1000000};
        nanosleep(&nap, NULL);
    }
}
