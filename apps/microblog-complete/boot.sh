#!/bin/sh
# Start the blog: wait for the database, bring its tables up to date, and serve.
set -eu
cd "$(dirname "$0")"

flask wait-for-database
# Of several replicas that start together, one migrates; the others wait for it.
flask db upgrade
exec gunicorn -b 0.0.0.0:5000 "microblog:create_app()"
