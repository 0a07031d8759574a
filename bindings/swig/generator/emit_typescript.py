"""Writes native.d.ts: the types of the Node addon, its records and its enums."""
from . import names
from .emit_c import camel
from .model import enum_values

TYPES = {"TEXT": "string", "TEXT_OR_NULL": "string | null", "UUID": "string", "UUID_OR_NULL": "string | null",
         "UUID_OR_NIL": "string | null", "MONEY": "string", "MONEY_OR_NONE": "string | null", "TIME": "Date", "TIME_OR_ZERO": "Date | null",
         "INT": "number", "INT_OR_NONE": "number | null", "INT64": "bigint", "INT64_OR_NONE": "bigint | null", "UINT64": "bigint",
         "FLAG": "boolean", "BYTES": "Buffer", "BYTES32": "Buffer"}
INPUTS = {"CLIENT": "Client", "WORKER": "Worker", "BATCH": "Batch", "EVENT_PAGE": "EventPage", "RATE_PAGE": "RatePage", "UUID": "string",
          "TEXT": "string", "JSON": "Json", "SECRET": "Uint8Array | string", "BYTES": "Uint8Array", "BYTES32": "Uint8Array",
          "MONEY": "Money", "TIME": "Time", "INT": "number", "LONG": "number", "FLAG": "boolean", "INT64": "bigint | number",
          "UINT64": "bigint | number", "SIZE": "number", "INTS": "readonly number[]", "CHARACTER": "string",
          "LOG": "(level: LogLevel, component: string, message: string) => void", "REJECT": "(reject: ImportReject) => void"}


def comment(text, indent=""):
    return f"{indent}/** {text.replace('*/', '* /')} */" if text else None


class EmitTypescript:
    def __init__(self, model, c):
        self.model, self.c = model, c

    @staticmethod
    def class_of(c_name):
        return "".join(w.capitalize() for w in c_name[3:].split("_"))

    def member_type(self, member):
        if member.kind == "ENUM":
            return self.class_of(member.info)
        if member.kind == "ENUM_OR_ZERO":
            return f"{self.class_of(member.info)} | null"
        if member.kind == "BOX":
            return {"kl_batch": "Batch", "kl_event_page": "EventPage", "kl_rate_page": "RatePage"}[member.info]
        if member.kind == "LIST":
            return f"{self.model.records[member.info].language}[]" if member.info else "bigint[]"
        if member.kind == "RECORD_OR_NULL":
            return f"{self.model.records[member.info].language} | null"
        if member.kind.startswith("JSON"):
            return "any" if member.kind == "JSON_OR_NULL" or member.name == "components" else "Record<string, any>"
        return TYPES[member.kind]

    def input_type(self, input_):
        if input_.kind == "ENUM":
            return self.class_of(input_.info)
        if input_.kind in ("OPTIONS", "STRUCT"):
            text = self.class_of(input_.info)
        elif input_.kind == "STRUCTS":
            text = f"readonly {self.class_of(input_.info)}[]"
        else:
            text = INPUTS[input_.kind]
        return f"{text} | null | undefined" if input_.optional else text

    def out_type(self, out):
        if out.kind == "OBJECT":
            record = self.model.records[out.info]
            if record.only_list:
                return f"{self.model.records[record.members[0].info].language}[]"
            return record.language + (" | null" if out.name in ("paid", "given_back") else "")
        if out.kind in ("STRUCT", "STRUCT_OR_NULL"):
            return self.model.records[out.info].language + (" | null" if out.kind.endswith("NULL") else "")
        if out.kind == "ENUM":
            return self.class_of(out.info)
        if out.kind == "BOX":
            return self.model.records[out.info].language if out.info in names.HANDLES else {"kl": "Client", "kl_worker": "Worker"}[out.info]
        if out.kind == "OUTGOING":
            return "Outgoing[]"
        return {"STATIC_TEXT": "string", "OWNED_TEXT": "string", "SECRET": "Buffer", "BUFFER": "Buffer"}.get(out.kind) or TYPES[out.kind]

    def result_type(self, call):
        types = [self.out_type(out) for out in call.outputs]
        if not types:
            return "undefined"
        return types[0] if len(types) == 1 else f"[{', '.join(types)}]"

    def struct(self, struct):
        lines = [f"export interface {self.class_of(struct)} {{"]
        docs = {f.name: f.doc for f in self.model.headers.structs[struct].fields}
        for name, kind, _, _, enum, optional in self.c.struct_fields(struct):
            if kind == "ENUM":
                text = self.class_of(enum)
            elif kind == "PROGRESS":
                text = f"(soFar: {'WorkerReport' if 'worker' in struct else 'ImportReport'}) => void"
            else:
                text = INPUTS[kind]
            if kind in ("PROGRESS", "LOG", "REJECT") and optional:
                text = f"({text})"
            lines.append(comment(docs.get(name, ""), "  ") or "")
            lines.append(f"  {camel(name)}{'?' if optional else ''}: {text}{' | null | undefined' if optional else ''}")
        lines.append("}\n")
        return [line for line in lines if line]

    def native_d_ts(self):
        lines = [HEAD]
        for enum in self.model.headers.enums.values():
            if enum.doc:
                lines.append(comment(enum.doc))
            lines.append(f"export type {self.class_of(enum.name)} = " + " | ".join(f"'{v[0]}'" for v in enum_values(enum)) + "\n")
        for record in self.c.used_records():
            if record.name in self.model.list_structs:
                continue
            lines.append(comment(record.doc) or "")
            lines.append(f"export interface {record.language} {{")
            for member in record.members:
                if member.doc:
                    lines.append(comment(member.doc, "  "))
                lines.append(f"  readonly {camel(member.name)}: {self.member_type(member)}")
            lines.append("}\n")
        for struct in self.model.option_structs + self.model.list_structs:
            if struct == "kl_ledger_point":
                lines += POINT
            else:
                lines += self.struct(struct)
        for call in self.model.calls.values():
            parameters = ", ".join(f"{camel(self.c.name_of(i))}: {self.input_type(i)}" for i in call.inputs)
            lines.append(f"export function {camel('call_' + call.name)}({parameters}): Call<{self.result_type(call)}>")
        return "\n".join(lines) + "\n"


