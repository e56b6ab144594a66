#!/bin/sh
# Usage: .ci/venv.sh LOCK
#
# Makes .venv if it is missing, moved or broken, installs exactly what LOCK pins, by hash, and then
# this project in place. PYTHON names the interpreter to use; unset, the first that is new enough.
set -eu
cd "$(dirname "$0")/.."
lock=$1
venv_python=.venv/bin/python

fail() {
    echo "slash-secret: $*" >&2
    exit 1
}

# Running it is the only proof: version managers put launchers for missing versions on PATH.
is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        is_new_enough "$PYTHON" || fail "PYTHON=$PYTHON is not a Python 3.11 or newer."
        echo "$PYTHON"
        return
    fi
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if is_new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer is needed; install one, or name it with 'make PYTHON=/path/to/python3'."
}

# A virtual environment holds absolute paths, so one that was moved with its checkout is made again.
venv_is_ours() {
    [ -x "$venv_python" ] && is_new_enough "$venv_python" &&
        [ "$(cat .venv/checkout 2>/dev/null)" = "$(pwd -P)" ]
}

make_venv() {
    rm -rf .venv
    python=$(find_python)
    # Debian splits ensurepip off into python3-venv; the system's pip can install from outside.
    if "$python" -m ensurepip --version >/dev/null 2>&1; then
        "$python" -m venv .venv
    elif "$python" -c 'import venv' >/dev/null 2>&1 && system_pip "$python" --version >/dev/null 2>&1; then
        "$python" -m venv --without-pip .venv
    else
        fail "this Python cannot make virtual environments; run 'apt-get install python3-venv' first."
    fi
    pwd -P >.venv/checkout
}

# `pip --python` came with pip 22.3 and fails on older ones.
system_pip() {
    system_python=$1
    shift
    "$system_python" -m pip --python "$system_python" "$@"
}

install() {
    if "$venv_python" -c 'import pip' >/dev/null 2>&1; then
        "$venv_python" -m pip install --quiet --disable-pip-version-check "$@"
    else
        "$(find_python)" -m pip --python "$venv_python" install --quiet --disable-pip-version-check "$@"
    fi
}

venv_is_ours || make_venv

# Wheels only: an sdist would run its own build script, and needs a compiler.
install --require-hashes --only-binary :all: --requirement "$lock" || fail \
    "installing $lock failed, see above; ready-made packages exist for Python 3.11 to 3.14 on Linux (x86-64 or arm64, glibc 2.28 or newer) and macOS 13 or newer (arm64)."
install --no-deps --no-build-isolation --editable .
