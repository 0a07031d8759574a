# Reads C sources and prints "file:line: message" for what docs/conventions.md forbids.
#
# awk -f sources.awk FILE...   paths from the root: lib/pg/pool.c, include/kloyst/types.h, examples/demo.c

function say(message) {
    print FILENAME ":" FNR ": " message
    violations++
}

# The line without comments and without what stands in quotes.
function code_of(line,    out, i, c, two, quote) {
    if (!in_comment && line !~ /["'\/]/)
        return line
    out = ""
    for (i = 1; i <= length(line); i++) {
        two = substr(line, i, 2)
        c = substr(line, i, 1)
        if (in_comment) {
            if (two == "*/") {
                in_comment = 0
                i++
            }
        } else if (two == "/*") {
            in_comment = 1
            i++
            out = out " "
        } else if (two == "//")
            break
        else if (c == "\"" || c == "'") {
            quote = c
            for (i++; i <= length(line) && (c = substr(line, i, 1)) != quote; i++)
                if (c == "\\")
                    i++
            out = out quote quote
        } else
            out = out c
    }
    return out
}

function allow(who, whom,    word, count, i) {
    count = split(whom, word, " ")
    for (i = 1; i <= count; i++)
        may[who, word[i]] = 1
}

function ban(names, why,    word, count, i) {
    count = split(names, word, " ")
    for (i = 1; i <= count; i++)
        banned[word[i]] = why
}

# A third party's header and the folders that may know it.
function check_third_party(header, area) {
    if (header ~ /^(libpq-fe|libpq-events|postgres_ext|pg_config)\.h$|^(libpq|catalog|server)\// && area != "pg")
        say(header " belongs to lib/pg")
    if (header ~ /(^|\/)cJSON(_Utils)?\.h$/ && area != "base" && area != "meta")
        say(header " belongs to lib/base and lib/meta")
    if (header ~ /^sodium(\.h|\/)/ && area != "base" && area != "crypto")
        say(header " belongs to lib/base and lib/crypto")
    if (header ~ /^curl\// && area != "engine")
        say(header " belongs to lib/engine")
}

function check_include(line,    header, quoted, layer) {
    quoted = line ~ /include[ \t]*"/
    header = line
    sub(/^[^<"]*[<"]/, "", header)
    sub(/[>"].*$/, "", header)
    check_third_party(header, area)
    if (area == "public") {
        if (header !~ /^kloyst\/[a-z0-9_]+\.h$/ && header !~ /^std(arg|bool|def|int|io)\.h$/)
            say("a public header includes only <kloyst/...> and the standard's own: " header)
    } else if (area == "outside") {
        if (quoted && header ~ /\//)
            say("only the public headers may be used here: " header)
    } else if (quoted && header == "sql.h") {
        if (!((area, "sql") in may))
            say("lib/" area " must not know the SQL")
    } else if (quoted) {
        layer = header
        if (!sub(/\/.*$/, "", layer))
            say("includes are written from lib/: \"" area "/" header "\"")
        else if (!((area, layer) in may))
            say("lib/" area " must not include lib/" layer)
    }
}

# The private server's process is set up between fork and exec, where the host is not touched.
function excused(name) {
    return FILENAME ~ /^lib\/pg\/server_[a-z_]*\.c$/ && name ~ /^(umask|chdir|sigaction)$/
}

function check_names(code, raw,    rest, name) {
    rest = code
    while (match(rest, /[A-Za-z_][A-Za-z0-9_]*/)) {
        name = substr(rest, RSTART, RLENGTH)
        rest = substr(rest, RSTART + RLENGTH)
        if ((name in banned) && !excused(name) && (rest ~ /^[ \t]*\(/ || name ~ /^std(out|err)$/) && raw !~ /^[ \t]*#[ \t]*include/)
            say(name ": " banned[name])
    }
}

BEGIN {
    allow("base", "base")
    allow("crypto", "crypto base")
    allow("meta", "meta base")
    allow("pg", "pg base sql")
    allow("repo", "repo pg base sql")
    allow("core", "core repo pg crypto meta base")
    allow("engine", "engine core repo pg crypto meta base")
    allow("api", "api engine core repo pg crypto meta base")

    ban("exit quick_exit abort assert", "a library must not end its host")
    ban("printf vprintf puts putchar perror stdout stderr psignal", "a library must not print")
    ban("sprintf vsprintf strcpy stpcpy strcat strncat gets", "does not know how much room there is")
    ban("strtok rand srand random srandom localtime gmtime ctime asctime tmpnam mktemp", "shares hidden state between threads")
    ban("atoi atol atoll atof", "does not see errors")
    ban("setlocale strtod strtof strtold strcoll isalpha isalnum isupper islower isspace ispunct isprint isgraph toupper tolower",
        "depends on the host's locale")
    ban("signal sigaction sigset raise alarm setitimer", "signals belong to the host")
    ban("system popen", "runs a shell")
    ban("chdir fchdir umask setenv putenv unsetenv clearenv", "changes the host's process")
}

FNR == 1 {
    in_comment = 0
    area = FILENAME
    if (sub(/^lib\//, "", area)) {
        if (!sub(/\/.*$/, "", area) || !((area, area) in may))
            say("no layer of lib/ is called " area)
    } else
        area = FILENAME ~ /^include\// ? "public" : "outside"
}

{
    if (!in_comment && $0 ~ /^[ \t]*[#%][ \t]*(include|import)[ \t]*[<"]/)
        check_include($0)
    code = code_of($0)
    if (area != "outside")
        check_names(code, $0)
    if (area == "public" && match(code, /^[ \t]*#[ \t]*define[ \t]+[A-Za-z0-9_]+/)) {
        name = substr(code, RSTART, RLENGTH)
        sub(/^.*[ \t]/, "", name)
        if (name !~ /^(KL|KLOYST)_/)
            say("a public macro starts with KL_: " name)
    }
}

END { exit violations > 0 }
