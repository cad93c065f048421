"""Key files whose PIN takes fewer rounds to try: a journey logs in often, a thief less so."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12

from field_app.cli.demo.world import OFFICERS, PINS, World
from field_app.credentials.gm.key_file import SUFFIX, gm_key_file, load_gm_key_file
from field_app.credentials.key_file import ENCRYPTION, KEY_FILE

ROUNDS = 2000


def resealed(data: bytes, pin: bytes, rounds: int) -> bytes:
    """A PKCS#12 file under the same PIN, which takes ``rounds`` to try."""
    held = pkcs12.load_pkcs12(data, pin)
    assert held.key is not None and held.cert is not None
    sealing = (PrivateFormat.PKCS12.encryption_builder().kdf_rounds(rounds)
               .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
               .hmac_hash(hashes.SHA256()).build(pin))
    return pkcs12.serialize_key_and_certificates(
        held.cert.friendly_name, held.key, held.cert.certificate, None, sealing)  # type: ignore[arg-type]


def lighten(world: World) -> World:
    """The world, its officers' files the same but for the rounds."""
    for name, pin in zip(OFFICERS, PINS, strict=True):
        for ending in (KEY_FILE, ENCRYPTION):
            path = world.cards / f"{name}{ending}"
            if path.exists():
                path.write_bytes(resealed(path.read_bytes(), pin.encode(), ROUNDS))
        national = world.cards / f"{name}{SUFFIX}"
        if national.exists():
            national.write_bytes(gm_key_file(load_gm_key_file(national, pin), pin, rounds=ROUNDS))
    return world
