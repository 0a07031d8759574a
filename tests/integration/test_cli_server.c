/* kloyst db: the server of an embedded database, kept running. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/program.h"
#include "harness/server.h"
#include "harness/suite.h"

static char directory[300], url[320];

static void choose(void)
{
    snprintf(directory, sizeof directory, "%s/kl-cli-db-%ld", harness_temporary(), (long)getpid());
    snprintf(url, sizeof url, "embedded:%s", directory);
}

static void remove_all(void)
{
    char command[400];
    RUN("db", "stop", directory);
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    ck_assert_int_eq(system(command), 0);
}

static int keeper(void)
{
    const char *found = strstr(program_output, "\"keeper\":");
    ck_assert_ptr_nonnull(found);
    return atoi(found + 9);
}

START_TEST(a_database_is_kept_until_it_is_stopped)
{
    choose();
    ck_run(4, "db", "stop", directory);
    ck_run(0, "db", "start", directory, "--json");
    ck_assert_int_eq(program_json_lines(), 1);
    ck_says("\"server\":\"running\"");
    int process = keeper();
    ck_assert_int_eq(kill(process, 0), 0);
    ck_run(0, "db", "start", directory, "--json");
    ck_says("\"server\":\"was running\"");
    ck_assert_int_eq(keeper(), process);
    ck_run(4, "db", "start", directory, "--foreground");
    ck_run(0, "migrate", "--url", url);
    ck_run(0, "vendor", "create", "A", "--url", url, "--json");
    ck_run(0, "doctor", "--url", url);
    ck_run(0, "db", "stop", directory, "--json");
    ck_says("\"server\":\"stopped\"");
    ck_assert_int_eq(keeper(), process);
    char file[400];
    snprintf(file, sizeof file, "%s/data/postmaster.pid", directory);
    ck_assert_int_ne(access(file, F_OK), 0);
    ck_run(0, "db", "stop", directory, "--json");
    ck_says("\"server\":\"was not running\"");
    /* What was stored is there when it starts again, by itself. */
    ck_run(0, "vendor", "list", "--url", url, "--json");
    ck_assert_int_eq(program_json_lines(), 1);
    remove_all();
}
END_TEST

START_TEST(in_the_foreground_it_ends_by_a_signal)
{
    pid_t child;
    choose();
    int output = program_start(&child, (const char *const[]){"db", "start", directory, "--foreground", "--json", NULL});
    const char *line = program_line(output);
    for (int i = 0; !*line && i < 5; i++)
        line = program_line(output);
    ck_assert_msg(strstr(line, "\"server\":\"running\"") != NULL, "%s", line);
    ck_run(0, "vendor", "list", "--url", url);
    ck_assert_int_eq(program_wait(child, SIGINT), 0);
    close(output);
    remove_all();
}
END_TEST

START_TEST(a_directory_with_something_else_is_left_alone)
{
    choose();
    char command[800];
    snprintf(command, sizeof command, "mkdir '%s' && touch '%s/mine'", directory, directory);
    ck_assert_int_eq(system(command), 0);
    ck_run(9, "db", "start", directory, "--json");
    ck_says("holds no server of libkloyst");
    ck_run(0, "db", "stop", directory);
    snprintf(command, sizeof command, "[ \"$(ls '%s')\" = mine ] && rm -r '%s'", directory, directory);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("cli_server");
    TCase *test_case = tcase_create("cli_server");
    tcase_set_timeout(test_case, 60);
    tcase_add_test(test_case, a_database_is_kept_until_it_is_stopped);
    tcase_add_test(test_case, in_the_foreground_it_ends_by_a_signal);
    tcase_add_test(test_case, a_directory_with_something_else_is_left_alone);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
