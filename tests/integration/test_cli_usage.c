/* How the program kloyst is called: one table makes help, checks, the manual page and completion, so all of them know all. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/fixture.h"
#include "harness/program.h"
#include "harness/suite.h"

#ifdef __SANITIZE_ADDRESS__
enum { STEP = 7 }; /* a process takes long to begin */
#else
enum { STEP = 1 };
#endif
enum { COMMANDS_MOST = 200 };

static char commands[COMMANDS_MOST][40];
static int command_count;

/* Reads the list that the program tells of itself. */
static void read_commands(void)
{
    ck_run(0, "--help");
    command_count = 0;
    for (const char *line = program_output; line && *line && command_count < COMMANDS_MOST; line = strchr(line, '\n')) {
        line += strspn(line, "\n");
        if (strncmp(line, "  ", 2) != 0 || line[2] == ' ')
            continue;
        snprintf(commands[command_count], sizeof commands[0], "%.24s", line + 2);
        for (char *end = commands[command_count] + strlen(commands[command_count]); end[-1] == ' ';)
            *--end = '\0';
        command_count++;
    }
    ck_assert_int_gt(command_count, 60);
}

/* Runs "contact import" with more arguments. */
static int run_words(const char *words, const char *more, const char *value)
{
    char copy[40];
    snprintf(copy, sizeof copy, "%s", words);
    char *second = strchr(copy, ' ');
    if (second)
        *second++ = '\0';
    return second ? RUN(copy, second, more, value) : RUN(copy, more, value);
}

START_TEST(every_command_tells_how_it_is_used_and_refuses_what_it_does_not_know)
{
    read_commands();
    for (int i = 0; i < command_count; i += STEP) {
        char usage[80];
        ck_assert_int_eq(run_words(commands[i], "--help", NULL), 0);
        snprintf(usage, sizeof usage, "usage: kloyst %.30s ", commands[i]);
        ck_assert_msg(strncmp(program_output, usage, strlen(usage)) == 0, "%s", program_output);
        ck_says("--json");
        ck_assert_str_eq(program_errors, "");
        if (i / STEP % 4) /* they are parsed alike */
            continue;
        ck_assert_int_eq(run_words(commands[i], "--no-such-option", NULL), 2);
        snprintf(usage, sizeof usage, "kloyst %.30s: there is no option --no-such-option\n", commands[i]);
        ck_complains(usage);
        ck_assert_int_eq(run_words(commands[i], "--no-such-option", "--json"), 2);
        ck_assert_int_eq(program_json_lines(), 1);
        ck_says("\"exit\":2");
    }
}
END_TEST

START_TEST(help_is_told_for_a_group_and_before_the_command_too)
{
    static char told[PROGRAM_OUTPUT];
    ck_run(0, "wallet", "--help");
    ck_says("usage: kloyst wallet COMMAND");
    ck_says("\n  credit ");
    memcpy(told, program_output, sizeof told);
    ck_run(0, "help", "wallet");
    ck_assert_str_eq(program_output, told);
    ck_run(2, "wallet"); /* nobody asked */
    ck_assert_str_eq(program_errors, told);
    ck_run(0, "wallet", "credit", "--help");
    memcpy(told, program_output, sizeof told);
    ck_run(0, "help", "wallet", "credit");
    ck_assert_str_eq(program_output, told);
    ck_run(2, "help", "nonsense");
    ck_run(2, "help", "wallet", "nonsense");
    ck_run(2, "nonsense", "--help");
}
END_TEST

START_TEST(the_manual_page_has_every_command_and_every_way_to_end)
{
    static char manual[PROGRAM_OUTPUT];
    read_commands();
    ck_run(0, "help", "--man");
    memcpy(manual, program_output, sizeof manual);
    for (int i = 0; i < command_count; i++) {
        char heading[100], *end = heading + sprintf(heading, ".SS \"kloyst ");
        for (const char *c = commands[i]; *c; c++)
            end += sprintf(end, *c == '-' ? "\\-" : "%c", *c);
        strcpy(end, "\"\n");
        ck_assert_msg(strstr(manual, heading) != NULL, "%s", heading);
    }
    ck_run(0, "help", "exit-codes");
    for (const char *line = program_output; line && *line; line = strchr(line, '\n')) {
        char heading[40];
        line += strspn(line, "\n");
        if (*line) {
            snprintf(heading, sizeof heading, ".TP\n.B %d\n", atoi(line));
            ck_assert_msg(strstr(manual, heading) != NULL, "%s", heading);
        }
    }
}
END_TEST

static int shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int shell(const char *format, ...)
{
    char command[4000];
    va_list values;
    va_start(values, format);
    vsnprintf(command, sizeof command, format, values);
    va_end(values);
    FILE *pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    program_output[fread(program_output, 1, PROGRAM_OUTPUT - 1, pipe)] = '\0';
    return pclose(pipe);
}

