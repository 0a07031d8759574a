/* Arguments of Python into the memory of a call: the one place that says what is taken for what. */
#include "python.h"

#include <limits.h>
#include <stdarg.h>
#include <string.h>

static bool wrong_type(const char *name, const char *wanted, PyObject *value)
{
    PyObject *type = (PyObject *)Py_TYPE(value);
    PyObject *type_name = PyObject_GetAttrString(type, "__name__");
    if (type_name)
        PyErr_Format(PyExc_TypeError, "%s must be %s; this is a %U", name, wanted, type_name);
    Py_XDECREF(type_name);
    return false;
}

static void *room(kl_call *call, size_t size)
{
    void *memory = bind_call_room(call, size);
    if (!memory)
        PyErr_NoMemory();
    return memory;
}

/* UTF-8 without a NUL, copied; `data` gets its place. */
static bool read_text(kl_call *call, PyObject *value, const char *name, bind_data *data)
{
    PyObject *bytes = PyUnicode_AsUTF8String(value);
    if (!bytes) {
        if (PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) {
            PyErr_Clear();
            bind_python_refuse(KL_ERR_ENCODING, "%s holds a surrogate that is no character", name);
        }
        return false;
    }
    size_t length = (size_t)PyBytes_Size(bytes);
    const char *start = PyBytes_AsString(bytes);
    char *copy = NULL;
    if (memchr(start, 0, length))
        bind_python_refuse(KL_ERR_ENCODING, "%s holds a NUL", name);
    else if ((copy = room(call, length + 1)))
        memcpy(copy, start, length);
    Py_DECREF(bytes);
    *data = (bind_data){copy, length};
    return copy != NULL;
}

static bool read_bytes(kl_call *call, PyObject *value, bind_data *data)
{
    PyObject *bytes = PyBytes_FromObject(value);
    if (!bytes)
        return false;
    size_t length = (size_t)PyBytes_Size(bytes);
    char *copy = room(call, length + 1);
    if (copy)
        memcpy(copy, PyBytes_AsString(bytes), length);
    Py_DECREF(bytes);
    *data = (bind_data){copy, length};
    return copy != NULL;
}

static bool is_bytes(PyObject *value)
{
    return PyBytes_Check(value) || PyByteArray_Check(value) || PyMemoryView_Check(value);
}

/* JSON is what json.dumps makes of dictionaries and lists, or a text that is JSON already. */
static bool read_json(kl_call *call, PyObject *value, const char *name, bind_data *data)
{
    if (PyUnicode_Check(value))
        return read_text(call, value, name, data);
    if (is_bytes(value))
        return read_bytes(call, value, data);
    if (!PyDict_Check(value) && !PyList_Check(value) && !PyTuple_Check(value))
        return wrong_type(name, "a dict, list or JSON text", value);
    PyObject *nothing = PyTuple_Pack(1, value);
    PyObject *how = PyDict_New();
    PyObject *text = NULL;
    if (nothing && how && PyDict_SetItemString(how, "ensure_ascii", Py_False) == 0 &&
        PyDict_SetItemString(how, "allow_nan", Py_False) == 0)
        text = PyObject_Call(python.dumps, nothing, how);
    Py_XDECREF(nothing);
    Py_XDECREF(how);
    bool good = text && read_text(call, text, name, data);
    Py_XDECREF(text);
    return good;
}

static bool read_data(kl_call *call, PyObject *value, bind_kind kind, const char *name, bind_data *data)
{
    if (kind == BIND_JSON)
        return read_json(call, value, name, data);
    if (kind == BIND_SECRET && PyUnicode_Check(value))
        return read_text(call, value, name, data);
    if (is_bytes(value))
        return read_bytes(call, value, data);
    return wrong_type(name, kind == BIND_SECRET ? "bytes or str" : "bytes", value);
}

/* Exact: a UUID is its canonical text or a uuid.UUID, whose str() is that. */
static bool read_uuid(kl_call *call, PyObject *value, const char *name, const kl_uuid **slot)
{
    PyObject *text = NULL;
    if (PyUnicode_Check(value)) {
        Py_INCREF(value);
        text = value;
    } else if (PyObject_HasAttrString(value, "hex") && PyObject_HasAttrString(value, "time_low")) {
        text = PyObject_Str(value);
    }
    if (!text)
        return PyErr_Occurred() ? false : wrong_type(name, "a UUID as str", value);
    bind_data data;
    kl_uuid *uuid = NULL;
    bool good = read_text(call, text, name, &data) && (uuid = room(call, sizeof *uuid));
    Py_DECREF(text);
    if (!good)
        return false;
    kl_status status = strlen(data.start) == data.length ? kl_uuid_parse(data.start, uuid) : KL_ERR_FORMAT;
    if (status) {
        bind_python_refuse(status, "%s is not a UUID", name);
        return false;
    }
    *slot = uuid;
    return true;
}

