# The fields of structs that begin with their size, from a dump of `tools/abi`: "struct offset field type", one a line.
#
# awk -f tools/abi_fields.awk libkloyst.abi

function attribute(name) {
    return match($0, "[ ]" name "='[^']*'") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : ""
}

function type_name(id) {
    if (id in named)
        return named[id]
    if (id in points)
        return type_name(points[id]) "*"
    if (id in qualified)
        return "const " type_name(qualified[id])
    return "other"
}

/<(type|typedef|enum|class|union)-decl / { named[attribute("id")] = attribute("name") }
/<pointer-type-def / { points[attribute("id")] = attribute("type-id") }
/<qualified-type-def / { qualified[attribute("id")] = attribute("type-id") }
/<function-type / { named[attribute("id")] = "function" }
/<class-decl / { struct = attribute("name") }
/<\/class-decl>/ { struct = "" }
/<data-member / { offset = attribute("layout-offset-in-bits") }
/<var-decl / && struct != "" {
    if (offset == 0 && attribute("name") == "size")
        grows[struct] = 1
    if (struct in grows) {
        field[++fields] = struct " " offset " " attribute("name")
        of_type[fields] = attribute("type-id")
    }
}

END {
    for (i = 1; i <= fields; i++)
        print field[i] " " type_name(of_type[i])
}
