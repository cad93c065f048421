"""Opens a ``le-gm/v1`` file without this program: Python, ``cryptography``, and ``openssl``.

    python open_gm.py stanzas SEALED                   writes stanza-N.bin, one for each recipient
    openssl pkeyutl -decrypt -inkey KEY.pem -in stanza-N.bin -out file.key
    python open_gm.py open SEALED file.key PLAIN       exit 1 at the first byte that was changed
"""

import base64
import hmac
import sys
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SEALED_CHUNK = 65536 + 16


def unb64(text: bytes) -> bytes:
    return base64.b64decode(text + b"=" * (-len(text) % 4))


def hkdf(key: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SM3(), length, salt, info).derive(key)


def stanzas(head: bytes) -> list[bytes]:
    """Bodies of the header's stanzas, in order."""
    return [unb64(b"".join(part.split(b"\n")[1:])) for part in head.split(b"\n-> ")[1:]]


def open_payload(sealed: Path, file_key: bytes, plain: Path) -> None:
    data = sealed.read_bytes()
    head, _, rest = data.partition(b"\n---")
    mac, _, payload = rest.partition(b"\n")
    run = HMAC(hkdf(file_key, b"", b"header", 32), hashes.SM3())
    run.update(head + b"\n---")
    if not hmac.compare_digest(run.finalize(), unb64(mac.strip())):
        sys.exit("the header was changed, or this is not its key")
    key, chunks = hkdf(file_key, payload[:16], b"payload", 16), payload[16:]
    with plain.open("wb") as out:
        for at in range(0, max(1, len(chunks)), SEALED_CHUNK):
            chunk = chunks[at:at + SEALED_CHUNK]
            last = at + SEALED_CHUNK >= len(chunks)
            nonce = (at // SEALED_CHUNK).to_bytes(11, "big") + bytes([last])
            try:
                opened = Cipher(SM4(key), modes.GCM(nonce, chunk[-16:])).decryptor()
                out.write(opened.update(chunk[:-16]) + opened.finalize())
            except (InvalidTag, ValueError):
                sys.exit(f"chunk {at // SEALED_CHUNK} was changed or cut")


if __name__ == "__main__":
    if sys.argv[1] == "stanzas":
        found = stanzas(Path(sys.argv[2]).read_bytes().partition(b"\n---")[0])
        for number, body in enumerate(found):
            Path(f"stanza-{number}.bin").write_bytes(body)
    else:
        open_payload(Path(sys.argv[2]), Path(sys.argv[3]).read_bytes(), Path(sys.argv[4]))
