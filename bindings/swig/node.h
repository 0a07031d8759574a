/* What the parts of the Node addon share. Node-API 8: the same binary for Node 18 and later.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_BIND_NODE_H
#define KLOYST_BIND_NODE_H

#define NAPI_VERSION 8
#include <node_api.h>

#include "calls.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of one environment: the main thread, or a worker thread. */
struct bind_env {
    napi_env env;
    struct bind_env *next;
    napi_ref parse, stringify, json; /* of JSON */
    napi_ref box_classes[BIND_RATE_PAGE + 1];
};

/* The state of an environment; NULL: it has ended. */
bind_env *bind_node_state(napi_env env);
/* Sets the module up; false with an exception. */
bool bind_node_init(napi_env env, napi_value exports);
bool bind_node_define_queue(napi_env env, napi_value exports);

/* An argument into the memory of the call. False with an exception; the call is released then and *call NULL. */
bool bind_read(napi_env env, kl_call **call, napi_value value, bind_kind kind, bool optional, const void *info, const char *name,
               void *slot);

/* The object of a call takes it over: *call is NULL afterwards. */
napi_value bind_wrap_call(napi_env env, kl_call **call, kl_call *made);
/* Takes the call out of its object, which is spent then; NULL with an exception. */
kl_call *bind_take_call(napi_env env, napi_value object);
bind_box *bind_unwrap_box(napi_env env, napi_value object, bind_kind kind);

/* Makes a call that waits for nothing. */
napi_value bind_node_run(napi_env env, napi_value object);

/* An Error with code, status, sqlstate, retriable and value (may be NULL). */
napi_value bind_node_error(napi_env env, kl_status status, const char *message, const char *sqlstate, napi_value value);
void bind_node_refuse(napi_env env, kl_status status, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The value of a call that ended, or with *good false the error for it; outputs are released. */
napi_value bind_node_outcome(bind_env *state, kl_call *call, bool *good);

/* A function of the program that the library calls back: what it is told waits until the event loop gets to it. */
typedef struct node_function node_function;
node_function *bind_node_function_new(napi_env env, napi_value function);
/* Tells it everything that waits; what it throws becomes the exception of the call that was told of, or of `call`. */
void bind_node_function_flush(node_function *function, kl_call *call);
/* Of a call that ended: all its functions have been told all. */
void bind_node_flush_call(kl_call *call);
/* Keeps what was thrown, as the failure of the call. */
void bind_node_keep_exception(napi_env env, kl_call *call, napi_value exception);

#ifdef __cplusplus
}
#endif

#endif
