"""A stage for attacks: a district, two enrolled officers, a helper, a stranger, a thief."""

from datetime import datetime
from functools import cached_property

from field_app.credentials.device import DeviceHeader
from field_app.credentials.login import (
    Challenge,
    Proof,
    check_pair,
    log_in,
)
from field_app.credentials.session_keys import SessionKeys
from field_app.credentials.trust import Trust
from field_app.domain.clock import Moment
from field_app.domain.people import Role
from tests.unit.credentials import forge
from tests.unit.credentials.conftest import NOW, District, make_district
from tests.unit.credentials.forge import Wanted

MOMENT = Moment(NOW, 1000, "boot")


class Stage:
    """A district with two enrolled officers, a helper, a stranger, and a thief with their files."""

    def __init__(self) -> None:
        self.home: District = make_district()
        self.abroad: District = make_district()
        self.a, self.b = self.home.officer("张喆堃", "A-1"), self.home.officer("李㙦", "A-2")
        self.helper = self.home.officer("丙", "F-3", Role.AUXILIARY)
        self.header: DeviceHeader = self.home.header(self.a, self.b)
        self.issuer = forge.secret_of(self.home.authority)

    @cached_property
    def trust(self) -> Trust:
        return self.home.trust()

    def login(self, first: object, second: object, *, header: DeviceHeader | None = None,
              trust: Trust | None = None, at: datetime = NOW) -> object:
        return log_in(header or self.header, first, second,  # type: ignore[arg-type]
                      trust or self.trust, moment=Moment(at, 1000, "boot"))

    def with_b(self, wanted: Wanted, *, at: datetime = NOW) -> object:
        """The second officer comes with a certificate of that make, signed by the district."""
        return self.login(self.a, wanted.made(self.issuer), at=at)

    def asked(self, device: str = "D001", purpose: str = "login", keys: SessionKeys | None = None,
              ) -> Challenge:
        return Challenge.fresh(device, MOMENT, purpose=purpose, session_keys=keys)

    def pair(self, challenge: Challenge, one: Proof, two: Proof) -> object:
        return check_pair(challenge, (one, two), self.trust, at=NOW)

    def bundle(self, signer: object = None, change: forge.Change | None = None, *,
               current: Trust | None = None, at: datetime = NOW) -> Trust:
        return forge.believed(self.home.authority, forge.bundle(
            self.home.authority, signer or self.home.hq, change=change, at=at), current=current)
