"""Writes kloyst/_records.py, the records and enums, and kloyst/_native.pyi, the types of the module."""
import keyword
import re

from . import names
from .model import enum_values

RECORDS_HEAD = '''"""Records and enums that libkloyst answers. Written by bindings/swig/generate from the headers."""
from __future__ import annotations

import enum
import sys
from datetime import datetime
from decimal import Decimal
from typing import Any, Optional

from kloyst import _native


def _restore(kind: type, values: tuple[Any, ...]) -> Any:
    return kind(**dict(zip(kind._fields, values)))  # type: ignore[attr-defined]


class Record:
    """What was read at one moment; it never changes."""

    __slots__ = ()
    _fields: tuple[str, ...] = ()
    _secret: tuple[str, ...] = ()

    def __init__(self, **values: Any) -> None:
        for name in self._fields:
            object.__setattr__(self, name, values.pop(name))
        if values:
            raise TypeError(f"{type(self).__name__} has no {sorted(values)}")

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self._fields)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and type(other) is type(self) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self), repr(self)))

    def __repr__(self) -> str:
        shown = (name for name in self._fields if name not in self._secret)
        return f"{type(self).__name__}(" + ", ".join(f"{name}={getattr(self, name)!r}" for name in shown) + ")"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self._values())

'''

TYPES = {"TEXT": "str", "TEXT_OR_NULL": "Optional[str]", "UUID": "str", "UUID_OR_NULL": "Optional[str]", "UUID_OR_NIL": "Optional[str]",
         "MONEY": "Decimal", "MONEY_OR_NONE": "Optional[Decimal]", "TIME": "datetime", "TIME_OR_ZERO": "Optional[datetime]",
         "INT": "int", "INT_OR_NONE": "Optional[int]", "INT64": "int", "INT64_OR_NONE": "Optional[int]", "UINT64": "int", "FLAG": "bool",
         "BYTES": "bytes", "BYTES32": "bytes"}

INPUTS = {"CLIENT": "Client", "WORKER": "Worker", "BATCH": "Batch", "EVENT_PAGE": "EventPage", "RATE_PAGE": "RatePage",
          "UUID": "Union[str, UUID]", "TEXT": "str", "JSON": "_Json", "SECRET": "Union[bytes, bytearray, memoryview, str]",
          "BYTES": "Union[bytes, bytearray, memoryview]", "BYTES32": "bytes", "MONEY": "Union[Decimal, str]", "TIME": "datetime",
          "INT": "int", "LONG": "int", "FLAG": "bool", "INT64": "int", "UINT64": "int", "SIZE": "int", "INTS": "Sequence[int]",
          "STRUCTS": "Sequence[Mapping[str, Any]]", "OPTIONS": "Mapping[str, Any]",
          "STRUCT": "Union[_records.LedgerPoint, Mapping[str, Any]]", "LOG": "Callable[[_records.LogLevel, str, str], object]",
          "CHARACTER": "str"}


def safe(name):
    return name + "_" if keyword.iskeyword(name) else name


def doc_line(text):
    return text.replace("\\", "\\\\").replace('"', "'")


def wrapped(text, indent):
    """A docstring of lines below 120 columns."""
    words, lines, line = doc_line(text).split(), [], ""
    for word in words:
        if len(line) + len(word) + len(indent) > 115:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    lines.append(line)
    return ("\n" + indent).join(lines)


