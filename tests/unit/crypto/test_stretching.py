"""Passwords and passphrases that several people give at the same moment."""

import subprocess
import sys

# A process of its own: what waits for ever cannot be ended from within.
_TOGETHER = """
from concurrent.futures import ThreadPoolExecutor
from field_app.credentials.wrapped_key import _sealing_key
from field_app.crypto.passwords import hash_password, is_password

kept = hash_password("a long password")
def tries(number):
    if number % 2:
        return is_password("a long password", kept)
    return len(_sealing_key("a long passphrase", b"s" * 16, b"m" * 32, memory_kib=32 << 10, passes=3, lanes=2)) == 32
with ThreadPoolExecutor(8) as pool:
    print(all(pool.map(tries, range(8))))
"""


def test_passwords_given_at_the_same_moment_are_all_judged() -> None:
    done = subprocess.run([sys.executable, "-c", _TOGETHER], capture_output=True, text=True, timeout=100, check=True)
    assert done.stdout == "True\n"
