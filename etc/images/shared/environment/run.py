"""The programs of environments, each by its name. `etc/images/README.md` has what they read and print.

python -I run.py install | support | conda | build | list | clean [--dry-run] | layer [--remove NAME…]
"""

import sys
from importlib import import_module
from pathlib import Path

# With -I, Python does not look beside this file.
sys.path.insert(0, str(Path(__file__).resolve().parent))

COMMANDS = ("install", "support", "conda", "build", "list", "clean", "layer")


def main():
    if sys.argv[1:2] == [] or sys.argv[1] not in COMMANDS:
        sys.exit(f"usage: run.py {' | '.join(COMMANDS)}")
    sys.exit(import_module(f"orchest_environment.{sys.argv[1]}").main(sys.argv[2:]))


if __name__ == "__main__":
    main()
