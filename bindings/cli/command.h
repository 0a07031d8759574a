/* What the sub-commands of kloyst share. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>

#include <kloyst/kloyst.h>

/* Ways to end. */
enum { COMMAND_OK = 0, COMMAND_CORRUPT = 1, COMMAND_USAGE = 2, COMMAND_FAILED = 3 };

/* One sub-command, in a file of its own; main.c has the list. */
typedef struct command {
    const char *words;   /* "ledger verify" */
    const char *summary; /* one line for the list */
    const char *help;
    int (*run)(int count, char **arguments); /* arguments[0] is for messages of getopt_long() */
} command;

extern const command ledger_verify_command;
extern const command ledger_export_command;

/* Prints the help of a sub-command, on stderr after a mistake. Answers the way to end. */
int command_help(const command *c);
int command_usage(const command *c, const char *why);

/* Opens the handle that --url asks for; NULL is $KLOYST_URL. Complains on stderr when it cannot. */
kl_status command_open(const char *url, kl **out, kl_error **error);

/* Reads "csv" or "jsonl"; NULL goes by the end of a file's name. */
bool command_format(const char *name, const char *path, kl_ledger_format *out);

/* Prints text as a JSON string; bytes as hex digits. */
void command_json_text(const char *text);
void command_hex(const uint8_t *bytes, int count);

/* Complains about a failure on stderr, or with `json` tells it on stdout as an object. Answers the way to end. */
int command_failed(kl_status status, const kl_error *error, bool json);

#endif
