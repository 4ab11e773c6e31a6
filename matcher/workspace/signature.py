"""The name that a person signs a judgement or a step with, in one form."""

from __future__ import annotations

import unicodedata

from matcher.errors import UsageError


def signature(name: str) -> str:
    r"""Return a name so that one person does not look like two: widths, spaces and invisible characters are levelled.

    Raises
    ------
    UsageError
        When nothing is left.

    >>> signature("  李敏\u200b "), signature("Ｌｉ\tMin")
    ('李敏', 'Li Min')
    """
    plain = " ".join(unicodedata.normalize("NFKC", name).split())
    visible = "".join(letter for letter in plain if unicodedata.category(letter) not in _INVISIBLE).strip()
    if not visible:
        raise UsageError("nobody is named", remedy="name who judges or takes the step")
    return visible


_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Cn"}
"""Control, format, private, surrogate and unassigned characters (Unicode Standard, general categories)."""
