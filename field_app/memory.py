"""What of this process's memory must not reach a disk or outlive its use."""

import sys


def forbid_core_dumps() -> None:
    """No core file of this process or its children: it would hold keys. Windows keeps none by itself."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def wipe(*secrets: bytearray) -> None:
    """Overwrite with zeros what is held under our own control; copies that libraries made stay."""
    for secret in secrets:
        secret[:] = bytes(len(secret))
