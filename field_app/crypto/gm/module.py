"""The module that this machine uses for SM2: software, until a certified one takes its place."""

from field_app.crypto.gm.provider import GmProvider
from field_app.crypto.gm.software import SoftwareGm

_chosen: list[GmProvider] = []


def gm_module() -> GmProvider:
    """The module; ``GmUnavailable`` when neither a module nor the extra ``gm`` is installed."""
    if not _chosen:
        _chosen.append(SoftwareGm())
    return _chosen[0]


def use_module(provider: GmProvider) -> None:
    """Let ``provider`` do everything from here on; its keys are handles of its own."""
    _chosen[:] = [provider]
