/* What the parts of the Python module share. The stable ABI of Python 3.9.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_BIND_PYTHON_H
#define KLOYST_BIND_PYTHON_H

#include <Python.h>

#include "bind.h"

struct bind_env {
    int none; /* everything about the language is in python_state */
};

typedef struct python_state {
    PyObject *decimal, *timedelta, *epoch, *microsecond, *loads, *dumps;
    PyObject *status_error, *error_factory;
    PyObject **record_classes; /* by bind_record.index */
    PyObject ***record_names;
    PyObject **enum_classes;   /* by bind_enum.index */
    PyObject **enum_members;   /* dictionaries from number to member */
    PyTypeObject *call_type;
    PyTypeObject *box_types[BIND_RATE_PAGE + 1];
} python_state;

extern python_state python;

/* The object of a call. */
typedef struct python_call {
    PyObject_HEAD
    kl_call *call;
    PyObject *token; /* while it is in a queue */
} python_call;

/* Module set-up; -1: failed with an exception. */
int bind_python_init(PyObject *module);
bool bind_python_define_queue(PyObject *module);
/* A type of the module; NULL with an exception. */
PyTypeObject *bind_python_type(PyObject *module, const char *name, int size, newfunc make, destructor dealloc, reprfunc repr,
                               PyMethodDef *methods);
/* What a deallocator ends with. */
void bind_python_free(PyObject *self);
/* Takes the classes of records and enums from kloyst._records. */
PyObject *bind_python_register(PyObject *records);
PyObject *bind_python_set_error_factory(PyObject *factory);

/* An argument into the memory of the call; false with an exception. */
bool bind_read(kl_call *call, PyObject *value, bind_kind kind, bool optional, const void *info, const char *name, void *slot);

/* The Python object of a call takes it over: *call is NULL afterwards. */
PyObject *bind_wrap_call(kl_call **call, kl_call *made);
kl_call *bind_unwrap_call(PyObject *object);
bind_box *bind_unwrap_box(PyObject *object, bind_kind kind);

/* Makes the call and answers its value; NULL with an exception. */
PyObject *bind_python_run(PyObject *call);

/* The value of a call that ended, or with *good false the exception for it. Its outputs are released. */
PyObject *bind_python_outcome(kl_call *call, bool *good);

/* Raises it, takes it over and answers NULL. */
PyObject *bind_python_raise(PyObject *error);
/* The exception of a failed call, not raised; and raising a status of the binding itself. */
PyObject *bind_python_error(kl_status status, const char *message, const char *sqlstate, PyObject *value);
void bind_python_refuse(kl_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
