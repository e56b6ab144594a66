#!/bin/sh
# Prints the path of a Chromium that starts: $CHROMIUM, an installed one, or one it installs now.
set -eu
cd "$(dirname "$0")/.."

print_if_it_starts() {
    path=$(command -v "$1" 2>/dev/null) || return 1
    "$path" --version >/dev/null 2>&1 || return 1
    echo "$path"
}

find_installed() {
    # The headless shell opens a window for half of what the whole browser takes, and draws the same.
    for candidate in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
        "/Applications/Chromium.app/Contents/MacOS/Chromium"; do
        print_if_it_starts "$candidate" && return
    done
    return 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Everything but the path goes to standard error.
install_with_apt() {
    command -v apt-get >/dev/null 2>&1 && as_root true 2>/dev/null || return 1
    echo "Installing Chromium for the browser tests with apt-get ..." >&2
    as_root apt-get -qq update >&2 || true # a stale list may still do
    install_package chromium-headless-shell || install_package chromium
}

install_package() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$1" >&2
}

if [ -n "${CHROMIUM:-}" ]; then
    print_if_it_starts "$CHROMIUM" && exit
    echo "slash-secret: CHROMIUM=$CHROMIUM does not start." >&2
    exit 1
fi
find_installed && exit
install_with_apt && find_installed && exit
echo "slash-secret: the browser tests need Chromium; install it, e.g. with 'sudo apt-get install chromium', or name one with CHROMIUM=/path/to/it." >&2
exit 1
