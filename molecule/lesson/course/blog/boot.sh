#!/bin/bash
source venv/bin/activate
until flask db upgrade; do
    echo "The database is not up yet; trying again"
    sleep 2
done
flask translate compile
exec gunicorn -b :5000 --access-logfile - --error-logfile - microblog:app
