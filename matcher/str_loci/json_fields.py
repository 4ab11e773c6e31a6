"""JSON that nobody vouches for: every value knows where it stands, so that an error names the case and the field."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from matcher.errors import InputError, MatcherError

Read = TypeVar("Read")

_LONGEST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class JsonField:
    """One value of a document.

    Parameters
    ----------
    value : object
        As the JSON reader gives it.
    where : str
        Path from the file down, such as `cases.json: case 'a': loci[2].genotypes.CH`.
    """

    value: object
    where: str

    @classmethod
    def of_text(cls, text: str, *, source: str, remedy: str) -> JsonField:
        """Parse a document.

        Raises
        ------
        InputError
            For text that is not JSON.
        """
        try:
            return cls(json.loads(text.removeprefix("\ufeff")), source)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{source}: not JSON ({error})", remedy=remedy) from None

    def __getitem__(self, key: str) -> JsonField:
        """Return a member of an object that must be there."""
        if not isinstance(self.value, dict):
            raise self.error("is not an object", f"give an object with '{key}'")
        if key not in self.value:
            raise InputError(f"{self.where}: '{key}' is missing", remedy=f"add the field '{key}'")
        return JsonField(self.value[key], f"{self.where}.{key}")

    def optional(self, key: str) -> JsonField | None:
        """Return a member of an object; None where it is absent or null."""
        if isinstance(self.value, dict) and self.value.get(key) is None:
            return None
        return self[key]

    def members(self) -> dict[str, JsonField]:
        """Return all members of an object by name."""
        if not isinstance(self.value, dict):
            raise self.error("is not an object", "give an object {name: value}")
        return {key: self[key] for key in self.value}

    def rows(self) -> list[JsonField]:
        """Return the items of a list."""
        if not isinstance(self.value, list):
            raise self.error("is not a list", "give a list")
        return [JsonField(item, f"{self.where}[{number}]") for number, item in enumerate(self.value)]

    def text(self) -> str:
        """Return a text; a number is taken as it is written."""
        if isinstance(self.value, bool) or not isinstance(self.value, str | int | float):
            raise self.error("is not a text", "give a text")
        return str(self.value)

    def number(self) -> float:
        """Return a finite number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float) or not math.isfinite(self.value):
            raise self.error("is not a number", "give a finite number")
        return float(self.value)

    def read(self, reader: Callable[[str], Read]) -> Read:
        """Read the text with a function whose errors do not know the place."""
        return self.located(lambda: reader(self.text()))

    def located(self, work: Callable[[], Read]) -> Read:
        """Do something about this value; an error of the work names the place."""
        try:
            return work()
        except InputError as error:
            if error.message.startswith(self.where):
                raise
            raise type(error)(f"{self.where}: {error.message}", remedy=error.remedy) from None
        except MatcherError:
            raise
        except OverflowError as error:
            raise self.error(f"is out of range ({error})", "check the number") from None

    def error(self, what: str, remedy: str) -> InputError:
        """Make the error that this value is not what it should be."""
        shown = json.dumps(self.value, ensure_ascii=False)[:_LONGEST_SHOWN]
        return InputError(f"{self.where}: {shown} {what}", remedy=remedy)
