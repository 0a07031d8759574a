/* The program kloyst, run as a process. */
#ifndef TESTS_HARNESS_PROGRAM_H
#define TESTS_HARNESS_PROGRAM_H

#include <check.h>
#include <stddef.h>
#include <string.h>
#include <sys/types.h>

enum { PROGRAM_OUTPUT = 1 << 20 };

/* Of the last run. */
extern char program_output[PROGRAM_OUTPUT];
extern char program_errors[PROGRAM_OUTPUT];

/* Its file; fails the test when it is not built. */
const char *program_path(void);

/* Runs it with arguments up to NULL; answers its exit status. `input` is what it reads from standard input, NULL: nothing. Its
 * environment has $KLOYST_URL of the fixture's database (as kloyst_app) and the fixture's keys and secrets. */
int program_run(const char *input, const char *const *arguments);
#define RUN(...) program_run(NULL, (const char *const[]){__VA_ARGS__, NULL})
#define RUN_WITH(input, ...) program_run(input, (const char *const[]){__VA_ARGS__, NULL})

/* Starts it in the background; its standard output is the answered descriptor, *child its process. */
int program_start(pid_t *child, const char *const *arguments);
/* Reads from it up to the end of a line, for a minute at most; the line is static. */
const char *program_line(int output);
/* Sends a signal unless that is 0, waits for its end and answers its exit status. */
int program_wait(pid_t child, int signal);

/* Fails the test unless standard output has these words; errors has: standard error. */
#define ck_says(words)                                                                                                 \
    ck_assert_msg(strstr(program_output, words) != NULL, "%s is not in: %s%s", words, program_output, program_errors)
#define ck_complains(words)                                                                                            \
    ck_assert_msg(strstr(program_errors, words) != NULL, "%s is not in: %s%s", words, program_errors, program_output)
#define ck_run(expected, ...)                                                                                          \
    do {                                                                                                               \
        int ended_ = RUN(__VA_ARGS__);                                                                                 \
        ck_assert_msg(ended_ == (expected), "%s: ended with %d: %s%s", #__VA_ARGS__, ended_, program_output, program_errors); \
    } while (0)

/* A text member of the JSON object in the last output; static, of the next call but three. Fails the test without one. */
const char *program_member(const char *name);

/* How many lines of the last output there are, each of which must be a strict JSON object. */
int program_json_lines(void);

#endif
