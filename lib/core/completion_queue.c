/* Completion queues: threads that make blocking calls, and an eventfd that tells when one has ended. */
#include "core/completion_queue.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"

/* One piece of work on its way from `waiting` over a thread to `ended`. */
typedef struct task {
    struct task *next;
    kl_work_function work;
    kl_completion completion;
} task;

typedef struct task_list {
    task *first, *last;
} task_list;

struct kl_completion_queue {
    pthread_mutex_t lock;
    pthread_cond_t work; /* something waits, or the queue was closed */
    pthread_cond_t done; /* the threads have ended */
    pid_t owner;
    int descriptor;      /* readable exactly while `ended` is not empty */
    int most;
    int started;         /* threads that exist */
    int idle;            /* of them: nothing to do */
    size_t waiting_count;
    size_t pending;
    bool closing, closed;
    task_list waiting, ended;
    pthread_t threads[];
};

static void append(task_list *list, task *t)
{
    t->next = NULL;
    if (list->last)
        list->last->next = t;
    else
        list->first = t;
    list->last = t;
}

static task *take_first(task_list *list)
{
    task *t = list->first;
    if (t && !(list->first = t->next))
        list->last = NULL;
    return t;
}

/* The lock is held. An eventfd of 1 cannot overflow. */
static void tell_ended(kl_completion_queue *queue, task *t)
{
    uint64_t one = 1;
    bool first = !queue->ended.first;
    append(&queue->ended, t);
    while (first && write(queue->descriptor, &one, sizeof one) < 0 && errno == EINTR)
        continue;
}

static void *run(void *argument)
{
    kl_completion_queue *queue = argument;
    pthread_mutex_lock(&queue->lock);
    for (;;) {
        task *t = take_first(&queue->waiting);
        if (!t) {
            if (queue->closing)
                break;
            queue->idle++;
            pthread_cond_wait(&queue->work, &queue->lock);
            queue->idle--;
            continue;
        }
        queue->waiting_count--;
        pthread_mutex_unlock(&queue->lock);
        t->completion.status = t->work(t->completion.context, &t->completion.error);
        pthread_mutex_lock(&queue->lock);
        tell_ended(queue, t);
    }
    pthread_mutex_unlock(&queue->lock);
    return NULL;
}

kl_status completion_queue_new(int threads, kl_completion_queue **out, kl_error **error)
{
    kl_completion_queue *queue = calloc(1, sizeof *queue + (size_t)threads * sizeof queue->threads[0]);
    if (!queue)
        return error_memory(error);
    queue->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (queue->descriptor < 0) {
        free(queue);
        return error_set(error, KL_ERR_IO, "no descriptor for a completion queue: %s", strerror(errno));
    }
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->work, NULL);
    pthread_cond_init(&queue->done, NULL);
    queue->owner = getpid();
    queue->most = threads;
    *out = queue;
    return KL_OK;
}

int completion_queue_descriptor(const kl_completion_queue *queue)
{
    return queue->descriptor;
}

static kl_status check_owner(const kl_completion_queue *queue, kl_error **error)
{
    return queue->owner == getpid()
               ? KL_OK
               : error_set(error, KL_ERR_FORKED, "the completion queue was made by the parent process");
}

/* The lock is held. Signals stay with the program's own threads. */
static bool start_thread(kl_completion_queue *queue)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool good = pthread_create(&queue->threads[queue->started], NULL, run, queue) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    queue->started += good;
    return good;
}

kl_status completion_queue_submit(kl_completion_queue *queue, kl_work_function work, void *context, kl_error **error)
{
    kl_status status = check_owner(queue, error);
    if (status)
        return status;
    task *t = calloc(1, sizeof *t);
    if (!t)
        return error_memory(error);
    t->work = work;
    t->completion.context = context;
    pthread_mutex_lock(&queue->lock);
    bool more = queue->waiting_count >= (size_t)queue->idle && queue->started < queue->most;
    if (queue->closing)
        status = error_set(error, KL_ERR_CLOSED, "the completion queue is closed");
    else if (more && !start_thread(queue) && !queue->started)
        status = error_set(error, KL_ERR_MEMORY, "no thread for the completion queue could be started");
    if (!status) {
        append(&queue->waiting, t);
        queue->waiting_count++;
        queue->pending++;
        pthread_cond_signal(&queue->work);
    }
    pthread_mutex_unlock(&queue->lock);
    if (status)
        free(t);
    return status;
}

/* The lock is held. */
static void cancel(kl_completion_queue *queue, task *t)
{
    queue->waiting_count--;
    t->completion.status = error_set(&t->completion.error, KL_ERR_CANCELLED, "the work was cancelled before it began");
    tell_ended(queue, t);
}

kl_status completion_queue_cancel(kl_completion_queue *queue, void *context, kl_error **error)
{
    kl_status status = check_owner(queue, error);
    if (status)
        return status;
    pthread_mutex_lock(&queue->lock);
    task *before = NULL, *t = queue->waiting.first;
    while (t && t->completion.context != context) {
        before = t;
        t = t->next;
    }
    if (t) {
        *(before ? &before->next : &queue->waiting.first) = t->next;
        if (queue->waiting.last == t)
            queue->waiting.last = before;
        cancel(queue, t);
    } else {
        status = error_set(error, KL_ERR_STATE, "no work with this context waits to begin");
    }
    pthread_mutex_unlock(&queue->lock);
    return status;
}

kl_status completion_queue_next(kl_completion_queue *queue, kl_completion *out)
{
    if (check_owner(queue, NULL))
        return KL_ERR_FORKED;
    pthread_mutex_lock(&queue->lock);
    task *t = take_first(&queue->ended);
    uint64_t told;
    if (t && !queue->ended.first)
        while (read(queue->descriptor, &told, sizeof told) < 0 && errno == EINTR)
            continue;
    queue->pending -= t != NULL;
    pthread_mutex_unlock(&queue->lock);
    if (!t)
        return KL_ERR_EMPTY;
    *out = t->completion;
    free(t);
    return KL_OK;
}

size_t completion_queue_pending(const kl_completion_queue *queue)
{
    if (check_owner(queue, NULL))
        return 0;
    pthread_mutex_t *lock = (pthread_mutex_t *)&queue->lock;
    pthread_mutex_lock(lock);
    size_t pending = queue->pending;
    pthread_mutex_unlock(lock);
    return pending;
}

void completion_queue_close(kl_completion_queue *queue)
{
    if (check_owner(queue, NULL))
        return;
    pthread_mutex_lock(&queue->lock);
    bool first = !queue->closing;
    queue->closing = true;
    for (task *t; first && (t = take_first(&queue->waiting));)
        cancel(queue, t);
    pthread_cond_broadcast(&queue->work);
    while (!first && !queue->closed)
        pthread_cond_wait(&queue->done, &queue->lock);
    pthread_mutex_unlock(&queue->lock);
    if (!first)
        return;
    for (int i = 0; i < queue->started; i++)
        pthread_join(queue->threads[i], NULL);
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_broadcast(&queue->done);
    pthread_mutex_unlock(&queue->lock);
}

static void free_tasks(task_list *list)
{
    for (task *t; (t = take_first(list)); free(t))
        kl_error_free(t->completion.error);
}

void completion_queue_free(kl_completion_queue *queue)
{
    completion_queue_close(queue);
    close(queue->descriptor);
    if (queue->owner == getpid()) {
        pthread_cond_destroy(&queue->done);
        pthread_cond_destroy(&queue->work);
        pthread_mutex_destroy(&queue->lock);
    }
    free_tasks(&queue->waiting);
    free_tasks(&queue->ended);
    free(queue);
}
