"""Every error that a user can cause, each with the exit code the command line answers with.

A message says where it happened, what came, what is accepted and what to do next. Anything that is not a
`MatcherError` is a defect of ours.
"""

from __future__ import annotations


class MatcherError(Exception):
    """Root of all expected errors.

    Parameters
    ----------
    message : str
        Where, and what came instead of what.
    remedy : str
        What the reader should do now; printed on the same line after an arrow.
    """

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        """Join message and remedy in one line."""
        return f"{self.message} -> {self.remedy}" if self.remedy else self.message


class UsageError(MatcherError):
    """An option or argument that cannot be meant (exit code 2)."""

    exit_code = 2


class InputError(MatcherError):
    """A file, row or value that cannot be read (exit code 3)."""

    exit_code = 3


class LimitError(InputError):
    """An untrusted file beyond a size, pixel, ratio, memory or time cap (exit code 4)."""

    exit_code = 4


class WorkspaceError(MatcherError):
    """A workspace that is missing, damaged, locked or from a newer version (exit code 5)."""

    exit_code = 5


class StaleIndexError(MatcherError):
    """A derived index that is absent or older than the workspace (exit code 6)."""

    exit_code = 6


class ReferenceDataError(MatcherError):
    """A model file or reference table that is absent or not the one expected (exit code 7)."""

    exit_code = 7
