"""Errors that say whose fault it is, what happened and what to do.

Lower layers raise :class:`FieldAppError` subclasses that carry facts. Actions turn the
expected ones into :class:`UserError`, whose two sentences are shown to officers as they stand.
Anything else that reaches the top is a defect of ours: logged, and shown with a number.
"""


class FieldAppError(Exception):
    """An expected failure, told with facts; the text is for engineers."""


class UserError(FieldAppError):
    """What an officer is told: ``what`` happened and the ``remedy``, both in Chinese."""

    def __init__(self, what: str, remedy: str, *, code: str = "") -> None:
        super().__init__(f"{what} {remedy}")
        self.what = what
        self.remedy = remedy
        self.code = code


class Cancelled(Exception):
    """The person stopped the work; not a failure, nothing to report."""
