#!/bin/sh
# Start identidock as APP_ENVIRONMENT says: DEV, UNIT, or else production.
set -eu
cd "$(dirname "$0")"

case "${APP_ENVIRONMENT:-PROD}" in
    DEV)
        echo "Running Development Server"
        # No debugger: it would run anybody's code.
        exec flask --app identidock --debug run --no-debugger --host 0.0.0.0 --port 9090
        ;;
    UNIT)
        echo "Running Unit Tests"
        # The root filesystem may be read-only.
        exec python -m pytest -p no:cacheprovider tests
        ;;
    *)
        echo "Running Production Server"
        # uWSGI sends all output to standard error; a container's log belongs on the other one.
        exec uwsgi --ini uwsgi.ini 2>&1
        ;;
esac
