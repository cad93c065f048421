"""Bytes in a bucket of an S3-compatible store, through obstore."""

import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from field_app.headquarters.away import StoreAway
from field_app.headquarters.config import BucketConfig
from field_app.protocol.strict import Malformed

_AHEAD = 1 << 20
_PIECE = 4 << 20
# A store that is away is told within seconds: whoever asked comes again by itself.
_RETRY: Any = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}
_CLIENT: Any = {"connect_timeout": "5s", "timeout": "120s"}


@contextmanager
def told() -> Iterator[None]:
    """Tells a missing key from a store without an answer."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (BaseError, OSError, ValueError) as error:
        if isinstance(error, OSError) and not isinstance(error, BaseError) and error.errno:
            raise  # Our own disk.
        raise StoreAway("bytes") from error


def open_bucket(config: BucketConfig) -> S3Store:
    """The bucket; nothing is asked of it yet."""
    keys: Any = {}
    if config.access_key_id:
        keys = {"access_key_id": config.access_key_id,
                "secret_access_key": config.secret_access_key}
    client: Any = {**_CLIENT, "allow_http": config.endpoint.startswith("http://")}
    return S3Store(config.bucket, endpoint=config.endpoint, region=config.region,
                   virtual_hosted_style_request=False, retry_config=_RETRY,
                   client_options=client, **keys)


class _Ranged(io.RawIOBase):
    """A key read by ranges."""

    def __init__(self, store: S3Store, key: str, size: int) -> None:
        self._store, self._key, self._size, self._at = store, key, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, target: Any) -> int:
        end = min(self._at + len(target), self._size)
        if end <= self._at:
            return 0
        with told():
            data = bytes(obstore.get_range(self._store, self._key, start=self._at, end=end))
        target[:len(data)] = data
        self._at += len(data)
        return len(data)


_AT_ONCE = 8


class BucketBytes:
    """A :class:`field_app.headquarters.depot.ByteStore` in a bucket."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    def put(self, key: str, data: bytes, *, synced: bool = True) -> None:
        with told():
            obstore.put(self._store, key, data)

    def put_many(self, items: Mapping[str, bytes]) -> None:
        with ThreadPoolExecutor(_AT_ONCE) as lanes:
            list(lanes.map(lambda key: self.put(key, items[key]), items))

    def take(self, key: str, staged: Path) -> None:
        with told():
            obstore.put(self._store, key, staged)
        staged.unlink()

    def get(self, key: str, limit: int) -> bytes:
        with told():
            found = obstore.get(self._store, key)
            if found.meta["size"] > limit:
                raise Malformed(key.rpartition("/")[2], f"larger than {limit} bytes")
            return bytes(found.bytes())

    def size(self, key: str) -> int | None:
        try:
            with told():
                return obstore.head(self._store, key)["size"]
        except FileNotFoundError:
            return None

    def open(self, key: str) -> BinaryIO:
        with told():
            size = obstore.head(self._store, key)["size"]
        return io.BufferedReader(_Ranged(self._store, key, size), _AHEAD)

    def drop(self, keys: Collection[str]) -> None:
        if not keys:
            return
        try:
            with told():
                obstore.delete(self._store, list(keys))
        except FileNotFoundError:
            if len(keys) > 1:  # Some stores stop at the first that is not there.
                for key in keys:
                    self.drop([key])

    def keys(self, prefix: str) -> Iterable[str]:
        with told():
            return sorted(found["path"] for page in obstore.list(self._store, prefix)
                          for found in page)

    def folders(self, prefix: str) -> list[str]:
        """The names one step below a prefix that ends with ``/``, in order."""
        with told():
            found = obstore.list_with_delimiter(self._store, prefix)
        return sorted(path.rstrip("/").rpartition("/")[2] for path in found["common_prefixes"])

    def pieces(self, key: str) -> Iterator[bytes]:
        """All bytes, a few at a time; ``FileNotFoundError``."""
        with told():
            for piece in obstore.get(self._store, key).stream(min_chunk_size=_PIECE):
                yield bytes(piece)
