"""Writes generated.ts, the TypeScript side of the Node module: records, enums, option objects, error classes and the type of every call."""
import re
import textwrap

from .emit_c import camel
from .model import enum_values

ABOUT = "/* Types of the native module, and the classes of its errors. Written by bindings/swig/generate from the headers. */"

# Of an output: what a program gets.
OUT = {
    "UUID": "string", "UUID_OR_NULL": "string | null", "UUID_OR_NIL": "string | null", "TEXT": "string", "TEXT_OR_NULL": "string | null",
    "STATIC_TEXT": "string", "OWNED_TEXT": "string", "JSON": "JsonValue", "JSON_OR_NULL": "JsonValue", "MONEY": "string",
    "MONEY_OR_NONE": "string | null", "TIME": "Date", "TIME_OR_ZERO": "Date | null", "INT": "number", "INT_OR_NONE": "number | null",
    "INT64": "bigint", "UINT64": "bigint", "INT64_OR_NONE": "bigint | null", "FLAG": "boolean", "BYTES": "Buffer", "BYTES32": "Buffer",
    "SECRET": "Buffer", "BUFFER": "Buffer",
}
# Of an input: what a program gives.
IN = {
    "CLIENT": "ClientBox", "WORKER": "WorkerBox", "BATCH": "BatchBox", "EVENT_PAGE": "EventPageBox", "RATE_PAGE": "RatePageBox",
    "UUID": "string", "TEXT": "string", "JSON": "JsonInput", "SECRET": "string | Uint8Array", "BYTES": "Uint8Array", "BYTES32": "Uint8Array",
    "MONEY": "MoneyInput", "TIME": "TimeInput", "INT": "number", "LONG": "number", "FLAG": "boolean", "INT64": "bigint | number",
    "UINT64": "bigint | number", "CHARACTER": "string", "SIZE": "number", "INTS": "readonly number[]",
}
BOXES = {"kl": "ClientBox", "kl_worker": "WorkerBox", "kl_batch": "BatchBox", "kl_event_page": "EventPageBox", "kl_rate_page": "RatePageBox"}
CALLBACKS = {
    "LOG": "(level: LogLevel, component: string, message: string) => void",
    "REJECT": "(reject: ImportReject) => void",
}
# Statuses come in families: the class that each begins with.
FAMILIES = [(1, "InputError", "What the caller gave."), (20, "DataError", "The state of the data."), (40, "TrustError", "Keys, signatures, privileges."),
            (60, "MachineError", "The client and the machine."), (80, "DatabaseError", "The database."), (100, "GraphError", "The Graph API.")]

PRELUDE = """
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
/** A value that JSON.stringify() takes, or JSON text. Text is taken as it stands: a number in it keeps all its digits. */
export type JsonInput = string | readonly unknown[] | object;
/** An amount: decimal text such as "0.8631", or a bigint of ten-thousandths. Never a number: 0.1 + 0.2 is not 0.3. */
export type MoneyInput = string | bigint;
/** A moment: a Date, or a bigint of microseconds since 1970. */
export type TimeInput = Date | bigint;

/** A call that was prepared and not made yet. */
export interface Call<T> { readonly result?: T }
export interface ClientBox { close(): void; readonly isClient?: true }
export interface WorkerBox { close(): void; readonly isWorker?: true }
export interface BatchBox { close(): void; readonly isBatch?: true }
export interface EventPageBox { close(): void; readonly isEventPage?: true }
export interface RatePageBox { close(): void; readonly isRatePage?: true }

/** A failed status as the native module throws it. */
export interface StatusFailure extends Error { code: string; status: number; sqlstate: string; retriable: boolean; value?: unknown }
"""


def enum_type(enum):
    return "".join(word.capitalize() for word in enum[3:].split("_"))


def comment(text, indent="    "):
    text = re.sub(r"\bkl_(\w+)\(\)", lambda m: camel(m[1]) + "()", text).replace("*/", "* /").strip()
    if not text or "SPDX-" in text:  # about the header, not about what follows
        return ""
    lines = textwrap.wrap(text, 120)
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    return f"{indent}/**\n" + "".join(f"{indent} * {line}\n" for line in lines) + f"{indent} */\n"


