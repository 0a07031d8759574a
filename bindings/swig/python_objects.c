/* Objects of Python: calls, resources and queues; errors; what the module is set up with. */
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
static PyObject *raise(PyObject *error)
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
    raise(bind_python_error(status, message, "", NULL));
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

/* The value of a call that ended, or with *good false the exception for it. Its outputs are released. */
static PyObject *outcome(kl_call *call, bool *good)
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
    PyObject *value = outcome(call, &good);
    return good ? value : raise(value);
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

typedef struct call_object {
    PyObject_HEAD
    kl_call *call;
    PyObject *token; /* while it is in a queue */
} call_object;

PyObject *bind_wrap_call(kl_call **call, kl_call *made)
{
    if (!made)
        return PyErr_NoMemory();
    allocfunc make = (allocfunc)PyType_GetSlot(python.call_type, Py_tp_alloc);
    call_object *object = (call_object *)make(python.call_type, 0);
    if (!object)
        return NULL;
    object->call = made;
    *call = NULL;
    return (PyObject *)object;
}

kl_call *bind_unwrap_call(PyObject *object)
{
    if (Py_TYPE(object) == python.call_type)
        return ((call_object *)object)->call;
    PyErr_SetString(PyExc_TypeError, "not a call");
    return NULL;
}

static void free_object(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}

static void call_dealloc(PyObject *self)
{
    call_object *object = (call_object *)self;
    bind_call_free(object->call);
    Py_XDECREF(object->token);
    free_object(self);
}

static PyObject *call_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<kloyst call %s>", ((call_object *)self)->call->function->name);
}

