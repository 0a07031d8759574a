"""Bytes from wherever they come, as a file that the library can read."""

from __future__ import annotations

from typing import IO, Iterable, Union


def spooled(source: Union[IO[bytes], Iterable[bytes]]) -> IO[bytes]:
    """Copies an open binary file, or pieces of bytes, to a temporary file; closing that removes it."""
    import tempfile

    if isinstance(source, str):
        raise TypeError("bytes are needed, not str")
    file = tempfile.NamedTemporaryFile(prefix="kloyst-")
    try:
        read = getattr(source, "read", None)
        for piece in source if read is None else iter(lambda: read(1 << 16), b""):
            file.write(piece)
        file.flush()
    except BaseException:
        file.close()
        raise
    return file
