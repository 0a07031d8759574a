/* How far a long command is, on a terminal alone, and signals that ask it to stop. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* Draws a bar of `done` of `total` on standard error; nothing where that is no terminal. Ten times a second at most. */
void progress_show(const char *what, int64_t done, int64_t total);
/* Wipes the bar away. */
void progress_clear(void);

/* From now on SIGINT, SIGTERM and SIGHUP ask to stop instead of ending the program; a second one ends it. */
void stop_catch(void (*also)(void));
bool stop_asked(void);
/* Sleeps, but not after it was asked to stop. */
void stop_or_sleep(int milliseconds);

#endif