/* What the C library asks of callbacks: an import or a worker that runs ends soon. */
static PyObject *call_cancel(PyObject *self, PyObject *nothing)
{
    (void)nothing;
    bind_call_cancel(((call_object *)self)->call);
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
    free_object(self);
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

/* --- queues ---------------------------------------------------------------------------------------- */

typedef struct queue_object {
    PyObject_HEAD
    kl_completion_queue *queue;
    PyObject *calls; /* token -> call, of those submitted and not handed out */
} queue_object;

static PyObject *raise_status(kl_status status, kl_error *error)
{
    PyObject *made = bind_python_error(status, error ? kl_error_message(error) : kl_status_text(status), kl_error_sqlstate(error), NULL);
    kl_error_free(error);
    return raise(made);
}

static PyObject *queue_new(PyTypeObject *type, PyObject *arguments, PyObject *named)
{
    int threads;
    if (named && PyDict_Size(named)) {
        PyErr_SetString(PyExc_TypeError, "Queue takes no named arguments");
        return NULL;
    }
    if (!PyArg_ParseTuple(arguments, "i:Queue", &threads))
        return NULL;
    allocfunc make = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    queue_object *self = (queue_object *)make(type, 0);
    if (!self)
        return NULL;
    kl_error *error = NULL;
    kl_status status = kl_completion_queue_new(threads, &self->queue, &error);
    self->calls = status ? NULL : PyDict_New();
    if (self->calls)
        return (PyObject *)self;
    Py_DECREF((PyObject *)self);
    return status ? raise_status(status, error) : NULL;
}

static PyObject *queue_submit(PyObject *self, PyObject *arguments)
{
    queue_object *queue = (queue_object *)self;
    PyObject *object, *token;
    if (!PyArg_ParseTuple(arguments, "OO:submit", &object, &token))
        return NULL;
    kl_call *call = bind_unwrap_call(object);
    if (!call)
        return NULL;
    int known = PyDict_Contains(queue->calls, token);
    if (known < 0)
        return NULL;
    if (known) {
        bind_python_refuse(KL_ERR_EXISTS, "a call with this token is in the queue");
        return NULL;
    }
    if (!bind_call_begin(call)) {
        bind_python_refuse(KL_ERR_STATE, "a call is made once");
        return NULL;
    }
    /* The dictionary keeps the call for as long as a thread may use it. */
    if (PyDict_SetItem(queue->calls, token, object))
        return NULL;
    call->language = object;
    Py_INCREF(token);
    ((call_object *)object)->token = token;
    kl_error *error = NULL;
    kl_status status = kl_completion_queue_submit(queue->queue, bind_call_run, call, &error);
    if (!status)
        Py_RETURN_NONE;
    PyDict_DelItem(queue->calls, token);
    return raise_status(status, error);
}

static PyObject *handed_out(queue_object *queue, kl_completion *completion)
{
    kl_call *call = completion->context;
    call_object *object = call->language;
    call->status = completion->status;
    call->error = completion->error;
    PyObject *token = object->token;
    object->token = NULL;
    Py_INCREF((PyObject *)object);
    PyDict_DelItem(queue->calls, token);
    bool good;
    PyObject *value = outcome(call, &good);
    Py_DECREF((PyObject *)object);
    PyObject *result = value ? PyTuple_Pack(3, token, good ? Py_True : Py_False, value) : NULL;
    Py_DECREF(token);
    Py_XDECREF(value);
    return result;
}

static PyObject *queue_next(PyObject *self, PyObject *nothing)
{
    (void)nothing;
    queue_object *queue = (queue_object *)self;
    kl_completion completion;
    kl_status status = kl_completion_queue_next(queue->queue, &completion);
    if (status == KL_ERR_EMPTY)
        Py_RETURN_NONE;
    return status ? raise_status(status, NULL) : handed_out(queue, &completion);
}

/* All that have ended, up to `most`: one turn of an event loop. */
static PyObject *queue_take(PyObject *self, PyObject *arguments)
{
    queue_object *queue = (queue_object *)self;
    int most;
    if (!PyArg_ParseTuple(arguments, "i:take", &most))
        return NULL;
    PyObject *list = PyList_New(0);
    kl_completion completion;
    kl_status status = KL_OK;
    for (int i = 0; list && i < most && !(status = kl_completion_queue_next(queue->queue, &completion)); i++) {
        PyObject *each = handed_out(queue, &completion);
        if (!each || PyList_Append(list, each)) {
            Py_DECREF(list);
            list = NULL;
        }
        Py_XDECREF(each);
    }
    if (list && status && status != KL_ERR_EMPTY) {
        Py_DECREF(list);
        return raise_status(status, NULL);
    }
    return list;
}

static PyObject *queue_fileno(PyObject *self, PyObject *nothing)
{
    (void)nothing;
    return PyLong_FromLong(kl_completion_queue_descriptor(((queue_object *)self)->queue));
}

static PyObject *queue_pending(PyObject *self, PyObject *nothing)
{
    (void)nothing;
    return PyLong_FromSize_t(kl_completion_queue_pending(((queue_object *)self)->queue));
}

/* True: it never began. False: it runs, and ends soon if it is one that can; or it is not there. */
static PyObject *queue_cancel(PyObject *self, PyObject *token)
{
    queue_object *queue = (queue_object *)self;
    PyObject *object = PyDict_GetItemWithError(queue->calls, token);
    if (!object && PyErr_Occurred())
        return NULL;
    if (!object)
        Py_RETURN_FALSE;
    kl_call *call = bind_unwrap_call(object);
    kl_status status = kl_completion_queue_cancel(queue->queue, call, NULL);
    if (status == KL_ERR_STATE)
        bind_call_cancel(call);
    return PyBool_FromLong(status == KL_OK);
}

static PyObject *queue_close(PyObject *self, PyObject *nothing)
{
    (void)nothing;
    queue_object *queue = (queue_object *)self;
    Py_BEGIN_ALLOW_THREADS;
    kl_completion_queue_close(queue->queue);
    Py_END_ALLOW_THREADS;
    Py_RETURN_NONE;
}

static void queue_dealloc(PyObject *self)
{
    queue_object *queue = (queue_object *)self;
    if (queue->queue) {
        /* Work under way is waited for; it may call back into Python. */
        void *paused = bind_language_pause();
        kl_completion_queue_free(queue->queue);
        bind_language_resume(paused);
    }
    Py_XDECREF(queue->calls);
    free_object(self);
}

static PyMethodDef queue_methods[] = {
    {"submit", queue_submit, METH_VARARGS, "submit(call, token): hands a call over; the token comes back with its outcome."},
    {"next", queue_next, METH_NOARGS, "The next outcome, (token, good, value or exception), or None."},
    {"take", queue_take, METH_VARARGS, "take(most): outcomes that wait, as a list."},
    {"cancel", queue_cancel, METH_O, "cancel(token): True when the call had not begun."},
    {"fileno", queue_fileno, METH_NOARGS, "The descriptor that is readable while outcomes wait."},
    {"pending", queue_pending, METH_NOARGS, "Calls that were submitted and not handed out."},
    {"close", queue_close, METH_NOARGS, "Cancels what has not begun and waits for what has."},
    {NULL, NULL, 0, NULL}};

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

static PyTypeObject *make_type(PyObject *module, const char *name, int size, newfunc make, destructor dealloc, reprfunc repr,
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
                  make_type(module, boxes[i].name, sizeof(box_object), no_new, box_dealloc, NULL, box_methods)))
            return -1;
    python.call_type = make_type(module, "Call", sizeof(call_object), no_new, call_dealloc, call_repr, call_methods);
    python.queue_type = make_type(module, "Queue", sizeof(queue_object), queue_new, queue_dealloc, NULL, queue_methods);
    python.status_error = PyErr_NewExceptionWithDoc("kloyst._native.StatusError", "A call that failed.", NULL, NULL);
    if (!python.call_type || !python.queue_type || !python.status_error)
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
