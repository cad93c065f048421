"""``python -m field_app`` is the same as ``field-app``."""

import sys

from field_app.cli import main

if __name__ == "__main__":
    sys.exit(main())
