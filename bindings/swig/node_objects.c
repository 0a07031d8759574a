/* Objects of the Node addon: environments, errors, calls, resources, and functions that the library calls back. */
#include "node.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- environments ---------------------------------------------------------------------------- */

static pthread_mutex_t states_lock = PTHREAD_MUTEX_INITIALIZER;
static bind_env *states;

bind_env *bind_node_state(napi_env env)
{
    pthread_mutex_lock(&states_lock);
    bind_env *state = states;
    while (state && state->env != env)
        state = state->next;
    pthread_mutex_unlock(&states_lock);
    return state;
}

static void state_ends(void *argument)
{
    bind_env *state = argument, **place = &states;
    pthread_mutex_lock(&states_lock);
    while (*place != state)
        place = &(*place)->next;
    *place = state->next;
    pthread_mutex_unlock(&states_lock);
    free(state);
}

/* --- errors ------------------------------------------------------------------------------------ */

static void set_member(napi_env env, napi_value object, const char *name, napi_value value)
{
    if (value)
        napi_set_named_property(env, object, name, value);
}

napi_value bind_node_error(napi_env env, kl_status status, const char *message, const char *sqlstate, napi_value value)
{
    napi_value code, text, number, state, retriable, error = NULL;
    if (napi_create_string_utf8(env, kl_status_name(status), NAPI_AUTO_LENGTH, &code) ||
        napi_create_string_utf8(env, message, NAPI_AUTO_LENGTH, &text) || napi_create_error(env, code, text, &error) ||
        napi_create_int32(env, (int32_t)status, &number) || napi_create_string_utf8(env, sqlstate, NAPI_AUTO_LENGTH, &state) ||
        napi_get_boolean(env, kl_status_retriable(status), &retriable))
        return NULL;
    set_member(env, error, "status", number);
    set_member(env, error, "sqlstate", state);
    set_member(env, error, "retriable", retriable);
    set_member(env, error, "value", value);
    return error;
}

