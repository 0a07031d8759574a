/* Promises of completion queues. */
#include "harness/suite.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <kloyst/kloyst.h>

#include "base/clock.h"
#include "base/error.h"

enum { SUBMITTERS = 4, EACH = 5000, PATIENCE_MS = 100000 };

/* Work that can be held back and watched. */
typedef struct job {
    atomic_int runs;
    atomic_bool *gate; /* waits until it is open; NULL: none */
    int sleep_ms;
    kl_status answer;
} job;

static atomic_int running, most_running;

static void pause_ms(int ms)
{
    struct timespec t = {ms / 1000, (ms % 1000) * 1000000L};
    nanosleep(&t, NULL);
}

static kl_status do_job(void *context, kl_error **error)
{
    job *j = context;
    int now = atomic_fetch_add(&running, 1) + 1, most = atomic_load(&most_running);
    while (now > most && !atomic_compare_exchange_weak(&most_running, &most, now))
        continue;
    atomic_fetch_add(&j->runs, 1);
    if (j->sleep_ms)
        pause_ms(j->sleep_ms);
    while (j->gate && !atomic_load(j->gate))
        pause_ms(1);
    atomic_fetch_sub(&running, 1);
    return j->answer ? error_set(error, j->answer, "as asked") : KL_OK;
}

static kl_completion_queue *queue_of(int threads)
{
    kl_completion_queue *queue = NULL;
    ck_assert_int_eq(kl_completion_queue_new(threads, &queue, NULL), KL_OK);
    return queue;
}

static bool readable(const kl_completion_queue *queue, int timeout_ms)
{
    struct pollfd p = {.fd = kl_completion_queue_descriptor(queue), .events = POLLIN};
    return poll(&p, 1, timeout_ms) == 1 && (p.revents & POLLIN);
}

/* The next completion, waited for by the descriptor alone. */
static kl_completion await(kl_completion_queue *queue)
{
    kl_completion c = {0};
    while (kl_completion_queue_next(queue, &c) == KL_ERR_EMPTY)
        ck_assert(readable(queue, PATIENCE_MS));
    return c;
}

static void until_running(int count)
{
    for (int64_t end = clock_monotonic_ms() + PATIENCE_MS; atomic_load(&running) < count; pause_ms(1))
        ck_assert(clock_monotonic_ms() < end);
}

static kl_completion_queue *shared;
static job many[SUBMITTERS][EACH];

static void *submit_many(void *argument)
{
    job *jobs = argument;
    for (int i = 0; i < EACH; i++)
        ck_assert_int_eq(kl_completion_queue_submit(shared, do_job, &jobs[i], NULL), KL_OK);
    return NULL;
}

START_TEST(each_piece_of_work_runs_once_and_is_told_once_whoever_submits_it)
{
    pthread_t threads[SUBMITTERS];
    shared = queue_of(8);
    for (int i = 0; i < SUBMITTERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, submit_many, many[i]), 0);
    for (int i = 0; i < SUBMITTERS * EACH; i++) {
        kl_completion c = await(shared);
        job *j = c.context;
        ck_assert_int_eq(c.status, KL_OK);
        ck_assert_int_eq(atomic_fetch_add(&j->runs, 1000), 1);
    }
    for (int i = 0; i < SUBMITTERS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(kl_completion_queue_pending(shared), 0);
    ck_assert_int_eq(kl_completion_queue_next(shared, &(kl_completion){0}), KL_ERR_EMPTY);
    ck_assert_int_le(atomic_load(&most_running), 8);
    kl_completion_queue_free(shared);
}
END_TEST

START_TEST(the_descriptor_is_readable_exactly_while_completions_wait)
{
    kl_completion_queue *queue = queue_of(2);
    job jobs[3] = {0};
    ck_assert(!readable(queue, 20));
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 3; i++)
            ck_assert_int_eq(kl_completion_queue_submit(queue, do_job, &jobs[i], NULL), KL_OK);
        for (int i = 0; i < 3; i++) {
            ck_assert(readable(queue, PATIENCE_MS));
            ck_assert_int_eq(kl_completion_queue_next(queue, &(kl_completion){0}), KL_OK);
        }
        ck_assert(!readable(queue, 0));
    }
    kl_completion_queue_free(queue);
}
END_TEST

START_TEST(as_many_pieces_run_at_a_time_as_the_queue_has_threads_and_no_more)
{
    atomic_bool gate = false;
    kl_completion_queue *queue = queue_of(5);
    job jobs[12];
    for (int i = 0; i < 12; i++) {
        jobs[i] = (job){.gate = &gate};
        ck_assert_int_eq(kl_completion_queue_submit(queue, do_job, &jobs[i], NULL), KL_OK);
    }
    until_running(5);
    pause_ms(30);
    ck_assert_int_eq(atomic_load(&running), 5);
    ck_assert(!readable(queue, 0));
    ck_assert_uint_eq(kl_completion_queue_pending(queue), 12);
    atomic_store(&gate, true);
    for (int i = 0; i < 12; i++)
        await(queue);
    ck_assert_int_eq(atomic_load(&most_running), 5);
    kl_completion_queue_free(queue);
}
END_TEST

