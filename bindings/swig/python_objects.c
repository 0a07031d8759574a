/* Objects of Python: calls and resources; errors; what the module is set up with. */
#include "python.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

python_state python;

static bind_env environment;

/* --- errors ------------------------------------------------------------------------------ */

static bool set_attribute(PyObject *object, const char *name, PyObject *value)
{
    bool good = value && PyObject_SetAttrString(object, name, value) == 0;
    Py_XDECREF(value);
    return good;
}

/* `value` is what came with the failure, or NULL; it is taken over. */
PyObject *bind_python_error(kl_status status, const char *message, const char *sqlstate, PyObject *value)
{
    PyObject *error = NULL;
    if (!value) {
        Py_INCREF(Py_None);
        value = Py_None;
    }
    if (python.error_factory) {
        error = PyObject_CallFunction(python.error_factory, "issOO", (int)status, message, sqlstate,
                                      kl_status_retriable(status) ? Py_True : Py_False, value);
    } else if ((error = PyObject_CallFunction(python.status_error, "s", message))) {
        Py_INCREF(value);
        if (!set_attribute(error, "status", PyLong_FromLong(status)) ||
            !set_attribute(error, "message", PyUnicode_FromString(message)) ||
            !set_attribute(error, "sqlstate", PyUnicode_FromString(sqlstate)) ||
            !set_attribute(error, "retriable", PyBool_FromLong(kl_status_retriable(status))) ||
            !set_attribute(error, "value", value)) {
            Py_DECREF(error);
            error = NULL;
        }
    }
    Py_DECREF(value);
    return error;
}

/* What an error factory made may be no exception; Python says so itself then. */
PyObject *bind_python_raise(PyObject *error)
{
    if (error)
        PyErr_SetObject((PyObject *)Py_TYPE(error), error);
    Py_XDECREF(error);
    return NULL;
}

