"""What our own readers say of a package among the vectors."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from field_app.credentials.cms import load_pem_certificate
from field_app.credentials.profile import fingerprint
from field_app.credentials.trust import parse_bundle
from field_app.crypto.age_keys import Identity
from field_app.packages.open import PackageUnreadable, open_package
from field_app.packages.verify import verify_package


@dataclass(frozen=True)
class Judged:
    """All findings without a key, whether the report is good, and the finding with a key."""

    codes: frozenset[str]
    ok: bool
    opening: str | None


def judge(vectors: Path, package: Path, *, at: datetime, trust: str) -> Judged:
    """Verify and open ``package``."""
    folder = vectors / "trust" if trust == "good" else vectors / "trust" / trust
    root = load_pem_certificate((folder / "root.pem").read_bytes())
    believed = parse_bundle((folder / "bundle.json").read_bytes(), (folder / "bundle.p7s").read_bytes(),
                            pinned_root_sha256=fingerprint(root))
    report = verify_package(package, believed, at=at)
    key = Identity.parse((vectors / "keys" / "case.key").read_text("ascii").strip())
    return Judged(frozenset(f.code for f in report.findings), report.ok, _opened(package, key))


def _opened(package: Path, key: Identity) -> str | None:
    try:
        opened = open_package(package, [key])
        for entry in opened.index.objects:
            opened.check_object(entry)
        for _event in opened.log_events():
            pass
    except PackageUnreadable as error:
        return error.code
    return None
