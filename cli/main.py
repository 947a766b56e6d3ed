"""The command ``roadie``: reads the command line and starts what was asked for."""

import sys


def main() -> int:
    """Run the command line."""
    return 0


if __name__ == "__main__":
    sys.exit(main())
