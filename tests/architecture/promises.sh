# Sourced by the architecture tests: promise "text" command... prints one "ok" or "not ok" line.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
MAKE=${MAKE:-make}
CC=${CC:-gcc}
CXX=${CXX:-g++}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
broken=0

# The command's output is shown only when the promise is broken.
promise()
{
    local text=$1
    shift
    if "$@" >"$scratch/promise.out" 2>&1; then
        echo "ok - $text"
    else
        echo "not ok - $text"
        sed 's/^/    /' "$scratch/promise.out"
        broken=1
    fi
}

# True when the command fails and its output has the pattern. $1 pattern, then the command
finds()
{
    local pattern=$1
    shift
    if "$@" >"$scratch/finds.out" 2>&1; then
        echo "no violation was found"
        return 1
    fi
    grep -q -- "$pattern" "$scratch/finds.out" || { cat "$scratch/finds.out"; return 1; }
}

# True when two files hold the same lines in any order.
same_lines()
{
    diff <(sort "$1") <(sort "$2")
}
