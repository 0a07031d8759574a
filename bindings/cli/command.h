/* The table of commands: what each takes and does. Parsing, help, the manual page and completion are made from it. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>

#include <kloyst/kloyst.h>

/* Ways to end, by class of error; told by `kloyst help exit-codes` and the manual page from one table in ends.c. */
typedef enum command_end {
    END_OK = 0,
    END_CHECK = 1,    /* a ledger, a campaign's money or an installation did not pass its check */
    END_USAGE = 2,
    END_INPUT = 3,    /* statuses 1 ... 19 */
    END_STATE = 4,    /* 20 ... 39 */
    END_TRUST = 5,    /* 40 ... 59 */
    END_MACHINE = 6,  /* 60 ... 79, and files */
    END_RETRY = 7,    /* of the database, and trying again may help */
    END_UNKNOWN = 8,  /* it may have happened */
    END_DATABASE = 9, /* of the database, and trying again does not help */
    END_META = 10,    /* 100 ... 119 */
    END_STOPPED = 130 /* by a signal, before it was done */
} command_end;

typedef struct command_end_row {
    command_end end;
    const char *text;
} command_end_row;

/* NULL behind the last. */
const command_end_row *command_end_at(int index);
command_end command_end_of(kl_status status);

typedef enum parameter_kind { OPTIONAL, NEEDED, OPERAND, OPTIONAL_OPERAND } parameter_kind;

/* An option or an operand. The kind of value is checked before a command runs:
 *   NULL a flag; "UUID", "AMOUNT", "COUNT" (a whole number from 0), "TIME" (RFC 3339), "a|b|c" one of these;
 *   "JSON" a text, or @FILE, or - for standard input; anything else is taken as it is. */
typedef struct parameter {
    const char *name;
    const char *value;
    const char *help;
    parameter_kind kind;
} parameter;

/* What many commands take. */
enum {
    TAKES_DATABASE = 1, /* --url; the handle is open when the command runs */
    TAKES_VENDOR = 2,   /* --vendor */
    TAKES_KEYS = 4,     /* --master-key-file */
    TAKES_PAGE = 8,     /* --limit */
    TAKES_MANY = 16,    /* a handle with several connections */
    TAKES_APP = 32      /* --app-secret-file */
};

typedef struct invocation invocation;

typedef struct command {
    const char *words;   /* "ledger verify" */
    const char *summary; /* one line for the list */
    const char *help;    /* what else there is to say, or NULL */
    unsigned takes;
    const parameter *parameters; /* its own; the last has no name; may be NULL */
    kl_status (*run)(invocation *in);
} command;

enum { PARAMETERS_MAX = 40 };

/* One run of a command. */
struct invocation {
    const command *command;
    const char *values[PARAMETERS_MAX]; /* as command_parameter() counts; "" for a flag that is set */
    kl *handle;
    kl_uuid vendor;
    kl_error *error; /* for the command to put its failure */
    int end;         /* what the program ends with instead of what the status says; 0: that */
    bool json;
    bool told;       /* the failure has been told already */
};

/* All commands in the order of the help; NULL behind the last. */
const command *command_at(int index);
/* Parameters of a command, its own before those of what it takes; NULL behind the last. */
const parameter *command_parameter(const command *c, int index);

/* Reads arguments into *in: false after it has said what is wrong. --help ends in `help`. */
bool command_parse(const command *c, int count, char **arguments, invocation *in, bool *help);

/* Values by the parameter's name. Without one: NULL, `otherwise`, false. */
const char *given(const invocation *in, const char *name);
bool flagged(const invocation *in, const char *name);
const kl_uuid *given_uuid(const invocation *in, const char *name, kl_uuid *place);
int64_t given_count(const invocation *in, const char *name, int64_t otherwise);
kl_money given_money(const invocation *in, const char *name, kl_money otherwise);
kl_time given_time(const invocation *in, const char *name, kl_time otherwise);
/* Which of "a|b|c", from 1. */
int given_choice(const invocation *in, const char *name, int otherwise);
/* The text of a "JSON" parameter, to be freed; *length of it. KL_ERR_IO: its file cannot be read. NULL without one. */
kl_status given_json(invocation *in, const char *name, char **text, size_t *length);

/* Says what is wrong with how a command was called. */
kl_status command_wrong(invocation *in, const char *why);
/* A failure that the library does not know of: a file, a signal. Answers the status. */
kl_status command_fail(invocation *in, kl_status status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Tells how a command is used, the manual page, completion. */
void command_help(const command *c);
void command_list(bool to_error);
void command_ends(void);
void command_manual(void);
void command_completion_bash(void);
void command_completion_zsh(void);

#endif
