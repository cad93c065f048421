"""The service does what its OpenAPI document says, as judged by schemathesis over real TLS."""

import json
import os
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from schemathesis.specs.openapi.checks import positive_data_acceptance, unsupported_method
from starlette.routing import Route

from field_app import protocol
from field_app.credentials.cms import certificate_pem
from field_app.headquarters.service import make_service
from field_app.protocol.errors import WireError

DOCUMENT = Path(protocol.__file__).with_name("openapi.json")
EXAMPLES = int(os.environ.get("FIELD_APP_API_EXAMPLES", "12"))


@pytest.fixture(scope="module")
def laptop(shared_hq: Any, district: Any, tmp_path_factory: pytest.TempPathFactory) -> requests.Session:
    """An enrolled laptop as any HTTP client may be one."""
    folder = tmp_path_factory.mktemp("tls")
    key = district.device
    plain = key.private_key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "device.pem").write_bytes(
        certificate_pem(key.certificate) + certificate_pem(district.authority.district) + plain)
    (folder / "root.pem").write_bytes(district.trust.authorities_pem())
    session = requests.Session()
    session.trust_env = False
    session.cert, session.verify = str(folder / "device.pem"), str(folder / "root.pem")
    return session


schema = schemathesis.openapi.from_path(DOCUMENT)
# No schema says what a signature or a hash holds; and `missing` is no hash, which is told first.
BEYOND_A_SCHEMA = {"statement": [positive_data_acceptance], "part": [positive_data_acceptance],
                   "batch": [positive_data_acceptance], "missing": [unsupported_method]}


@schema.parametrize()
@hypothesis.settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
def test_every_call(case: Any, shared_hq: Any, laptop: requests.Session) -> None:
    case.call_and_validate(
        base_url=shared_hq.address, session=laptop, verify=laptop.verify,
        excluded_checks=BEYOND_A_SCHEMA.get(case.operation.definition.raw["operationId"], []))


def test_the_document_names_every_call_and_every_answer() -> None:
    told = json.loads(DOCUMENT.read_text("utf-8"))["paths"]
    calls = {(route.path, method.lower()) for route in make_service(None).routes  # type: ignore[arg-type]
             if isinstance(route, Route) for method in route.methods or () if method != "HEAD"}
    assert calls == {(path, method) for path, methods in told.items() for method in methods}
    statuses = {int(status) for methods in told.values() for call in methods.values()
                for status in call["responses"]}
    assert {error.status for error in WireError} - statuses == {405, 500}
