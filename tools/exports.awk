# Names of all functions and data that the public headers declare with KL_API, one a line.
#
# awk -f tools/exports.awk include/kloyst/*.h
# Comments and preprocessor lines are taken out first, so a declaration may be
# spread over lines and commented in the middle.

function without_comments(text,    out, start, end) {
    out = ""
    while ((start = index(text, "/*")) > 0) {
        out = out substr(text, 1, start - 1) " "
        text = substr(text, start + 2)
        end = index(text, "*/")
        text = end ? substr(text, end + 2) : ""
    }
    return out text
}

# The first name in front of a parenthesis is the function's, unless a star follows: then
# it is the type that a returned function answers. Attributes are taken away, as their
# names would come first.
function declared_name(declaration,    rest) {
    while (match(declaration, /__attribute__[ ]*\(\([^()]*(\([^()]*\))?[^()]*\)\)/))
        declaration = substr(declaration, 1, RSTART - 1) " " substr(declaration, RSTART + RLENGTH)
    rest = declaration
    while (match(rest, /[A-Za-z_][A-Za-z0-9_]*[ ]*\([ ]*[^ ]/)) {
        if (substr(rest, RSTART + RLENGTH - 1, 1) != "*") {
            rest = substr(rest, RSTART)
            sub(/[^A-Za-z0-9_].*$/, "", rest)
            return rest
        }
        rest = substr(rest, RSTART + RLENGTH)
    }
    sub(/\[.*$/, "", declaration)
    sub(/[ ]+$/, "", declaration)
    sub(/^.*[^A-Za-z0-9_]/, "", declaration)
    return declaration
}

{
    # A backslash continues a directive on the next line.
    if (!continued && $0 !~ /^[ \t]*#/) {
        sub(/\/\/.*$/, "")
        text = text " " $0
    } else
        continued = ($0 ~ /\\$/)
}

END {
    gsub(/[ \t\r]+/, " ", text)
    text = without_comments(text)
    gsub(/extern "C"/, "", text)
    count = split(text, part, /[;{}]/)
    for (i = 1; i <= count; i++)
        if (match(part[i], /(^|[^A-Za-z0-9_])KL_API[^A-Za-z0-9_]/))
            print declared_name(substr(part[i], RSTART + RLENGTH))
}
