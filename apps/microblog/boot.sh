#!/bin/sh
# Start the blog as APP_ENVIRONMENT says: DEV, or else production.
set -e
cd "$(dirname "$0")"

if [ "$APP_ENVIRONMENT" = DEV ]; then
    echo "Running Development Server"
    exec flask run --reload -h 0.0.0.0
else
    echo "Running Production Server"
    exec gunicorn -b 0.0.0.0:5000 microblog:app
fi
