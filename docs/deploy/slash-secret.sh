#!/bin/sh
# Runs the command slash-secret with the service's settings, as its user: slash-secret doctor.
# Goes to /usr/local/sbin/slash-secret, for root.
set -eu
file=/etc/slash-secret/env

# Read as systemd reads it, so that nothing in a value is taken for a command.
while IFS= read -r line; do
    case $line in
    "" | "#"*) continue ;;
    esac
    value=${line#*=}
    case $value in
    \"*\") value=${value#\"} value=${value%\"} ;;
    \'*\') value=${value#\'} value=${value%\'} ;;
    esac
    export "${line%%=*}=$value"
done <"$file"

cd /opt/slash-secret/current
exec setpriv --reuid=slash-secret --regid=slash-secret --init-groups --no-new-privs \
    .venv/bin/slash-secret "$@"