/* Decimal or its text; never float, and not int, which would leave open whether it counts units or ten-thousandths. */
static bool read_money(kl_call *call, PyObject *value, const char *name, kl_money *slot)
{
    PyObject *text = NULL;
    int is_decimal = PyObject_IsInstance(value, python.decimal);
    if (is_decimal < 0)
        return false;
    if (is_decimal) {
        PyObject *plain = PyUnicode_FromString("f");
        text = plain ? PyObject_CallMethod(value, "__format__", "O", plain) : NULL;
        Py_XDECREF(plain);
        if (!text)
            return false;
    } else if (PyUnicode_Check(value)) {
        Py_INCREF(value);
        text = value;
    } else {
        return wrong_type(name, "a Decimal or its text, since money is never rounded", value);
    }
    bind_data data;
    bool good = read_text(call, text, name, &data);
    Py_DECREF(text);
    if (!good)
        return false;
    /* Decimal("1.50000") is exactly 1.5. */
    char *start = (char *)data.start, *point = is_decimal ? strchr(start, '.') : NULL;
    if (point)
        for (char *last = start + data.length - 1; last - point > 4 && *last == '0'; last--)
            *last = '\0';
    kl_status status = kl_money_parse(start, slot);
    if (status)
        bind_python_refuse(status, "%s is not an amount with at most 4 decimals up to 999999.9999", name);
    return !status;
}

/* Aware datetimes only: a naive one is in nobody knows which time zone. */
static bool read_time(PyObject *value, const char *name, kl_time *slot)
{
    if (!PyObject_HasAttrString(value, "utcoffset") || !PyObject_HasAttrString(value, "year"))
        return wrong_type(name, "an aware datetime", value);
    PyObject *offset = PyObject_CallMethod(value, "utcoffset", NULL);
    if (!offset)
        return false;
    bool naive = offset == Py_None;
    Py_DECREF(offset);
    if (naive) {
        PyErr_Format(PyExc_TypeError, "%s must be an aware datetime: this one has no time zone", name);
        return false;
    }
    PyObject *since = PyNumber_Subtract(value, python.epoch);
    PyObject *micro = since ? PyNumber_FloorDivide(since, python.microsecond) : NULL;
    long long number = micro ? PyLong_AsLongLong(micro) : -1;
    Py_XDECREF(since);
    Py_XDECREF(micro);
    *slot = number;
    return !PyErr_Occurred();
}

/* A whole number from `least` to `most`, never bool. */
static bool read_number(PyObject *value, const char *name, long long least, long long most, long long *number)
{
    if (!PyLong_Check(value) || PyBool_Check(value))
        return wrong_type(name, "an int", value);
    int overflow = 0;
    *number = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (PyErr_Occurred())
        return false;
    if (overflow || *number < least || *number > most) {
        bind_python_refuse(KL_ERR_ARGUMENT, "%s is out of range", name);
        return false;
    }
    return true;
}

static bool read_uint64(PyObject *value, const char *name, uint64_t *slot)
{
    if (!PyLong_Check(value) || PyBool_Check(value))
        return wrong_type(name, "an int", value);
    *slot = PyLong_AsUnsignedLongLong(value);
    if (!PyErr_Occurred())
        return true;
    PyErr_Clear();
    bind_python_refuse(KL_ERR_ARGUMENT, "%s is out of range", name);
    return false;
}

static bool read_flag(PyObject *value, const char *name, int *slot)
{
    if (!PyBool_Check(value))
        return wrong_type(name, "a bool", value);
    *slot = value == Py_True;
    return true;
}

/* A member of the enum, its name, or its number; not a member of another enum. */
static bool read_enum(PyObject *value, const char *name, const bind_enum *type, int *slot)
{
    long long number;
    if (PyUnicode_Check(value)) {
        for (size_t i = 0; i < type->count; i++)
            if (PyUnicode_CompareWithASCIIString(value, type->values[i].name) == 0) {
                *slot = type->values[i].number;
                return true;
            }
        bind_python_refuse(KL_ERR_ARGUMENT, "%s: there is no such %s", name, type->name);
        return false;
    }
    int is_member = python.enum_classes ? PyObject_IsInstance(value, python.enum_classes[type->index]) : 0;
    if (is_member < 0)
        return false;
    if (!is_member && !PyLong_CheckExact(value)) {
        char wanted[64];
        PyOS_snprintf(wanted, sizeof wanted, "a %s", type->name);
        return wrong_type(name, wanted, value);
    }
    if (!read_number(value, name, INT_MIN, INT_MAX, &number))
        return false;
    *slot = (int)number;
    return true;
}

