"""Every block of code in the package's README runs as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import kloyst
from support import ROOT, TOKEN, Standin, csv_of, environment

README = (ROOT / "bindings/python/README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_a_block_of_the_readme_runs(url: str, client: kloyst.Client, tmp_path: Path, number: int) -> None:
    (tmp_path / "contacts.csv").write_bytes(csv_of(30))
    with Standin("--token", TOKEN) as standin:
        # Meta is the stand-in; nothing else is changed.
        program = BLOCKS[number].replace("https://graph.facebook.com", standin.url)
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=environment(url),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=150,
        )
    assert done.returncode == 0, done.stderr
    # What a comment says that is printed is printed.
    for expected in re.findall(r"print\(.*\)  # (.*)$", BLOCKS[number], re.MULTILINE):
        assert expected in done.stdout.splitlines()


def test_the_readme_has_blocks() -> None:
    assert len(BLOCKS) >= 6
