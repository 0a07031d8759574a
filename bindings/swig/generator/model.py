"""What the bindings are made of: calls with inputs and outputs, records with fields, enums."""
import os
import re
from dataclasses import dataclass, field

from . import names


@dataclass
class Input:
    name: str
    kind: str         # of bind.h, without BIND_: UUID, TEXT, MONEY …
    type: str         # the C type in the prototype of call_…
    optional: bool = False
    info: str = ""    # enum or struct that the kind is about
    pair: str = ""    # parameter of the C function that takes the length or count


@dataclass
class Output:
    name: str
    kind: str         # OBJECT, STRUCT, UUID, MONEY, TIME, INT, INT64, ENUM, TEXT, SECRET, BYTES, BOX
    type: str
    info: str = ""


@dataclass
class Call:
    name: str         # without kl_
    function: object
    inputs: list
    outputs: list
    has_error: bool
    doc: str
    plain: bool = False   # answers its value, not a status
    quick: bool = False
    arguments: list = field(default_factory=list)


@dataclass
class Member:
    name: str
    kind: str         # TEXT, TEXT_OR_NULL, JSON, JSON_OR_NULL, UUID, UUID_OR_NULL, MONEY, TIME, INT, INT64, FLAG, ENUM, BYTES, RECORD, LIST, BOX
    read: str         # C expression with {o} for the object and {i} for the index
    doc: str = ""
    info: str = ""    # enum, record or, for LIST, record of the elements ("" of INT64 for arrays)
    count: str = ""   # LIST: C expression


@dataclass
class Record:
    name: str         # C name of the object or struct
    language: str     # ClassName
    members: list
    doc: str
    by_value: bool = False
    index: bool = False   # an element read by index of its owner
    owner: str = ""
    only_list: bool = False  # the record is its list


def class_name(c_name):
    return "".join(word.capitalize() for word in re.sub("^kl_", "", c_name).split("_"))


def enum_prefix(enum):
    if enum.name in names.ENUM_PREFIX:
        return names.ENUM_PREFIX[enum.name]
    common = os.path.commonprefix([value[0] for value in enum.values])
    return common[:common.rindex("_") + 1]


def enum_values(enum):
    """(name without prefix, number, comment)"""
    prefix = enum_prefix(enum)
    if enum.name == "kl_status":
        return [(re.sub("^KL_(ERR_)?", "", name), number, doc) for name, number, doc in enum.values]
    return [(name[len(prefix):], number, doc) for name, number, doc in enum.values]


