"""What the headers say of each function, in one form: what it does, parameters, result, statuses, threads, since when.

Comments in the headers are short prose for people who read C. The fixed form is what can be taken out of them: a first sentence that says
what the call does, every parameter that is not one of the library's own by its name, statuses as `KL_ERR_NAME: when`,
"Thread-safe." (or a sentence on threads at the header's top, for all its calls) and "Since 0.1.". What is the same everywhere is
said here once. docs/conventions.md describes the form for those who write it.
"""
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bindings/swig"))
from generator.headers import one_line, read_headers  # noqa: E402

COMMON = ["KL_ERR_ARGUMENT", "KL_ERR_CLOSED", "KL_ERR_FORKED", "KL_ERR_CONNECT", "KL_ERR_CONNECTION_LOST", "KL_ERR_UNKNOWN_OUTCOME",
          "KL_ERR_TIMEOUT", "KL_ERR_SERIALIZATION", "KL_ERR_DATABASE", "KL_ERR_MEMORY"]

# Parameters that mean the same in every call: (type, name) or (type, None).
OWN_PARAMETERS = {
    ("kl *", "handle"): "an open handle",
    ("const kl_uuid *", "vendor_id"): "the vendor whose rows are meant; another vendor's are answered as if there were none",
    ("kl_error **", "error"): "gets the description of a failure, to be released with kl_error_free(); may be NULL",
}
UNITS = {
    "kl_time": "microseconds since 1970-01-01T00:00:00Z, 0: not yet or not at all",
    "kl_money": "ten-thousandths of the currency unit",
    "const char *": "UTF-8, NUL-terminated; it lives as long as what it was read from",
    "const kl_uuid *": "it lives as long as what it was read from",
}
WORDS = {"wa": "WhatsApp", "waba": "WhatsApp Business account", "id": "id", "bsuid": "business-scoped user id", "no": "number"}


@dataclass
class Entry:
    name: str
    header: str
    returns: str
    parameters: list                              # (type, name, text)
    what: str
    result: str
    statuses: dict = field(default_factory=dict)  # name: when, "" for what the status table says
    common: bool = False
    threads: str = ""
    since: str = ""
    problems: list = field(default_factory=list)


def sentences(text):
    """Sentences; a full stop inside of an abbreviation or a number is none."""
    return [s for s in re.split(r"(?<=[.:)])\s+(?=[A-Z`*][^.]|KL_)", text) if s] if text else []


def plain(name):
    return " ".join(WORDS.get(word, word) for word in name.split("_"))


class Page:
    """One header: what stands at its top, and its functions."""

    def __init__(self, path):
        self.name = path.stem
        self.text = path.read_text(encoding="utf-8")
        top = one_line(re.match(r"/\*.*?\*/", self.text, re.S)[0])
        self.top = re.sub(r"\s*SPDX-License-Identifier: \S+", "", top)
        self.paragraphs = [re.sub(r"\s*SPDX-License-Identifier: \S+", "", one_line("/*\n" + p + "*/")) for p in
                           re.split(r"\n \*\n", re.match(r"/\*(.*?)\*/", self.text, re.S)[1])]
        self.paragraphs = [p for p in self.paragraphs if p]
        self.title = sentences(self.paragraphs[0])[0].rstrip(".")
        self.threads = next((s for s in sentences(self.top) if re.search(r"thread", s)), "")
        self.common = "the statuses listed at the top of vendor.h" in self.top or self.name == "vendor"


