/* The completion queue of Python: calls are kept by the tokens that they were submitted with, until their outcomes are handed out. */
#include "python.h"

typedef struct queue_object {
    PyObject_HEAD
    kl_completion_queue *queue;
    PyObject *calls; /* token -> call, of those submitted and not handed out */
} queue_object;

static PyObject *raise_status(kl_status status, kl_error *error)
{
    PyObject *made = bind_python_error(status, error ? kl_error_message(error) : kl_status_text(status), kl_error_sqlstate(error), NULL);
    kl_error_free(error);
    return bind_python_raise(made);
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
    ((python_call *)object)->token = token;
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
    python_call *object = call->language;
    call->status = completion->status;
    call->error = completion->error;
    PyObject *token = object->token;
    object->token = NULL;
    Py_INCREF((PyObject *)object);
    PyDict_DelItem(queue->calls, token);
    bool good;
    PyObject *value = bind_python_outcome(call, &good);
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
    bind_python_free(self);
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

bool bind_python_define_queue(PyObject *module)
{
    return bind_python_type(module, "Queue", sizeof(queue_object), queue_new, queue_dealloc, NULL, queue_methods) != NULL;
}
