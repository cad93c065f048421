"""``media``: recordings and photos on the command line."""

from typing import Any

from field_app.cli import media_import, media_verify


def add_verbs(verbs: Any) -> None:
    """Add ``media`` with its own verbs."""
    inner = verbs.add_parser("media", help="音像").add_subparsers(dest="what", required=True)
    media_import.add_verbs(inner)
    media_verify.add_verbs(inner)
