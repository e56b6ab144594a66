"""Run mutmut on the modules that guard secrets, and print the share of mutants the tests noticed.

Usage: ``.venv/bin/python .ci/mutants.py [MUTANT_NAME ...]``, e.g. ``'web.client_ip.*'`` for a part.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
COPY = CHECKOUT / "build" / "mutants"
GOAL = 0.85
PARTS = ("bot", "web", "storage", "tests", "docs", "manifest.yml", "pyproject.toml")
CONFIG = """
[tool.mutmut]
source_paths = ["bot", "web", "storage"]
only_mutate = ["storage/envelope.py", "storage/seal.py", "web/client_ip.py", "bot/slack_http.py"]
also_copy = ["tests", "docs", "manifest.yml"]
pytest_add_cli_args = ["-n", "0"]
pytest_add_cli_args_test_selection = [
  "tests/storage/test_envelope.py",
  "tests/storage/test_seal.py",
  "tests/web/test_client_ip.py",
  "tests/bot/test_slack_http.py",
]
"""


def main(names: list[str]) -> int:
    """Copy, mutate, test, count. Gives 0 when the goal is met."""
    shutil.rmtree(COPY, ignore_errors=True)
    for part in PARTS:
        source = CHECKOUT / part
        if source.is_dir():
            ignored = shutil.ignore_patterns("node_modules", "__pycache__", "frontend")
            shutil.copytree(source, COPY / part, ignore=ignored)
        else:
            shutil.copy(source, COPY / part)
    with (COPY / "pyproject.toml").open("a", encoding="utf-8") as config:
        config.write(CONFIG)
    mutmut = [sys.executable, "-m", "mutmut"]
    environ = os.environ | {"PYTHONPATH": "."}
    subprocess.run([*mutmut, "run", *names], cwd=COPY, env=environ, check=False)  # noqa: S603
    subprocess.run([*mutmut, "results"], cwd=COPY, env=environ, check=False)  # noqa: S603
    subprocess.run([*mutmut, "export-cicd-stats"], cwd=COPY, env=environ, check=True)  # noqa: S603
    stats = json.loads((COPY / "mutants" / "mutmut-cicd-stats.json").read_text(encoding="utf-8"))
    killed = stats["killed"] + stats.get("timeout", 0)
    tried = killed + stats["survived"] + stats.get("no_tests", 0) + stats.get("suspicious", 0)
    score = killed / tried if tried else 0.0
    print(f"{killed} of {tried} mutants noticed: {score:.1%}; the goal is {GOAL:.0%}.")
    return 0 if score >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