class EmitTypescript:
    def __init__(self, model, c):
        self.headers = model.headers
        self.model = model
        self.c = c
        self.parts = [ABOUT, PRELUDE]

    def add(self, text):
        self.parts.append(text)

    # --- values ----------------------------------------------------------------
    def record_of(self, name):
        """The type that stands for an object or struct in an answer."""
        record = self.model.records[name]
        if record.only_list:
            return self.member_type(record.members[0])
        return record.language

    def member_type(self, member):
        if member.kind in ("ENUM", "ENUM_OR_ZERO"):
            return enum_type(member.info) + (" | null" if member.kind == "ENUM_OR_ZERO" else "")
        if member.kind == "RECORD_OR_NULL":
            return self.record_of(member.info) + " | null"
        if member.kind == "LIST":
            return (self.record_of(member.info) if member.info else "bigint") + "[]"
        if member.kind == "BOX":
            return BOXES[member.info]
        return OUT[member.kind]

    def output_type(self, output):
        if output.kind in ("OBJECT", "STRUCT"):
            return self.record_of(output.info)
        if output.kind == "STRUCT_OR_NULL":
            return self.record_of(output.info) + " | null"
        if output.kind == "BOX":
            return BOXES[output.info] if output.info in ("kl", "kl_worker") else self.record_of(output.info)
        if output.kind == "ENUM":
            return enum_type(output.info)
        if output.kind == "OUTGOING":
            return "Outgoing[]"
        return OUT[output.kind]

    def input_type(self, given):
        if given.kind == "ENUM":
            type_ = enum_type(given.info)
        elif given.kind in ("OPTIONS", "STRUCT"):
            type_ = self.struct_type(given.info)
        elif given.kind == "STRUCTS":
            type_ = f"readonly {self.struct_type(given.info)}[]"
        else:
            type_ = IN[given.kind]
        return type_ + (" | null | undefined" if given.optional else "")

    def struct_type(self, name):
        return {"kl_options": "OpenOptions", "kl_ledger_point": "LedgerPoint"}.get(name, enum_type(name))

    def call_type(self, call):
        if not call.outputs:
            return "undefined"
        # Who paid and who gave back: either may be missing.
        types = [self.output_type(o) + (" | null" if call.name == "message_money" else "") for o in call.outputs]
        return types[0] if len(types) == 1 else "[" + ", ".join(types) + "]"

    # --- declarations ------------------------------------------------------------
    def enums(self):
        for enum in self.headers.enums.values():
            values = enum_values(enum)
            self.add(comment(enum.doc, "") + f"export type {enum_type(enum.name)} = " + " | ".join(f"'{v[0]}'" for v in values) + ";\n")

    def records(self):
        for record in self.c.used_records():
            if record.only_list:
                continue
            body = "".join(comment(m.doc) + f"    {camel(m.name)}: {self.member_type(m)};\n" for m in record.members)
            self.add(comment(record.doc, "") + f"export interface {record.language} {{\n{body}}}\n")

    def options(self):
        for name in self.model.option_structs + self.model.list_structs:
            if name == "kl_ledger_point":
                continue
            docs = {field.name: field.doc for field in self.headers.structs[name].fields}
            body = ""
            for field, kind, _, _, enum, optional in self.c.struct_fields(name):
                if kind == "ENUM":
                    type_ = enum_type(enum)
                elif kind == "PROGRESS":
                    type_ = f"((soFar: {'WorkerReport' if 'worker' in name else 'ImportReport'}) => void)"
                else:
                    type_ = f"({CALLBACKS[kind]})" if kind in CALLBACKS else IN[kind]
                body += comment(docs.get(field, "")) + f"    {camel(field)}{'?' if optional else ''}: {type_}{' | null' if optional else ''};\n"
            self.add(comment(self.headers.structs[name].doc, "") + f"export interface {self.struct_type(name)} {{\n{body}}}\n")

    def calls(self):
        body = ""
        for call in self.model.calls.values():
            inputs = ", ".join(f"{camel(self.c.name_of(i))}: {self.input_type(i)}" for i in call.inputs)
            body += comment(call.doc) + f"    {camel('call_' + call.name)}({inputs}): Call<{self.call_type(call)}>;\n"
        self.add("/** The native module: prepares calls and makes them. */\nexport interface Native {\n" + body + """
    /** Makes a call that waits for nothing. */
    run<T>(call: Call<T>): T;
    Queue: new (threads: number, onCompletion: (token: number, error: StatusFailure | null, value: unknown) => void) => NativeQueue;
}

export interface NativeQueue {
    submit(call: Call<unknown>, token: number): void;
    /** Whether the call will not be made any more. */
    cancel(token: number): boolean;
    pending(): number;
    /** Cancels what has not begun and waits for what has, on the event loop; `done` is called behind the last completion. */
    close(done?: () => void): void;
}
""")

    def errors(self):
        out = """/** A call that failed. */
export class KloystError extends Error {
    /** "KL_ERR_INSUFFICIENT" */
    readonly code: string;
    /** Number of the status. */
    readonly status: number;
    /** Of PostgreSQL; "" when the failure did not come from there. */
    readonly sqlstate: string;
    /** Whether the same call may succeed later without any change. */
    readonly retriable: boolean;
    /** What the call found although it failed: the report of a proof that does not hold, of a worker that had to stop. */
    readonly value: unknown;

    constructor(message: string, code: string, status: number, sqlstate = '', retriable = false, value?: unknown) {
        super(message);
        this.name = new.target.name;
        this.code = code;
        this.status = status;
        this.sqlstate = sqlstate;
        this.retriable = retriable;
        this.value = value;
    }
}
"""
        rows, statuses = "", enum_values(self.headers.enums["kl_status"])
        for first, family, doc in FAMILIES:
            out += f"/** {doc} */\nexport class {family} extends KloystError {{}}\n"
        for name, number, doc in statuses:
            if name == "OK":
                continue
            family = [f[1] for f in FAMILIES if f[0] <= number][-1]
            own = "".join(word.capitalize() for word in name.split("_")) + "Error"
            own = re.sub("ErrorError$", "Error", own)
            if own != family:
                out += comment(doc, "") + f"export class {own} extends {family} {{}}\n"
            rows += f"    [{number}, {own}],\n"
        self.add(out + "/** The class of each status. */\nexport const errorClasses: ReadonlyMap<number, typeof KloystError> = new Map<number, typeof KloystError>([\n"
                 + rows + "]);\n")

    def generated_ts(self):
        self.enums()
        self.records()
        self.options()
        self.calls()
        self.errors()
        return "\n".join(self.parts)
