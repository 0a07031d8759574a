/* Values of Python out of what libkloyst answers. */
#include "python.h"

#include <string.h>

bind_value bind_none(bind_env *env)
{
    (void)env;
    Py_INCREF(Py_None);
    return Py_None;
}

bind_value bind_fail_memory(bind_env *env)
{
    (void)env;
    return PyErr_NoMemory();
}

bind_value bind_from_uuid(bind_env *env, const kl_uuid *uuid)
{
    char text[KL_UUID_TEXT + 1];
    if (!uuid)
        return bind_none(env);
    kl_uuid_format(uuid, text);
    return PyUnicode_FromStringAndSize(text, KL_UUID_TEXT);
}

/* Meta and users write what they like, so what is not UTF-8 must not hide the rest. */
bind_value bind_from_text(bind_env *env, const char *text)
{
    return text ? (bind_value)PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace") : bind_none(env);
}

bind_value bind_from_json(bind_env *env, const char *text)
{
    if (!text)
        return bind_none(env);
    return PyObject_CallFunction(python.loads, "s", text);
}

bind_value bind_from_bytes(bind_env *env, const void *start, size_t length)
{
    if (!start && length)
        return bind_none(env);
    return PyBytes_FromStringAndSize(start, (Py_ssize_t)length);
}

bind_value bind_from_money(bind_env *env, kl_money amount)
{
    (void)env;
    char text[KL_MONEY_TEXT];
    kl_money_format(amount, text, sizeof text);
    return PyObject_CallFunction(python.decimal, "s", text);
}

bind_value bind_from_time(bind_env *env, kl_time time)
{
    (void)env;
    PyObject *since = PyObject_CallFunction(python.timedelta, "iiL", 0, 0, (long long)time);
    PyObject *moment = since ? PyNumber_Add(python.epoch, since) : NULL;
    Py_XDECREF(since);
    return moment;
}

bind_value bind_from_int(bind_env *env, int64_t number)
{
    (void)env;
    return PyLong_FromLongLong(number);
}

bind_value bind_from_int64(bind_env *env, int64_t number)
{
    (void)env;
    return PyLong_FromLongLong(number);
}

bind_value bind_from_uint64(bind_env *env, uint64_t number)
{
    (void)env;
    return PyLong_FromUnsignedLongLong(number);
}

bind_value bind_from_flag(bind_env *env, bool flag)
{
    (void)env;
    return PyBool_FromLong(flag);
}

bind_value bind_from_enum(bind_env *env, const bind_enum *type, int number)
{
    PyObject *members = python.enum_members ? python.enum_members[type->index] : NULL;
    PyObject *key = PyLong_FromLong(number);
    PyObject *member = NULL;
    if (members && key)
        member = PyDict_GetItemWithError(members, key);
    else if (key)
        PyErr_SetString(PyExc_RuntimeError, "kloyst._records was not imported");
    Py_XDECREF(key);
    if (!member && PyErr_Occurred())
        return NULL;
    Py_XINCREF(member);
    return member ? member : bind_none(env);
}

bind_value bind_list_new(bind_env *env, size_t count)
{
    (void)env;
    return PyList_New((Py_ssize_t)count);
}

/* A list that fails half way is given up with what it holds. */
bool bind_list_set(bind_env *env, bind_value list, size_t index, bind_value value)
{
    (void)env;
    if (value && PyList_SetItem(list, (Py_ssize_t)index, value) == 0)
        return true;
    Py_DECREF((PyObject *)list);
    return false;
}

bind_value bind_tuple_new(bind_env *env, size_t count)
{
    (void)env;
    return PyTuple_New((Py_ssize_t)count);
}

bool bind_tuple_set(bind_env *env, bind_value tuple, size_t index, bind_value value)
{
    (void)env;
    if (value && PyTuple_SetItem(tuple, (Py_ssize_t)index, value) == 0)
        return true;
    Py_DECREF((PyObject *)tuple);
    return false;
}

bind_value bind_record_new(bind_env *env, const bind_record *record)
{
    (void)env;
    if (!python.record_classes) {
        PyErr_SetString(PyExc_RuntimeError, "kloyst._records was not imported");
        return NULL;
    }
    PyTypeObject *type = (PyTypeObject *)python.record_classes[record->index];
    newfunc make = (newfunc)PyType_GetSlot(type, Py_tp_new);
    PyObject *nothing = PyTuple_New(0);
    PyObject *value = nothing ? make(type, nothing, NULL) : NULL;
    Py_XDECREF(nothing);
    return value;
}

/* Past the class's own __setattr__, which refuses. */
bool bind_record_set(bind_env *env, bind_value value, const bind_record *record, size_t member, bind_value part)
{
    (void)env;
    bool good = part && PyObject_GenericSetAttr(value, python.record_names[record->index][member], part) == 0;
    Py_XDECREF((PyObject *)part);
    if (!good)
        Py_DECREF((PyObject *)value);
    return good;
}
