/* The completion queue on the event loop of Node: its descriptor is watched by libuv, completions are told in their turn.
 *
 * Of libuv a few functions are used that every version 1 has, without its headers, which are not part of Node-API.
 */
#include <stdlib.h>
#include <string.h>

#include "node.h"

typedef struct uv_loop_s uv_loop_t;
typedef struct uv_poll_s uv_poll_t;
#define UV_READABLE 1
#define UV_POLL_TYPE 8
extern size_t uv_handle_size(int type);
extern int uv_poll_init(uv_loop_t *loop, uv_poll_t *poll, int descriptor);
extern int uv_poll_start(uv_poll_t *poll, int events, void (*told)(uv_poll_t *poll, int status, int events));
extern void uv_close(void *handle, void (*closed)(void *handle));
extern void uv_ref(void *handle);
extern void uv_unref(void *handle);
extern void *uv_handle_get_data(const void *handle);
extern void uv_handle_set_data(void *handle, void *data);

/* So that a thousand completions do not keep the loop from everything else. */
#define A_TURN 64

/* One submitted call. */
typedef struct task {
    struct task *next, *before;
    struct node_queue *queue;
    kl_call *call;
    double token;
} task;

typedef struct node_queue {
    napi_env env;
    kl_completion_queue *queue;
    uv_poll_t *poll;
    napi_ref callback, done, self;
    napi_async_context context;
    napi_async_cleanup_hook_handle hook;
    task *tasks;
    size_t pending;
    bool closing, ended, collected, torn_down;
} node_queue;

static const napi_type_tag queue_tag = {0x6b6c6f7973740003, 0x7175657565000001};

/* --- the end of a queue ------------------------------------------------------------------------------ */

static void poll_closed(void *handle)
{
    node_queue *queue = uv_handle_get_data(handle);
    free(handle);
    queue->poll = NULL;
    if (queue->hook)
        napi_remove_async_cleanup_hook(queue->hook);
    queue->hook = NULL;
    if (queue->collected)
        free(queue);
}

static void drop_reference(napi_env env, napi_ref *reference)
{
    if (*reference)
        napi_delete_reference(env, *reference);
    *reference = NULL;
}

static void forget_task(task *t)
{
    node_queue *queue = t->queue;
    *(t->before ? &t->before->next : &queue->tasks) = t->next;
    if (t->next)
        t->next->before = t->before;
    bind_call_free(t->call);
    free(t);
}

/* Nothing is pending any more, or nobody is there to be told. */
static void end_queue(node_queue *queue)
{
    if (queue->ended)
        return;
    queue->ended = true;
    kl_completion_queue_free(queue->queue);
    queue->queue = NULL;
    while (queue->tasks)
        forget_task(queue->tasks);
    if (!queue->torn_down) {
        drop_reference(queue->env, &queue->callback);
        napi_async_destroy(queue->env, queue->context);
    }
    uv_close(queue->poll, poll_closed);
}

/* The environment ends, perhaps a worker thread that is terminated: what runs is asked to stop and waited for. */
static void tear_down(napi_async_cleanup_hook_handle hook, void *data)
{
    (void)hook;
    node_queue *queue = data;
    queue->torn_down = true;
    for (task *t = queue->tasks; t; t = t->next)
        bind_call_cancel(t->call);
    if (!queue->ended)
        end_queue(queue);
}

/* Comes once for each queue, also when its environment ends, and then behind poll_closed: whoever is last frees. */
static void collected(napi_env env, void *data, void *hint)
{
    (void)env;
    (void)hint;
    node_queue *queue = data;
    queue->collected = true;
    if (!queue->ended)
        end_queue(queue);
    else if (!queue->poll)
        free(queue);
}

/* --- completions ------------------------------------------------------------------------------------------ */

static void call_function(node_queue *queue, napi_ref reference, size_t count, napi_value *arguments)
{
    napi_value function, receiver, answer, exception;
    bool pending = false;
    if (napi_get_reference_value(queue->env, reference, &function) || !function || napi_get_undefined(queue->env, &receiver))
        return;
    napi_call_function(queue->env, receiver, function, count, arguments, &answer);
    if (!napi_is_exception_pending(queue->env, &pending) && pending && !napi_get_and_clear_last_exception(queue->env, &exception))
        napi_fatal_exception(queue->env, exception);
}

