"""What verbs that issue certificates have in common: the CA's folder and whom to certify."""

import argparse
from pathlib import Path

from field_app.actions import administer
from field_app.actions.context import AppContext
from field_app.actions.district import District, open_district
from field_app.cli.telling import secret
from field_app.domain.clock import SystemClock
from field_app.domain.people import Role
from field_app.paths import DataFolder


def context_of(args: argparse.Namespace) -> AppContext:
    """The laptop of ``--data``."""
    return AppContext(SystemClock(), DataFolder(args.data))


def add_ca(parser: argparse.ArgumentParser) -> None:
    """``--ca`` and ``--passphrase-file``."""
    parser.add_argument("--ca", type=Path, required=True, help="证书机构文件夹")
    parser.add_argument("--passphrase-file", type=Path, help="口令文件（第一行）")


def open_authority(args: argparse.Namespace) -> District:
    """The CA that :func:`add_ca` names."""
    return open_district(context_of(args), args.ca, secret(args.passphrase_file, "证书机构口令："))


def add_officer(parser: argparse.ArgumentParser) -> None:
    """Whom to certify, for how long, and ``--pin-file``."""
    for name in ("name", "number", "agency", "unit"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--unit-code", default="")
    parser.add_argument("--role", choices=[r.value for r in Role], default=Role.QUALIFIED.value)
    add_term(parser)


def add_term(parser: argparse.ArgumentParser) -> None:
    """``--days``, ``--photo`` and ``--pin-file``."""
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--photo", type=Path)
    parser.add_argument("--pin-file", type=Path)


def officer_of(args: argparse.Namespace, *, renews: bool = False) -> administer.NewOfficer:
    """What :func:`add_officer` was given."""
    return administer.NewOfficer(
        name=args.name, number=args.number, agency=args.agency, unit=args.unit,
        unit_code=args.unit_code, role=Role(args.role), days=args.days, photo=args.photo,
        renews=renews)