void bind_node_refuse(napi_env env, kl_status status, const char *format, ...)
{
    char message[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    napi_value error = bind_node_error(env, status, message, "", NULL);
    if (error)
        napi_throw(env, error);
}

static napi_value take_exception(napi_env env)
{
    napi_value exception = NULL;
    bool pending = false;
    napi_is_exception_pending(env, &pending);
    if (pending)
        napi_get_and_clear_last_exception(env, &exception);
    return exception;
}

/* --- functions that the library calls back -------------------------------------------------------- */

/* What a call's exception and a function are kept as; bind_language_drop tells them apart. */
typedef struct kept {
    napi_env env;
    bool is_function;
    napi_ref value;
} kept;

/* A text that was copied stands behind its event. */
typedef struct event {
    struct event *next;
    kl_call *call;
    bind_told told;
    char texts[];
} event;

struct node_function {
    kept kept;
    napi_threadsafe_function poke;
    pthread_mutex_t lock;
    event *first, **last;
    int holders; /* whoever may tell it something, and Node until function_ends */
    bool ended;  /* Node takes nothing more: its environment ends, perhaps before those who may tell */
};

static void let_go(node_function *function)
{
    pthread_mutex_lock(&function->lock);
    bool last = --function->holders == 0;
    pthread_mutex_unlock(&function->lock);
    if (!last)
        return;
    for (event *e = function->first, *next; e; e = next) {
        next = e->next;
        free(e);
    }
    pthread_mutex_destroy(&function->lock);
    free(function);
}

static void poked(napi_env env, napi_value unused, void *context, void *data)
{
    (void)unused;
    (void)data;
    if (env)
        bind_node_function_flush(context, NULL);
}

static void function_ends(napi_env env, void *data, void *hint)
{
    (void)hint;
    node_function *function = data;
    napi_delete_reference(env, function->kept.value);
    pthread_mutex_lock(&function->lock);
    function->ended = true;
    pthread_mutex_unlock(&function->lock);
    let_go(function);
}

node_function *bind_node_function_new(napi_env env, napi_value value)
{
    node_function *function = calloc(1, sizeof *function);
    napi_value name;
    if (!function)
        return NULL;
    function->kept = (kept){env, true, NULL};
    function->last = &function->first;
    function->holders = 2;
    pthread_mutex_init(&function->lock, NULL);
    if (napi_create_string_utf8(env, "kloyst callback", NAPI_AUTO_LENGTH, &name) ||
        napi_create_reference(env, value, 1, &function->kept.value) ||
        napi_create_threadsafe_function(env, NULL, NULL, name, 0, 1, function, function_ends, function, poked, &function->poke)) {
        pthread_mutex_destroy(&function->lock);
        free(function);
        napi_throw_error(env, "KL_ERR_MEMORY", "out of memory");
        return NULL;
    }
    napi_unref_threadsafe_function(env, function->poke);
    return function;
}

static size_t text_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static const char *copy_text(char **room, const char *text)
{
    if (!text)
        return NULL;
    char *copy = *room;
    size_t size = strlen(text) + 1;
    memcpy(copy, text, size);
    *room += size;
    return copy;
}

/* In any thread. What is told is never an obstacle: without memory it is left out. */
int bind_language_tell(void *target, kl_call *call, const bind_told *told)
{
    node_function *function = target;
    if (!function)
        return 0;
    bool reject = told->kind == BIND_REJECT;
    size_t size = text_size(told->component) + text_size(told->message) +
                  (reject ? text_size(told->reject.reason) + text_size(told->reject.value) : 0);
    event *e = malloc(sizeof *e + size);
    if (!e)
        return 0;
    *e = (event){.call = call, .told = *told};
    char *room = e->texts;
    e->told.component = copy_text(&room, told->component);
    e->told.message = copy_text(&room, told->message);
    if (reject) {
        e->told.reject.reason = copy_text(&room, told->reject.reason);
        e->told.reject.value = copy_text(&room, told->reject.value);
    }
    pthread_mutex_lock(&function->lock);
    if (function->ended) {
        free(e);
    } else {
        bool first = !function->first;
        *function->last = e;
        function->last = &e->next;
        /* With napi_closing Node takes it for released. */
        if (first && napi_call_threadsafe_function(function->poke, NULL, napi_tsfn_nonblocking) == napi_closing)
            function->ended = true;
    }
    pthread_mutex_unlock(&function->lock);
    return 0;
}

void bind_node_keep_exception(napi_env env, kl_call *call, napi_value exception)
{
    kept *keep = call->exception ? NULL : calloc(1, sizeof *keep);
    napi_value box;
    /* What is thrown may be anything; only objects can be kept. */
    if (keep && !napi_create_object(env, &box) && !napi_set_named_property(env, box, "thrown", exception) &&
        !napi_create_reference(env, box, 1, &keep->value)) {
        keep->env = env;
        call->exception = keep;
    } else {
        free(keep);
    }
    atomic_store(&call->cancelled, 1);
}

static void call_function(bind_env *state, node_function *function, event *e, kl_call *call)
{
    napi_value target, receiver, answer;
    bind_value arguments[3];
    napi_handle_scope scope;
    if (napi_open_handle_scope(state->env, &scope))
        return;
    size_t count = bind_told_arguments(state, &e->told, arguments);
    napi_get_undefined(state->env, &receiver);
    napi_get_reference_value(state->env, function->kept.value, &target);
    napi_call_function(state->env, receiver, target, count, (napi_value *)arguments, &answer);
    napi_value exception = take_exception(state->env);
    if (exception && (e->call || call))
        bind_node_keep_exception(state->env, call ? call : e->call, exception);
    else if (exception)
        napi_fatal_exception(state->env, exception);
    napi_close_handle_scope(state->env, scope);
}

void bind_node_function_flush(node_function *function, kl_call *call)
{
    bind_env *state = bind_node_state(function->kept.env);
    pthread_mutex_lock(&function->lock);
    event *e = function->first;
    function->first = NULL;
    function->last = &function->first;
    pthread_mutex_unlock(&function->lock);
    for (event *next; e; e = next) {
        next = e->next;
        if (state)
            call_function(state, function, e, call);
        free(e);
    }
}

void bind_node_flush_call(kl_call *call)
{
    if (call->progress)
        bind_node_function_flush(call->progress, call);
    if (call->reject)
        bind_node_function_flush(call->reject, call);
    bind_box *box = call->boxes[0];
    if (box && box->kind == BIND_WORKER && box->callback)
        bind_node_function_flush(box->callback, call);
}

void bind_language_drop(void *kept_value)
{
    kept *keep = kept_value;
    if (!keep)
        return;
    if (keep->is_function) {
        node_function *function = kept_value;
        pthread_mutex_lock(&function->lock);
        if (!function->ended)
            napi_release_threadsafe_function(function->poke, napi_tsfn_release);
        pthread_mutex_unlock(&function->lock);
        let_go(function);
        return;
    }
    if (bind_node_state(keep->env))
        napi_delete_reference(keep->env, keep->value);
    free(keep);
}

void *bind_language_pause(void)
{
    return NULL;
}

void bind_language_resume(void *paused)
{
    (void)paused;
}

/* --- calls ------------------------------------------------------------------------------------------ */

static const napi_type_tag call_tag = {0x6b6c6f7973740001, 0x63616c6c00000001};

static void call_ends(napi_env env, void *data, void *hint)
{
    (void)env;
    (void)hint;
    bind_call_free(data);
}

napi_value bind_wrap_call(napi_env env, kl_call **call, kl_call *made)
{
    napi_value object = NULL;
    if (!made) {
        napi_throw_error(env, "KL_ERR_MEMORY", "out of memory");
        return NULL;
    }
    if (napi_create_object(env, &object) || napi_type_tag_object(env, object, &call_tag) ||
        napi_wrap(env, object, made, call_ends, NULL, NULL))
        return NULL;
    *call = NULL;
    return object;
}

kl_call *bind_take_call(napi_env env, napi_value object)
{
    bool is = false;
    void *call = NULL;
    napi_valuetype type;
    if (napi_typeof(env, object, &type) || type != napi_object || napi_check_object_type_tag(env, object, &call_tag, &is) || !is) {
        napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "not a call");
        return NULL;
    }
    if (napi_remove_wrap(env, object, &call)) {
        bind_node_refuse(env, KL_ERR_STATE, "a call is made once");
        return NULL;
    }
    return call;
}

