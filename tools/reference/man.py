"""Manual pages: kloyst(3) on the library as a whole, kloyst_NAME(3) for each header."""
import re
import textwrap

from generator.headers import one_line


def roff(text):
    """Text that roff prints as it is: its own marks escaped, back quotes and stars of the prose in italics."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = re.sub(r"`([^`]+)`", r"\\fI\1\\fP", text)
    text = re.sub(r"(?<![\w*])\*(\w+)", r"*\\fI\1\\fP", text)
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in text.split("\n"))


def paragraph(text):
    return roff("\n".join(textwrap.wrap(text, 110, break_long_words=False, break_on_hyphens=False)))


def literal(text):
    lines = [line.replace("\\", "\\e").replace("-", "\\-") for line in text.rstrip().split("\n")]
    return ".EX\n" + "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in lines) + "\n.EE"


def capital(text):
    return text[:1].upper() + text[1:]


def stop(text):
    return text if text.endswith((".", ":", "!")) else text + "."


def head(name, section, version, title):
    return f'.TH {name.upper()} {section} "" "libkloyst {version}" "libkloyst"\n.SH NAME\n{name} \\- {roff(title)}\n'


def types_of(page):
    """Types and macros as they stand in the header, comments and all."""
    body = page.text.split('extern "C" {', 1)[-1].split("#endif", 1)[-1].rsplit("#ifdef __cplusplus", 1)[0]
    body = re.sub(r"(?:/\*(?:[^*]|\*(?!/))*\*/\n)?KL_API [^;]*;(?:[ \t]*/\*.*?\*/)?\n?", "", body, flags=re.S)
    return re.sub(r"\n{3,}", "\n\n", body).strip()


def function_text(reference, entry):
    out = [f".SS {entry.name}()", paragraph(entry.what)]
    for _, name, text in entry.parameters:
        out.append(f".TP\n.I {name}\n{paragraph(stop(capital(text)))}")
    if entry.returns != "void":
        out.append(f".PP\nReturns {paragraph(stop(entry.result))}")
    for name, when in entry.statuses.items():
        out.append(f".TP\n.B {name}\n{paragraph(stop(capital(when or reference.status_text(name))))}")
    if entry.common:
        out.append(".PP\nAnd the statuses of all calls that need the database, see\n.BR kloyst (3).")
    if entry.threads:
        out.append(f".PP\n{paragraph(entry.threads)}")
    out.append(f".PP\nSince {entry.since}.")
    return "\n".join(out)


def prototypes(reference, page):
    found = re.findall(r"KL_API ([^;(]*?kl_\w+\([^;]*\);)", page.text, re.S)
    return literal("\n".join(found))


def header_page(reference, page, version):
    entries = [e for e in reference.entries.values() if e.header == page.name + ".h"]
    out = [head(f"kloyst_{page.name}", 3, version, page.title[0].lower() + page.title[1:]),
           ".SH SYNOPSIS", literal(f"#include <kloyst/{page.name}.h>"), ".PP", prototypes(reference, page), ".SH DESCRIPTION"]
    out += ["\n.PP\n".join(paragraph(p) for p in page.paragraphs)]
    types = types_of(page)
    if types:
        out += [".SH TYPES", literal(types)]
    if entries:
        out += [".SH FUNCTIONS"] + [function_text(reference, entry) for entry in entries]
    out += [".SH SEE ALSO", ".BR kloyst (1),\n.BR kloyst (3)"]
    return "\n".join(out) + "\n"


def overview(reference, version):
    pages = [page for page in reference.pages.values() if page.name != "kloyst"]
    out = [head("kloyst", 3, version, "multi-tenant WhatsApp messaging on PostgreSQL"), ".SH SYNOPSIS",
           literal("#include <kloyst/kloyst.h>\n\ncc program.c $(pkg-config --cflags --libs kloyst)"), ".SH DESCRIPTION"]
    umbrella = reference.pages["kloyst.h"]
    out.append("\n.PP\n".join(paragraph(p) for p in umbrella.paragraphs))
    status = reference.pages["status.h"]
    out += [".SH ERRORS", "\n.PP\n".join(paragraph(p) for p in status.paragraphs[1:]),
            ".PP\nCalls that need the database answer, beside their own:"]
    common = one_line(re.search(r"/\* All calls:.*?\*/|/\*.*?\*/", reference.pages["vendor.h"].text, re.S)[0])
    common = re.search(r"All calls: (.*?)\. They are", common)
    out.append(".PP\n" + paragraph(stop(common[1])))
    out += [".SH ENVIRONMENT", ".TP\n.B KLOYST_URL\nThe database, when\n.BR kl_open ()\nis given none.",
            ".TP\n.B KLOYST_MASTER_KEY\nThe master keys, when the options have none.",
            ".TP\n.B KLOYST_APP_SECRET\nMeta's app secret, when the options have none.",
            ".TP\n.B KLOYST_RAZORPAY_SECRET\nThe secret of Razorpay's webhook, when the options have none.",
            ".TP\n.B KLOYST_PG_BINDIR\nWhere the programs of PostgreSQL are, for an embedded server."]
    out += [".SH PAGES"] + [f".TP\n.BR kloyst_{page.name} (3)\n{paragraph(stop(page.title))}" for page in pages]
    out += [".SH SEE ALSO", ".BR kloyst (1),\n.BR psql (1)"]
    return "\n".join(out) + "\n"


def write_pages(reference, output):
    version = re.search(r'#define KL_VERSION "(.*?)"', reference.pages["version.h"].text)[1]
    (output / "kloyst.3").write_text(overview(reference, version), encoding="utf-8")
    for page in reference.pages.values():
        if page.name != "kloyst":
            (output / f"kloyst_{page.name}.3").write_text(header_page(reference, page, version), encoding="utf-8")
