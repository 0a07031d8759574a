/* The kloyst program: finds the sub-command and runs it. */
#include <stdio.h>
#include <string.h>

#include "command.h"

static const command *const commands[] = {&ledger_verify_command, &ledger_export_command};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void list(FILE *out)
{
    fputs("usage: kloyst COMMAND [OPTION]...\n\n", out);
    for (int i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-16s %s\n", commands[i]->words, commands[i]->summary);
    fputs("\nkloyst COMMAND --help tells more, kloyst --version the version.\n", out);
}

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

int main(int count, char **arguments)
{
    const char *first = count > 1 ? arguments[1] : "";
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0) {
        list(stdout);
        return COMMAND_OK;
    }
    if (strcmp(first, "--version") == 0) {
        printf("kloyst %s\n", kl_version());
        return COMMAND_OK;
    }
    for (int i = 0; i < COMMANDS; i++) {
        int taken = matches(commands[i]->words, count - 1, arguments + 1);
        if (taken) {
            char name[64];
            snprintf(name, sizeof name, "kloyst %s", commands[i]->words);
            arguments[taken] = name;
            return commands[i]->run(count - taken, arguments + taken);
        }
    }
    list(stderr);
    return COMMAND_USAGE;
}
