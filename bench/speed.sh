#!/bin/bash
# Carry speed.py with what it needs to a simulated VM, measure there, and leave nothing behind.
# usage: bench/speed.sh VM [OPTION...]   the options are speed.py's
set -euo pipefail

vm=${1:?which VM}
shift
cd "$(dirname "$0")/.."

work=$(docker exec "$vm" mktemp --directory --tmpdir=/var/tmp bench-XXXXXXXX)

clean() {
    # What runs there hears nothing of a Ctrl-C here, and has to remove what it made.
    docker exec "$vm" sh -c '
        pid=$(cat "$1/pid" 2> /dev/null) && kill -TERM "$pid" 2> /dev/null &&
            while kill -0 "$pid" 2> /dev/null; do sleep 0.2; done
        rm -rf "$1"' clean "$work"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

tar --create --exclude=__pycache__ --exclude=pip.conf bench apps/dnmonster apps/identidock |
    docker exec --interactive "$vm" tar --extract --no-same-owner --directory "$work"
# The index's address may carry a password, so it is no argument.
# shellcheck disable=SC2016  # The VM's shell expands it.
docker exec --env PIP_INDEX_URL "$vm" \
    sh -c 'echo $$ > "$0/pid" && exec python3 "$0/bench/speed.py" "$@"' "$work" "$@"
