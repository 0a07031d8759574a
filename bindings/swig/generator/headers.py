"""Reads include/kloyst/*.h: enums, structs and prototypes, each with its comment.

The headers are regular, which tests/unit and the compiler hold; what this reader does not understand is an error, never left out.
"""
import re
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Parameter:
    type: str
    name: str


@dataclass
class Function:
    name: str
    returns: str
    parameters: list
    doc: str
    header: str


@dataclass
class Field:
    type: str
    name: str
    doc: str
    array: str = ""


@dataclass
class Struct:
    name: str
    fields: list
    doc: str


@dataclass
class Enum:
    name: str
    values: list  # (name, number, doc)
    doc: str


@dataclass
class Headers:
    functions: dict = field(default_factory=dict)
    structs: dict = field(default_factory=dict)
    enums: dict = field(default_factory=dict)
    opaque: dict = field(default_factory=dict)
    constants: dict = field(default_factory=dict)


def one_line(comment):
    """A comment's text without its frame."""
    text = re.sub(r"^/\*|\*/$", "", comment.strip())
    return re.sub(r"\s+", " ", re.sub(r"\n\s*\*", "\n", text)).strip()


def squeeze(ctype):
    return re.sub(r"\s*\*\s*", " *", re.sub(r"\s+", " ", ctype)).replace("* *", "**").strip()


def parse_parameter(text, where):
    found = re.fullmatch(r"(.*?)([A-Za-z_]\w*)", text.strip(), re.S)
    if not found or not found[1].strip():
        raise SystemExit(f"{where}: cannot read the parameter {text!r}")
    return Parameter(squeeze(found[1]), found[2])


class Reader:
    """One header, from its first line to its last."""

    def __init__(self, path, headers):
        self.text = path.read_text(encoding="utf-8")
        self.header = path.name
        self.headers = headers
        self.at = 0
        self.doc = ""

    def fail(self, what):
        line = self.text.count("\n", 0, self.at) + 1
        raise SystemExit(f"{self.header}:{line}: cannot read {what}")

    def take(self, pattern):
        found = re.compile(pattern, re.S).match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def trailing(self):
        """The comment on the rest of this line, which belongs to what stands before it."""
        found = self.take(r"[ \t]*(/\*.*?\*/)")
        return one_line(found[1]) if found else ""

    def read(self):
        while self.at < len(self.text):
            if found := self.take(r"/\*.*?\*/"):
                self.doc = one_line(found[0])
            elif found := self.take(r"#define (KL_\w+) ((?:[^\n\\]|\\\n)*)\n"):
                self.headers.constants[found[1]] = found[2]
            elif self.take(r"#(?:[^\n\\]|\\\n)*\n"):
                pass
            elif found := self.take(r"\n+"):
                if len(found[0]) > 1:
                    self.doc = ""
            elif self.take(r'[ \t]+|extern "C" \{|\}(?=\s*\n)'):
                pass
            elif found := self.take(r"typedef struct (\w+) \1;"):
                self.headers.opaque[found[1]] = self.trailing() or self.doc
                self.doc = ""
            elif found := self.take(r"typedef struct (\w+) \{(.*?)\n\} \1;"):
                self.struct(found[1], found[2])
            elif found := self.take(r"typedef enum (\w+) \{(.*?)\} \1;"):
                self.enum(found[1], found[2])
            elif self.take(r"typedef [^;{]*;"):
                self.doc = ""
            elif found := self.take(r"KL_API ([^;(]*?)(kl_\w+)\(([^;]*)\);"):
                self.function(*found.groups())
            else:
                self.fail(repr(self.text[self.at:self.at + 60]))

    def function(self, returns, name, parameters):
        if parameters.strip() == "void":
            parameters = ""
        list_ = [parse_parameter(p, f"{self.header}: {name}") for p in parameters.split(",")] if parameters else []
        doc = self.doc or ""
        doc = " ".join(filter(None, [doc, self.trailing()]))
        self.headers.functions[name] = Function(name, squeeze(returns), list_, doc, self.header)
        self.doc = ""

    def members(self, body):
        """Members with the comment that follows each: (text, comment)."""
        return re.findall(r"([^;,/{}]+(?:\[[^\]]*\])?)\s*[;,]?\s*((?:/\*.*?\*/)?)", body, re.S)

    def struct(self, name, body):
        fields = []
        body = re.sub(r"^\s*/\*[^/]*?\*/\s*$", "", body, flags=re.M)
        for text, doc in re.findall(r"\s*([^;]+);[ \t]*((?:/\*.*?\*/)?)", body, re.S):
            found = re.fullmatch(r"(.*?)(\w+(?:\s*,\s*\w+)*)(?:\[(\w+)\])?", text.strip(), re.S)
            if not found:
                self.fail(f"a field of {name}: {text!r}")
            for each in found[2].split(","):
                fields.append(Field(squeeze(found[1]), each.strip(), one_line(doc), found[3] or ""))
        self.headers.structs[name] = Struct(name, fields, self.doc)
        self.doc = ""

    def enum(self, name, body):
        values = []
        for text in re.finditer(r"(KL_\w+) = (\d+)\s*,?[ \t]*((?:/\*.*?\*/)?)", body, re.S):
            values.append((text[1], int(text[2]), one_line(text[3])))
        if len(values) != body.count(" = "):
            self.fail(f"a value of {name}")
        doc = " ".join(filter(None, [self.doc, self.trailing()]))
        self.headers.enums[name] = Enum(name, values, doc)
        self.doc = ""


def read_headers(folder):
    headers = Headers()
    for path in sorted(Path(folder).glob("*.h")):
        Reader(path, headers).read()
    return headers
