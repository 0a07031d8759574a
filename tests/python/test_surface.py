"""Every call of the C library can be made from Python, with the right values only."""

from __future__ import annotations

import ast
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any, Dict, List

import pytest

import kloyst
from kloyst import _native, errors

PACKAGE = Path(kloyst.__file__).parent
SURFACE: Dict[str, Any] = json.loads(Path(os.environ["KLOYST_SURFACE"]).read_text(encoding="utf-8"))
CALLS: Dict[str, Any] = SURFACE["calls"]

# Calls that the package makes no use of, and why.
UNUSED = {
    "uuid_parse": "ids are texts",
    "uuid_format": "ids are texts",
    "money_parse": "amounts are Decimal",
    "money_format": "amounts are Decimal",
    "status_name": "KloystError.code",
    "status_text": "in statuses()",
    "status_retriable": "KloystError.retriable",
    "kept_reason_text": "reached as _native",
    "error_class_name": "ErrorClass.name",
    "log_level_name": "LogLevel.name",
    "close": "Client.close",
}


def test_the_package_uses_every_call() -> None:
    used = set()
    for layer in ("aio", "_sync", "."):
        for file in (PACKAGE / layer).glob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute) and node.attr.startswith("call_"):
                    used.add(node.attr[5:])
                    assert hasattr(_native, node.attr), node.attr
    assert used | set(UNUSED) == set(CALLS)
    assert not used & set(UNUSED)


def test_every_public_name_is_documented() -> None:
    missing = []
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                missing += [
                    f"{file.name}: {node.name}.{each.name}"
                    for each in node.body
                    if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))
                    and not each.name.startswith("_")
                    and not ast.get_docstring(each)
                ]
                missing += [] if ast.get_docstring(node) else [f"{file.name}: {node.name}"]
    assert missing == []


# A value of each kind that every call takes, to have all but one argument right.
ID = "018f0000-0000-7000-8000-000000000000"
NAIVE = datetime(2026, 1, 1)
NOWHERE = "postgresql://somebody@127.0.0.1:1/nothing"
AWARE = NAIVE.astimezone()


def right(kind: str, info: str, client: kloyst.Client) -> Any:
    return {
        "CLIENT": client._client,
        "UUID": ID,
        "TEXT": "text",
        "JSON": {},
        "SECRET": b"secret",
        "BYTES": b"bytes",
        "BYTES32": bytes(32),
        "MONEY": "1",
        "TIME": AWARE,
        "INT": 1,
        "LONG": 1,
        "SIZE": 1,
        "INT64": 1,
        "UINT64": 1,
        "FLAG": True,
        "INTS": [1],
        "STRUCTS": [],
        "STRUCT": {"seq": 0, "hash": bytes(32), "balance": "0"},
        "OPTIONS": {},
        "ENUM": 1,
        "RATE_PAGE": None,
    }[kind]


class Hostile:
    """Refuses whatever is asked of it."""

    def __getattr__(self, name: str) -> Any:
        raise ZeroDivisionError(name)

    def refuse(self) -> Any:
        """Whatever was asked."""
        raise ZeroDivisionError

    __index__ = __bool__ = __len__ = __iter__ = __int__ = __str__ = refuse


THING = object()
# Calls that have a text for every number, also for one that says nothing.
TEXTS = {"error_class_name", "log_level_name", "kept_reason_text", "status_name", "status_text", "status_retriable",
         "phone_reason_text", "error_policy_get", "status_at"}