class Reference:
    def __init__(self, folder):
        self.headers = read_headers(folder)
        self.pages = {path.name: Page(path) for path in sorted(Path(folder).glob("*.h"))}
        self.entries = {}
        before = {}
        for function in self.headers.functions.values():
            entry = self.entry(function, before.get(function.header))
            self.entries[function.name] = before[function.header] = entry
        self.known = {name for name, _, _ in self.headers.enums["kl_status"].values}

    def status_text(self, name):
        return next((doc for known, _, doc in self.headers.enums["kl_status"].values if known == name), "")

    # --- one function ----------------------------------------------------------
    def entry(self, function, before):
        page = self.pages[function.header]
        doc = re.sub(r"\s*(?:Thread-safe\.\s*)?Since (\d+\.\d+)\.", "", function.doc).strip()
        since = re.search(r"Since (\d+\.\d+)\.", function.doc)
        entry = Entry(function.name, function.header, function.returns, [], doc, "")
        entry.since = since[1] if since else ""
        entry.what = " ".join(s for s in sentences(doc) if not s.startswith("KL_ERR_"))
        reader = self.is_reader(function)
        if not doc.strip() or (reader and not since):
            entry.what = self.reader_text(function, doc)
            entry.since = entry.since or "0.1"
        self.add_statuses(entry, function, before, page)
        self.add_threads(entry, function, page, reader)
        spoken = doc + self.referred_text(doc, before)
        for parameter in function.parameters:
            entry.parameters.append((parameter.type, parameter.name, self.parameter_text(function, parameter, spoken, entry)))
        entry.result = self.result_text(function)
        if not reader:
            self.look_for_problems(entry, function)
        return entry

    @staticmethod
    def is_reader(function):
        """A getter or a _free: takes an object of the library, perhaps an index, and nothing else."""
        types = [p.type for p in function.parameters]
        return (bool(types) and re.fullmatch(r"(const )?kl_\w+ \*", types[0]) and "handle" not in types[0]
                and (function.returns != "kl_status" or types[0].startswith("const"))
                and all(p.name in ("index", "length", "size") for p in function.parameters[1:]))

    def reader_text(self, function, doc):
        subject = re.sub(r"^(?:const )?kl_|\W+$", "", function.parameters[0].type)
        rest = function.name.removeprefix("kl_").removeprefix(subject + "_")
        if rest == "free":
            return doc or "Releases it; NULL is allowed."
        if rest == "count":
            return doc or "How many it holds; 0 for NULL."
        if rest == "at" and subject.endswith(("page", "results")):
            return doc or f"The one at `index`, counted from 0; NULL out of range. It lives as long as the {plain(subject)}."
        what = f"{plain(rest.removesuffix('_of'))} of the {plain(subject)}"
        return (what[0].upper() + what[1:] + (": " + doc if doc else "") + ".").replace("..", ".")

    def result_text(self, function):
        if function.returns == "kl_status":
            return "KL_OK, or why not"
        if function.returns == "void":
            return ""
        kind = function.returns
        text = UNITS.get(kind, "")
        if re.fullmatch(r"const kl_\w+ \*", kind) and kind != "const kl_uuid *":
            text = "it lives as long as what it was read from"
        return f"{kind.replace('const char *', 'text').replace('const ', '').rstrip(' *')}" + (f": {text}" if text else "")

    # --- parameters ------------------------------------------------------------
    def parameter_text(self, function, parameter, spoken, entry):
        own = OWN_PARAMETERS.get((parameter.type, parameter.name))
        if own:
            return own
        if "_function" in parameter.type:
            return f"a callback, see {parameter.type}; what it gets first is the context that is given with it"
        if parameter.name.endswith("_context"):
            return "handed to the callback; may be NULL"
        said = [s for s in sentences(spoken) if not s.startswith("KL_ERR_") and re.search(rf"(?<![\w_]){re.escape(parameter.name)}(?![\w_])", s)]
        if parameter.type.endswith("**") and parameter.name not in ("text", "token"):
            made = re.sub(r"^(?:const )?|\W+$", "", parameter.type)
            may = "; may be NULL" if re.search(rf"\*{parameter.name}[^.;]*may be NULL", spoken) else ""
            return f"gets it; the caller releases it with {made}_free(){may}"
        if said:
            return " ".join(dict.fromkeys(said))
        if re.search(r"length$|^size$", parameter.name):
            return "bytes of what stands before it"
        if re.fullmatch(r"const kl_uuid \*", parameter.type) and parameter.name.endswith("_id"):
            return f"id of the {plain(parameter.name[:-3])}"
        if re.fullmatch(r"(?:const )?kl_\w+ \*", parameter.type) and parameter.name.rstrip("_") in parameter.type:
            return "the object; NULL is answered, never followed"
        if parameter.name == "count":
            return "how many of them"
        if parameter.name == "index":
            return "counted from 0"
        if parameter.name == "options" and parameter.type.startswith(("const kl_", "kl_")):
            return f"see {parameter.type.removeprefix('const ').rstrip(' *')}; its size and defaults come from its _INIT macro"
        if parameter.name == "out" and function.returns == "kl_status":
            return "gets the answer; it is left alone on failure"
        if parameter.name == "report":
            return "gets what was done; may be NULL"
        if re.fullmatch(r"kl_\w+", parameter.type) and parameter.type in self.headers.enums:
            return f"one of {parameter.type}"
        entry.problems.append(f"nothing is said of its parameter {parameter.name}")
        return ""

    def referred_text(self, doc, before):
        """What another comment says, where this one says that it is the same."""
        text = ""
        if before and re.match(r"(?:The same|Closes one of|kl_\w+\(\) (?:to|of|again)|\w+\. The same)|.*The same statuses", doc):
            text += " " + before.what + " " + " ".join(before.statuses.values()) + getattr(before, "spoken", "")
        for name in re.findall(r"\b(kl_\w+)(?:\(\))?", doc):
            function = self.headers.functions.get(name)
            if function:
                text += " " + function.doc
        return text

    # --- statuses --------------------------------------------------------------
    def own_statuses(self, doc):
        found = {}
        for match in re.finditer(r"((?:KL_ERR_[A-Z_]+(?:, | and | or )?)+)(?:: ?([^;]*?)(?=;|\. (?=[A-Z*`])|\.$|$))?", doc):
            if re.search(r"(?:\ba|After|until|[Ss]ettles an?|be|[Aa]s) $", doc[:match.start()]):
                continue
            for name in re.findall(r"KL_ERR_[A-Z_]+", match[1]):
                found.setdefault(name, (match[2] or "").strip())
        return found

    def add_statuses(self, entry, function, before, page):
        if function.returns != "kl_status":
            return
        doc = function.doc
        entry.statuses = self.own_statuses(doc)
        for name in re.findall(r"(?:[Aa]s (?:of |by |in )?|[Ss]tatuses (?:as )?of )(kl_\w+)", doc):
            other = self.entries.get(name)
            if other:
                entry.statuses = {**other.statuses, **entry.statuses}
                entry.common |= other.common
        if before and re.search(r"^The same\b|The same statuses|^kl_\w+\(\) (?:to|of)", doc):
            entry.statuses = {**before.statuses, **entry.statuses}
        handle = any(p.type in ("kl *", "kl_worker *") for p in function.parameters)
        entry.common |= handle and page.common or "the top of vendor.h" in doc

    def add_threads(self, entry, function, page, reader):
        if "Thread-safe." in function.doc:
            entry.threads = "Thread-safe."
        elif own := [s for s in sentences(function.doc) if re.search(r"\bthreads?\b", s)]:
            entry.threads = own[0]
        elif page.threads:
            entry.threads = page.threads
        elif reader:
            entry.threads = "Immutable objects are read by any thread."

    def look_for_problems(self, entry, function):
        doc = function.doc
        if not doc:
            entry.problems.append("has no comment")
            return
        first = sentences(doc)[0]
        if first.startswith(("KL_ERR_", "Since", "Thread-safe")):
            entry.problems.append("does not begin with what it does")
        if not entry.since:
            entry.problems.append('does not say "Since X.Y."')
        if not entry.threads:
            entry.problems.append("says nothing of threads, and neither does the top of its header")
        if function.returns == "kl_status" and not entry.statuses and not entry.common:
            entry.problems.append("names no status")

    def problems(self):
        found = []
        for entry in self.entries.values():
            for name in entry.statuses:
                if name not in self.known:
                    entry.problems.append(f"names {name}, which is no status")
            found += [f"include/kloyst/{entry.header}: {entry.name} {problem}" for problem in entry.problems]
        return found
