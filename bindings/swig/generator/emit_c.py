"""Writes calls.h, calls_arguments.h and calls.c: what every call is, without any language."""
import re

from . import names
from .model import enum_values

BOXES = {"WORKER": "BIND_WORKER", "BATCH": "BIND_BATCH", "EVENT_PAGE": "BIND_EVENT_PAGE", "RATE_PAGE": "BIND_RATE_PAGE", "CLIENT": "BIND_CLIENT"}
BOX_OF = {"kl_batch": "BIND_BATCH", "kl_event_page": "BIND_EVENT_PAGE", "kl_rate_page": "BIND_RATE_PAGE", "kl_worker": "BIND_WORKER",
          "kl": "BIND_CLIENT"}
HEAD = "/* {what} Written by bindings/swig/generate from the headers. */\n"


def camel(name):
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)


def c_text(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class EmitC:
    def __init__(self, model):
        self.model = model
        self.headers = model.headers
        self.lines = []

    def put(self, text=""):
        self.lines.append(text)

    def take(self):
        text = "\n".join(self.lines) + "\n"
        self.lines = []
        return text

    # --- types of the prototypes ----------------------------------------------
    def typedefs(self):
        put = self.put
        for name in ("client", "worker", "batch", "event_page", "rate_page_or_null"):
            put(f"typedef bind_box *bind_{name};")
        for tail in ("", "_or_null"):
            put(f"typedef const kl_uuid *bind_uuid{tail};")
            put(f"typedef const char *bind_text{tail};")
            put(f"typedef const uint8_t *bind_bytes32{tail};")
            put(f"typedef kl_money bind_money{tail};")
            put(f"typedef kl_time bind_time{tail};")
            put(f"typedef int64_t bind_int64{tail};")
            put(f"typedef const bind_array *bind_ints{tail};")
            for data in ("json", "secret", "bytes"):
                put(f"typedef const bind_data *bind_{data}{tail};")
        for name, ctype in (("int", "int"), ("long", "long"), ("flag", "int"), ("uint64", "uint64_t"), ("size", "size_t")):
            put(f"typedef {ctype} bind_{name};")
        for enum in self.headers.enums:
            put(f"typedef {enum} bind_{enum}_or_null;")
        for struct in self.model.list_structs:
            put(f"typedef const bind_array *bind_list_of_{struct};")
            put(f"typedef const {struct} *bind_{struct}_or_null;")
        for struct in self.model.option_structs:
            put(f"typedef const {struct} *bind_{struct};")

    def swig_types(self):
        """The same for SWIG, which needs to know only what is a pointer and what is not; and the typemaps of the enums and structs."""
        put = self.put
        enums = set(self.headers.enums) | {f"bind_{enum}_or_null" for enum in self.headers.enums}
        for each in sorted({i.type for c in self.model.calls.values() for i in c.inputs} - enums):
            if each in ("bind_int", "bind_long", "bind_flag", "bind_uint64", "bind_size") or \
                    each.startswith(("bind_money", "bind_time", "bind_int64")):
                put(f"typedef long long {each};")
            else:
                put(f"typedef struct {each}_target *{each};")
        for enum in self.headers.enums:
            put(f"typedef int {enum};")
            put(f"typedef int bind_{enum}_or_null;")
        for enum in self.headers.enums:
            put(f"%bind_enum({enum})")
        for struct in self.model.list_structs:
            put(f"%bind_list({struct})")
        for struct in self.model.option_structs:
            put(f"%bind_options({struct})")

    def prototype(self, call):
        inputs = "".join(f", {i.type} {self.name_of(i)}" for i in call.inputs)
        return f"kl_call *call_{call.name}(kl_call *call{inputs})"

    @staticmethod
    def name_of(input_):
        return "client" if input_.kind == "CLIENT" else input_.name

    def interface(self):
        self.put("// Every call, for SWIG. Written by bindings/swig/generate from the headers.")
        self.swig_types()
        for call in self.model.calls.values():
            self.put(self.prototype(call) + ";")
        return self.take()

    def calls_h(self):
        self.put(HEAD.format(what="Makers of calls; inputs are in the call's memory already."))
        self.put("#ifndef KLOYST_BIND_CALLS_H\n#define KLOYST_BIND_CALLS_H\n\n#include \"bind.h\"\n")
        self.put("#ifdef __cplusplus\nextern \"C\" {\n#endif\n")
        self.typedefs()
        for enum in self.headers.enums:
            self.put(f"extern const bind_enum bind_enum_{enum};")
        for struct in self.model.option_structs + self.model.list_structs:
            self.put(f"extern const bind_struct bind_struct_{struct};")
        self.put()
        for call in self.model.calls.values():
            self.put(self.prototype(call) + ";")
        self.put("\n#ifdef __cplusplus\n}\n#endif\n\n#endif")
        return self.take()

    # --- tables ----------------------------------------------------------------
    def enums(self):
        put = self.put
        for index, enum in enumerate(self.headers.enums.values()):
            values = enum_values(enum)
            put(f"static const bind_enum_value values_{enum.name}[] = {{")
            put(",\n".join(f"    {{{c_text(name)}, {number}}}" for name, number, _ in values))
            put("};")
            language = "".join(w.capitalize() for w in enum.name[3:].split("_"))
            put(f"const bind_enum bind_enum_{enum.name} = {{{c_text(language)}, {index}, values_{enum.name}, {len(values)}}};\n")
        put("const bind_enum *const bind_enums[] = {" + ", ".join(f"&bind_enum_{e}" for e in self.headers.enums) + "};")
        put(f"const size_t bind_enum_count = {len(self.headers.enums)};\n")

    def used_records(self):
        return [r for r in self.model.records.values() if not r.only_list]

    def records(self):
        put = self.put
        used = self.used_records()
        for index, record in enumerate(used):
            put(f"static const bind_name names_{record.name}[] = {{")
            put(",\n".join(f"    {{{c_text(m.name)}, {c_text(camel(m.name))}}}" for m in record.members))
            put("};")
            put(f"static const bind_record record_{record.name} = {{{c_text(record.language)}, {index}, names_{record.name}, "
                f"{len(record.members)}}};\n")
        put("const bind_record *const bind_records[] = {" + ", ".join(f"&record_{r.name}" for r in used) + "};")
        put(f"const size_t bind_record_count = {len(used)};\n")

    FROM = {"TEXT": "bind_from_text(env, {r})", "TEXT_OR_NULL": "bind_from_text(env, {r})", "JSON": "bind_from_json(env, {r})",
            "JSON_OR_NULL": "bind_from_json(env, {r})", "UUID_OR_NULL": "bind_from_uuid(env, {r})",
            "UUID_OR_NIL": "bind_from_uuid_or_nil(env, {r})", "MONEY": "bind_from_money(env, {r})", "TIME": "bind_from_time(env, {r})",
            "INT": "bind_from_int(env, (int64_t){r})", "INT64": "bind_from_int64(env, {r})", "UINT64": "bind_from_uint64(env, {r})",
            "FLAG": "bind_from_flag(env, {r})", "ENUM": "bind_from_enum(env, &bind_enum_{info}, (int){r})",
            "ENUM_OR_ZERO": "bind_from_enum(env, &bind_enum_{info}, (int){r})", "BYTES32": "bind_from_bytes(env, {r}, 32)",
            "RECORD_OR_NULL": "value_{info}(env, {r})"}

    def put_member(self, record, index, member):
        put = self.put
        o = "o"
        read = member.read.format(o=o, i="index")
        set_ = f"bind_record_set(env, value, &record_{record.name}, {index}, "
        if member.kind in ("UUID",) and not (record.by_value):
            put(f"    kl_uuid uuid_{index} = {read};")
            part = f"bind_from_uuid(env, &uuid_{index})"
        elif member.kind == "UUID":
            part = f"bind_from_uuid(env, &{read})"
        elif member.kind == "BYTES":
            put(f"    size_t length_{index} = 0;")
            put(f"    const char *bytes_{index} = {member.read}(o, &length_{index});")
            part = f"bind_from_bytes(env, bytes_{index}, length_{index})"
        elif member.kind in ("TIME_OR_ZERO",):
            put(f"    kl_time time_{index} = {read};")
            part = f"time_{index} ? bind_from_time(env, time_{index}) : bind_none(env)"
        elif member.kind.endswith("_OR_NONE"):
            kind = member.kind[:-8]
            put(f"    int64_t number_{index} = {read};")
            part = f"number_{index} == -1 ? bind_none(env) : " + self.FROM[kind].format(r=f"number_{index}")
        elif member.kind == "BOX":
            part = "bind_from_box(env, box)"
        elif member.kind == "LIST":
            part = f"{self.list_name(record, member)}(env, o)"
        else:
            part = self.FROM[member.kind].format(r=read, info=member.info)
        put(f"    good = good && {set_}{part});")

    @staticmethod
    def list_name(record, member):
        return f"list_{record.name}" if record.only_list else f"list_{record.name}_{member.name}"

    def converters(self):
        put = self.put
        done = set()

        def ensure(name):
            if name in done:
                return
            done.add(name)
            record = self.model.records[name]
            for member in record.members:
                if member.info in self.model.records and member.kind in ("LIST", "RECORD_OR_NULL"):
                    ensure(member.info)
            for member in record.members:
                if member.kind == "LIST":
                    self.put_list(record, member)
            if not record.only_list:
                self.put_record(record)

        for name in self.model.records:
            ensure(name)

    def owner_type(self, record):
        return record.owner or record.name

    def put_list(self, record, member):
        put = self.put
        element = self.model.records.get(member.info)
        put(f"static bind_value {self.list_name(record, member)}(bind_env *env, const {record.name} *o)")
        put("{")
        put(f"    size_t count = {member.count.format(o='o')};")
        put("    bind_value list = bind_list_new(env, count);")
        put("    bool good = list != NULL;")
        put("    for (size_t i = 0; good && i < count; i++)")
        if element is None:
            item = f"bind_from_int64(env, {member.read.format(o='o', i='i')})"
        elif element.index:
            item = f"value_{element.name}(env, o, i)"
        else:
            item = f"value_{element.name}(env, {member.read.format(o='o', i='i')})"
        put(f"        good = bind_list_set(env, list, i, {item});")
        put("    return good ? list : NULL;")
        put("}\n")

    def put_record(self, record):
        put = self.put
        extra = ", size_t index" if record.index else ""
        if any(m.kind == "BOX" for m in record.members):
            extra += ", bind_box *box"
        put(f"static bind_value value_{record.name}(bind_env *env, const {self.owner_type(record)} *o{extra})")
        put("{")
        if not record.index:
            put("    if (!o)\n        return bind_none(env);")
        put(f"    bind_value value = bind_record_new(env, &record_{record.name});")
        put("    bool good = value != NULL;")
        for index, member in enumerate(record.members):
            self.put_member(record, index, member)
        put("    return good ? value : NULL;")
        put("}\n")

    # --- structs that calls take -----------------------------------------------------
    FIELD_KIND = {"const char *": "TEXT", "const kl_uuid *": "UUID", "kl_money": "MONEY", "kl_time": "TIME", "int64_t": "INT64",
                  "size_t": "SIZE", "char": "CHARACTER", "kl_log_function": "LOG", "kl_import_progress_function": "PROGRESS",
                  "kl_worker_progress_function": "PROGRESS", "kl_import_reject_function": "REJECT"}

    def struct_fields(self, struct):
        """(name, kind, member, length member, enum, optional)"""
        fields = {f.name: f for f in self.headers.structs[struct].fields}
        result = []
        for f in fields.values():
            if f.type == "void *" or (f.name == "size" and f.type == "size_t") or \
                    (f.name.endswith("_length") and f.name[:-7] in fields):
                continue
            length = f.name + "_length" if f.name + "_length" in fields else ""
            enum = f.type if f.type in self.headers.enums else ""
            if enum:
                kind = "ENUM"
            elif length:
                kind = "BYTES" if f.type == "const uint8_t *" else "JSON"
            elif f.array:
                kind = "BYTES32"
            elif f.type == "int":
                kind = "FLAG" if f.name in names.FLAGS else "INT"
            else:
                kind = self.FIELD_KIND[f.type]
            required = struct == "kl_ledger_point" or (struct, f.name) in (
                ("kl_wallet_operation", "type"), ("kl_wallet_operation", "amount"), ("kl_wallet_operation", "reference"),
                ("kl_send_result", "index"), ("kl_send_result", "outcome"))
            result.append((f.name, kind, f.name, length, enum, not required))
        return result

    def structs(self):
        put = self.put
        for struct in self.model.option_structs + self.model.list_structs:
            init = "NULL"
            if f"{struct}_init" in self.headers.functions:
                init = f"init_{struct}"
                put(f"static void {init}(void *options)\n{{\n    {struct}_init(options);\n}}\n")
            put(f"static const bind_field fields_{struct}[] = {{")
            rows = []
            for name, kind, member, length, enum, optional in self.struct_fields(struct):
                length_of = f"offsetof({struct}, {length})" if length else "0"
                info = f"&bind_enum_{enum}" if enum else "NULL"
                rows.append(f"    {{{{{c_text(name)}, {c_text(camel(name))}}}, BIND_{kind}, offsetof({struct}, {member}), {length_of}, "
                            f"{info}, {'true' if optional else 'false'}}}")
            put(",\n".join(rows))
            put("};")
            put(f"const bind_struct bind_struct_{struct} = {{{c_text(struct[3:])}, sizeof({struct}), {init}, fields_{struct}, {len(rows)}}};\n")

    # --- calls -----------------------------------------------------------------------------
    def arguments_h(self):
        put = self.put
        put(HEAD.format(what="What calls keep: inputs, then outputs."))
        put("#ifndef KLOYST_BIND_ARGUMENTS_H\n#define KLOYST_BIND_ARGUMENTS_H\n\n#include \"calls.h\"\n#include \"special.h\"\n")
        for call in self.model.calls.values():
            if not call.inputs and not call.outputs:
                continue
            put(f"struct {call.name} {{")
            for each in call.inputs:
                put(f"    {each.type} {each.name};")
            for out in call.outputs:
                if out.kind == "TEXT":
                    put(f"    char out_{out.name}[64];")
                else:
                    star = "" if out.type.endswith("*") else " "
                    put(f"    {out.type}{star}out_{out.name};")
                if out.kind == "SECRET":
                    put(f"    size_t out_{out.name}_length;")
            put("};\n")
        put("#endif")
        return self.take()

    def run(self, call):
        put = self.put
        put(f"static kl_status run_{call.name}(kl_call *call, kl_error **error)")
        put("{")
        put("    (void)error;" if not call.has_error else "")
        if call.inputs or call.outputs:
            put(f"    struct {call.name} *a = call->arguments;")
        else:
            put("    (void)call;")
        boxes = [i for i in call.inputs if i.kind in ("WORKER", "BATCH", "EVENT_PAGE", "RATE_PAGE")]
        arguments = ", ".join(call.arguments)
        for each in boxes:
            alone = "true" if each.kind in ("WORKER", "BATCH") else "false"
            if each.kind == "RATE_PAGE":
                put("    const kl_rate *after = NULL;")
                put("    kl_status entered = a->after ? bind_last_rate(a->after, &after) : KL_OK;")
            else:
                put(f"    kl_status entered = bind_box_enter(a->{each.name}, {alone});")
            put("    if (entered)\n        return entered;")
        for out in call.outputs:
            if out.kind == "STRUCT" and self.headers.structs[out.info].fields[0].name == "size":
                put(f"    {out.info}_init(&a->out_{out.name});")
        if call.plain:
            left = "a->out_value = " if call.outputs else ""
            put(f"    {left}{call.function.name}({arguments});")
            put("    kl_status status = KL_OK;")
        else:
            put(f"    kl_status status = {call.function.name}({arguments});")
        for each in boxes:
            alone = "true" if each.kind in ("WORKER", "BATCH") else "false"
            guard = f"    if (a->{each.name})\n    " if each.kind == "RATE_PAGE" else ""
            put(f"{guard}    bind_box_leave(a->{each.name}, {alone});")
        put("    return status;")
        put("}\n")

    def out_value(self, call, out):
        """C expression of an output as a value of the language."""
        o = f"a->out_{out.name}"
        if out.kind == "OBJECT":
            record = self.model.records[out.info]
            return f"{'list' if record.only_list else 'value'}_{out.info}(env, {o})"
        if out.kind == "STRUCT":
            return f"value_{out.info}(env, &{o})"
        if out.kind == "STRUCT_OR_NULL":
            return f"value_{out.info}(env, {o})"
        if out.kind == "UUID":
            return f"bind_from_uuid(env, &{o})"
        if out.kind == "TIME_OR_ZERO":
            return f"{o} ? bind_from_time(env, {o}) : bind_none(env)"
        if out.kind in ("TEXT", "STATIC_TEXT", "OWNED_TEXT"):
            return f"bind_from_text(env, {o})"
        if out.kind == "SECRET":
            return f"bind_from_bytes(env, {o}, {o}_length)"
        if out.kind == "BUFFER":
            return f"bind_from_bytes(env, {o}.start, {o}.length)"
        if out.kind == "OUTGOING":
            return "list_outgoing(env, &a->out_messages)"
        if out.kind == "BOX":
            return f"box_{call.name}(env, call)"
        return self.FROM[out.kind].format(r=o, info=out.info)

    def convert(self, call):
        put = self.put
        for out in call.outputs:
            if out.kind == "BOX":
                self.convert_box(call, out)
        put(f"static bind_value convert_{call.name}(bind_env *env, kl_call *call)")
        put("{")
        if not call.outputs:
            put("    (void)call;")
            put("    return bind_none(env);")
        else:
            put(f"    struct {call.name} *a = call->arguments;" if not (len(call.outputs) == 1 and call.outputs[0].kind == "BOX") else "")
            if len(call.outputs) == 1:
                put(f"    return {self.out_value(call, call.outputs[0])};")
            else:
                put(f"    bind_value tuple = bind_tuple_new(env, {len(call.outputs)});")
                put("    bool good = tuple != NULL;")
                for index, out in enumerate(call.outputs):
                    put(f"    good = good && bind_tuple_set(env, tuple, {index}, {self.out_value(call, out)});")
                put("    return good ? tuple : NULL;")
        put("}\n")

    def convert_box(self, call, out):
        """What a call hands out as a resource; the client or worker is boxed by special.c."""
        put = self.put
        put(f"static bind_value box_{call.name}(bind_env *env, kl_call *call)")
        put("{")
        put(f"    struct {call.name} *a = call->arguments;")
        put(f"    bind_box *box = a->out_{out.name} ? bind_call_box(call, {BOX_OF[out.info]}, a->out_{out.name}) : NULL;")
        put("    if (!box)\n        return bind_fail_memory(env);")
        if out.info in names.HANDLES:
            put(f"    const {out.info} *object = a->out_{out.name};")
            put(f"    a->out_{out.name} = NULL;")
            put(f"    return value_{out.info}(env, object, box);")
        else:
            put(f"    a->out_{out.name} = NULL;")
            put("    return bind_from_box(env, box);")
        put("}\n")

    def release(self, call):
        put = self.put
        rows = []
        for out in call.outputs:
            o = f"a->out_{out.name}"
            if out.kind == "OBJECT":
                rows += [f"    {out.info}_free({o});", f"    {o} = NULL;"]
            elif out.kind == "BOX":
                # A client or worker is its box's from the start.
                if out.info in names.HANDLES:
                    rows += [f"    {out.info}_free({o});", f"    {o} = NULL;"]
            elif out.kind == "OWNED_TEXT":
                rows += [f"    kl_metrics_text_free({o});", f"    {o} = NULL;"]
            elif out.kind == "SECRET":
                rows += [f"    kl_secret_free({o}, {o}_length);", f"    {o} = NULL;"]
            elif out.kind == "BUFFER":
                rows += [f"    bind_buffer_free(&{o});"]
        put(f"static void release_{call.name}(kl_call *call)")
        put("{")
        put(f"    struct {call.name} *a = call->arguments;" if rows else "    (void)call;")
        for row in rows:
            put(row)
        put("}\n")

    def constructor(self, call):
        put = self.put
        flag = {True: "true", False: "false"}
        put(f"static const bind_function function_{call.name} = {{{c_text(call.name)}, run_{call.name}, convert_{call.name}, "
            f"release_{call.name}, {flag[call.quick]}, {flag[call.name in names.TOLD_WITH_ERROR]}}};\n")
        put(self.prototype(call))
        put("{")
        size = f"sizeof(struct {call.name})" if call.inputs or call.outputs else "0"
        if call.inputs:
            put(f"    struct {call.name} *a = bind_call_prepare(call, &function_{call.name}, {size});")
            put("    if (!a)\n        return NULL;")
            for each in call.inputs:
                put(f"    a->{each.name} = {self.name_of(each)};")
            put("    return call;")
        else:
            put(f"    return bind_call_prepare(call, &function_{call.name}, {size}) ? call : NULL;")
        put("}\n")

    def calls_c(self):
        self.put(HEAD.format(what="Calls of libkloyst: running them, turning their outputs into values, releasing both."))
        self.put('#include "calls_arguments.h"\n')
        self.enums()
        self.records()
        self.converters()
        self.structs()
        self.put(OUTGOING)
        self.put(TOLD)
        for call in self.model.calls.values():
            if call.name not in names.RUN_BY_HAND:
                self.run(call)
            self.convert(call)
            self.release(call)
            self.constructor(call)
        return re.sub(r"\{\n\n", "{\n", self.take())


OUTGOING = """static bind_value list_outgoing(bind_env *env, const bind_outgoing *outgoing)
{
    bind_value list = bind_list_new(env, outgoing->count);
    bool good = list != NULL;
    for (size_t i = 0; good && i < outgoing->count; i++)
        good = bind_list_set(env, list, i, value_kl_outgoing(env, &outgoing->messages[i]));
    return good ? list : NULL;
}
"""

TOLD = """size_t bind_told_arguments(bind_env *env, const bind_told *told, bind_value arguments[3])
{
    if (told->kind == BIND_LOG) {
        arguments[0] = bind_from_enum(env, &bind_enum_kl_log_level, (int)told->level);
        arguments[1] = bind_from_text(env, told->component);
        arguments[2] = bind_from_text(env, told->message);
        return 3;
    }
    arguments[0] = told->kind == BIND_REJECT ? value_kl_import_reject(env, &told->reject)
                   : told->worker            ? value_kl_worker_report(env, &told->worker_report)
                                             : value_kl_import_report(env, &told->import_report);
    return 1;
}
"""