/* What a call threw in one of its functions. */
static napi_value thrown(napi_env env, kl_call *call)
{
    kept *keep = call->exception;
    napi_value box, value = NULL;
    if (!napi_get_reference_value(env, keep->value, &box))
        napi_get_named_property(env, box, "thrown", &value);
    return value;
}

napi_value bind_node_outcome(bind_env *state, kl_call *call, bool *good)
{
    napi_env env = state->env;
    napi_value value = NULL;
    *good = false;
    bind_node_flush_call(call);
    if (call->exception) {
        value = thrown(env, call);
    } else if (!call->status) {
        value = call->function->convert(state, call);
        *good = value != NULL;
    } else {
        napi_value told = call->function->told_with_error ? call->function->convert(state, call) : NULL;
        value = bind_node_error(env, call->status, call->error ? kl_error_message(call->error) : kl_status_text(call->status),
                                kl_error_sqlstate(call->error), told);
    }
    call->function->release(call);
    napi_value exception = take_exception(env);
    if (exception) {
        *good = false;
        return exception;
    }
    return value ? value : bind_node_error(env, KL_ERR_MEMORY, kl_status_text(KL_ERR_MEMORY), "", NULL);
}

napi_value bind_node_run(napi_env env, napi_value object)
{
    kl_call *call = bind_take_call(env, object);
    napi_value value = NULL;
    bool good = false;
    if (!call)
        return NULL;
    if (call->function->quick) {
        bind_call_begin(call);
        bind_call_run(call, &call->error);
        value = bind_node_outcome(bind_node_state(env), call, &good);
        if (!good && value)
            napi_throw(env, value);
    } else {
        bind_node_refuse(env, KL_ERR_STATE, "%s may wait: submit it to a queue", call->function->name);
    }
    bind_call_free(call);
    return good ? value : NULL;
}

