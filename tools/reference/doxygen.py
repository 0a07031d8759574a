"""The headers with complete comments, in the words of Doxygen: what the prose says, taken apart, and what is the same everywhere."""
import re

from generator.headers import one_line

PLACES = re.compile(r"(?P<comment>/\*.*?\*/)|(?P<function>KL_API [^;(]*?(?P<name>kl_\w+)\([^;]*\);(?:[ \t]*/\*.*?\*/)?)", re.S)


def escaped(text):
    return re.sub(r"([@\\<>#%$])", r"\\\1", text.replace("/*", "").replace("*/", ""))


def markup(text):
    """`name` and *name of the prose become Doxygen's own."""
    text = escaped(text)
    text = re.sub(r"`([^`]+)`", r"@c \1", text)
    return re.sub(r"(?<![\w*])\*(\w+)", r"@c *\1", text)


def capital(text):
    return text[:1].upper() + text[1:]


def block(lines):
    return "/** " + "\n * ".join(line for line in lines if line) + "\n */\n"


def function_comment(reference, entry):
    lines = [markup(entry.what)]
    for ctype, name, text in entry.parameters:
        way = "out" if re.search(r"\*\*$|^kl_\w+ \*$", ctype) and not ctype.startswith("const") and name not in ("handle",) else "in"
        lines.append(f"@param[{way}] {name} {markup(capital(text))}")
    if entry.returns != "void":
        lines.append(f"@return {markup(capital(entry.result))}.")
    for name, when in entry.statuses.items():
        lines.append(f"@retval {name} {markup(when or reference.status_text(name))}")
    if entry.common:
        lines.append("@par Statuses of all calls that need the database\n * See the top of vendor.h.")
    if entry.threads:
        lines.append(f"@par Threads\n * {markup(capital(entry.threads))}")
    lines.append(f"@since {entry.since}")
    return block(lines)


def page_text(reference, page):
    """A header, its comments in Doxygen's form."""
    out, at, pending, first = [], 0, None, True
    for place in PLACES.finditer(page.text):
        between = page.text[at:place.start()]
        if pending:
            out.append(comment_for(pending, between, page))
            pending = None
        out.append(between)
        at = place.end()
        if place["function"]:
            if out and out[-1].strip() == "" and len(out) > 1 and out[-2].startswith("/**") and out[-1] == "\n":
                out.pop(), out.pop()  # the prose that the complete comment is made of
            entry = reference.entries[place["name"]]
            declaration = re.sub(r"[ \t]*/\*.*?\*/", "", place["function"])
            out.append(function_comment(reference, entry) + declaration)
        elif first:
            first = False
            paragraphs = [markup(p) for p in page.paragraphs]
            out.append(block([f"@file\n * @brief {paragraphs[0]}"] + [f"\n * {p}" for p in paragraphs[1:]]))
        else:
            line = page.text[page.text.rfind("\n", 0, place.start()) + 1:place.start()]
            if line.strip():
                out.append("/**< " + markup(one_line(place[0])) + " */")
            else:
                pending = place[0]
    if pending:
        out.append(comment_for(pending, page.text[at:], page))
    return "".join(out) + page.text[at:]


def comment_for(comment, after, page):
    """A comment on lines of its own belongs to what follows it at once, a type or a macro, or to nothing."""
    text = markup(one_line(comment))
    return block([text]).rstrip("\n") if re.match(r"\n[^\n]", after) or after == "\n" else f"/* {text} */"


def enum_on_one_line(match):
    values = [value.strip() for value in match[2].strip().rstrip(",").split(",")]
    return match[1] + "\n" + ",\n".join(f"    {value}" for value in values) + "\n" + match[3]


def named(text):
    """What has no comment is said by its name; Doxygen wants a word all the same."""
    text = re.sub(r"(typedef enum \w+ \{)([^\n}]+)(\} \w+;)", enum_on_one_line, text)
    text = re.sub(r"^( +int )(\w+), (\w+);([ \t]*/\*\*<.*?\*/)", r"\1\2;\4\n\1\3;\4", text, flags=re.M | re.S)
    lines, inside, before = [], False, ""
    for line in text.split("\n"):
        inside = bool(re.match(r"typedef (struct|enum) \w+ \{", line)) or inside and not line.startswith("}")
        member = re.match(r"    [^;,*/]*?\*{0,2}(\w+)(?:\[\w+\])?(?: = \d+)?[;,]?\s*$", line)
        macro = re.match(r"#define (KL_\w+)", line)
        if inside and member:
            line += f" /**< {member[1]} */"
        elif re.match(r"typedef struct \w+ \w+;$", line):
            line += " /**< opaque: see the calls that make and take it */"
        elif macro and not before.endswith("*/"):
            lines.append("/** What to start one from. */" if macro[1].endswith("_INIT") else f"/** {macro[1]}. */")
        elif re.match(r"typedef (struct|enum) \w+ \{", line) and not before.endswith("*/"):
            lines.append("/** See the calls that take it. */")
        lines.append(line)
        before = line
    return "\n".join(lines)


def write_headers(reference, output):
    for name, page in reference.pages.items():
        text = named(page_text(reference, page))
        (output / name).write_text(text, encoding="utf-8")
