/* The program kloyst, run as a process. */
#include "harness/program.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "harness/fixture.h"

char program_output[PROGRAM_OUTPUT];
char program_errors[PROGRAM_OUTPUT];

const char *program_path(void)
{
    static char name[500];
    const char *build = getenv("BUILD");
#ifdef __SANITIZE_ADDRESS__
    snprintf(name, sizeof name, "%s/sanitize/kloyst", build ? build : "build");
#else
    snprintf(name, sizeof name, "%s/kloyst", build ? build : "build");
#endif
    ck_assert_msg(access(name, X_OK) == 0, "%s is not there: run make cli", name);
    return name;
}

static void set_environment(void)
{
    char url[600], key[65];
    for (int i = 0; i < 32; i++)
        snprintf(key + 2 * i, 3, "%02x", fixture_key[i]);
    if (fixture.conninfo) {
        snprintf(url, sizeof url, "%s user=kloyst_app", fixture.conninfo);
        setenv("KLOYST_URL", url, 1);
    }
    setenv("KLOYST_MASTER_KEY", key, 0);
    setenv("KLOYST_APP_SECRET", FIXTURE_APP_SECRET, 1);
}

/* In the child: never returns. */
static void become(int input, int output, int errors, const char *const *arguments)
{
    const char *all[64] = {program_path()};
    for (int i = 0; arguments[i] && i < 62; i++)
        all[i + 1] = arguments[i];
    if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(errors, 2) < 0)
        _exit(99);
    for (int i = 3; i < 256; i++)
        close(i);
    set_environment();
    execv(all[0], (char *const *)all);
    _exit(98);
}

/* A file without a name that holds the text. */
static int file_with(const char *text)
{
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    if (text)
        ck_assert_uint_eq(fwrite(text, 1, strlen(text), file), strlen(text));
    ck_assert_int_eq(fflush(file), 0);
    int copy = dup(fileno(file));
    fclose(file);
    ck_assert_int_ge(lseek(copy, 0, SEEK_SET), 0);
    return copy;
}

static void read_back(int file, char text[PROGRAM_OUTPUT])
{
    size_t length = 0;
    ck_assert_int_eq(lseek(file, 0, SEEK_SET), 0);
    for (ssize_t got; (got = read(file, text + length, PROGRAM_OUTPUT - 1 - length)) > 0;)
        length += (size_t)got;
    text[length] = '\0';
    close(file);
}

int program_run(const char *input, const char *const *arguments)
{
    int in = file_with(input), out = file_with(NULL), errors = file_with(NULL);
    fflush(NULL);
    pid_t child = fork();
    if (!child)
        become(in, out, errors, arguments);
    ck_assert_int_gt(child, 0);
    int ended = program_wait(child, 0);
    close(in);
    read_back(out, program_output);
    read_back(errors, program_errors);
    return ended;
}

int program_start(pid_t *child, const char *const *arguments)
{
    int ends[2], nothing = file_with(NULL);
    ck_assert_int_eq(pipe(ends), 0);
    fflush(NULL);
    *child = fork();
    if (!*child)
        become(nothing, ends[1], 2, arguments);
    ck_assert_int_gt(*child, 0);
    close(ends[1]);
    close(nothing);
    return ends[0];
}

const char *program_line(int output)
{
    static char line[4096];
    size_t length = 0;
    struct pollfd wait = {.fd = output, .events = POLLIN};
    while (length < sizeof line - 1 && poll(&wait, 1, 60000) == 1 && read(output, line + length, 1) == 1 && line[length] != '\n')
        length++;
    line[length] = '\0';
    return line;
}

int program_wait(pid_t child, int signal)
{
    int how;
    if (signal)
        ck_assert_int_eq(kill(child, signal), 0);
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    ck_assert_msg(WIFEXITED(how), "ended by signal %d: %s", WTERMSIG(how), program_errors);
    return WEXITSTATUS(how);
}

const char *program_member(const char *name)
{
    static char values[4][500];
    static int next;
    char start[100], *value = values[next++ % 4];
    snprintf(start, sizeof start, "\"%s\":\"", name);
    const char *found = strstr(program_output, start);
    ck_assert_msg(found != NULL, "%s is not in: %s%s", start, program_output, program_errors);
    found += strlen(start);
    snprintf(value, sizeof values[0], "%.*s", (int)strcspn(found, "\""), found);
    return value;
}

int program_json_lines(void)
{
    int lines = 0;
    for (const char *line = program_output; *line; lines++) {
        size_t length = strcspn(line, "\n");
        json_kind kind = JSON_NULL;
        kl_error *error = NULL;
        kl_status status = json_check(line, length, NULL, &kind, &error);
        ck_assert_msg(!status && kind == JSON_OBJECT, "%.*s: %s", (int)length, line, kl_error_message(error));
        ck_assert_int_eq(line[length], '\n');
        line += length + 1;
    }
    return lines;
}