START_TEST(a_completion_carries_the_status_and_the_description)
{
    kl_completion_queue *queue = queue_of(1);
    job bad = {.answer = KL_ERR_INSUFFICIENT};
    ck_assert_int_eq(kl_completion_queue_submit(queue, do_job, &bad, NULL), KL_OK);
    kl_completion c = await(queue);
    ck_assert_ptr_eq(c.context, &bad);
    ck_assert_int_eq(c.status, KL_ERR_INSUFFICIENT);
    ck_assert_int_eq(kl_error_status(c.error), KL_ERR_INSUFFICIENT);
    ck_assert_str_eq(kl_error_message(c.error), "as asked");
    kl_error_free(c.error);
    kl_completion_queue_free(queue);
}
END_TEST

START_TEST(work_that_has_not_begun_can_be_cancelled_and_no_other)
{
    atomic_bool gate = false;
    kl_error *error = NULL;
    kl_completion_queue *queue = queue_of(1);
    job held = {.gate = &gate}, out = {0}, last = {0};
    job *const order[] = {&held, &out, &last};
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(kl_completion_queue_submit(queue, do_job, order[i], NULL), KL_OK);
    until_running(1);
    ck_assert_int_eq(kl_completion_queue_cancel(queue, &held, &error), KL_ERR_STATE);
    ck_assert_str_eq(kl_error_message(error), "no work with this context waits to begin");
    kl_error_free(error);
    ck_assert_int_eq(kl_completion_queue_cancel(queue, &out, NULL), KL_OK);
    ck_assert_int_eq(kl_completion_queue_cancel(queue, &out, NULL), KL_ERR_STATE);
    ck_assert_int_eq(kl_completion_queue_cancel(queue, &last, NULL), KL_OK);
    /* The list's end is in order again. */
    ck_assert_int_eq(kl_completion_queue_submit(queue, do_job, &last, NULL), KL_OK);
    for (int i = 0; i < 2; i++) {
        kl_completion c = await(queue);
        ck_assert_ptr_eq(c.context, order[i + 1]);
        ck_assert_int_eq(c.status, KL_ERR_CANCELLED);
        kl_error_free(c.error);
    }
    atomic_store(&gate, true);
    ck_assert_ptr_eq(await(queue).context, &held);
    ck_assert_ptr_eq(await(queue).context, &last);
    ck_assert_int_eq(atomic_load(&out.runs), 0);
    ck_assert_int_eq(atomic_load(&last.runs), 1);
    ck_assert_int_eq(kl_completion_queue_cancel(queue, &held, NULL), KL_ERR_STATE);
    kl_completion_queue_free(queue);
}
END_TEST

static void *close_shared(void *unused)
{
    (void)unused;
    kl_completion_queue_close(shared);
    return NULL;
}

START_TEST(closing_waits_for_what_runs_cancels_the_rest_and_keeps_the_completions)
{
    atomic_bool gate = false;
    pthread_t closer;
    job held = {.gate = &gate}, never = {0};
    shared = queue_of(1);
    ck_assert_int_eq(kl_completion_queue_submit(shared, do_job, &held, NULL), KL_OK);
    ck_assert_int_eq(kl_completion_queue_submit(shared, do_job, &never, NULL), KL_OK);
    until_running(1);
    ck_assert_int_eq(pthread_create(&closer, NULL, close_shared, NULL), 0);
    kl_completion c = await(shared);
    ck_assert_ptr_eq(c.context, &never);
    ck_assert_int_eq(c.status, KL_ERR_CANCELLED);
    kl_error_free(c.error);
    ck_assert_int_eq(kl_completion_queue_submit(shared, do_job, &never, NULL), KL_ERR_CLOSED);
    atomic_store(&gate, true);
    kl_completion_queue_close(shared); /* waits as the first call does */
    pthread_join(closer, NULL);
    ck_assert_int_eq(atomic_load(&running), 0);
    ck_assert_ptr_eq(await(shared).context, &held);
    ck_assert_int_eq(kl_completion_queue_next(shared, &c), KL_ERR_EMPTY);
    kl_completion_queue_free(shared);
}
END_TEST

START_TEST(completions_that_nobody_received_go_with_the_queue)
{
    job bad[3] = {{.answer = KL_ERR_LIMIT}, {.answer = KL_ERR_LIMIT, .sleep_ms = 20}, {.answer = KL_ERR_LIMIT}};
    kl_completion_queue *queue = queue_of(2);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(kl_completion_queue_submit(queue, do_job, &bad[i], NULL), KL_OK);
    kl_completion_queue_free(queue); /* leaks are found by the sanitizer */
}
END_TEST