static bool read_box(kl_call *call, PyObject *value, bind_kind kind, const char *name, bind_box **slot)
{
    bind_box *box = bind_unwrap_box(value, kind);
    if (!box)
        return wrong_type(name, bind_box_name(kind), value);
    size_t i = 0;
    while (call->boxes[i])
        i++;
    *slot = call->boxes[i] = bind_box_keep(box);
    return true;
}

static bool read_ints(kl_call *call, PyObject *value, const char *name, const bind_array **slot)
{
    if (!PyList_Check(value) && !PyTuple_Check(value))
        return wrong_type(name, "a list of int", value);
    size_t count = (size_t)PySequence_Size(value);
    bind_array *array = room(call, sizeof *array);
    int *items = array ? room(call, (count ? count : 1) * sizeof *items) : NULL;
    bool good = items != NULL;
    for (size_t i = 0; good && i < count; i++) {
        PyObject *item = PySequence_GetItem(value, (Py_ssize_t)i);
        long long number;
        good = item && read_number(item, name, INT_MIN, INT_MAX, &number);
        if (good)
            items[i] = (int)number;
        Py_XDECREF(item);
    }
    if (good) {
        *array = (bind_array){items, count};
        *slot = array;
    }
    return good;
}

static bool read_function(kl_call *call, PyObject *value, bind_kind kind, const char *name)
{
    if (!PyCallable_Check(value))
        return wrong_type(name, "callable", value);
    void **place = kind == BIND_REJECT ? &call->reject : &call->progress;
    Py_INCREF(value);
    bind_language_drop(*place);
    *place = value;
    return true;
}

static bool read_character(kl_call *call, PyObject *value, const char *name, char *slot)
{
    bind_data data;
    if (!PyUnicode_Check(value))
        return wrong_type(name, "a str of one character", value);
    if (!read_text(call, value, name, &data))
        return false;
    if (data.length != 1) {
        bind_python_refuse(KL_ERR_ARGUMENT, "%s must be one character", name);
        return false;
    }
    *slot = data.start[0];
    return true;
}

static bool read_bytes32(kl_call *call, PyObject *value, const char *name, bind_data *data)
{
    if (!is_bytes(value))
        return wrong_type(name, "32 bytes", value);
    if (!read_bytes(call, value, data))
        return false;
    if (data->length == 32)
        return true;
    bind_python_refuse(KL_ERR_ARGUMENT, "%s must be 32 bytes", name);
    return false;
}

/* A field of a struct, from the value that the program gave for it. */
static bool read_field(kl_call *call, PyObject *value, const bind_field *field, char *memory)
{
    void *slot = memory + field->offset;
    bind_data data;
    if (value == Py_None && field->optional) {
        /* No price of one's own is the rate card's. */
        if (field->kind == BIND_MONEY)
            *(kl_money *)slot = -1;
        return true;
    }
    switch (field->kind) {
    case BIND_JSON:
    case BIND_BYTES:
        if (!read_data(call, value, field->kind, field->name.snake, &data))
            return false;
        *(const char **)slot = data.start;
        *(size_t *)(memory + field->length_offset) = data.length;
        return true;
    case BIND_BYTES32:
        if (!read_bytes32(call, value, field->name.snake, &data))
            return false;
        memcpy(slot, data.start, 32);
        return true;
    case BIND_CHARACTER:
        return read_character(call, value, field->name.snake, slot);
    case BIND_LOG:
    case BIND_PROGRESS:
    case BIND_REJECT:
        return read_function(call, value, field->kind, field->name.snake);
    default:
        return bind_read(call, value, field->kind, false, field->info, field->name.snake, slot);
    }
}

static bool unknown_key(PyObject *dictionary, const bind_struct *type)
{
    PyObject *key, *value;
    for (Py_ssize_t at = 0; PyDict_Next(dictionary, &at, &key, &value);) {
        bool known = false;
        for (size_t i = 0; !known && i < type->count; i++)
            known = PyUnicode_Check(key) && PyUnicode_CompareWithASCIIString(key, type->fields[i].name.snake) == 0;
        if (!known) {
            PyErr_Format(PyExc_TypeError, "%s has no %R", type->name, key);
            return true;
        }
    }
    return false;
}