WRONG: Dict[str, List[Any]] = {
    "CLIENT": [None, 0, "client", THING],
    "WORKER": [None, 0, THING],
    "BATCH": [None, 0, THING],
    "EVENT_PAGE": [None, 0, THING],
    "RATE_PAGE": [0, "page", THING],
    "UUID": [0, b"x" * 16, "", "018f", ID + "0", ID.replace("-", ""), "{" + ID + "}", THING, ID[:-1] + "g", 1.5],
    "TEXT": [0, b"text", THING, "a\0b", "\ud800", 1.5, ["text"]],
    "JSON": [0, 1.5, THING, "a\0b", {"x": THING}, {"x": float("inf")}, {"\ud800": 1}, {1, 2}],
    "SECRET": [0, THING, ["x"], 1.5, "\ud800"],
    "BYTES": [0, "text", THING, [1], 1.5],
    "BYTES32": [0, b"short", bytes(33), "x" * 32, THING],
    "MONEY": [1, 1.0, True, THING, "x", "1e3", b"1", float("nan"), "1000000.00001"],
    "TIME": [0, 1.5, "2026-01-01", NAIVE, THING],
    "INT": [1.5, "1", THING, 2**31, -(2**31) - 1, 2**70, b"1"],
    "LONG": [1.5, "1", THING, 2**70],
    "SIZE": [1.5, "1", THING, -1, 2**70],
    "INT64": [1.5, "1", THING, 2**63, -(2**63) - 1],
    "UINT64": [1.5, "1", THING, -1, 2**64],
    "FLAG": ["yes", THING, 1.5],
    "INTS": [1, "1", [1.5], ["1"], [2**31], THING, b"1", {"x": 1}],
    "STRUCTS": [1, "x", [1], [{}], [{"unheard": 1}], THING],
    "STRUCT": [1, "x", {}, {"seq": 1}, THING],
    "OPTIONS": [1, "x", [1], {"unheard_of": 1}, {1: 2}, THING],
    "CHARACTER": [1, ";;", "", "\u00e9", b";", THING],
    "LOG": [1, "x", THING],
    "PROGRESS": [1, "x", THING],
    "REJECT": [1, "x", THING],
    "ENUM": [1.5, "UNHEARD_OF", THING, 9999, -1, b"1", []],
}


def cases() -> List[Any]:
    made = []
    for name, call in CALLS.items():
        for index, argument in enumerate(call["inputs"]):
            made.append(pytest.param(name, index, id=f"{name}-{argument['name']}"))
    return made


@pytest.mark.parametrize(("name", "index"), cases())
def test_wrong_values_are_refused(client: kloyst.Client, vendor: kloyst.VendorView, name: str, index: int) -> None:
    inputs = CALLS[name]["inputs"]
    if any(each["kind"] in ("WORKER", "BATCH", "EVENT_PAGE") for each in inputs[:index]):
        pytest.skip("its first argument is a resource; the layer above is tested with real ones")
    good = [
        None if each["optional"] else right(each["kind"], each["info"], client) if position < index else None
        for position, each in enumerate(inputs)
    ]
    make = getattr(_native, f"call_{name}")
    wrong = list(WRONG[inputs[index]["kind"]])
    if name in TEXTS:
        wrong = [value for value in wrong if not isinstance(value, int)]
    wrong.append(Hostile())
    if not inputs[index]["optional"]:
        wrong.append(None)
    for value in wrong:
        good[index] = value
        with pytest.raises((TypeError, ValueError, OverflowError, errors.InputError, ZeroDivisionError)):
            # Values that have the right type are refused by the library itself, before it does anything.
            _native.run(make(*good))


@pytest.mark.parametrize("name", sorted(CALLS))
def test_wrong_numbers_of_arguments_are_refused(client: kloyst.Client, name: str) -> None:
    make = getattr(_native, f"call_{name}")
    count = len(CALLS[name]["inputs"])
    for wrong in (count + 1, count - 1):
        if wrong >= 0:
            with pytest.raises(TypeError):
                make(*[None] * wrong)


@pytest.mark.parametrize("struct", sorted(SURFACE["structs"]))
def test_wrong_options_are_refused(client: kloyst.Client, struct: str) -> None:
    takers = [
        (name, index)
        for name, call in CALLS.items()
        for index, each in enumerate(call["inputs"])
        if each["info"] == struct and each["kind"] == "OPTIONS"
    ]
    if not takers:
        pytest.skip("it is a member of a list")
    name, index = takers[0]
    inputs = CALLS[name]["inputs"]
    # Whatever is wrongly taken must not reach a database.
    arguments: List[Any] = [NOWHERE if name == "open" else None if each["optional"] else right(each["kind"], each["info"], client) for each in inputs]
    tried = 0
    for field in SURFACE["structs"][struct]:
        for value in WRONG[field["kind"]]:
            # Without a log its level means nothing.
            arguments[index] = {field["name"]: value, **({"log": print} if field["name"] == "log_level" else {})}
            with pytest.raises((TypeError, ValueError, OverflowError, errors.InputError)):
                _native.run(getattr(_native, f"call_{name}")(*arguments))
            tried += 1
    assert tried > 5


def test_what_was_handed_out_can_be_used_once_only_where_it_belongs(client: kloyst.Client) -> None:
    call = _native.call_version()
    assert _native.run(call) == kloyst.version()
    with pytest.raises((errors.KloystError, ValueError, RuntimeError)):
        _native.run(call)
    with pytest.raises(TypeError):
        _native.run(None)  # type: ignore[arg-type]
    for kind in (_native.Client, _native.Worker, _native.Batch, _native.Call):
        with pytest.raises(TypeError):
            kind()
