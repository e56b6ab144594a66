#!/bin/sh
# What runs, as CycloneDX lists in build/, and whether anything of it has a known flaw.
#
# The lists are made from the lock files alone. The flaws are asked for at PyPI and npm: without an
# answer for every package this fails and says so, since an audit that looked at nothing finds nothing.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build

.venv/bin/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml \
    --mc-type application --output-reproducible --output-file build/sbom-python.json 2>/dev/null
.venv/bin/python .ci/node.py npm sbom --silent --sbom-format cyclonedx --package-lock-only \
    --omit dev >build/sbom-npm.json
echo 'slash-secret: wrote build/sbom-python.json and build/sbom-npm.json.'

failed=0
for lock in requirements.lock requirements-dev.lock; do
    .venv/bin/pip-audit --strict --require-hashes --disable-pip --progress-spinner off \
        --requirement "$lock" || {
        echo "slash-secret: $lock is not known to be clean: see above. An audit needs https://pypi.org." >&2
        failed=1
    }
done
.venv/bin/python .ci/node.py npm audit --silent --registry=https://registry.npmjs.org || {
    .venv/bin/python .ci/node.py npm audit --registry=https://registry.npmjs.org 2>&1 | tail -n 20 >&2
    echo "slash-secret: package-lock.json is not known to be clean: see above. An audit needs https://registry.npmjs.org." >&2
    failed=1
}
exit $failed
