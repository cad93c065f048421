"""Parts and whole files: what is wanted, what is held, and how parts become a file.

A part is not synced: what a power cut takes or spoils is found when the file is joined, forgotten, and
asked for again. A file is synced before its row says that it is whole, and a receipt speaks of files.
"""

import hashlib
import os
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from sqlalchemy import (
    BindParameter,
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    union,
    union_all,
    update,
)

from field_app.crypto.hashing import sha256_hex
from field_app.crypto.straight import StraightCopy
from field_app.headquarters.away import StoreAway
from field_app.headquarters.depot import Depot, file_key, part_key
from field_app.headquarters.store import Claim, HqStore, upsert
from field_app.headquarters.tables import file, file_part, part, piece
from field_app.packages.durable import hash_stream, open_regular
from field_app.packages.layout import PART_SIZE
from field_app.protocol.errors import WireError, WireRefused
from field_app.protocol.strict import Malformed

_ASKED_AT_ONCE = 500
_READ_AHEAD = 3  # parts, each a file of its own that nobody reads ahead


# Made once: the service asks these for every part it takes.
_NAMED: BindParameter[Any] = bindparam("named", expanding=True)
_ONE: BindParameter[Any] = bindparam("one")
_HELD = union_all(select(part.c.sha256).where(part.c.sha256.in_(_NAMED)),
                  select(file.c.sha256).where(file.c.sha256.in_(_NAMED), file.c.whole))
_HOW_ONE_STANDS = select(
    or_(exists().where(part.c.sha256 == _ONE),
        exists().where(file.c.sha256 == _ONE, file.c.whole)).label("held"),
    or_(exists().where(file_part.c.part == _ONE, file_part.c.file == file.c.sha256, ~file.c.whole),
        # Whatever list was told of it, these bytes are the file.
        exists().where(file.c.sha256 == _ONE, ~file.c.whole)).label("wanted"),
    and_(exists().where(file.c.sha256 == _ONE, ~file.c.whole),
         ~exists().where(file_part.c.file == _ONE, file_part.c.part == _ONE)).label("unlisted"))
_FILES_OF = union(
    select(file_part.c.part, file_part.c.file).where(file_part.c.part.in_(_NAMED)),
    select(file.c.sha256, file.c.sha256).where(file.c.sha256.in_(_NAMED), ~file.c.whole))


def expect_files(connection: Connection, files: Sequence[tuple[str, int]]) -> None:
    """Note that a statement names these files (hash, size); one of up to 2 MiB is its own single part.

    Of two sizes told of one file the larger is waited for: a false one must not keep a true one out.
    """
    if not files:
        return
    fresh = set(connection.execute(
        upsert(connection, file).on_conflict_do_nothing().returning(file.c.sha256),
        [{"sha256": sha256, "size": size} for sha256, size in files]).scalars())
    again = [{"named": sha256, "told": size} for sha256, size in files if sha256 not in fresh]
    if again:
        connection.execute(
            update(file).where(file.c.sha256 == bindparam("named"), ~file.c.whole,
                               file.c.size < bindparam("told")).values(size=bindparam("told")), again)
    small = [sha256 for sha256, size in files if sha256 in fresh and size <= PART_SIZE]
    if small:
        connection.execute(insert(file_part), [
            {"file": sha256, "ordinal": 0, "part": sha256} for sha256 in small])


def _held(connection: Connection, parts: Sequence[str]) -> set[str]:
    return set(connection.execute(_HELD, {"named": list(parts)}).scalars())


def missing_parts(connection: Connection, parts: Sequence[str]) -> tuple[str, ...]:
    """Those of ``parts`` that are not held, in the order asked, each once."""
    held = _held(connection, parts)
    return tuple(dict.fromkeys(each for each in parts if each not in held))