START_TEST(an_event_loop_goes_on_while_calls_block)
{
    enum { CALLS = 20, TICKS = 5 };
    atomic_bool gate = false;
    job jobs[CALLS];
    kl_completion_queue *queue = queue_of(CALLS);
    for (int i = 0; i < CALLS; i++) {
        jobs[i] = (job){.gate = &gate};
        ck_assert_int_eq(kl_completion_queue_submit(queue, do_job, &jobs[i], NULL), KL_OK);
    }
    /* All of them block at the same time, and the loop turns. */
    until_running(CALLS);
    for (int i = 0; i < TICKS; i++) {
        ck_assert_int_eq(kl_completion_queue_next(queue, &(kl_completion){0}), KL_ERR_EMPTY);
        ck_assert(!readable(queue, 10));
    }
    atomic_store(&gate, true);
    for (int i = 0; i < CALLS; i++)
        await(queue);
    ck_assert_int_eq(kl_completion_queue_next(queue, &(kl_completion){0}), KL_ERR_EMPTY);
    kl_completion_queue_free(queue);
}
END_TEST

static kl_status look_at_signals(void *context, kl_error **error)
{
    (void)error;
    return pthread_sigmask(SIG_BLOCK, NULL, context) ? KL_ERR_INTERNAL : KL_OK;
}

START_TEST(signals_stay_with_the_threads_of_the_program)
{
    sigset_t mask, own;
    sigemptyset(&mask);
    kl_completion_queue *queue = queue_of(1);
    ck_assert_int_eq(kl_completion_queue_submit(queue, look_at_signals, &mask, NULL), KL_OK);
    ck_assert_int_eq(await(queue).status, KL_OK);
    ck_assert(sigismember(&mask, SIGTERM) && sigismember(&mask, SIGINT) && sigismember(&mask, SIGCHLD));
    pthread_sigmask(SIG_BLOCK, NULL, &own);
    ck_assert(!sigismember(&own, SIGTERM) && !sigismember(&own, SIGINT));
    kl_completion_queue_free(queue);
}
END_TEST

START_TEST(a_forked_child_cannot_use_the_queue_and_can_give_it_up)
{
    job j = {.sleep_ms = 30};
    int result;
    kl_completion_queue *queue = queue_of(1);
    ck_assert_int_eq(kl_completion_queue_submit(queue, do_job, &j, NULL), KL_OK);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (!child) {
        bool good = kl_completion_queue_submit(queue, do_job, &j, NULL) == KL_ERR_FORKED &&
                    kl_completion_queue_cancel(queue, &j, NULL) == KL_ERR_FORKED &&
                    kl_completion_queue_next(queue, &(kl_completion){0}) == KL_ERR_FORKED &&
                    kl_completion_queue_pending(queue) == 0;
        kl_completion_queue_close(queue);
        kl_completion_queue_free(queue);
        _exit(good ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &result, 0), child);
    ck_assert_int_eq(result, 0);
    ck_assert_ptr_eq(await(queue).context, &j);
    kl_completion_queue_free(queue);
}
END_TEST

START_TEST(what_is_out_of_range_is_refused)
{
    kl_completion_queue *queue = NULL;
    kl_error *error = NULL;
    ck_assert_int_eq(kl_completion_queue_new(0, &queue, &error), KL_ERR_ARGUMENT);
    ck_assert_str_eq(kl_error_message(error), "threads must be between 1 and 1000");
    kl_error_free(error);
    ck_assert_int_eq(kl_completion_queue_new(1001, &queue, NULL), KL_ERR_ARGUMENT);
    ck_assert_ptr_null(queue);
    queue = queue_of(1);
    ck_assert_int_eq(kl_completion_queue_submit(queue, NULL, NULL, NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_completion_queue_next(queue, NULL), KL_ERR_ARGUMENT);
    kl_completion_queue_free(queue);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("completion queue");
    TCase *test_case = tcase_create("completion queue");
    tcase_add_test(test_case, each_piece_of_work_runs_once_and_is_told_once_whoever_submits_it);
    tcase_add_test(test_case, the_descriptor_is_readable_exactly_while_completions_wait);
    tcase_add_test(test_case, as_many_pieces_run_at_a_time_as_the_queue_has_threads_and_no_more);
    tcase_add_test(test_case, a_completion_carries_the_status_and_the_description);
    tcase_add_test(test_case, work_that_has_not_begun_can_be_cancelled_and_no_other);
    tcase_add_test(test_case, closing_waits_for_what_runs_cancels_the_rest_and_keeps_the_completions);
    tcase_add_test(test_case, completions_that_nobody_received_go_with_the_queue);
    tcase_add_test(test_case, an_event_loop_goes_on_while_calls_block);
    tcase_add_test(test_case, signals_stay_with_the_threads_of_the_program);
    tcase_add_test(test_case, a_forked_child_cannot_use_the_queue_and_can_give_it_up);
    tcase_add_test(test_case, what_is_out_of_range_is_refused);
    tcase_set_timeout(test_case, 60);
    suite_add_tcase(suite, test_case);
    return suite_run(suite);
}