static void told(node_queue *queue, kl_completion *completion)
{
    napi_env env = queue->env;
    kl_call *call = completion->context;
    task *t = call->language;
    napi_handle_scope scope;
    napi_value arguments[3];
    bool good = false;
    call->status = completion->status;
    call->error = completion->error;
    if (napi_open_handle_scope(env, &scope))
        return;
    napi_create_double(env, t->token, &arguments[0]);
    napi_value value = bind_node_outcome(bind_node_state(env), call, &good);
    napi_get_null(env, &arguments[1]);
    napi_get_undefined(env, &arguments[2]);
    arguments[good ? 2 : 1] = value;
    forget_task(t);
    call_function(queue, queue->callback, 3, arguments);
    napi_close_handle_scope(env, scope);
}

static void set_pending(node_queue *queue, size_t pending)
{
    bool was = queue->pending > 0;
    queue->pending = pending;
    if (was == (pending > 0))
        return;
    /* While something is under way the process goes on and the queue is not collected. */
    if (pending) {
        uv_ref(queue->poll);
        napi_reference_ref(queue->env, queue->self, NULL);
    } else {
        uv_unref(queue->poll);
        napi_reference_unref(queue->env, queue->self, NULL);
    }
}

static void finish_close(node_queue *queue)
{
    napi_ref done = queue->done;
    queue->done = NULL;
    end_queue(queue);
    if (done) {
        call_function(queue, done, 0, NULL);
        napi_delete_reference(queue->env, done);
    }
}

static void readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    node_queue *queue = uv_handle_get_data(poll);
    napi_env env = queue->env;
    napi_handle_scope scope;
    napi_callback_scope turn;
    napi_value resource;
    kl_completion completion;
    if (napi_open_handle_scope(env, &scope))
        return;
    if (!napi_create_object(env, &resource) && !napi_open_callback_scope(env, resource, queue->context, &turn)) {
        for (int i = 0; i < A_TURN && !queue->ended && !kl_completion_queue_next(queue->queue, &completion); i++) {
            told(queue, &completion);
            set_pending(queue, queue->pending - 1);
        }
        if (queue->closing && !queue->pending && !queue->ended)
            finish_close(queue);
        napi_close_callback_scope(env, turn);
    }
    napi_close_handle_scope(env, scope);
}

/* --- methods ---------------------------------------------------------------------------------------------- */

static node_queue *this_queue(napi_env env, napi_callback_info info, size_t *count, napi_value *arguments)
{
    napi_value self;
    void *queue = NULL;
    bool is = false;
    napi_get_cb_info(env, info, count, arguments, &self, NULL);
    if (napi_check_object_type_tag(env, self, &queue_tag, &is) || !is || napi_unwrap(env, self, &queue)) {
        napi_throw_type_error(env, "ERR_INVALID_THIS", "not a Queue");
        return NULL;
    }
    return queue;
}

static bool refused(napi_env env, kl_status status, kl_error *error)
{
    if (status) {
        napi_value thrown =
            bind_node_error(env, status, error ? kl_error_message(error) : kl_status_text(status), kl_error_sqlstate(error), NULL);
        if (thrown)
            napi_throw(env, thrown);
    }
    kl_error_free(error);
    return status != KL_OK;
}

static bool watch(node_queue *queue)
{
    uv_loop_t *loop;
    queue->poll = calloc(1, uv_handle_size(UV_POLL_TYPE));
    if (!queue->poll || napi_get_uv_event_loop(queue->env, (struct uv_loop_s **)&loop) ||
        uv_poll_init(loop, queue->poll, kl_completion_queue_descriptor(queue->queue))) {
        free(queue->poll);
        queue->poll = NULL;
        napi_throw_error(queue->env, "KL_ERR_IO", "the event loop does not watch the queue");
        return false;
    }
    uv_handle_set_data(queue->poll, queue);
    uv_poll_start(queue->poll, UV_READABLE, readable);
    uv_unref(queue->poll);
    return true;
}

/* new Queue(threads, onCompletion) */
static napi_value queue_new(napi_env env, napi_callback_info info)
{
    size_t count = 2;
    napi_value arguments[2], self, name;
    int32_t threads = 0;
    napi_valuetype type;
    kl_error *error = NULL;
    if (napi_get_cb_info(env, info, &count, arguments, &self, NULL))
        return NULL;
    if (napi_get_value_int32(env, arguments[0], &threads) || napi_typeof(env, arguments[1], &type) || type != napi_function) {
        napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "Queue takes a number of threads and a function");
        return NULL;
    }
    node_queue *queue = calloc(1, sizeof *queue);
    if (!queue || refused(env, kl_completion_queue_new(threads, &queue->queue, &error), error)) {
        free(queue);
        return NULL;
    }
    queue->env = env;
    if (!watch(queue)) {
        kl_completion_queue_free(queue->queue);
        free(queue);
        return NULL;
    }
    napi_create_string_utf8(env, "kloyst", NAPI_AUTO_LENGTH, &name);
    napi_async_init(env, NULL, name, &queue->context);
    napi_create_reference(env, arguments[1], 1, &queue->callback);
    napi_type_tag_object(env, self, &queue_tag);
    napi_wrap(env, self, queue, collected, NULL, &queue->self);
    napi_add_async_cleanup_hook(env, tear_down, queue, &queue->hook);
    return self;
}