class Model:
    def __init__(self, headers):
        self.headers = headers
        self.records = {}
        self.calls = {}
        self.getters = {}   # function -> (record, member)
        self.used = set()   # entries of names.py that were of use
        self.option_structs = []
        self.list_structs = []
        self.find_records()
        self.find_calls()
        self.check()

    # --- records -------------------------------------------------------------
    def member_kind(self, ctype, name, owner, full, doc):
        """(kind, info) of a value of an object or struct."""
        enums = self.headers.enums
        if ctype in enums:
            return ("ENUM_OR_ZERO" if full in names.ZERO_IS_NONE else "ENUM"), ctype
        if ctype in ("kl_uuid",):
            return ("UUID_OR_NIL" if full in names.NIL_IS_NONE else "UUID"), ""
        if ctype == "const kl_uuid *":
            return "UUID_OR_NULL", ""
        if ctype == "kl_money":
            return ("MONEY_OR_NONE" if full in names.MINUS_ONE_IS_NONE else "MONEY"), ""
        if ctype == "kl_time":
            return ("TIME" if name in names.ALWAYS_TIMES else "TIME_OR_ZERO"), ""
        if ctype == "const char *":
            if full in names.JSON_GETTERS:
                self.used.add(full)
                return "JSON", ""
            nullable = names.NULLABLE_MARK in doc
            return ("TEXT_OR_NULL" if nullable else "TEXT"), ""
        if ctype in ("int64_t", "uint64_t"):
            if full in names.MINUS_ONE_IS_NONE:
                return "INT64_OR_NONE", ""
            return ("INT64" if ctype == "int64_t" else "UINT64"), ""
        if ctype in ("int", "size_t", "long"):
            if name in names.FLAGS and owner not in names.NOT_FLAGS:
                return "FLAG", ""
            if full in names.MINUS_ONE_IS_NONE:
                return "INT_OR_NONE", ""
            return "INT", ""
        if ctype == "const uint8_t *" and full in names.BYTES_32:
            return "BYTES32", ""
        raise SystemExit(f"{full}: no kind for {ctype}")

    def find_records(self):
        functions = self.headers.functions
        objects = [name[:-5] for name in functions if name.endswith("_free") and name[:-5] in self.headers.opaque]
        objects += [name for name in self.headers.opaque if name not in objects]
        skip = {"kl", "kl_error", "kl_completion_queue", "kl_worker"}
        objects = [name for name in objects if name not in skip]
        # The longest name first: kl_batch_… must not take what is kl_batch_page's.
        by_length = sorted(objects, key=len, reverse=True)
        getters = {name: [] for name in objects}
        for function in functions.values():
            first = function.parameters[0].type if function.parameters else ""
            for name in by_length:
                if first == f"const {name} *" and function.name.startswith(name + "_") and \
                        (function.returns != "kl_status" or function.name == "kl_wallet_results_status"):
                    getters[name].append(function)
                    break
        parts = {part[0]: part for part in names.PARTS}
        for name in objects:
            self.find_object(name, getters[name], parts.get(name))
        for struct in self.headers.structs.values():
            if struct.name.endswith(("_report", "_stats", "_count", "_progress", "_account", "_info", "_point")) or \
                    struct.name in ("kl_metrics", "kl_error_policy", "kl_outgoing", "kl_import_reject"):
                self.find_struct(struct)

    def find_object(self, name, getters, part):
        members, elements = [], []
        page = name.endswith("_page") and not part
        for function in getters:
            field_name = function.name[len(name) + 1:]
            if function.returns in self.headers.enums:
                field_name = re.sub("_of$", "", field_name)
            indexed = len(function.parameters) == 2 and function.parameters[1].type == "size_t"
            if page and field_name in ("count", "at"):
                self.getters[function.name] = (name, "the list")
                continue
            if part and function.name == part[1]:
                self.getters[function.name] = (name, part[2] or "the list")
                continue
            if indexed:
                field_name = names.PART_FIELDS.get(function.name, function.name[len(part[4]):])
                field_name = re.sub("^message_id$", "id", field_name)
                if function.returns.startswith("const kl_") and function.returns != "const kl_uuid *":
                    kind, info = "RECORD_OR_NULL", function.returns[6:-2]
                elif function.name == "kl_wallet_results_status":
                    kind, info = "ENUM", "kl_status"
                else:
                    kind, info = self.member_kind(function.returns, field_name, name, function.name, function.doc)
                elements.append(Member(field_name, kind, function.name + "({o}, {i})", function.doc, info))
                self.getters[function.name] = (part[3], field_name)
            elif len(function.parameters) == 2:
                members.append(Member(field_name, "BYTES", function.name, function.doc))
                self.getters[function.name] = (name, field_name)
            else:
                kind, info = self.member_kind(function.returns, field_name, name, function.name, function.doc)
                if kind == "JSON" and names.NULLABLE_MARK in function.doc and "NUL-" not in function.doc:
                    kind = "JSON_OR_NULL"
                members.append(Member(field_name, kind, function.name + "({o})", function.doc, info))
                self.getters[function.name] = (name, field_name)
        doc = self.headers.opaque[name]
        language = class_name(name)
        if part:
            self.records[part[3]] = Record(part[3], class_name(part[3]), elements, f"An element of {language}.", index=True, owner=name)
            members.append(Member(part[2] or "items", "LIST", "", "", part[3], f"{part[1]}({{o}})"))
        if page:
            item = name[:-5]
            members.append(Member("items", "LIST", f"{name}_at({{o}}, {{i}})", "", item, f"{name}_count({{o}})"))
        if name in names.HANDLES:
            record, list_name = names.HANDLES[name]
            members[-1].name = list_name
            members.insert(0, Member("handle", "BOX", "", "The resource itself, for the calls that take it.", name))
            language = class_name(record)
        self.records[name] = Record(name, language, members, doc, only_list=len(members) == 1 and members[0].kind == "LIST")

    def find_struct(self, struct):
        members = []
        for f in struct.fields:
            if f.name == "size" and f.type == "size_t":
                continue
            full = f"{struct.name}.{f.name}"
            if f.array:
                if f.type == "uint8_t":
                    members.append(Member(f.name, "BYTES32", f"{{o}}->{f.name}", f.doc))
                else:
                    members.append(Member(f.name, "LIST", f"{{o}}->{f.name}[{{i}}]", f.doc, "",
                                          f"sizeof {{o}}->{f.name} / sizeof {{o}}->{f.name}[0]"))
                continue
            kind, info = self.member_kind(f.type, f.name, struct.name, full, f.doc)
            members.append(Member(f.name, kind, f"{{o}}->{f.name}", f.doc, info))
        self.records[struct.name] = Record(struct.name, class_name(struct.name), members, struct.doc, by_value=True)

    # --- calls ---------------------------------------------------------------
    def optional(self, call, name):
        if name not in names.OPTIONAL_INPUTS:
            return False
        calls = names.OPTIONAL_INPUTS[name]
        if calls is None or call in calls:
            self.used.add((name, call))
            self.used.add(name)
            return True
        return False

    def scalar(self, ctype, name, call):
        """An input of one parameter, or None. (kind, C type, info)"""
        optional = self.optional(call, name)
        tail = "_or_null" if optional else ""
        if ctype in self.headers.enums:
            return Input(name, "ENUM", f"bind_{ctype}_or_null" if optional else ctype, optional, ctype)
        table = {
            "kl *": ("CLIENT", "bind_client", ""),
            "kl_worker *": ("WORKER", "bind_worker", ""),
            "kl_batch *": ("BATCH", "bind_batch", ""),
            "const kl_event_page *": ("EVENT_PAGE", "bind_event_page", ""),
            "const kl_rate *": ("RATE_PAGE", "bind_rate_page_or_null", ""),
            "const kl_uuid *": ("UUID", "bind_uuid" + tail, ""),
            "const char *": ("TEXT", "bind_text" + tail, ""),
            "const uint8_t *": ("BYTES32", "bind_bytes32" + tail, ""),
            "kl_money": ("MONEY", "bind_money" + tail, ""),
            "kl_time": ("TIME", "bind_time" + tail, ""),
            "int64_t": ("INT64", "bind_int64" + tail, ""),
            "uint64_t": ("UINT64", "bind_uint64", ""),
            "size_t": ("SIZE", "bind_size", ""),
            "long": ("LONG", "bind_long", ""),
            "int": ("FLAG", "bind_flag", "") if name in names.FLAGS else ("INT", "bind_int", ""),
        }
        if ctype in table:
            kind, type_, info = table[ctype]
            return Input(name, kind, type_, optional, info)
        return None

    def data_kind(self, name):
        for kind, set_ in (("JSON", names.JSON_INPUTS), ("SECRET", names.SECRET_INPUTS), ("BYTES", names.BYTES_INPUTS)):
            if name in set_:
                return kind
        raise SystemExit(f"no kind for the text with length {name!r}: see names.py")

    OUTPUTS = {"kl_uuid *": "UUID", "kl_money *": "MONEY", "kl_time *": "TIME_OR_ZERO", "int64_t *": "INT64", "int *": "INT",
               "size_t *": "INT"}

    def find_calls(self):
        for function in self.headers.functions.values():
            if function.name in self.getters or function.name in names.CARRIED or function.name.endswith(("_free", "_init")):
                continue
            name = function.name[3:]
            self.calls[name] = self.special(name, function) if function.name in names.SPECIAL else self.regular(name, function)

    def regular(self, name, function):
        call = Call(name, function, [], [], False, function.doc, plain=function.returns != "kl_status" or name == "status_name",
                    quick=name in names.QUICK)
        parameters = list(function.parameters)
        while parameters:
            p = parameters.pop(0)
            following = parameters[0] if parameters else None
            if p.type == "kl_error **":
                call.has_error = True
                call.arguments.append("error")
            elif p.type in ("const char *", "const uint8_t *") and following and following.type == "size_t" and \
                    following.name in (p.name + "_length", "length", "headers_length"):
                parameters.pop(0)
                kind = self.data_kind(p.name)
                optional = self.optional(name, p.name)
                type_ = f"bind_{kind.lower()}" + ("_or_null" if optional else "")
                call.inputs.append(Input(p.name, kind, type_, optional, pair=following.name))
                call.arguments += [f"bind_start_of(a->{p.name})", f"bind_length_of(a->{p.name})"]
            elif following and following.type == "size_t" and following.name == "count" and p.type.startswith("const "):
                parameters.pop(0)
                item = p.type[6:-2]
                if item == "int":
                    call.inputs.append(Input(p.name, "INTS", "bind_ints" + ("_or_null" if self.optional(name, p.name) else ""),
                                             self.optional(name, p.name)))
                else:
                    self.list_structs.append(item) if item not in self.list_structs else None
                    call.inputs.append(Input(p.name, "STRUCTS", f"bind_list_of_{item}", False, item))
                call.arguments += [f"bind_items_of(a->{p.name})", f"bind_count_of(a->{p.name})"]
            elif p.type.startswith("const kl_") and p.type.endswith("_options *"):
                struct = p.type[6:-2]
                if struct not in self.option_structs:
                    self.option_structs.append(struct)
                call.inputs.append(Input(p.name, "OPTIONS", f"bind_{struct}", True, struct))
                call.arguments.append(f"a->{p.name}")
            elif p.type == "const kl_ledger_point *":
                if p.type[6:-2] not in self.list_structs:
                    self.list_structs.append(p.type[6:-2])
                call.inputs.append(Input(p.name, "STRUCT", "bind_kl_ledger_point_or_null", self.optional(name, p.name), "kl_ledger_point"))
                call.arguments.append(f"a->{p.name}")
            elif (scalar := self.scalar(p.type, p.name, name)) is not None:
                call.inputs.append(scalar)
                boxed = {"CLIENT": "bind_handle_of(a->{0})", "WORKER": "bind_object_of(a->{0})", "BATCH": "bind_object_of(a->{0})",
                         "EVENT_PAGE": "bind_object_of(a->{0})", "RATE_PAGE": "after"}
                call.arguments.append(boxed.get(scalar.kind, "a->{0}").format(p.name))
            elif p.type == "char **" and following and following.type == "size_t *":
                parameters.pop(0)
                call.outputs.append(Output(p.name, "SECRET", "char *"))
                call.arguments += [f"&a->out_{p.name}", f"&a->out_{p.name}_length"]
            elif p.type == "char **":
                call.outputs.append(Output(p.name, "OWNED_TEXT", "char *"))
                call.arguments.append(f"&a->out_{p.name}")
            elif p.type.endswith(" **") and (p.type[:-3] in self.records or p.type[:-3] == "kl_worker"):
                object_ = p.type[:-3]
                box = object_ in names.HANDLES or object_ == "kl_worker"
                call.outputs.append(Output(p.name, "BOX" if box else "OBJECT", object_ + " *", object_))
                call.arguments.append(f"&a->out_{p.name}")
            elif p.type in self.OUTPUTS:
                call.outputs.append(Output(p.name, self.OUTPUTS[p.type], p.type[:-2]))
                call.arguments.append(f"&a->out_{p.name}")
            elif p.type.endswith(" *") and p.type[:-2] in self.headers.enums:
                call.outputs.append(Output(p.name, "ENUM", p.type[:-2], p.type[:-2]))
                call.arguments.append(f"&a->out_{p.name}")
            elif p.type.endswith(" *") and p.type[:-2] in self.records:
                call.outputs.append(Output(p.name, "STRUCT", p.type[:-2], p.type[:-2]))
                call.arguments.append(f"&a->out_{p.name}")
            elif p.type == "char *":
                # Room of the caller: a UUID, an amount or a number as text.
                call.outputs.append(Output(p.name, "TEXT", "char"))
                call.arguments.append(f"a->out_{p.name}")
                if following and following.name == "size":
                    parameters.pop(0)
                    call.arguments.append(f"sizeof a->out_{p.name}")
            else:
                raise SystemExit(f"{function.header}: {function.name}: no rule for the parameter {p.type} {p.name}")
        if call.plain:
            returned = function.returns
            if returned == "const kl_status_info *":
                call.outputs.append(Output("value", "STRUCT_OR_NULL", returned, "kl_status_info"))
            elif returned in ("int",):
                call.outputs.append(Output("value", "FLAG", returned))
            elif returned == "size_t":
                call.outputs.append(Output("value", "INT", returned))
            elif returned == "const char *":
                call.outputs.append(Output("value", "STATIC_TEXT", returned))
            elif returned != "void":
                raise SystemExit(f"{function.name}: no rule for its answer {returned}")
        return call

    def special(self, name, function):
        client = Input("client", "CLIENT", "bind_client")
        vendor = Input("vendor_id", "UUID", "bind_uuid")
        data = Input("data", "BYTES", "bind_bytes")
        format_ = Input("format", "ENUM", "kl_ledger_format", False, "kl_ledger_format")
        inputs, outputs = {
            "open": ([Input("url", "TEXT", "bind_text_or_null", True), Input("options", "OPTIONS", "bind_kl_options", True, "kl_options")],
                     [Output("out", "BOX", "kl *", "kl")]),
            "close": ([client], []),
            "contact_import": ([client, vendor, data, Input("options", "OPTIONS", "bind_kl_import_options", True, "kl_import_options")],
                               [Output("report", "STRUCT", "kl_import_report", "kl_import_report")]),
            "contact_export": ([client, vendor, Input("format", "ENUM", "kl_contact_format", False, "kl_contact_format")],
                               [Output("data", "BUFFER", "bind_buffer"), Output("count", "INT", "int64_t")]),
            "ledger_export": ([client, vendor, format_],
                              [Output("data", "BUFFER", "bind_buffer"), Output("end", "STRUCT", "kl_ledger_point", "kl_ledger_point")]),
            "ledger_verify_stream": ([data, format_, Input("head", "BYTES32", "bind_bytes32_or_null", True)],
                                     [Output("reached", "STRUCT", "kl_ledger_point", "kl_ledger_point"),
                                      Output("report", "STRUCT", "kl_ledger_report", "kl_ledger_report")]),
            "worker_pull": ([Input("worker", "WORKER", "bind_worker"), Input("most", "SIZE", "bind_size")],
                            [Output("messages", "OUTGOING", "bind_outgoing"), Output("wait_ms", "INT", "int")]),
        }[name]
        for each in inputs:
            if each.optional:
                self.used.update({each.name, (each.name, name)})
        for each in inputs:
            if each.kind == "OPTIONS" and each.info not in self.option_structs:
                self.option_structs.append(each.info)
        return Call(name, function, inputs, outputs, True, function.doc)

    # --- the tables of names.py are about something ----------------------------
    def check(self):
        functions = self.headers.functions
        for name in list(names.CARRIED) + list(names.SPECIAL) + list(names.JSON_GETTERS) + list(names.BYTES_32) + \
                list(names.NIL_IS_NONE) + list(names.ZERO_IS_NONE):
            if name not in functions:
                raise SystemExit(f"names.py: there is no function {name}")
        for name, calls in names.OPTIONAL_INPUTS.items():
            for call in calls or ():
                if (name, call) not in self.used:
                    raise SystemExit(f"names.py: {call} has no input {name}")
            if name not in self.used:
                raise SystemExit(f"names.py: no call has an input {name}")
        for name in list(names.QUICK) + list(names.TOLD_WITH_ERROR):
            if name not in self.calls:
                raise SystemExit(f"names.py: there is no call {name}")
        missing = [name for name in functions
                   if name not in self.getters and name[3:] not in self.calls and name not in names.CARRIED
                   and not name.endswith(("_free", "_init"))]
        if missing:
            raise SystemExit(f"not reachable: {missing}")