START_TEST(bash_completes_commands_options_and_choices)
{
    static const char *const cases[][2] = {
        {"kloyst cont", "contact"},
        {"kloyst campaign p", "preflight pause"},
        {"kloyst campaign create --send-", "--send-from --send-until"},
        {"kloyst campaign create --category ut", "utility"},
        {"kloyst worker --only", "--only-vendor"},
        {"kloyst completion z", "zsh"},
        {"kloyst wallet credit --key ", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(shell("bash -c '. <(%s completion bash) || exit 1; line=\"%s\"; read -ra COMP_WORDS <<<\"$line\"; "
                               "[ \"${line%% }\" = \"$line\" ] || COMP_WORDS+=(\"\"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
                               "_kloyst; printf %%s \"${COMPREPLY[*]}\"' 2>&1", program_path(), cases[i][0]), 0);
        ck_assert_msg(strcmp(program_output, cases[i][1]) == 0, "%s: %s", cases[i][0], program_output);
    }
}
END_TEST

START_TEST(zsh_reads_the_completion_and_the_manual_page_is_sound)
{
    ck_assert_int_eq(shell("%s completion zsh | zsh -n 2>&1", program_path()), 0);
    ck_assert_str_eq(program_output, "");
    ck_assert_int_eq(shell("%s help --man | groff -man -ww -z -Tutf8 2>&1", program_path()), 0);
    ck_assert_str_eq(program_output, "");
}
END_TEST

START_TEST(secrets_are_never_taken_from_arguments)
{
    static const char *const urls[] = {"postgresql://kloyst:hunter2@db/kloyst", "host=db password=hunter2", "host=db password = x"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        ck_run(2, "vendor", "list", "--url", urls[i]);
        ck_complains("a password does not belong into an argument");
    }
    /* No option asks for a secret itself. */
    ck_run(0, "help", "--man");
    ck_says(".B \\-\\-token\\-file ");
    ck_assert_ptr_null(strstr(program_output, "\\-\\-token "));
    ck_assert_ptr_null(strstr(program_output, "\\-\\-password "));
    ck_assert_ptr_null(strstr(program_output, "\\-\\-master\\-key "));
    ck_assert_ptr_null(strstr(program_output, "\\-\\-app\\-secret "));
    ck_assert_ptr_null(strstr(program_output, "\\-\\-verify\\-token "));
}
END_TEST

START_TEST(a_key_file_that_holds_nothing_is_not_taken_for_no_key)
{
    ck_run(5, "doctor", "--master-key-file", "/dev/null", "--url=host=/nonexistent");
    ck_complains("/dev/null holds no master key");
}
END_TEST

START_TEST(values_are_checked_before_anything_happens)
{
    static const char *const wrong[][9] = {
        {"nonsense"},
        {"vendor"},
        {"vendor", "create"},
        {"vendor", "create", "A", "B"},
        {"vendor", "create", "A", "--plan", "gold"},
        {"vendor", "create", "A", "--plan"},
        {"vendor", "create", "A", "--plan", "shared", "--plan", "shared"},
        {"vendor", "create", "A", "--json=yes"},
        {"vendor", "create", "A", "-x"},
        {"vendor", "show", "nobody"},
        {"vendor", "list", "--limit", "-1"},
        {"vendor", "list", "--limit", "99999999999"},
        {"wallet", "credit", "1,5", "--reference", "a", "--key", "b"},
        {"wallet", "balance"},
        {"wallet", "balance", "--vendor", "x"},
        {"webhook", "replay", "--since", "yesterday"},
        {"webhook", "replay", "--since", "2026-11-22T25:00:00Z"},
        {"campaign", "retry-failed", "01890000-0000-7000-8000-000000000001", "--codes"},
    };
    unsetenv("KLOYST_VENDOR");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int ended = program_run(NULL, wrong[i]);
        ck_assert_msg(ended == 2, "%zu ended with %d: %s", i, ended, program_errors);
        ck_complains("kloyst");
    }
    ck_run(2, "vendor", "show", "--", "--json");
    ck_run(7, "vendor", "list", "--url=host=/nonexistent");
}
END_TEST

START_TEST(output_that_cannot_be_written_is_a_failure)
{
    ck_assert_int_eq(shell("%s help exit-codes 2>&1 >/dev/full; echo $?", program_path()), 0);
    ck_assert_str_eq(program_output, "kloyst: standard output cannot be written\n6\n");
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("cli_usage");
    TCase *test_case = tcase_create("cli_usage");
    tcase_set_timeout(test_case, 60); /* hundreds of processes */
    tcase_add_test(test_case, every_command_tells_how_it_is_used_and_refuses_what_it_does_not_know);
    tcase_add_test(test_case, help_is_told_for_a_group_and_before_the_command_too);
    tcase_add_test(test_case, the_manual_page_has_every_command_and_every_way_to_end);
    tcase_add_test(test_case, bash_completes_commands_options_and_choices);
    tcase_add_test(test_case, zsh_reads_the_completion_and_the_manual_page_is_sound);
    tcase_add_test(test_case, secrets_are_never_taken_from_arguments);
    tcase_add_test(test_case, a_key_file_that_holds_nothing_is_not_taken_for_no_key);
    tcase_add_test(test_case, values_are_checked_before_anything_happens);
    tcase_add_test(test_case, output_that_cannot_be_written_is_a_failure);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
