/* What is told about commands: help, ways to end, the manual page, completion. All from the table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"

static void put_usage(const command *c, FILE *out)
{
    const parameter *p;
    fprintf(out, "kloyst %s", c->words);
    for (int i = 0; (p = command_parameter(c, i)); i++)
        if (p->kind == NEEDED)
            fprintf(out, " --%s%s%s", p->name, p->value ? " " : "", p->value ? p->value : "");
    fputs(" [OPTION]...", out);
    for (int i = 0; (p = command_parameter(c, i)); i++)
        if (p->kind >= OPERAND)
            fprintf(out, p->kind == OPERAND ? " %s" : " [%s]", p->name);
}

void command_help(const command *c)
{
    const parameter *p;
    fputs("usage: ", stdout);
    put_usage(c, stdout);
    printf("\n\n%c%s.\n", c->summary[0] - 'a' + 'A', c->summary + 1);
    if (c->help)
        printf("%s\n", c->help);
    putchar('\n');
    for (int i = 0; (p = command_parameter(c, i)); i++) {
        char name[120];
        if (p->kind >= OPERAND)
            snprintf(name, sizeof name, "%s", p->name);
        else
            snprintf(name, sizeof name, "--%s%s%s", p->name, p->value ? " " : "", p->value ? p->value : "");
        printf(strlen(name) > 26 ? "  %s\n  %26s  %s\n" : "  %-26s%s  %s\n", name, "", p->help);
    }
    fputs("\n'kloyst help exit-codes' tells how a command may end.\n", stdout);
}

void command_list(bool to_error)
{
    FILE *out = to_error ? stderr : stdout;
    const command *c;
    fputs("usage: kloyst COMMAND [OPTION]...\n\n", out);
    for (int i = 0; (c = command_at(i)); i++)
        fprintf(out, "  %-24s %s\n", c->words, c->summary);
    fputs("\n'kloyst COMMAND --help' tells more, 'kloyst --version' the version.\n", out);
}

void command_ends(void)
{
    const command_end_row *row;
    for (int i = 0; (row = command_end_at(i)); i++)
        printf("%4d  %s\n", row->end, row->text);
}

/* ---- the manual page -------------------------------------------------------- */

/* roff reads a leading dot or quote as a request, and a bare hyphen as one that may be broken at. */
static void roff(const char *text)
{
    bool begin = true;
    for (; *text; text++) {
        if (begin && (*text == '.' || *text == '\''))
            fputs("\\&", stdout);
        begin = *text == '\n';
        if (*text == '-')
            fputs("\\-", stdout);
        else if (*text == '\\')
            fputs("\\e", stdout);
        else
            putchar(*text);
    }
}

static void manual_command(const command *c)
{
    const parameter *p;
    fputs(".SS \"kloyst ", stdout);
    roff(c->words);
    fputs("\"\n", stdout);
    printf("%c", c->summary[0] - 'a' + 'A');
    roff(c->summary + 1);
    fputs(".\n", stdout);
    if (c->help) {
        fputs(".PP\n", stdout);
        roff(c->help);
        putchar('\n');
    }
    for (int i = 0; (p = command_parameter(c, i)); i++) {
        if (strcmp(p->name, "json") == 0 || strcmp(p->name, "help") == 0)
            continue;
        fputs(".TP\n.B ", stdout);
        if (p->kind < OPERAND)
            fputs("\\-\\-", stdout);
        roff(p->name);
        if (p->value && p->kind < OPERAND) {
            fputs(" \\fI", stdout);
            roff(p->value);
            fputs("\\fR", stdout);
        }
        putchar('\n');
        roff(p->help);
        if (p->kind == NEEDED)
            fputs(" (needed)", stdout);
        putchar('\n');
    }
}

