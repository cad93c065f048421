"""A real PKCS#11 token of SoftHSM2 in a folder of its own."""

import os
import shutil
import subprocess
from pathlib import Path

from field_app.credentials.token_keys import TokenPlace, find_tokens

MODULES = (Path("/usr/lib/softhsm/libsofthsm2.so"), Path("/usr/lib64/pkcs11/libsofthsm2.so"),
           Path("/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"),
           Path("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"))
PIN = "246810"


def module() -> Path:
    """The driver; it is one of the packages that the trials install."""
    return next(path for path in MODULES if path.exists())


def prepare(folder: Path) -> None:
    """Point the driver to an empty folder; it reads this once, when it is loaded."""
    (folder / "tokens").mkdir(parents=True, exist_ok=True)
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n"
                    "log.level = ERROR\nslots.removable = true\n")
    os.environ["SOFTHSM2_CONF"] = str(conf)


def new_token(label: str) -> TokenPlace:
    """A fresh token with that label."""
    tool = shutil.which("softhsm2-util")
    assert tool is not None
    subprocess.run([tool, "--init-token", "--free", "--label", label, "--pin", PIN,
                    "--so-pin", "13579135"], check=True, capture_output=True)
    import pkcs11

    pkcs11.lib(str(module())).reinitialize()
    return next(t for t in find_tokens(module()) if t.label == label)
