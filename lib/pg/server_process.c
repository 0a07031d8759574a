/* Fork and exec through a short-lived middle process, so that the host sees no child, signal or descriptor of ours. */
#include "pg/server_process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"

extern char **environ;

enum { REPORT_FD = 3, LAST_FD_GUESS = 65536 };

/* Everything the children need, prepared before fork: after it nothing may allocate. */
typedef struct launch {
    const process_plan *plan;
    char **environment;
    bool wait;
    bool change_identity;
    int last_fd;
    pid_t parent;
} launch;

void process_sleep(int milliseconds)
{
    struct timespec left = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
    while (nanosleep(&left, &left) && errno == EINTR) {
    }
}

bool process_alive(pid_t pid)
{
    if (pid <= 0 || (kill(pid, 0) && errno == ESRCH)) {
        return false;
    }
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno != ENOENT || access("/proc/self/stat", F_OK) != 0;
    }
    ssize_t length = read(fd, line, sizeof line - 1);
    close(fd);
    line[length > 0 ? length : 0] = 0;
    /* The program's name comes before the state and may itself contain parentheses. */
    const char *state = strrchr(line, ')');
    if (state && strlen(state) > 2 && (state[2] == 'Z' || state[2] == 'X')) {
        /* A host that is init, or a subreaper, inherits the server when its starter ends. */
        waitpid(pid, NULL, WNOHANG);
        return false;
    }
    return length > 0;
}

static bool wanted(const char *variable)
{
    /* A list of what may pass, because the host's environment holds secrets and PG* variables. */
    static const char *const passing[] = {"PATH=", "TZ=", "LD_LIBRARY_PATH=", "NSS_WRAPPER_"};
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        if (!strncmp(variable, passing[i], strlen(passing[i]))) {
            return true;
        }
    }
    return false;
}

static bool of_sanitizer(const char *library, size_t length)
{
    return memmem(library, length, "san.so", 6) || memmem(library, length, "libclang_rt", 11);
}

/* LD_PRELOAD without the run-time libraries of sanitizers: those are about the host,
 * and PostgreSQL hangs under a preloaded libasan. */
static char *copy_preload(const char *variable)
{
    char *copy = strdup(variable);
    if (!copy) {
        return NULL;
    }
    char *start = strchr(copy, '=') + 1, *to = start;
    for (const char *from = strchr(variable, '=') + 1; *from;) {
        size_t length = strcspn(from, " :");
        if (length > 0 && !of_sanitizer(from, length)) {
            memcpy(to, from, length);
            to[length] = ':';
            to += length + 1;
        }
        from += length + (from[length] != 0);
    }
    to[to > start ? -1 : 0] = 0;
    return copy;
}

static void free_environment(char **environment)
{
    for (char **variable = environment; variable && *variable; variable++) {
        free(*variable);
    }
    free(environment);
}

static char **make_environment(void)
{
    size_t count = 0, used = 0;
    while (environ && environ[count]) {
        count++;
    }
    char **made = calloc(count + 2, sizeof *made);
    /* English messages, because the log is searched for some of them. */
    if (!made || !(made[used++] = strdup("LC_ALL=C"))) {
        free(made);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        bool preload = !strncmp(environ[i], "LD_PRELOAD=", 11);
        if ((preload || wanted(environ[i])) &&
            !(made[used++] = preload ? copy_preload(environ[i]) : strdup(environ[i]))) {
            free_environment(made);
            return NULL;
        }
    }
    return made;
}

/* ---- in the children: async-signal-safe calls only ---------------------- */

static void close_from(int first, int last)
{
#ifdef SYS_close_range
    if (!syscall(SYS_close_range, (unsigned)first, ~0U, 0)) {
        return;
    }
#endif
    for (int fd = first; fd <= last; fd++) {
        close(fd);
    }
}

static void write_all(int fd, const void *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return;
        }
        bytes = (const char *)bytes + written;
        length -= (size_t)written;
    }
}

static ssize_t read_all(int fd, void *bytes, size_t length)
{
    size_t done = 0;
    while (done < length) {
        ssize_t got = read(fd, (char *)bytes + done, length - done);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        done += (size_t)got;
    }
    return (ssize_t)done;
}

static process_obstacle become_program(const launch *l, pid_t middle)
{
    const process_plan *plan = l->plan;
    if (l->change_identity && (setgroups(1, &plan->gid) || setgid(plan->gid) || setuid(plan->uid))) {
        return PROCESS_IDENTITY;
    }
    /* After the change of user, which clears it. */
    if (l->wait && (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != middle)) {
        return PROCESS_SYSTEM;
    }
    umask(077);
    if (chdir(plan->directory)) {
        return PROCESS_DIRECTORY;
    }
    /* Opened by the user the program runs as, so that root never writes through that user's link. */
    int log = open(plan->log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (log < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0) {
        return PROCESS_LOG;
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(plan->program, plan->arguments, l->environment);
    return PROCESS_PROGRAM;
}

static void reset_signals(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; number++) {
        sigaction(number, &action, NULL);
    }
}

/* Leaves 0, 1 and 2 on /dev/null, the report on REPORT_FD and nothing else open. */
static bool arrange_descriptors(const launch *l, int report)
{
    if (report != REPORT_FD && dup2(report, REPORT_FD) < 0) {
        return false;
    }
    fcntl(REPORT_FD, F_SETFD, FD_CLOEXEC);
    close_from(REPORT_FD + 1, l->last_fd);
    int null = open("/dev/null", O_RDWR);
    if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0) {
        return false;
    }
    if (null > REPORT_FD) {
        close(null);
    }
    return true;
}

