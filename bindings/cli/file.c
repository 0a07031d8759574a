/* Files and secrets that a command reads whole. */
#include "file.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { WHOLE_MOST = 16 * 1024 * 1024, FIRST_ROOM = 4096 };

/* Grows without realloc(), which would leave a copy of a secret behind. */
static char *grown(char *text, size_t length, size_t *room)
{
    char *larger = malloc(*room * 2 + 1);
    if (larger)
        memcpy(larger, text, length);
    explicit_bzero(text, length);
    free(text);
    *room *= 2;
    return larger;
}

kl_status file_read(invocation *in, const char *path, char **text, size_t *length)
{
    bool input = strcmp(path, "-") == 0;
    FILE *file = input ? stdin : fopen(path, "rb");
    if (!file)
        return command_fail(in, KL_ERR_IO, "%s cannot be read: %s", path, strerror(errno));
    size_t room = FIRST_ROOM, got = 0;
    char *all = malloc(room + 1);
    /* Without a buffer of its own, where a secret would stay. */
    setvbuf(file, NULL, _IONBF, 0);
    while (all) {
        size_t more = fread(all + got, 1, room - got, file);
        got += more;
        if (got < room || got > WHOLE_MOST)
            break;
        all = grown(all, got, &room);
    }
    int failed = ferror(file) ? errno : 0;
    if (!input)
        fclose(file);
    if (all && !failed && got <= WHOLE_MOST) {
        all[got] = '\0';
        *text = all;
        *length = got;
        return KL_OK;
    }
    secret_free(all, got);
    if (!all)
        return command_fail(in, KL_ERR_MEMORY, "out of memory");
    if (failed)
        return command_fail(in, KL_ERR_IO, "%s cannot be read: %s", path, strerror(failed));
    return command_fail(in, KL_ERR_TOO_LONG, "%s is longer than 16 MiB", path);
}

static struct termios as_it_was;

/* Whoever stops at the question gets a terminal that shows what is typed. */
static void restore(int number)
{
    tcsetattr(STDIN_FILENO, TCSANOW, &as_it_was);
    signal(number, SIG_DFL);
    raise(number);
}

static kl_status ask(invocation *in, const char *name, char **text, size_t *length)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction before[4], action = {.sa_handler = restore};
    struct termios silent;
    char *line = NULL;
    size_t room = 0;
    if (tcgetattr(STDIN_FILENO, &as_it_was))
        return command_fail(in, KL_ERR_IO, "the terminal cannot be read: %s", strerror(errno));
    for (int i = 0; i < 4; i++)
        sigaction(numbers[i], &action, &before[i]);
    silent = as_it_was;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    fprintf(stderr, "%s: ", name);
    setvbuf(stdin, NULL, _IONBF, 0);
    ssize_t got = getline(&line, &room, stdin);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &as_it_was);
    for (int i = 0; i < 4; i++)
        sigaction(numbers[i], &before[i], NULL);
    fputc('\n', stderr);
    if (got < 0) {
        free(line);
        return command_fail(in, KL_ERR_IO, "no %s was given", name);
    }
    *text = line;
    *length = (size_t)got;
    return KL_OK;
}

kl_status secret_read(invocation *in, const char *name, const char *variable, bool needed, char **text, size_t *length)
{
    char option[64], why[200];
    snprintf(option, sizeof option, "%s-file", name);
    const char *path = given(in, option), *set = getenv(variable);
    kl_status status = KL_OK;
    *text = NULL;
    *length = 0;
    if (path) {
        status = file_read(in, path, text, length);
    } else if (set) {
        *text = strdup(set);
        *length = strlen(set);
        if (!*text)
            status = command_fail(in, KL_ERR_MEMORY, "out of memory");
    } else if (needed && isatty(STDIN_FILENO)) {
        status = ask(in, name, text, length);
    } else if (needed) {
        snprintf(why, sizeof why, "the %s is needed: --%s FILE (- for standard input), or $%s", name, option, variable);
        status = command_wrong(in, why);
    }
    if (!status && *text) {
        if (*length && (*text)[*length - 1] == '\n')
            (*text)[--*length] = '\0';
        if (*length && (*text)[*length - 1] == '\r')
            (*text)[--*length] = '\0';
    }
    return status;
}

void secret_free(char *text, size_t length)
{
    if (text)
        explicit_bzero(text, length);
    free(text);
}
