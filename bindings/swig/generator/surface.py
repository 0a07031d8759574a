"""Writes surface.json: where every function of the headers is in the two languages, and what each call takes and answers."""
import json

from . import names
from .emit_c import camel
from .model import enum_values


def surface_json(model, c):
    functions = {}
    for name, function in model.headers.functions.items():
        if name in model.getters:
            record, member = model.getters[name]
            functions[name] = {"how": "member", "of": model.records[record].language, "python": member, "node": camel(member)}
        elif name[3:] in model.calls:
            functions[name] = {"how": "call", "python": f"call_{name[3:]}", "node": camel(f"call_{name[3:]}")}
        elif name in names.CARRIED:
            functions[name] = {"how": "carried", "by": names.CARRIED[name]}
        elif name.endswith("_free"):
            functions[name] = {"how": "carried", "by": "the binding releases what it has read"}
        else:
            functions[name] = {"how": "carried", "by": "defaults of options that are left out"}
    calls = {}
    for call in model.calls.values():
        calls[call.name] = {
            "inputs": [{"name": c.name_of(i), "kind": i.kind, "optional": i.optional, "info": i.info} for i in call.inputs],
            "outputs": [{"name": o.name, "kind": o.kind, "info": o.info} for o in call.outputs],
            "quick": call.quick,
        }
    structs = {struct: [{"name": f[0], "camel": camel(f[0]), "kind": f[1], "optional": f[5], "info": f[4]} for f in c.struct_fields(struct)]
               for struct in model.option_structs + model.list_structs}
    records = {r.language: [{"name": m.name, "camel": camel(m.name), "kind": m.kind} for m in r.members] for r in c.used_records()}
    enums = {"".join(w.capitalize() for w in e.name[3:].split("_")): {name: number for name, number, _ in enum_values(e)}
             for e in model.headers.enums.values()}
    return json.dumps({"functions": functions, "calls": calls, "structs": structs, "records": records, "enums": enums}, indent=1) + "\n"
