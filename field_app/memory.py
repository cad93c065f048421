"""What of this process's memory must not reach a disk or outlive its use, and what it keeps at hand."""

import sys


def forbid_core_dumps() -> None:
    """No core file of this process or its children: it would hold keys. Windows keeps none by itself."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


_KEEP, _MAP_FROM = 64 << 20, 32 << 20
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h


def keep_freed() -> None:
    """Let glibc hold freed memory (64 MiB at most) for the next use: buffers of some MiB that come and
    go would cost the kernel a cleared page each time. Other systems are left as they are."""
    if sys.platform != "linux":
        return
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_TRIM_THRESHOLD, _KEEP)
        mallopt(_M_MMAP_THRESHOLD, _MAP_FROM)


def wipe(*secrets: bytearray) -> None:
    """Overwrite with zeros what is held under our own control; copies that libraries made stay."""
    for secret in secrets:
        secret[:] = bytes(len(secret))