def list_parts(connection: Connection, sha256: str, parts: Sequence[str]) -> tuple[str, ...]:
    """Replace the part list of a file, unless all its bytes are here; returns what is still wanted of it."""
    row = connection.execute(select(file.c.size, file.c.whole).where(
        file.c.sha256 == sha256)).first()
    if row is None:
        raise WireRefused(WireError.FILE_UNKNOWN)
    if row.whole or _held(connection, [sha256]):
        return ()
    if len(parts) > -(-row.size // PART_SIZE):
        raise WireRefused(WireError.MALFORMED, detail="number of parts")
    before = set(connection.execute(delete(file_part).where(file_part.c.file == sha256)
                                    .returning(file_part.c.part)).scalars())
    connection.execute(insert(file_part), [
        {"file": sha256, "ordinal": ordinal, "part": each} for ordinal, each in enumerate(parts)])
    if dropped := before.difference(parts):
        connection.execute(delete(piece).where(piece.c.part.in_(dropped)))
    return missing_parts(connection, parts)


def _list_itself(connection: Connection, sha256: str) -> None:
    """A file that came as one part, whatever somebody said it was made of."""
    connection.execute(delete(file_part).where(file_part.c.file == sha256))
    connection.execute(
        upsert(connection, file_part).values(file=sha256, ordinal=0, part=sha256)
        .on_conflict_do_update(index_elements=["file", "ordinal"], set_={"part": sha256}))


def _stands(connection: Connection, sha256: str) -> Row[Any, Any, Any]:
    stands: Row[Any, Any, Any] = connection.execute(_HOW_ONE_STANDS, {"one": sha256}).one()
    if not stands.held and not stands.wanted:
        raise WireRefused(WireError.PART_NOT_WANTED)
    return stands


def is_wanted_part(connection: Connection, sha256: str) -> bool:
    """Whether a part is still waited for; False when it is held. :class:`WireRefused` when nobody
    ever wanted it."""
    return not _stands(connection, sha256).held


def keep_part(depot: Depot, store: HqStore, sha256: str, data: bytes) -> bool:
    """Store a part; False when it was held already. Raises :class:`WireRefused`."""
    if sha256_hex(data) != sha256:
        raise WireRefused(WireError.PART_MISMATCH)
    with store.read() as connection:
        stands = _stands(connection, sha256)
    if stands.held:
        return False
    depot.bytes.put(part_key(sha256), data, synced=False)
    with store.write(synced=False) as connection:
        if stands.unlisted:
            _list_itself(connection, sha256)
        connection.execute(upsert(connection, part).on_conflict_do_nothing(),
                           {"sha256": sha256, "size": len(data)})
    return True


def keep_batch(depot: Depot, store: HqStore, parts: Sequence[tuple[str, bytes]]) -> tuple[str, ...]:
    """Store many small parts at once; those that nobody waits for any more are passed over.

    A part that is a whole small file, and part of no other, is put in its place at once. Returns the
    hashes that are held now. Raises :class:`WireRefused` when one is not what its hash says; then
    nothing is stored.
    """
    for sha256, data in parts:
        if sha256_hex(data) != sha256:
            raise WireRefused(WireError.PART_MISMATCH)
    names = [sha256 for sha256, _data in parts]
    with store.read() as connection:
        held = _held(connection, names)
        rows = connection.execute(_FILES_OF, {"named": names}).all()
    files: dict[str, set[str]] = {}
    for row in rows:
        files.setdefault(row.part, set()).add(row.file)
    fresh = {sha256: data for sha256, data in parts if sha256 in files and sha256 not in held}
    alone = {sha256 for sha256 in fresh if files[sha256] == {sha256}}
    depot.bytes.put_many({(file_key if sha256 in alone else part_key)(sha256): data
                          for sha256, data in fresh.items()})
    with store.write() as connection:
        if alone:
            connection.execute(update(file).where(file.c.sha256.in_(alone)).values(whole=True))
            connection.execute(delete(file_part).where(file_part.c.file.in_(alone)))
        others = [s for s in fresh if s not in alone]
        for each in others:
            if each in files[each]:
                _list_itself(connection, each)
        if others:
            connection.execute(upsert(connection, part).on_conflict_do_nothing(), [
                {"sha256": s, "size": len(fresh[s])} for s in others])
    return tuple(dict.fromkeys(s for s in names if s in held or s in fresh))


def complete_files(connection: Connection) -> list[str]:
    """Files that are not whole yet and whose parts are all held."""
    listed = exists().where(file_part.c.file == file.c.sha256)
    lacking = exists().where(
        file_part.c.file == file.c.sha256,
        ~exists().where(part.c.sha256 == file_part.c.part).correlate(file_part))
    return list(connection.execute(
        select(file.c.sha256).where(~file.c.whole, listed, ~lacking)).scalars())


def assemble_file(depot: Depot, store: HqStore, sha256: str) -> bool:
    """Join a file from its parts; False when a part is spoiled or the list was wrong.

    What proves wrong is forgotten, so that it is asked for again. True as well when somebody else
    joins it or has done so.
    """
    wanted = select(file.c.sha256).where(file.c.sha256 == sha256, ~file.c.whole)
    with store.claim(wanted, file) as claim:
        return True if claim is None else _assemble(depot, store, claim, sha256)


def _assemble(depot: Depot, store: HqStore, claim: Claim, sha256: str) -> bool:
    with store.read() as connection:
        parts = list(connection.execute(
            select(file_part.c.part).where(file_part.c.file == sha256)
            .order_by(file_part.c.ordinal)).scalars())
    staged = depot.fresh("file")
    try:
        spoiled, size = _join(depot, parts, staged, sha256)
        if size is None:
            _forget(claim, sha256, spoiled)
            depot.bytes.drop([part_key(each) for each in spoiled])
            return False
        depot.bytes.take(file_key(sha256), staged)
    finally:
        staged.unlink(missing_ok=True)
    with claim.write() as connection:
        done = _settle(connection, sha256, size, parts)
    depot.bytes.drop([part_key(each) for each in done])
    return True


def _join(depot: Depot, parts: Sequence[str], staged: Path,
          sha256: str) -> tuple[list[str], int | None]:
    """The size when the whole has its hash; else None and the spoiled parts."""
    digest, size = hashlib.sha256(), 0
    with (staged.open("wb", buffering=0) as target, ThreadPoolExecutor(_READ_AHEAD, "part") as readers,
          ThreadPoolExecutor(1, "sha256") as hasher):
        straight = StraightCopy(target)
        waiting = iter(parts)
        ahead = deque(readers.submit(_part_bytes, depot, each) for each in islice(waiting, _READ_AHEAD))
        while ahead:
            data = ahead.popleft().result()
            ahead.extend(readers.submit(_part_bytes, depot, each) for each in islice(waiting, 1))
            hashing = hasher.submit(digest.update, data)
            straight.write(data)
            hashing.result()
            size += len(data)
        straight.close()
    if digest.hexdigest() == sha256:
        return [], size
    # Only now is each worth a hash of its own.
    return [each for each in parts if sha256_hex(_part_bytes(depot, each)) != each], None


def _part_bytes(depot: Depot, sha256: str) -> bytes:
    """What is held of a part; nothing where it is gone."""
    try:
        return depot.bytes.get(part_key(sha256), PART_SIZE)
    except StoreAway:
        raise
    except (OSError, Malformed):
        return b""


def _forget(claim: Claim, sha256: str, spoiled: Sequence[str]) -> None:
    with claim.write() as connection:
        connection.execute(delete(part).where(part.c.sha256.in_(spoiled)))
        if not spoiled:
            connection.execute(delete(file_part).where(file_part.c.file == sha256))


def _settle(connection: Connection, sha256: str, size: int, parts: Sequence[str]) -> list[str]:
    """The file is whole; returns the parts that nobody wants any more."""
    connection.execute(
        update(file).where(file.c.sha256 == sha256).values(whole=True, size=size))
    connection.execute(delete(piece).where(piece.c.part.in_(
        select(file_part.c.part).where(file_part.c.file == sha256))))
    connection.execute(delete(file_part).where(file_part.c.file == sha256))
    wanted = set(connection.execute(
        select(file_part.c.part).where(file_part.c.part.in_(parts))).scalars())
    done = [each for each in parts if each not in wanted]
    connection.execute(delete(part).where(part.c.sha256.in_(done)))
    return done


class _Stick:
    """A file on a stick; where it cannot be read it ends, so that our own disk's errors stay apart."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.tell, self.fileno = source.tell, source.fileno

    def readinto(self, target: memoryview) -> int:
        try:
            count: int = self._source.readinto(target)  # type: ignore[attr-defined]
        except OSError:
            return 0
        return count


def adopt_file(depot: Depot, store: HqStore, sha256: str, size: int, source: Path) -> bool:
    """Copy a whole file of ``size`` from a stick; False when it is not there, or not that file."""
    with store.read() as connection:
        if connection.execute(select(file.c.whole).where(file.c.sha256 == sha256)).scalar():
            return True
    try:
        read = open_regular(source)
    except OSError:
        return False
    staged = depot.fresh("file")
    try:
        with read, staged.open("wb", buffering=0) as target:
            # What is larger is not the file, and might be larger than our disk.
            if os.fstat(read.fileno()).st_size != size:
                return False
            straight = StraightCopy(target)
            digest, _size = hash_stream(cast(BinaryIO, _Stick(read)), sink=straight)
            straight.close()
        if digest != sha256:
            return False
        depot.bytes.take(file_key(sha256), staged)
    finally:
        staged.unlink(missing_ok=True)
    with store.write() as connection:
        _settle(connection, sha256, size, [])
    return True


def held_bytes(connection: Connection, files: Sequence[tuple[str, int]]) -> tuple[int, int]:
    """How many of ``files`` (hash, size) are not whole, and the bytes held of all of them."""
    sizes = dict(files)
    whole: set[str] = set()
    partly = 0
    names = list(sizes)
    for start in range(0, len(names), _ASKED_AT_ONCE):
        some = names[start:start + _ASKED_AT_ONCE]
        found = set(connection.execute(
            select(file.c.sha256).where(file.c.sha256.in_(some), file.c.whole)).scalars())
        whole |= found
        partly += int(connection.execute(
            select(func.coalesce(func.sum(part.c.size), 0)).where(
                part.c.sha256 == file_part.c.part,
                file_part.c.file.in_([s for s in some if s not in found]))).scalar_one())
    return len(names) - len(whole), partly + sum(sizes[s] for s in whole)