/* submit(call, token) */
static napi_value queue_submit(napi_env env, napi_callback_info info)
{
    size_t count = 2;
    napi_value arguments[2];
    kl_error *error = NULL;
    double token;
    node_queue *queue = this_queue(env, info, &count, arguments);
    if (!queue)
        return NULL;
    if (napi_get_value_double(env, arguments[1], &token)) {
        napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "the token must be a number");
        return NULL;
    }
    if (queue->closing || queue->ended) {
        bind_node_refuse(env, KL_ERR_CLOSED, "the queue is closed");
        return NULL;
    }
    kl_call *call = bind_take_call(env, arguments[0]);
    if (!call)
        return NULL;
    task *t = calloc(1, sizeof *t);
    if (!t) {
        bind_call_free(call);
        refused(env, KL_ERR_MEMORY, NULL);
        return NULL;
    }
    *t = (task){queue->tasks, NULL, queue, call, token};
    if (t->next)
        t->next->before = t;
    queue->tasks = t;
    call->language = t;
    bind_call_begin(call);
    if (refused(env, kl_completion_queue_submit(queue->queue, bind_call_run, call, &error), error))
        forget_task(t);
    else
        set_pending(queue, queue->pending + 1);
    return NULL;
}

/* cancel(token): true when the call had not begun; its completion says KL_ERR_CANCELLED. */
static napi_value queue_cancel(napi_env env, napi_callback_info info)
{
    size_t count = 1;
    napi_value argument, answer;
    double token;
    node_queue *queue = this_queue(env, info, &count, &argument);
    if (!queue)
        return NULL;
    if (napi_get_value_double(env, argument, &token)) {
        napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "the token must be a number");
        return NULL;
    }
    task *t = queue->tasks;
    while (t && t->token != token)
        t = t->next;
    bool cancelled = t && !queue->ended && !kl_completion_queue_cancel(queue->queue, t->call, NULL);
    if (t && !cancelled)
        bind_call_cancel(t->call);
    napi_get_boolean(env, cancelled, &answer);
    return answer;
}

static napi_value queue_pending(napi_env env, napi_callback_info info)
{
    size_t count = 0;
    napi_value answer = NULL;
    node_queue *queue = this_queue(env, info, &count, NULL);
    if (queue)
        napi_create_double(env, (double)queue->pending, &answer);
    return answer;
}

/* close(done): refuses new calls, cancels what has not begun; `done` is called behind the last completion. */
static napi_value queue_close(napi_env env, napi_callback_info info)
{
    size_t count = 1;
    napi_value argument;
    napi_valuetype type = napi_undefined;
    node_queue *queue = this_queue(env, info, &count, &argument);
    if (!queue)
        return NULL;
    if (count)
        napi_typeof(env, argument, &type);
    if (queue->ended || queue->closing) {
        bind_node_refuse(env, KL_ERR_CLOSED, "the queue is closed");
        return NULL;
    }
    queue->closing = true;
    if (type == napi_function)
        napi_create_reference(env, argument, 1, &queue->done);
    for (task *t = queue->tasks; t; t = t->next)
        kl_completion_queue_cancel(queue->queue, t->call, NULL);
    if (!queue->pending)
        finish_close(queue);
    return NULL;
}

bool bind_node_define_queue(napi_env env, napi_value exports)
{
    napi_value class;
    napi_property_descriptor methods[] = {
        {"submit", NULL, queue_submit, NULL, NULL, NULL, napi_default_method, NULL},
        {"cancel", NULL, queue_cancel, NULL, NULL, NULL, napi_default_method, NULL},
        {"pending", NULL, queue_pending, NULL, NULL, NULL, napi_default_method, NULL},
        {"close", NULL, queue_close, NULL, NULL, NULL, napi_default_method, NULL},
    };
    return !napi_define_class(env, "Queue", NAPI_AUTO_LENGTH, queue_new, NULL, sizeof methods / sizeof methods[0], methods, &class) &&
           !napi_set_named_property(env, exports, "Queue", class);
}
