/* kloyst db start and stop: a process that keeps an embedded database open. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "groups.h"
#include "output.h"
#include "progress.h"

enum { STOP_TIMEOUT_MS = 70000, NAP_MS = 50 };

/* Locked by the keeper as long as it lives. The lock itself says who that is: a number in a file could be anybody's. */
static int open_lock(const char *directory, bool make)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/keeper.lock", directory) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (make ? O_CREAT : 0), 0600);
}

static struct flock whole(short type)
{
    return (struct flock){.l_type = type, .l_whence = SEEK_SET};
}

/* 0: nobody. */
static pid_t keeper_of(int lock)
{
    struct flock asked = whole(F_WRLCK);
    return fcntl(lock, F_GETLK, &asked) == 0 && asked.l_type != F_UNLCK ? asked.l_pid : 0;
}

static void tell(const char *directory, const char *state, pid_t keeper)
{
    char url[PATH_MAX + 20];
    snprintf(url, sizeof url, "embedded:%s", directory);
    output_begin();
    output_text("url", url);
    output_text("server", state);
    output_number("keeper", keeper);
    output_end();
}

/* Opens the database and takes the lock. KL_ERR_IN_USE: somebody keeps it already; *lock is open then, too. */
static kl_status keep(invocation *in, const char *directory, int *lock)
{
    char url[PATH_MAX + 20];
    kl_options options = KL_OPTIONS_INIT;
    options.pool_size = 1;
    snprintf(url, sizeof url, "embedded:%s", directory);
    kl_status status = kl_open(url, &options, &in->handle, &in->error);
    if (status)
        return status;
    *lock = open_lock(directory, true);
    struct flock taken = whole(F_WRLCK);
    if (*lock < 0)
        return command_fail(in, KL_ERR_IO, "the lock in %s cannot be opened: %s", directory, strerror(errno));
    return fcntl(*lock, F_SETLK, &taken) ? KL_ERR_IN_USE : KL_OK;
}

static void stay(invocation *in)
{
    while (!stop_asked())
        stop_or_sleep(1000);
    kl_free(in->handle);
    in->handle = NULL;
}

/* What the keeper tells the one who started it. */
typedef struct outcome {
    kl_status status;
    bool told;
    pid_t keeper;
    char message[400];
} outcome;

static void run_keeper(invocation *in, const char *directory, int answer)
{
    int lock = -1, nothing = open("/dev/null", O_RDWR);
    outcome o = {0};
    setsid();
    stop_catch(NULL);
    signal(SIGHUP, SIG_IGN);
    o.status = keep(in, directory, &lock);
    o.keeper = o.status == KL_ERR_IN_USE ? keeper_of(lock) : getpid();
    o.told = in->told;
    snprintf(o.message, sizeof o.message, "%s", kl_error_message(in->error));
    bool heard = write(answer, &o, sizeof o) == (ssize_t)sizeof o;
    close(answer);
    if (nothing >= 0) {
        dup2(nothing, 0);
        dup2(nothing, 1);
        dup2(nothing, 2);
    }
    if (!o.status && heard)
        stay(in);
    kl_free(in->handle);
    _exit(0);
}

static kl_status start_behind(invocation *in, const char *directory)
{
    int ends[2];
    outcome o = {.status = KL_ERR_SERVER};
    if (pipe2(ends, O_CLOEXEC))
        return command_fail(in, KL_ERR_IO, "no pipe: %s", strerror(errno));
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run_keeper(in, directory, ends[1]);
    }
    close(ends[1]);
    bool heard = child > 0 && read(ends[0], &o, sizeof o) == (ssize_t)sizeof o;
    close(ends[0]);
    if (!heard)
        return command_fail(in, KL_ERR_SERVER, "the keeper ended before it was ready");
    if (o.status == KL_ERR_IN_USE) {
        tell(directory, "was running", o.keeper);
        return KL_OK;
    }
    in->told = o.told;
    if (o.status)
        return o.told ? o.status : command_fail(in, o.status, "%s", o.message);
    tell(directory, "running", o.keeper);
    return KL_OK;
}

kl_status database_start(invocation *in)
{
    const char *directory = given(in, "directory");
    int lock;
    if (!flagged(in, "foreground"))
        return start_behind(in, directory);
    stop_catch(NULL);
    kl_status status = keep(in, directory, &lock);
    if (status == KL_ERR_IN_USE)
        return command_fail(in, status, "another 'db start' keeps %s already", directory);
    if (status)
        return status;
    tell(directory, "running", getpid());
    output_finish();
    stay(in);
    return KL_OK;
}

kl_status database_stop(invocation *in)
{
    const char *directory = given(in, "directory");
    if (access(directory, F_OK))
        return command_fail(in, KL_ERR_NOT_FOUND, "%s: %s", directory, strerror(errno));
    int lock = open_lock(directory, false);
    if (lock < 0 && errno == ENOENT) {
        tell(directory, "was not running", 0);
        return KL_OK;
    }
    if (lock < 0)
        return command_fail(in, KL_ERR_IO, "the lock in %s cannot be opened: %s", directory, strerror(errno));
    pid_t keeper = keeper_of(lock);
    kl_status status = KL_OK;
    if (keeper && kill(keeper, SIGTERM))
        status = command_fail(in, KL_ERR_IO, "the keeper %d cannot be stopped: %s", (int)keeper, strerror(errno));
    int waited = 0;
    for (; !status && keeper && keeper_of(lock) == keeper && waited < STOP_TIMEOUT_MS; waited += NAP_MS)
        stop_or_sleep(NAP_MS);
    if (!status && waited >= STOP_TIMEOUT_MS)
        status = command_fail(in, KL_ERR_TIMEOUT, "the keeper %d does not stop", (int)keeper);
    close(lock);
    if (!status)
        tell(directory, keeper ? "stopped" : "was not running", keeper);
    return status;
}
