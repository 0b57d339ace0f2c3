#!/bin/sh
# Prepare the data at the first start, and the accounts at every start; then become the server.
set -eu
umask 077

volume=/var/lib/mysql
run=/run/mysqld
: "${MARIADB_PASSWORD_FILE:=/run/secrets/mariadb_password}"

fail() {
    echo "mariadb: $*" >&2
    exit 1
}

# A name that needs no quoting anywhere, and is not the server's own.
check_name() {
    case "$2" in
        "" | *[!A-Za-z0-9_]*) fail "$1 must be a name of letters, digits and underscores, not '$2'." ;;
        root | mysql | sys | healthcheck | *_schema) fail "$1 can't be $2, a name of the server's own." ;;
    esac
}

# The entry point prepares the server, not what somebody runs in its place.
[ "${1:-}" = mariadbd ] || exec "$@"

check_name MARIADB_DATABASE "${MARIADB_DATABASE:-}"
check_name MARIADB_USER "${MARIADB_USER:-}"
password=$(cat "$MARIADB_PASSWORD_FILE" 2>/dev/null) \
    || fail "cannot read the password file $MARIADB_PASSWORD_FILE (MARIADB_PASSWORD_FILE)."
[ -n "$password" ] || fail "the password file $MARIADB_PASSWORD_FILE is empty."
[ "$(printf '%s\n' "$password" | wc -l)" -eq 1 ] || fail "the password file $MARIADB_PASSWORD_FILE must have one line."
[ -w "$volume" ] || fail "$volume must be writable for user $(id -u)."

if ! [ -d "$volume/data" ]; then
    # What is left of a first start that was cut short.
    rm -rf "$volume/new"
    echo "mariadb: making a new database in $volume/data"
    mariadb-install-db --no-defaults --datadir="$volume/new" --skip-test-db --skip-name-resolve \
        --auth-root-authentication-method=socket --auth-root-socket-user=mysql \
        >"$run/install.log" 2>&1 \
        || { cat "$run/install.log" >&2; fail "could not make a database in $volume; see above."; }
    mv "$volume/new" "$volume/data"
fi

# The server reads this before it lets anybody in. One statement a line; \ and ' are special.
quoted=$(printf '%s' "$password" | sed "s/[\\\\']/\\\\&/g")
pattern=$(printf '%s' "$MARIADB_DATABASE" | sed 's/_/\\_/g')
probe=$(head -c 24 /dev/urandom | base64)
cat >"$run/accounts.sql" <<SQL
CREATE DATABASE IF NOT EXISTS \`$MARIADB_DATABASE\`;
CREATE USER IF NOT EXISTS '$MARIADB_USER'@'%';
ALTER USER '$MARIADB_USER'@'%' IDENTIFIED BY '$quoted';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES ON \`$pattern\`.* TO '$MARIADB_USER'@'%';
CREATE OR REPLACE USER 'healthcheck'@'127.0.0.1' IDENTIFIED BY '$probe';
SQL
cat >"$run/healthcheck.cnf" <<CNF
[client]
host = 127.0.0.1
user = healthcheck
password = $probe
connect_timeout = 3
CNF
exec "$@"
