"""Bech32 text for age keys (BIP 173, without its length limit, as age uses it)."""

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_LENGTH = 6


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit in range(5):
            check ^= _GENERATOR[bit] if top >> bit & 1 else 0
    return check


def _expand(prefix: str) -> list[int]:
    return [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]


def _regroup(data: list[int], source: int, target: int, *, pad: bool) -> list[int]:
    held, bits, out = 0, 0, []
    for value in data:
        held = held << source | value
        bits += source
        while bits >= target:
            bits -= target
            out.append(held >> bits & ((1 << target) - 1))
    if pad:
        if bits:
            out.append(held << (target - bits) & ((1 << target) - 1))
    elif bits >= source or held & ((1 << bits) - 1):
        raise ValueError("bad padding")
    return out


def encode(prefix: str, data: bytes) -> str:
    """Lower-case Bech32 text of ``data``."""
    words = _regroup(list(data), 8, 5, pad=True)
    check = _polymod(_expand(prefix) + words + [0] * _CHECKSUM_LENGTH) ^ 1
    words += [check >> 5 * (5 - i) & 31 for i in range(_CHECKSUM_LENGTH)]
    return prefix + "1" + "".join(_ALPHABET[w] for w in words)


def decode(prefix: str, text: str) -> bytes:
    """The bytes of ``text``; ``ValueError`` on another prefix, mixed case or bad checksum."""
    if text not in (text.lower(), text.upper()):
        raise ValueError("mixed case")
    found, separator, words_text = text.lower().rpartition("1")
    if not separator or found != prefix or len(words_text) < _CHECKSUM_LENGTH:
        raise ValueError(f"not a {prefix} key")
    try:
        words = [_ALPHABET.index(c) for c in words_text]
    except ValueError:
        raise ValueError("bad character") from None
    if _polymod(_expand(prefix) + words) != 1:
        raise ValueError("bad checksum")
    return bytes(_regroup(words[:-_CHECKSUM_LENGTH], 5, 8, pad=False))