/* The middle process: it alone has the program as a child, so that the host's
 * signal dispositions and its own waitpid() calls cannot come in between. */
static void middle_process(const launch *l, int report)
{
    process_result result = {PROCESS_SYSTEM, 0, 0, 0};
    int failure[2];
    struct {
        int obstacle;
        int error;
    } told;

    reset_signals();
    setsid();
    if (l->wait && (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != l->parent)) {
        _exit(1);
    }
    if (!arrange_descriptors(l, report) || pipe2(failure, O_CLOEXEC)) {
        result.error = errno;
        write_all(REPORT_FD, &result, sizeof result);
        _exit(1);
    }
    pid_t middle = getpid();
    result.pid = fork();
    if (result.pid == 0) {
        told.obstacle = become_program(l, middle);
        told.error = errno;
        write_all(failure[1], &told, sizeof told);
        _exit(127);
    }
    result.error = errno;
    close(failure[1]);
    if (result.pid > 0) {
        result.obstacle = PROCESS_RAN;
        if (read_all(failure[0], &told, sizeof told) == (ssize_t)sizeof told) {
            result.obstacle = told.obstacle;
            result.error = told.error;
        }
        while ((l->wait || result.obstacle) && waitpid(result.pid, &result.status, 0) < 0 && errno == EINTR) {
        }
    }
    write_all(REPORT_FD, &result, sizeof result);
    _exit(0);
}

/* ---- in the host -------------------------------------------------------- */

static int last_descriptor(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur > LAST_FD_GUESS) {
        return LAST_FD_GUESS;
    }
    return (int)limit.rlim_cur;
}

static bool read_report(int fd, int64_t deadline, process_result *result)
{
    for (;;) {
        int64_t left = deadline - clock_monotonic_ms();
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        int ready = poll(&wait, 1, left > 0 ? (int)left : 0);
        if (ready > 0) {
            return read_all(fd, result, sizeof *result) == (ssize_t)sizeof *result;
        }
        if (ready == 0 && left <= 0) {
            errno = ETIMEDOUT;
            return false;
        }
        if (ready < 0 && errno != EINTR) {
            return false;
        }
    }
}

/* Forks with every signal blocked, because a handler of the host must not run in the child. */
static pid_t fork_middle(const launch *l, const int report[2])
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t middle = fork();
    if (middle == 0) {
        middle_process(l, report[1]);
    }
    int kept = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = kept;
    return middle;
}

static kl_status launch_program(launch *l, int64_t deadline, process_result *result, kl_error **error)
{
    kl_status status = KL_OK;
    int report[2];
    *result = (process_result){PROCESS_SYSTEM, 0, 0, 0};
    if (!(l->environment = make_environment())) {
        return error_memory(error);
    }
    l->change_identity = geteuid() == 0;
    l->last_fd = last_descriptor();
    l->parent = getpid();
    if (pipe2(report, O_CLOEXEC)) {
        result->error = errno;
        status = error_set(error, KL_ERR_SERVER, "no pipe: %s", strerror(errno));
        goto done;
    }
    pid_t middle = fork_middle(l, report);
    result->error = errno;
    close(report[1]);
    if (middle < 0) {
        status = error_set(error, KL_ERR_SERVER, "no process for %s: %s", l->plan->program, strerror(result->error));
    } else {
        if (!read_report(report[0], deadline, result)) {
            status = error_set(error, KL_ERR_SERVER, "%s did not end in time", l->plan->program);
            kill(middle, SIGKILL);
        }
        /* ECHILD: the host ignores SIGCHLD, or its handler was first. */
        while (waitpid(middle, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    close(report[0]);
done:
    free_environment(l->environment);
    if (!status && result->obstacle) {
        status = error_set(error, KL_ERR_SERVER, "cannot run %s: %s", l->plan->program, strerror(result->error));
    }
    return status;
}

kl_status process_run(const process_plan *plan, int64_t deadline, process_result *result, kl_error **error)
{
    launch l = {.plan = plan, .wait = true};
    return launch_program(&l, deadline, result, error);
}

kl_status process_start(const process_plan *plan, int64_t deadline, process_result *result, kl_error **error)
{
    launch l = {.plan = plan, .wait = false};
    return launch_program(&l, deadline, result, error);
}