void bind_python_refuse(kl_status status, const char *format, ...)
{
    char message[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    bind_python_raise(bind_python_error(status, message, "", NULL));
}

/* --- outcomes ---------------------------------------------------------------------------- */

/* The exception that Python has now, as an object. */
static PyObject *take_exception(void)
{
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    if (value && trace)
        PyException_SetTraceback(value, trace);
    Py_XDECREF(type);
    Py_XDECREF(trace);
    return value;
}

PyObject *bind_python_outcome(kl_call *call, bool *good)
{
    PyObject *value = NULL;
    *good = false;
    if (call->exception) {
        value = call->exception;
        call->exception = NULL;
    } else if (!call->status) {
        value = call->function->convert(&environment, call);
        *good = value != NULL;
    } else {
        PyObject *told = call->function->told_with_error ? call->function->convert(&environment, call) : NULL;
        if (!PyErr_Occurred())
            value = bind_python_error(call->status, call->error ? kl_error_message(call->error) : kl_status_text(call->status),
                                      kl_error_sqlstate(call->error), told);
    }
    call->function->release(call);
    return value ? value : take_exception();
}

PyObject *bind_python_run(PyObject *object)
{
    kl_call *call = bind_unwrap_call(object);
    if (!call)
        return NULL;
    if (!bind_call_begin(call)) {
        bind_python_refuse(KL_ERR_STATE, "a call is made once");
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS;
    bind_call_run(call, &call->error);
    Py_END_ALLOW_THREADS;
    bool good;
    PyObject *value = bind_python_outcome(call, &good);
    return good ? value : bind_python_raise(value);
}

/* --- callbacks ----------------------------------------------------------------------------- */

/* Also where Ctrl-C is noticed in a long call of the main thread. */
static int call_function(void *function, const bind_told *told)
{
    if (PyErr_CheckSignals())
        return -1;
    if (!function)
        return 0;
    bind_value arguments[3];
    size_t count = bind_told_arguments(&environment, told, arguments);
    PyObject *tuple = PyTuple_New((Py_ssize_t)count);
    bool good = tuple != NULL;
    for (size_t i = 0; i < count; i++)
        if (!arguments[i] || !good || PyTuple_SetItem(tuple, (Py_ssize_t)i, arguments[i]))
            good = false;
    PyObject *answer = good ? PyObject_Call(function, tuple, NULL) : NULL;
    Py_XDECREF(tuple);
    Py_XDECREF(answer);
    return answer ? 0 : -1;
}

int bind_language_tell(void *function, kl_call *call, const bind_told *told)
{
    if (!Py_IsInitialized())
        return 0;
    PyGILState_STATE state = PyGILState_Ensure();
    int failed = call && call->exception ? 1 : call_function(function, told);
    if (failed && PyErr_Occurred()) {
        if (call)
            call->exception = take_exception();
        else
            PyErr_WriteUnraisable(function);
    }
    PyGILState_Release(state);
    return failed && call;
}

void bind_language_drop(void *kept)
{
    Py_XDECREF((PyObject *)kept);
}

void *bind_language_pause(void)
{
    return PyEval_SaveThread();
}

void bind_language_resume(void *paused)
{
    PyEval_RestoreThread(paused);
}

/* --- calls --------------------------------------------------------------------------------- */

PyObject *bind_wrap_call(kl_call **call, kl_call *made)
{
    if (!made)
        return PyErr_NoMemory();
    allocfunc make = (allocfunc)PyType_GetSlot(python.call_type, Py_tp_alloc);
    python_call *object = (python_call *)make(python.call_type, 0);
    if (!object)
        return NULL;
    object->call = made;
    *call = NULL;
    return (PyObject *)object;
}

kl_call *bind_unwrap_call(PyObject *object)
{
    if (Py_TYPE(object) == python.call_type)
        return ((python_call *)object)->call;
    PyErr_SetString(PyExc_TypeError, "not a call");
    return NULL;
}

void bind_python_free(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}

static void call_dealloc(PyObject *self)
{
    python_call *object = (python_call *)self;
    bind_call_free(object->call);
    Py_XDECREF(object->token);
    bind_python_free(self);
}

static PyObject *call_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<kloyst call %s>", ((python_call *)self)->call->function->name);
}

/* What the C library asks of callbacks: an import or a worker that runs ends soon. */
static PyObject *call_cancel(PyObject *self, PyObject *nothing)
{
    (void)nothing;
    bind_call_cancel(((python_call *)self)->call);
    Py_RETURN_NONE;
}

static PyMethodDef call_methods[] = {{"cancel", call_cancel, METH_NOARGS, "Asks a call that runs to end soon, where it can."},
                                     {NULL, NULL, 0, NULL}};

/* --- resources --------------------------------------------------------------------------------- */

typedef struct box_object {
    PyObject_HEAD
    bind_box *box;
} box_object;

bind_value bind_from_box(bind_env *env, bind_box *box)
{
    (void)env;
    PyTypeObject *type = python.box_types[box->kind];
    allocfunc make = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    box_object *object = (box_object *)make(type, 0);
    if (object)
        object->box = box;
    else
        bind_box_drop(box);
    return object;
}

bind_box *bind_unwrap_box(PyObject *object, bind_kind kind)
{
    return Py_TYPE(object) == python.box_types[kind] ? ((box_object *)object)->box : NULL;
}

static void box_dealloc(PyObject *self)
{
    bind_box_drop(((box_object *)self)->box);
    bind_python_free(self);
}

static PyObject *box_close(PyObject *self, PyObject *nothing)
{
    (void)nothing;
    bind_box *box = ((box_object *)self)->box;
    Py_BEGIN_ALLOW_THREADS;
    bind_box_close(box);
    Py_END_ALLOW_THREADS;
    Py_RETURN_NONE;
}

static PyMethodDef box_methods[] = {{"close", box_close, METH_NOARGS, "Ends it; again does nothing."}, {NULL, NULL, 0, NULL}};

/* --- set-up --------------------------------------------------------------------------------------------- */

/* Objects of these types are made by the module alone. */
static PyObject *no_new(PyTypeObject *type, PyObject *arguments, PyObject *named)
{
    (void)type;
    (void)arguments;
    (void)named;
    PyErr_SetString(PyExc_TypeError, "made by the library only");
    return NULL;
}

PyTypeObject *bind_python_type(PyObject *module, const char *name, int size, newfunc make, destructor dealloc, reprfunc repr,
                               PyMethodDef *methods)
{
    char full[64];
    PyOS_snprintf(full, sizeof full, "kloyst._native.%s", name);
    PyType_Slot slots[] = {{Py_tp_new, make}, {Py_tp_dealloc, dealloc}, {Py_tp_methods, methods},
                           {repr ? Py_tp_repr : 0, repr}, {0, NULL}};
    PyType_Spec spec = {full, size, 0, Py_TPFLAGS_DEFAULT, slots};
    PyObject *type = PyType_FromSpec(&spec);
    if (!type)
        return NULL;
    Py_INCREF(type);
    if (PyModule_AddObject(module, name, type)) {
        Py_DECREF(type);
        Py_DECREF(type);
        return NULL;
    }
    return (PyTypeObject *)type;
}

static PyObject *import_from(const char *module, const char *name)
{
    PyObject *imported = PyImport_ImportModule(module);
    PyObject *found = imported ? PyObject_GetAttrString(imported, name) : NULL;
    Py_XDECREF(imported);
    return found;
}

static bool make_epoch(void)
{
    PyObject *datetime = import_from("datetime", "datetime"), *zone = import_from("datetime", "timezone");
    PyObject *utc = zone ? PyObject_GetAttrString(zone, "utc") : NULL;
    if (datetime && utc)
        python.epoch = PyObject_CallFunction(datetime, "iiiiiiiO", 1970, 1, 1, 0, 0, 0, 0, utc);
    Py_XDECREF(datetime);
    Py_XDECREF(zone);
    Py_XDECREF(utc);
    return python.epoch != NULL;
}

int bind_python_init(PyObject *module)
{
    static const struct {
        bind_kind kind;
        const char *name;
    } boxes[] = {{BIND_CLIENT, "Client"}, {BIND_WORKER, "Worker"}, {BIND_BATCH, "Batch"}, {BIND_EVENT_PAGE, "EventPage"},
                 {BIND_RATE_PAGE, "RatePage"}};
    if (python.call_type) {
        PyErr_SetString(PyExc_ImportError, "kloyst works in one interpreter of a process");
        return -1;
    }
    python.decimal = import_from("decimal", "Decimal");
    python.timedelta = import_from("datetime", "timedelta");
    python.loads = import_from("json", "loads");
    python.dumps = import_from("json", "dumps");
    if (!python.decimal || !python.timedelta || !python.loads || !python.dumps || !make_epoch() ||
        !(python.microsecond = PyObject_CallFunction(python.timedelta, "iii", 0, 0, 1)))
        return -1;
    for (size_t i = 0; i < sizeof boxes / sizeof boxes[0]; i++)
        if (!(python.box_types[boxes[i].kind] =
                  bind_python_type(module, boxes[i].name, sizeof(box_object), no_new, box_dealloc, NULL, box_methods)))
            return -1;
    python.call_type = bind_python_type(module, "Call", sizeof(python_call), no_new, call_dealloc, call_repr, call_methods);
    python.status_error = PyErr_NewExceptionWithDoc("kloyst._native.StatusError", "A call that failed.", NULL, NULL);
    if (!python.call_type || !bind_python_define_queue(module) || !python.status_error)
        return -1;
    Py_INCREF(python.status_error);
    return PyModule_AddObject(module, "StatusError", python.status_error);
}

static bool register_enums(PyObject *records)
{
    python.enum_classes = PyMem_Calloc(bind_enum_count, sizeof *python.enum_classes);
    python.enum_members = PyMem_Calloc(bind_enum_count, sizeof *python.enum_members);
    if (!python.enum_classes || !python.enum_members)
        return PyErr_NoMemory() != NULL;
    for (size_t i = 0; i < bind_enum_count; i++) {
        const bind_enum *type = bind_enums[i];
        if (!(python.enum_classes[i] = PyObject_GetAttrString(records, type->name)) || !(python.enum_members[i] = PyDict_New()))
            return false;
        for (size_t j = 0; j < type->count; j++) {
            PyObject *number = PyLong_FromLong(type->values[j].number);
            PyObject *member = number ? PyObject_CallFunctionObjArgs(python.enum_classes[i], number, NULL) : NULL;
            bool good = member && PyDict_SetItem(python.enum_members[i], number, member) == 0;
            Py_XDECREF(number);
            Py_XDECREF(member);
            if (!good)
                return false;
        }
    }
    return true;
}

static bool register_record(PyObject *records, const bind_record *record)
{
    PyObject **names = python.record_names[record->index] = PyMem_Calloc(record->count, sizeof *names);
    if (!names)
        return PyErr_NoMemory() != NULL;
    for (size_t i = 0; i < record->count; i++)
        if (!(names[i] = PyUnicode_InternFromString(record->members[i].snake)))
            return false;
    return (python.record_classes[record->index] = PyObject_GetAttrString(records, record->name)) != NULL;
}

PyObject *bind_python_register(PyObject *records)
{
    if (python.record_classes) {
        PyErr_SetString(PyExc_RuntimeError, "records are there already");
        return NULL;
    }
    python.record_names = PyMem_Calloc(bind_record_count, sizeof *python.record_names);
    python.record_classes = PyMem_Calloc(bind_record_count, sizeof *python.record_classes);
    if (!python.record_names || !python.record_classes)
        return PyErr_NoMemory();
    bool good = register_enums(records);
    for (size_t i = 0; good && i < bind_record_count; i++)
        good = register_record(records, bind_records[i]);
    if (!good)
        return NULL;
    Py_RETURN_NONE;
}

PyObject *bind_python_set_error_factory(PyObject *factory)
{
    PyObject *before = python.error_factory;
    if (factory == Py_None) {
        python.error_factory = NULL;
    } else {
        Py_INCREF(factory);
        python.error_factory = factory;
    }
    Py_XDECREF(before);
    Py_RETURN_NONE;
}