/* --- resources ------------------------------------------------------------------------------------------ */

static napi_type_tag box_tag(bind_kind kind)
{
    return (napi_type_tag){0x6b6c6f7973740002, 0x626f780000000000 + (uint64_t)kind};
}

static void box_ends(napi_env env, void *data, void *hint)
{
    (void)env;
    (void)hint;
    bind_box_drop(data);
}

bind_value bind_from_box(bind_env *state, bind_box *box)
{
    napi_value class, object = NULL;
    napi_type_tag tag = box_tag(box->kind);
    if (napi_get_reference_value(state->env, state->box_classes[box->kind], &class) ||
        napi_new_instance(state->env, class, 0, NULL, &object) || napi_type_tag_object(state->env, object, &tag) ||
        napi_wrap(state->env, object, box, box_ends, NULL, NULL)) {
        bind_box_drop(box);
        return NULL;
    }
    return object;
}

bind_box *bind_unwrap_box(napi_env env, napi_value object, bind_kind kind)
{
    bool is = false;
    void *box = NULL;
    napi_type_tag tag = box_tag(kind);
    napi_valuetype type;
    if (napi_typeof(env, object, &type) || type != napi_object || napi_check_object_type_tag(env, object, &tag, &is) || !is ||
        napi_unwrap(env, object, &box))
        return NULL;
    return box;
}

static napi_value box_new(napi_env env, napi_callback_info info)
{
    napi_value self = NULL;
    napi_get_cb_info(env, info, NULL, NULL, &self, NULL);
    return self;
}

/* A client that is closed here keeps the event loop waiting: callClose() does it on a thread. */
static napi_value box_close(napi_env env, napi_callback_info info)
{
    napi_value self = NULL;
    void *kind = NULL;
    napi_get_cb_info(env, info, NULL, NULL, &self, &kind);
    bind_box *box = bind_unwrap_box(env, self, (bind_kind)(uintptr_t)kind);
    if (box)
        bind_box_close(box);
    else
        napi_throw_type_error(env, "ERR_INVALID_THIS", "close of something else");
    return NULL;
}

static bool define_box(bind_env *state, bind_kind kind)
{
    napi_value class;
    napi_property_descriptor close = {"close", NULL, box_close, NULL, NULL, NULL, napi_default_method, (void *)(uintptr_t)kind};
    return !napi_define_class(state->env, bind_box_name(kind), NAPI_AUTO_LENGTH, box_new, NULL, 1, &close, &class) &&
           !napi_create_reference(state->env, class, 1, &state->box_classes[kind]);
}

static bool find_json(bind_env *state)
{
    napi_value global, json, parse, stringify;
    return !napi_get_global(state->env, &global) && !napi_get_named_property(state->env, global, "JSON", &json) &&
           !napi_get_named_property(state->env, json, "parse", &parse) &&
           !napi_get_named_property(state->env, json, "stringify", &stringify) &&
           !napi_create_reference(state->env, json, 1, &state->json) && !napi_create_reference(state->env, parse, 1, &state->parse) &&
           !napi_create_reference(state->env, stringify, 1, &state->stringify);
}

bool bind_node_init(napi_env env, napi_value exports)
{
    bind_env *state = bind_node_state(env) ? NULL : calloc(1, sizeof *state);
    if (!state) {
        /* The addon is loaded again in the same environment: another copy of the package. */
        if (bind_node_state(env))
            return bind_node_define_queue(env, exports);
        napi_throw_error(env, "KL_ERR_MEMORY", "out of memory");
        return false;
    }
    state->env = env;
    pthread_mutex_lock(&states_lock);
    state->next = states;
    states = state;
    pthread_mutex_unlock(&states_lock);
    napi_add_env_cleanup_hook(env, state_ends, state);
    bool good = find_json(state) && bind_node_define_queue(env, exports);
    for (int kind = BIND_CLIENT; good && kind <= BIND_RATE_PAGE; kind++)
        good = define_box(state, (bind_kind)kind);
    return good;
}