/* A dictionary, or a record with such attributes. */
static bool read_struct(kl_call *call, PyObject *value, const bind_struct *type, char *memory)
{
    bool is_dictionary = PyDict_Check(value);
    int is_point = 0;
    for (size_t i = 0; !is_dictionary && python.record_classes && i < bind_record_count; i++)
        is_point = is_point || (Py_TYPE(value) == (PyTypeObject *)python.record_classes[i]);
    if (!is_dictionary && !is_point)
        return wrong_type(type->name, "a dict", value);
    if (is_dictionary && unknown_key(value, type))
        return false;
    for (size_t i = 0; i < type->count; i++) {
        const bind_field *field = &type->fields[i];
        PyObject *part = is_dictionary ? PyDict_GetItemString(value, field->name.snake)
                                       : PyObject_GetAttrString(value, field->name.snake);
        if (is_dictionary)
            Py_XINCREF(part);
        if (!part && PyErr_Occurred())
            return false;
        if (!part && !field->optional) {
            PyErr_Format(PyExc_TypeError, "%s needs %s", type->name, field->name.snake);
            return false;
        }
        bool good = !part || read_field(call, part, field, memory);
        Py_XDECREF(part);
        if (!good)
            return false;
    }
    return true;
}

static bool read_structs(kl_call *call, PyObject *value, const bind_struct *type, const char *name, const bind_array **slot)
{
    if (!PyList_Check(value) && !PyTuple_Check(value))
        return wrong_type(name, "a list of dicts", value);
    size_t count = (size_t)PySequence_Size(value);
    bind_array *array = room(call, sizeof *array);
    char *items = array ? room(call, (count ? count : 1) * type->size) : NULL;
    bool good = items != NULL;
    for (size_t i = 0; good && i < count; i++) {
        PyObject *item = PySequence_GetItem(value, (Py_ssize_t)i);
        good = item && read_struct(call, item, type, items + i * type->size);
        Py_XDECREF(item);
    }
    if (good) {
        *array = (bind_array){items, count};
        *slot = array;
    }
    return good;
}

static bool read_options(kl_call *call, PyObject *value, const bind_struct *type, void **slot)
{
    char *memory = room(call, type->size);
    if (!memory)
        return false;
    if (type->init)
        type->init(memory);
    *slot = memory;
    return value == Py_None || read_struct(call, value, type, memory);
}

bool bind_read(kl_call *call, PyObject *value, bind_kind kind, bool optional, const void *info, const char *name, void *slot)
{
    long long number = 0;
    bind_data data;
    if (kind == BIND_OPTIONS)
        return read_options(call, value, info, slot);
    if (optional && value == Py_None) {
        if (kind == BIND_MONEY)
            *(kl_money *)slot = -1;
        else if (kind == BIND_TIME || kind == BIND_INT64)
            *(int64_t *)slot = 0;
        return true;
    }
    switch (kind) {
    case BIND_CLIENT:
    case BIND_WORKER:
    case BIND_BATCH:
    case BIND_EVENT_PAGE:
    case BIND_RATE_PAGE:
        return read_box(call, value, kind, name, slot);
    case BIND_UUID:
        return read_uuid(call, value, name, slot);
    case BIND_TEXT:
        if (!PyUnicode_Check(value))
            return wrong_type(name, "a str", value);
        if (!read_text(call, value, name, &data))
            return false;
        *(const char **)slot = data.start;
        return true;
    case BIND_JSON:
    case BIND_SECRET:
    case BIND_BYTES:
        if (!read_data(call, value, kind, name, &data))
            return false;
        if (!(*(bind_data **)slot = room(call, sizeof data)))
            return false;
        **(bind_data **)slot = data;
        return true;
    case BIND_BYTES32:
        if (!read_bytes32(call, value, name, &data))
            return false;
        *(const char **)slot = data.start;
        return true;
    case BIND_MONEY:
        return read_money(call, value, name, slot);
    case BIND_TIME:
        return read_time(value, name, slot);
    case BIND_INT:
        if (!read_number(value, name, INT_MIN, INT_MAX, &number))
            return false;
        *(int *)slot = (int)number;
        return true;
    case BIND_LONG:
    case BIND_INT64:
        if (!read_number(value, name, INT64_MIN, INT64_MAX, &number))
            return false;
        *(int64_t *)slot = number;
        return true;
    case BIND_SIZE:
        if (!read_number(value, name, 0, INT64_MAX, &number))
            return false;
        *(size_t *)slot = (size_t)number;
        return true;
    case BIND_UINT64:
        return read_uint64(value, name, slot);
    case BIND_FLAG:
        return read_flag(value, name, slot);
    case BIND_ENUM:
        return read_enum(value, name, info, slot);
    case BIND_INTS:
        return read_ints(call, value, name, slot);
    case BIND_STRUCTS:
        return read_structs(call, value, info, name, slot);
    case BIND_STRUCT:
        if (!(*(void **)slot = room(call, ((const bind_struct *)info)->size)))
            return false;
        return read_struct(call, value, info, *(void **)slot);
    default:
        PyErr_Format(PyExc_SystemError, "no rule for %s", name);
        return false;
    }
}
