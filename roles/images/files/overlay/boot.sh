#!/bin/sh
# Start a Flask application that brings no boot.sh of its own.
set -eu
cd "$(dirname "$0")"

# Secrets come as files. Applications look for them in the environment, so they are put into that
# of this process, where `docker inspect` does not show them.
if [ -n "${DATABASE_PASSWORD_FILE:-}" ]; then
    DATABASE_URL=$(printf %s "$DATABASE_URL" | sed "s|@|:$(cat "$DATABASE_PASSWORD_FILE")@|")
    export DATABASE_URL
    unset DATABASE_PASSWORD_FILE
fi
if [ -n "${SECRET_KEY_FILE:-}" ]; then
    SECRET_KEY=$(cat "$SECRET_KEY_FILE")
    export SECRET_KEY
    # An application that reads such files itself would ask which of the two it is to take.
    unset SECRET_KEY_FILE
fi

if ls migrations/versions/*.py > /dev/null 2>&1; then
    tries=30
    until flask db upgrade; do
        tries=$((tries - 1))
        if [ "$tries" -eq 0 ]; then
            echo "The database could not be brought up to date; the reason stands above." >&2
            exit 1
        fi
        sleep 2
    done
fi

exec gunicorn --bind 0.0.0.0:5000 --workers 2 --worker-tmp-dir /dev/shm --no-control-socket \
    --access-logfile - lab_wsgi:application
