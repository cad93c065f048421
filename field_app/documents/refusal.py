"""The error for anything in a template that FORMAT.md does not allow."""

from field_app.errors import FieldAppError


class TemplateRefused(FieldAppError):
    """A template, or a filled .docx, holds what is not allowed.

    ``file``: the template's name; ``place``: where in it, in words an editor of the Word file
    understands; ``problem``: what is wrong.
    """

    def __init__(self, file: str, place: str, problem: str) -> None:
        super().__init__(": ".join(part for part in (file, place, problem) if part))
        self.file = file
        self.place = place
        self.problem = problem


class FontDamaged(FieldAppError):
    """A font file that ships with the desk is missing or cannot be read; ``file`` is its name."""

    def __init__(self, file: str) -> None:
        super().__init__(f"the font file {file} is missing or damaged")
        self.file = file


MAX_PAGES = 300


class PaperTooLong(FieldAppError):
    """A paper would have more pages than a paper may have."""

    def __init__(self, pages: int, limit: int) -> None:
        super().__init__(f"the paper has {pages} pages or more; at most {limit} are drawn")
        self.pages = pages
        self.limit = limit
