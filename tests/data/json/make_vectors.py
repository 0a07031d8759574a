#!/usr/bin/env python3
"""Writes vectors.tsv: small texts, what Python's json makes of them under the library's strict rules, and an FNV-1a
hash of the content it read. Run it in this folder; the result is committed, so the tests need no Python."""
import json
import random
import re

random.seed(8259)


class Refused(Exception):
    pass


class Number(str):
    pass


def number(text):
    whole, exponent = re.fullmatch(r"-?(\d+)(?:\.\d+)?(?:[eE]([+-]?\d+))?", text).groups()
    power = int(exponent or 0)
    if len(text) > 64 or abs(power) > 308 or (exponent and power >= 0 and power + len(whole) > 308):
        raise Refused
    return Number(text)


def constant(_):
    raise Refused


def pairs(members):
    if len({k for k, _ in members}) != len(members):
        raise Refused
    return dict(members)


def depth(value):
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 0


def canonical(value):
    if isinstance(value, dict):
        return b"{%d" % len(value) + b"".join(text(k) + canonical(v) for k, v in value.items())
    if isinstance(value, list):
        return b"[%d" % len(value) + b"".join(map(canonical, value))
    if isinstance(value, Number):
        return b"#" + value.encode() + b"\0"
    if isinstance(value, str):
        return text(value)
    return {True: b"t", False: b"f", None: b"n"}[value]


def text(value):
    if "\0" in value:
        raise Refused
    return b'"' + value.encode() + b"\0"  # a lone surrogate does not encode


def verdict(data):
    try:
        value = json.loads(data.decode(), parse_int=number, parse_float=number, parse_constant=constant,
                           object_pairs_hook=pairs)
        if depth(value) > 32:
            raise Refused
        content = canonical(value)
    except (Refused, ValueError, RecursionError):
        return "-"
    fnv = 0xCBF29CE484222325
    for byte in content:
        fnv = (fnv ^ byte) * 0x100000001B3 % 2**64
    return "%016x" % fnv


def string():
    parts = ["", "a", "id", "Z\u00e9", "\u0928\u0947", "\U0001f6d1", "\\n", '\\"', "\\\\", "\\/", "\\u0041", "\\u00e9",
             "\\u20AC", "\\ud83d\\uDE2e", "12345678", "eight by eight is plain", "\\b\\f\\r\\t", "\x7f"]
    return '"' + "".join(random.choices(parts, k=random.randint(0, 3))) + '"'


def blank():
    return random.choices(["", " ", "\n", "\t\r"], [20, 2, 1, 1])[0]


def value(level=0):
    kind = random.randint(0, 9 if level < 4 else 6)
    if kind < 3:
        return string()
    if kind == 3:
        return random.choice(["0", "-0", "1", "-12", "3.25", "1e5", "2E-7", "9007199254740993", "0.1e+10", "1e307"])
    if kind < 7:
        return random.choice(["true", "false", "null", "[]", "{}"])
    items = [value(level + 1) for _ in range(random.randint(0, 4))]
    if kind == 7:
        return "[" + ",".join(blank() + i + blank() for i in items) + "]"
    return "{" + ",".join(blank() + string() + blank() + ":" + blank() + i + blank() for i in items) + "}"


def mutate(data):
    data = bytearray(data)
    for _ in range(random.randint(1, 2)):
        at = random.randrange(len(data)) if data else 0
        act = random.randint(0, 4)
        if act == 0:
            data[at:at + 1] = bytes([random.choice(b'{}[],:"\\ue0123456789.-+ \n\0\x1f\x80\xbf\xc0\xc3\xe0\xed\xf4\xff')])
        elif act == 1:
            del data[at:at + random.randint(1, 3)]
        elif act == 2:
            data[at:at] = random.choice([b'"', b"\\", b"\\u0000", b"\\ud800", b"\\udc00", b"\xed\xa0\x80", b"\xc0\xaf",
                                         b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"NaN", b"1e309", b"01", b",", b"]"])
        elif act == 3:
            data[at:] = b""
        else:
            data[at:at] = data[at:at + random.randint(1, 6)]
        if not data:
            data = bytearray(b" ")
    return bytes(data)


seen = set()
with open("vectors.tsv", "w") as out:
    out.write("# bytes in hexadecimal, FNV-1a 64 of the content or - for refused; made by make_vectors.py\n")
    while len(seen) < 2500:
        data = (blank() + value() + blank()).encode()
        if random.random() < 0.6:
            data = mutate(data)
        if 0 < len(data) <= 60 and data not in seen:
            seen.add(data)
            out.write("%s\t%s\n" % (data.hex(), verdict(data)))