class EmitPython:
    def __init__(self, model, c):
        self.model, self.c = model, c

    def class_of(self, enum):
        return "".join(w.capitalize() for w in enum[3:].split("_"))

    def member_type(self, member):
        if member.kind in ("ENUM",):
            return self.class_of(member.info)
        if member.kind == "ENUM_OR_ZERO":
            return f"Optional[{self.class_of(member.info)}]"
        if member.kind == "BOX":
            return "_native." + {"kl_batch": "Batch", "kl_event_page": "EventPage", "kl_rate_page": "RatePage"}[member.info]
        if member.kind == "LIST":
            return f"list[{self.model.records[member.info].language}]" if member.info else "list[int]"
        if member.kind == "RECORD_OR_NULL":
            return f"Optional[{self.model.records[member.info].language}]"
        if member.kind.startswith("JSON"):
            return "Any" if member.kind == "JSON_OR_NULL" or member.name == "components" else "dict[str, Any]"
        return TYPES[member.kind]

    def enums(self):
        for enum in self.model.headers.enums.values():
            yield f"\nclass {self.class_of(enum.name)}(enum.IntEnum):"
            yield f'    """{wrapped(enum.doc or enum.name, "    ")}"""\n'
            for name, number, doc in enum_values(enum):
                yield f"    {safe(name)} = {number}" + (f"  #: {doc_line(doc)[:90]}" if doc else "")
            yield ""

    def records_py(self):
        lines = [RECORDS_HEAD]
        lines += self.enums()
        for record in self.c.used_records():
            fields = [m.name for m in record.members]
            lines.append(f"\nclass {record.language}(Record):")
            lines.append(f'    """{wrapped(record.doc or record.language, "    ")}"""\n')
            listing = ", ".join(repr(f) for f in fields) + ("," if len(fields) == 1 else "")
            lines.append(f"    __slots__ = ({wrapped(listing, '                 ')})")
            lines.append("    _fields = __slots__")
            secret = [f for f in fields if f in names.SECRET_MEMBERS]
            if secret:
                lines.append(f"    _secret = ({', '.join(repr(f) for f in secret)},)")
            for member in record.members:
                lines.append(f"    {member.name}: {self.member_type(member)}")
                if member.doc:
                    lines.append(f'    """{wrapped(member.doc, "    ")}"""')
            lines.append("")
        listed = [self.class_of(enum) for enum in self.model.headers.enums] + [r.language for r in self.c.used_records()]
        lines.append("\n__all__ = [\n    " + wrapped(", ".join(f"'{name}'" for name in sorted(listed)), "    ") + ",\n]\n")
        lines.append("_native.register(sys.modules[__name__])")
        return "\n".join(lines) + "\n"

    def out_type(self, out):
        if out.kind == "OBJECT":
            record = self.model.records[out.info]
            if not record.only_list:
                text = f"_records.{record.language}"
                return f"Optional[{text}]" if out.name in ("paid", "given_back") else text
            return f"list[_records.{self.model.records[record.members[0].info].language}]"
        if out.kind == "STRUCT":
            return f"_records.{self.model.records[out.info].language}"
        if out.kind == "STRUCT_OR_NULL":
            return f"Optional[_records.{self.model.records[out.info].language}]"
        if out.kind == "ENUM":
            return f"_records.{self.class_of(out.info)}"
        if out.kind == "BOX":
            if out.info in names.HANDLES:
                return f"_records.{self.model.records[out.info].language}"
            return {"kl": "Client", "kl_worker": "Worker"}[out.info]
        if out.kind == "OUTGOING":
            return "list[_records.Outgoing]"
        return {"STATIC_TEXT": "str", "OWNED_TEXT": "str", "SECRET": "bytes", "BUFFER": "bytes"}.get(out.kind) or TYPES[out.kind]

    def input_type(self, input_):
        if input_.kind == "ENUM":
            text = f"Union[_records.{self.class_of(input_.info)}, str, int]"
        else:
            text = INPUTS[input_.kind]
        return f"Optional[{text}]" if input_.optional else text

    def result_type(self, call):
        types = [self.out_type(out) for out in call.outputs]
        if not types:
            return "None"
        return types[0] if len(types) == 1 else f"tuple[{', '.join(types)}]"

    def native_pyi(self):
        lines = [PYI_HEAD]
        for call in self.model.calls.values():
            parameters = ", ".join(f"{safe(self.c.name_of(i))}: {self.input_type(i)}" for i in call.inputs)
            slash = ", /" if parameters else ""
            lines.append(f"def call_{call.name}({parameters}{slash}) -> Call[{self.result_type(call)}]: ...")
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


PYI_HEAD = '''# Types of the module kloyst._native. Written by bindings/swig/generate from the headers.
from datetime import datetime
from decimal import Decimal
from types import ModuleType
from typing import Any, Callable, Generic, Hashable, Mapping, Optional, Sequence, TypeVar, Union, final
from uuid import UUID

from kloyst import _records

_Json = Union[Mapping[str, Any], Sequence[Any], str, bytes]
_T = TypeVar("_T")

@final
class Call(Generic[_T]):
    def cancel(self) -> None: ...

@final
class Client:
    def close(self) -> None: ...

@final
class Worker:
    def close(self) -> None: ...

@final
class Batch:
    def close(self) -> None: ...

@final
class EventPage:
    def close(self) -> None: ...

@final
class RatePage:
    def close(self) -> None: ...

@final
class Queue:
    def __new__(cls, threads: int, /) -> Queue: ...
    def submit(self, call: Call[Any], token: Hashable, /) -> None: ...
    def next(self) -> Optional[tuple[Any, bool, Any]]: ...
    def take(self, most: int, /) -> list[tuple[Any, bool, Any]]: ...
    def cancel(self, token: Hashable, /) -> bool: ...
    def fileno(self) -> int: ...
    def pending(self) -> int: ...
    def close(self) -> None: ...

class StatusError(Exception):
    status: int
    message: str
    sqlstate: str
    retriable: bool
    value: Any

def run(made: Call[_T], /) -> _T: ...
def register(records: ModuleType, /) -> None: ...
def set_error_factory(factory: Optional[Callable[[int, str, str, bool, Any], BaseException]], /) -> None: ...
'''
