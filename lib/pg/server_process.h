/* Running another program without leaving a trace in the process that hosts the library. */
#ifndef KLOYST_PG_SERVER_PROCESS_H
#define KLOYST_PG_SERVER_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <kloyst/status.h>

typedef struct process_plan {
    const char *program; /* absolute path */
    char **arguments;    /* with the program's name first, NULL last */
    const char *directory; /* the working directory */
    const char *log;     /* standard output and error are appended here */
    uid_t uid;           /* who it runs as; matters only when the caller is root */
    gid_t gid;
} process_plan;

/* What kept a program from running, for a caller with something better to say. */
typedef enum process_obstacle {
    PROCESS_RAN = 0,
    PROCESS_IDENTITY, /* the user could not be taken on */
    PROCESS_DIRECTORY,
    PROCESS_LOG,
    PROCESS_PROGRAM,
    PROCESS_SYSTEM /* fork, pipe or a lost answer */
} process_obstacle;

typedef struct process_result {
    process_obstacle obstacle;
    int error;  /* errno of the obstacle */
    pid_t pid;
    int status; /* of waitpid(), from process_run only */
} process_result;

/* Runs a program and waits for its end, until `deadline` (clock_monotonic_ms). It dies with the caller. */
kl_status process_run(const process_plan *plan, int64_t deadline, process_result *result, kl_error **error);

/* Starts a program that outlives the caller and is nobody's child in this process. */
kl_status process_start(const process_plan *plan, int64_t deadline, process_result *result, kl_error **error);

/* False for a process that is gone, or dead and only waiting for somebody to notice. */
bool process_alive(pid_t pid);

void process_sleep(int milliseconds);

#endif
