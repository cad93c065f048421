"""What every test shares: no screen, no leaked environment."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
