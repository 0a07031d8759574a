"""Types of arguments that many calls share."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any, Iterable, List, Mapping, Sequence, Union

if TYPE_CHECKING:
    from typing import Protocol
    from uuid import UUID

    class HasId(Protocol):
        """A record with an id."""

        @property
        def id(self) -> str:
            """The id."""


Id = Union[str, "UUID"]
"""An id: the canonical text of a UUID, or a uuid.UUID."""

Money = Union[Decimal, str]
"""An amount: Decimal or decimal text with at most four decimals. Never float or int: what is not exact is refused."""

JsonObject = Union[Mapping[str, Any], str]
"""A JSON object: a dict, or its text."""

JsonList = Union[Sequence[Any], str]
"""A JSON array: a list, or its text."""

CsvSource = Union[str, "os.PathLike[str]", bytes, IO[bytes], Iterable[bytes]]
"""Where CSV is read from: a path, the bytes themselves, an open binary file, or pieces of bytes."""

__all__ = ["CsvSource", "Id", "JsonList", "JsonObject", "List", "Money"]
