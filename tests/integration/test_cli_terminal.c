/* The program kloyst on a terminal: a view that changes, a bar, a question without echo; and none of it elsewhere. */
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "harness/fixture.h"
#include "harness/program.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"

static char seen[1 << 16];
static size_t seen_length;

/* Runs the program with a terminal of 90 columns as its input, output and errors. */
static pid_t on_terminal(int *terminal, const char *const *arguments)
{
    struct winsize size = {.ws_row = 30, .ws_col = 90};
    char url[600];
    snprintf(url, sizeof url, "%s user=kloyst_app", fixture.conninfo);
    setenv("KLOYST_URL", url, 1);
    const char *path = program_path();
    fflush(NULL);
    pid_t child = forkpty(terminal, NULL, NULL, &size);
    ck_assert_int_ge(child, 0);
    if (!child) {
        const char *all[20] = {path};
        for (int i = 0; arguments[i]; i++)
            all[i + 1] = arguments[i];
        execv(path, (char *const *)all);
        _exit(98);
    }
    seen_length = 0;
    seen[0] = '\0';
    return child;
}

enum { PATIENCE_MS = 60000 };

/* Reads until the words were shown; fails the test when nothing is shown for a minute. */
static void until(int terminal, const char *words)
{
    struct pollfd wait = {.fd = terminal, .events = POLLIN};
    while (!strstr(seen, words) && poll(&wait, 1, PATIENCE_MS) == 1) {
        ssize_t got = read(terminal, seen + seen_length, sizeof seen - 1 - seen_length);
        if (got <= 0)
            break;
        seen_length += (size_t)got;
        seen[seen_length] = '\0';
    }
    ck_assert_msg(strstr(seen, words) != NULL, "%s is not in: %s", words, seen);
}

/* The rest of what it shows, and how it ends. */
static int the_end(pid_t child, int terminal)
{
    int how;
    struct pollfd wait = {.fd = terminal, .events = POLLIN};
    while (poll(&wait, 1, PATIENCE_MS) == 1) {
        ssize_t got = read(terminal, seen + seen_length, sizeof seen - 1 - seen_length);
        if (got <= 0)
            break;
        seen_length += (size_t)got;
        seen[seen_length] = '\0';
    }
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    close(terminal);
    ck_assert(WIFEXITED(how));
    return WEXITSTATUS(how);
}

START_TEST(a_campaign_is_watched_until_its_end_in_one_place)
{
    int terminal;
    char vendor_text[KL_UUID_TEXT + 1], campaign_text[KL_UUID_TEXT + 1];
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("A", 10000000), account = fixture_waba(&vendor, "1");
    fixture_contacts(&vendor, 600);
    kl_uuid campaign = sent_campaign(&vendor, &account, 8631);
    kl_uuid_format(&vendor, vendor_text);
    kl_uuid_format(&campaign, campaign_text);
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor, &campaign, 0, NULL, &error));
    pid_t child = on_terminal(&terminal, (const char *const[]){"campaign", "watch", "--vendor", vendor_text, campaign_text, NULL});
    until(terminal, "waiting           600 100.0 %");
    ck_assert_int_eq(sent_drain(&vendor, &campaign, 10), 2);
    ck_assert_int_eq(the_end(child, terminal), 0);
    ck_assert_ptr_nonnull(strstr(seen, ": completed"));
    ck_assert_ptr_nonnull(strstr(seen, "600 of 600 handed over"));
    ck_assert_ptr_nonnull(strstr(seen, "failed with 131026: 60  undeliverable"));
    ck_assert_ptr_nonnull(strstr(seen, "money: held 0.0000, debited 517.8600, refunded 51.7860"));
    /* Every view but the first begins by going up by the lines of the one before. */
    ck_assert_ptr_nonnull(strstr(seen, "\033[11A"));
    ck_run(0, "campaign", "watch", "--vendor", vendor_text, campaign_text);
    ck_assert_ptr_null(strchr(program_output, '\033'));
    ck_assert_str_eq(program_errors, "");
}
END_TEST

