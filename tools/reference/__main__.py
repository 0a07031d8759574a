"""The reference of the public API, out of its headers.

python3 tools/reference check HEADERS            what does not have the fixed form, one a line; fails if there is any
python3 tools/reference doxygen HEADERS OUTPUT   the headers with complete comments for Doxygen
python3 tools/reference man HEADERS OUTPUT       kloyst(3) and one page a header
"""
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))
from model import Reference  # noqa: E402


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    action, reference = sys.argv[1], Reference(sys.argv[2])
    if action == "check":
        problems = reference.problems()
        print("\n".join(problems) if problems else f"{len(reference.entries)} functions have the form")
        sys.exit(bool(problems))
    output = Path(sys.argv[3])
    output.mkdir(parents=True, exist_ok=True)
    if action == "doxygen":
        from doxygen import write_headers
        write_headers(reference, output)
    elif action == "man":
        from man import write_pages
        write_pages(reference, output)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