POINT = ["/** Where a proof ended: the last row that held. */", "export interface LedgerPoint {", "  readonly seq: bigint",
         "  readonly hash: Uint8Array", "  readonly balance: string", "}\n"]

HEAD = """// Types of the addon kloyst.node. Written by bindings/swig/generate from the headers.
/// <reference types="node" />

/** A decimal text such as "0.8631", or ten-thousandths as a bigint: 8631n. */
export type Money = string | bigint
/** A moment, or microseconds since 1970 as a bigint. */
export type Time = Date | bigint
/** A value for JSON.stringify, or a text that is JSON already. */
export type Json = object | string

declare const result: unique symbol
/** A call that was made ready; it is made once. */
export interface Call<T> {
  readonly [result]?: T
}
export interface Client { close(): void }
export interface Worker { close(): void }
export interface Batch { close(): void }
export interface EventPage { close(): void }
export interface RatePage { close(): void }

/** A failed call. */
export interface StatusError extends Error {
  code: string
  status: number
  sqlstate: string
  retriable: boolean
  /** What came with the failure, such as the report of a ledger that failed its proof. */
  value?: unknown
}

/** Calls are made on threads of the library; their ends are told on the event loop. */
export class Queue {
  constructor(threads: number, onCompletion: (token: number, error: Error | null, value: any) => void)
  submit(call: Call<any>, token: number): void
  /** True when the call had not begun; one that runs ends soon if it is one that can. */
  cancel(token: number): boolean
  pending(): number
  /** Cancels what has not begun; what has is waited for on the event loop. `done` is called behind the last completion. */
  close(done?: () => void): void
}

/** Makes a call at once; only those that wait for nothing. */
export function run<T>(call: Call<T>): T
"""
