/* The one interface of both languages: which type of C is which type of the language.
 *
 * calls.i, which bindings/swig/generate writes from the headers, declares a maker for every call: kl_call *call_wallet_debit(…).
 * What it takes is converted here, by the rules of python_inputs.c and node_inputs.c, into the memory of the call that is made.
 * Nothing else is wrapped: a call is run, submitted to a queue and turned into a value by the functions at the end.
 *
 * SPDX-License-Identifier: MIT
 */
#ifdef SWIGPYTHON
%module(package="kloyst") _native
%{
#include "calls.h"
#include "python.h"
typedef PyObject *bind_result;
#define BIND_READ(...) bind_read(arg1, __VA_ARGS__)
%}
%init %{
    if (bind_python_init(m))
        return -1;
%}
%typemap(in, numinputs=0) kl_call *call {
    if (!($1 = bind_call_new())) {
        PyErr_NoMemory();
        SWIG_fail;
    }
}
%typemap(out) kl_call * {
    if (!($result = bind_wrap_call(&arg1, $1)))
        SWIG_fail;
}
%typemap(in) PyObject *made, PyObject *records, PyObject *factory "$1 = $input;"
%typemap(out) bind_result {
    if (!($result = $1))
        SWIG_fail;
}
#endif

#ifdef SWIG_JAVASCRIPT_NAPI
%module kloyst
%{
#include "node.h"
typedef napi_value bind_result;
#define BIND_READ(...) bind_read(env, &arg1, __VA_ARGS__)
%}
%init %{
    if (!bind_node_init(env, exports))
        return exports;
%}
%rename("%(lowercamelcase)s", %$isfunction) "";
%typemap(in, numinputs=0) kl_call *call {
    if (!($1 = bind_call_new())) {
        napi_throw_error(env, "KL_ERR_MEMORY", "out of memory");
        SWIG_fail;
    }
}
%typemap(out) kl_call * {
    napi_value wrapped = bind_wrap_call(env, &arg1, $1);
    if (!wrapped)
        SWIG_fail;
    $result = Napi::Value(env, wrapped);
}
%typemap(in) napi_value made "$1 = $input;"
%typemap(in, numinputs=0) napi_env "$1 = env;"
%typemap(out) bind_result {
    if (!$1)
        SWIG_fail;
    $result = Napi::Value(env, $1);
}
#endif

/* What was made belongs to the language then, and arg1 is NULL. */
%typemap(freearg) kl_call *call "bind_call_free($1);"

/* BIND_READ is bind_read() with what the language needs besides. */
%define %bind_in(TYPE, KIND, OPTIONAL, INFO)
%typemap(in) TYPE {
    if (!BIND_READ($input, KIND, OPTIONAL, INFO, "$1_name", &$1))
        SWIG_fail;
}
%enddef

%define %bind_input(NAME, KIND)
%bind_in(bind_##NAME, KIND, false, NULL)
%bind_in(bind_##NAME##_or_null, KIND, true, NULL)
%enddef

%bind_input(client, BIND_CLIENT)
%bind_input(worker, BIND_WORKER)
%bind_input(batch, BIND_BATCH)
%bind_input(event_page, BIND_EVENT_PAGE)
%bind_input(rate_page, BIND_RATE_PAGE)
%bind_input(uuid, BIND_UUID)
%bind_input(text, BIND_TEXT)
%bind_input(json, BIND_JSON)
%bind_input(secret, BIND_SECRET)
%bind_input(bytes, BIND_BYTES)
%bind_input(bytes32, BIND_BYTES32)
%bind_input(money, BIND_MONEY)
%bind_input(time, BIND_TIME)
%bind_input(int64, BIND_INT64)
%bind_input(ints, BIND_INTS)
%bind_in(bind_int, BIND_INT, false, NULL)
%bind_in(bind_long, BIND_LONG, false, NULL)
%bind_in(bind_flag, BIND_FLAG, false, NULL)
%bind_in(bind_uint64, BIND_UINT64, false, NULL)
%bind_in(bind_size, BIND_SIZE, false, NULL)

/* The generator names the enums and structs that there are. */
%define %bind_enum(TYPE)
%typemap(in) TYPE (int number = 0) {
    if (!BIND_READ($input, BIND_ENUM, false, &bind_enum_##TYPE, "$1_name", &number))
        SWIG_fail;
    $1 = (TYPE)number;
}
%typemap(in) bind_##TYPE##_or_null (int number = 0) {
    if (!BIND_READ($input, BIND_ENUM, true, &bind_enum_##TYPE, "$1_name", &number))
        SWIG_fail;
    $1 = (TYPE)number;
}
%enddef
%define %bind_list(TYPE)
%bind_in(bind_list_of_##TYPE, BIND_STRUCTS, false, &bind_struct_##TYPE)
%bind_in(bind_##TYPE##_or_null, BIND_STRUCT, true, &bind_struct_##TYPE)
%enddef
%define %bind_options(TYPE)
%bind_in(bind_##TYPE, BIND_OPTIONS, true, &bind_struct_##TYPE)
%enddef

%include "calls.i"

#ifdef SWIGPYTHON
%rename("run") bind_python_run;
%rename("register") bind_python_register;
%rename("set_error_factory") bind_python_set_error_factory;
bind_result bind_python_run(PyObject *made);
bind_result bind_python_register(PyObject *records);
bind_result bind_python_set_error_factory(PyObject *factory);
#endif

#ifdef SWIG_JAVASCRIPT_NAPI
%rename("run") bind_node_run;
bind_result bind_node_run(napi_env env, napi_value made);
#endif
