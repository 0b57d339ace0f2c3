#!/bin/sh
# Start the blog as APP_ENVIRONMENT says: DEV, or else production.
set -eu
cd "$(dirname "$0")"

case "${APP_ENVIRONMENT:-PROD}" in
    DEV)
        echo "Running Development Server"
        # No debugger: it would run anybody's code.
        exec flask --debug run --no-debugger -h 0.0.0.0
        ;;
    *)
        echo "Running Production Server"
        exec gunicorn microblog:app
        ;;
esac
