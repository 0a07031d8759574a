/* The kloyst program: finds the command, opens what it needs, runs it and ends by what it answered. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "open.h"
#include "output.h"
#include "progress.h"

/* How many arguments the words of a command take up, 0 when they are not there. */
static int matches(const char *words, int count, char **arguments)
{
    int taken = 0;
    for (;;) {
        size_t length = strcspn(words, " ");
        if (taken == count || strlen(arguments[taken]) != length || memcmp(arguments[taken], words, length) != 0)
            return 0;
        taken++;
        if (!words[length])
            return taken;
        words += length + 1;
    }
}

static int run(invocation *in)
{
    kl_status status = KL_OK;
    output_form(in->json);
    if (in->command->takes & TAKES_VENDOR)
        status = open_vendor(in);
    if (!status && in->command->takes & TAKES_DATABASE)
        status = open_handle(in);
    if (!status)
        status = in->command->run(in);
    kl_free(in->handle);
    progress_clear();
    int end = in->end ? in->end : (int)command_end_of(status);
    if (status && !in->told) {
        const char *message = kl_error_message(in->error);
        output_finish();
        command_fail(in, status, "%s", *message ? message : kl_status_text(status));
    }
    kl_error_free(in->error);
    if (!output_finish() && end == END_OK) {
        fputs("kloyst: standard output cannot be written\n", stderr);
        end = END_MACHINE;
    }
    return end;
}

/* The command that the arguments begin with, and how many of them its words take up; NULL: none. */
static const command *command_named(int count, char **arguments, int *taken)
{
    const command *c;
    for (int i = 0; (c = command_at(i)); i++)
        if ((*taken = matches(c->words, count, arguments)))
            return c;
    return NULL;
}

/* What begins with `word`, for a group that was named alone. */
static bool group_list(const char *word, FILE *out)
{
    const command *c;
    size_t length = strlen(word);
    bool found = false;
    for (int i = 0; (c = command_at(i)); i++) {
        if (strncmp(c->words, word, length) != 0 || c->words[length] != ' ')
            continue;
        if (!found)
            fprintf(out, "usage: kloyst %s COMMAND [OPTION]...\n\n", word);
        found = true;
        fprintf(out, "  %-20s %s\n", c->words + length + 1, c->summary);
    }
    return found;
}

/* 'kloyst help wallet credit' and 'kloyst wallet --help': whether there was something to tell. */
static bool asked_for_help(int count, char **arguments)
{
    int taken;
    const command *c = NULL;
    if (count == 3 && (strcmp(arguments[2], "--help") == 0 || strcmp(arguments[2], "-h") == 0))
        return group_list(arguments[1], stdout);
    if (count < 3 || strcmp(arguments[1], "help") != 0)
        return false;
    c = command_named(count - 2, arguments + 2, &taken);
    if (c && taken == count - 2)
        command_help(c);
    else
        return count == 3 && group_list(arguments[2], stdout);
    return true;
}

int main(int count, char **arguments)
{
    invocation in;
    bool help;
    int taken;
    const command *c;
    const char *first = count > 1 ? arguments[1] : "";
    /* A closed pipe is told by what was not written. */
    signal(SIGPIPE, SIG_IGN);
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0) {
        command_list(false);
        return END_OK;
    }
    if (strcmp(first, "--version") == 0) {
        printf("kloyst %s\n", kl_version());
        return END_OK;
    }
    if (asked_for_help(count, arguments))
        return END_OK;
    c = command_named(count - 1, arguments + 1, &taken);
    if (c) {
        if (!command_parse(c, count - 1 - taken, arguments + 1 + taken, &in, &help))
            return END_USAGE;
        if (help) {
            command_help(c);
            return END_OK;
        }
        return run(&in);
    }
    if (*first && group_list(first, stderr))
        return END_USAGE;
    if (*first)
        fprintf(stderr, "kloyst: there is no command '%.100s'\n\n", first);
    command_list(true);
    return END_USAGE;
}