START_TEST(watching_ends_by_a_signal_and_leaves_the_campaign_alone)
{
    int terminal;
    char vendor_text[KL_UUID_TEXT + 1], campaign_text[KL_UUID_TEXT + 1];
    kl_uuid vendor = fixture_vendor("A", 0), account = fixture_waba(&vendor, "1"), campaign = sent_campaign(&vendor, &account, 0);
    kl_uuid_format(&vendor, vendor_text);
    kl_uuid_format(&campaign, campaign_text);
    pid_t child = on_terminal(&terminal, (const char *const[]){"campaign", "watch", "--vendor", vendor_text, campaign_text, NULL});
    until(terminal, ": draft");
    ck_assert_int_eq(write(terminal, "\003", 1), 1); /* Ctrl-C */
    ck_assert_int_eq(the_end(child, terminal), 130);
}
END_TEST

START_TEST(a_password_is_asked_for_and_not_shown)
{
    int terminal;
    char vendor_text[KL_UUID_TEXT + 1];
    kl_user *user = NULL;
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("A", 0);
    kl_uuid_format(&vendor, vendor_text);
    pid_t child = on_terminal(&terminal, (const char *const[]){"user", "create", "--vendor", vendor_text, "a@b.example", NULL});
    until(terminal, "password: ");
    ck_assert_int_eq(write(terminal, "correct horse\n", 14), 14);
    ck_assert_int_eq(the_end(child, terminal), 0);
    ck_assert_ptr_null(strstr(seen, "horse"));
    ck_ok(kl_user_authenticate(fixture.handle, "a@b.example", "correct horse", 13, &user, &error));
    kl_user_free(user);
}
END_TEST

START_TEST(who_stops_at_the_question_gets_the_terminal_back)
{
    int terminal, how;
    struct termios mode;
    pid_t child = on_terminal(&terminal, (const char *const[]){"user", "login", "a@b.example", NULL});
    until(terminal, "password: ");
    ck_assert_int_eq(tcgetattr(terminal, &mode), 0);
    ck_assert_int_eq(mode.c_lflag & ECHO, 0);
    ck_assert_int_eq(kill(child, SIGTERM), 0);
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    ck_assert(WIFSIGNALED(how) && WTERMSIG(how) == SIGTERM);
    ck_assert_int_eq(tcgetattr(terminal, &mode), 0);
    ck_assert_int_ne(mode.c_lflag & ECHO, 0);
    close(terminal);
}
END_TEST

START_TEST(an_import_shows_a_bar_that_is_gone_at_its_end)
{
    int terminal;
    char vendor_text[KL_UUID_TEXT + 1], path[300];
    kl_uuid vendor = fixture_vendor("A", 0);
    kl_uuid_format(&vendor, vendor_text);
    snprintf(path, sizeof path, "%s/kl-cli-bar-%ld.csv", harness_temporary(), (long)getpid());
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs("mobile,name\n", file);
    for (int i = 0; i < 60000; i++)
        fprintf(file, "+9198%08d,%0100d\n", i, i);
    fclose(file);
    pid_t child = on_terminal(&terminal, (const char *const[]){"contact", "import", "--vendor", vendor_text, path, NULL});
    ck_assert_int_eq(the_end(child, terminal), 0);
    ck_assert_ptr_nonnull(strstr(seen, "import ["));
    const char *result = strstr(seen, "imported   60000");
    ck_assert_ptr_nonnull(result);
    ck_assert_ptr_null(strstr(result, "import ["));
    unlink(path);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("cli_terminal");
    TCase *test_case = fixture_case("cli_terminal");
    tcase_add_test(test_case, a_campaign_is_watched_until_its_end_in_one_place);
    tcase_add_test(test_case, watching_ends_by_a_signal_and_leaves_the_campaign_alone);
    tcase_add_test(test_case, a_password_is_asked_for_and_not_shown);
    tcase_add_test(test_case, who_stops_at_the_question_gets_the_terminal_back);
    tcase_add_test(test_case, an_import_shows_a_bar_that_is_gone_at_its_end);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