static const char manual_begin[] =
    ".SH NAME\nkloyst \\- multi\\-tenant WhatsApp messaging on PostgreSQL, from the command line\n"
    ".SH SYNOPSIS\n.B kloyst\n.I COMMAND\n.RI [ OPTION ]...\n"
    ".SH DESCRIPTION\n"
    "What an operator does with libkloyst: see\n.BR kloyst (3)\nfor what programs do. Every command takes\n"
    ".B \\-\\-json\nand then answers with one JSON object, or with one a line where there are many; money is a text with four\n"
    "decimals, times are RFC 3339 in UTC. A failure is then an object with\n"
    ".IR status \", \" message \", \" retriable \" and \" exit .\n"
    ".PP\nSecrets are never arguments: they come from the environment, from a file that an option names\n"
    ".RB ( \\- \" is standard input), or are asked for on a terminal.\"\n"
    ".PP\nProgress is shown on standard error, and only when that is a terminal.\n";

static const char manual_end[] =
    ".SH ENVIRONMENT\n"
    ".TP\n.B KLOYST_URL\nthe database, where \\-\\-url is not given\n"
    ".TP\n.B KLOYST_VENDOR\nthe vendor, where \\-\\-vendor is not given\n"
    ".TP\n.B KLOYST_MASTER_KEY\nthe master keys, 64 hex digits or base64 each, separated by commas; the first seals\n"
    ".TP\n.BR KLOYST_APP_SECRET \", \" KLOYST_APP_SECRET_PREVIOUS\nMeta's app secret that signs webhooks, and the one before it\n"
    ".TP\n.B KLOYST_RAZORPAY_SECRET\nthe secret of Razorpay's webhook\n"
    ".TP\n.BR KLOYST_TOKEN \", \" KLOYST_PASSWORD \", \" KLOYST_VERIFY_TOKEN\n"
    "an account's token, a user's password, the token of Meta's handshake, where no file names them\n"
    ".SH EXAMPLES\n.nf\n"
    "kloyst migrate \\-\\-url embedded:/var/lib/kloyst\n"
    "kloyst contact import \\-\\-vendor $V \\-\\-country IN contacts.csv\n"
    "kloyst waba create \\-\\-vendor $V \\-\\-waba\\-id 102290129340398 \\-\\-phone\\-number\\-id 106540352242922 \\-\\-token\\-file token\n"
    "kloyst wallet credit \\-\\-vendor $V \\-\\-reference pay_29QQoUBi66xm2f \\-\\-key pay_29QQoUBi66xm2f 5000\n"
    "kloyst campaign watch \\-\\-vendor $V $CAMPAIGN\n"
    ".fi\n";

void command_manual(void)
{
    const command *c;
    const command_end_row *row;
    printf(".TH KLOYST 1 \"\" \"kloyst %s\" \"User Commands\"\n", kl_version());
    fputs(manual_begin, stdout);
    fputs(".SH COMMANDS\n", stdout);
    for (int i = 0; (c = command_at(i)); i++)
        manual_command(c);
    fputs(".SH EXIT STATUS\n", stdout);
    for (int i = 0; (row = command_end_at(i)); i++) {
        printf(".TP\n.B %d\n", row->end);
        roff(row->text);
        putchar('\n');
    }
    fputs(manual_end, stdout);
}

/* ---- commands ---------------------------------------------------------------- */

static kl_status run_help(invocation *in)
{
    const char *topic = given(in, "topic");
    if (flagged(in, "man"))
        command_manual();
    else if (!topic || strcmp(topic, "commands") == 0)
        command_list(false);
    else
        command_ends();
    return KL_OK;
}

static kl_status run_completion(invocation *in)
{
    if (given_choice(in, "shell", 1) == 1)
        command_completion_bash();
    else
        command_completion_zsh();
    return KL_OK;
}

const command help_commands[] = {
    {"help", "list the commands, tell the exit codes, or print the manual page",
     "'kloyst help COMMAND' is 'kloyst COMMAND --help'.", 0,
     (const parameter[]){{"topic", "commands|exit-codes", "commands, or exit-codes: how a command may end", OPTIONAL_OPERAND},
                         {"man", NULL, "prints kloyst(1) for man", OPTIONAL},
                         {0}},
     run_help},
    {"completion", "print what makes a shell complete the commands",
     "bash: source <(kloyst completion bash). zsh: write it to a file _kloyst in a folder of $fpath.", 0,
     (const parameter[]){{"shell", "bash|zsh", "bash or zsh", OPERAND}, {0}}, run_completion},
    {0}};
