"""The two ways headquarters keeps things, for tests that must hold on both."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from field_app.headquarters.config import NAME, read_config
from field_app.headquarters.depot import Depot, open_depot
from field_app.headquarters.folder import HqFolder
from field_app.headquarters.postgres_store import open_postgres
from tests.unit.headquarters.services import SECRET, USER, Postgres, Swift

# The embedded default always; the shared one in every run, or in the long trials only.
BOTH = pytest.mark.parametrize("backend", ["folder", "shared"], indirect=True)
BOTH_LONG = pytest.mark.parametrize(
    "backend", ["folder", pytest.param("shared", marks=pytest.mark.soak)], indirect=True)
SHARED = pytest.mark.parametrize("backend", ["shared"], indirect=True)
SHARED_LONG = pytest.mark.parametrize(
    "backend", [pytest.param("shared", marks=pytest.mark.soak)], indirect=True)

_TEMPLATE = "hq_template"


class Services:
    """Both servers, and a database with all tables that new ones are copied from."""

    def __init__(self) -> None:
        self.postgres = Postgres()
        self.swift = Swift()
        try:
            self.swift.begin()
            self.postgres.start()
            self.postgres.execute(f"CREATE DATABASE {_TEMPLATE}")
            open_postgres(self.postgres.address(_TEMPLATE)).close()
            self.swift.wait()
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        self.postgres.end()
        self.swift.end()

    def configure(self, folder: HqFolder) -> str:
        """Give a headquarters a database and a bucket of its own; their common name."""
        name = f"hq{secrets.token_hex(6)}"
        self.swift.make_bucket(name)
        self.new_database(folder, name)
        return name

    def new_database(self, folder: HqFolder, bucket: str = "", *, tablespace: str = "pg_default") -> str:
        """Empty tables, beside the bucket of ``folder`` or another; the database's name."""
        name = f"hq{secrets.token_hex(6)}"
        self.postgres.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} TABLESPACE {tablespace}")
        if not bucket:
            known = read_config(folder).bucket
            assert known is not None
            bucket = known.bucket
        self.describe(folder, name, bucket)
        return name

    def describe(self, folder: HqFolder, database: str, bucket: str) -> None:
        """Tell a headquarters which database and bucket are its."""
        folder.make()
        (folder.keys / "s3.toml").write_text(
            f'access_key_id = "{USER}"\nsecret_access_key = "{SECRET}"\n')
        (folder.root / "temp").mkdir(exist_ok=True)
        (folder.root / NAME).write_text(
            f'[tables]\npostgresql = "{self.postgres.address(database)}"\n'
            f'[bytes]\nbucket = "{bucket}"\nendpoint = "{self.swift.endpoint}"\n'
            f'credentials = "keys/s3.toml"\n[work]\ntemp = "{folder.root / "temp"}"\n')


@dataclass(frozen=True)
class Backend:
    """What a test's headquarters keeps its tables and bytes in; no ``services``: its folder."""

    services: Services | None = None

    @property
    def shared(self) -> bool:
        return self.services is not None

    def configure(self, folder: HqFolder) -> HqFolder:
        if self.services is not None:
            self.services.configure(folder)
        return folder

    @contextmanager
    def depot(self, folder: HqFolder) -> Iterator[Depot]:
        depot = open_depot(folder)
        try:
            yield depot
        finally:
            depot.close()

    def object_key(self, package: str, name: str, sha256: str) -> str:
        """Where an object of an accepted package lies."""
        return (f"files/{sha256[:2]}/{sha256}.age" if self.shared
                else f"packages/{package}/{name}")

    def spoil(self, folder: HqFolder, key: str) -> None:
        """Turn one bit over."""
        with self.depot(folder) as depot:
            data = bytearray(depot.bytes.get(key, 64 << 20))
            data[len(data) // 2] ^= 1
            depot.bytes.put(key, bytes(data))
