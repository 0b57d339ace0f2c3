#!/bin/bash
# Take the variables, scripts and arguments that the official image takes: make a database at the
# first start, step down from root and become the server.
set -euo pipefail
shopt -s nullglob

note() { echo "mariadb: $*"; }
fail() {
    echo "mariadb: $*" >&2
    exit 1
}

# The first of these variables that is set, or else the content of the file that its _FILE form names.
setting() {
    local name file
    for name; do
        file=${name}_FILE
        [ -z "${!name:-}" ] || [ -z "${!file:-}" ] || fail "give $name or $file, not both."
        if [ -n "${!name:-}" ]; then
            printf %s "${!name}"
            return
        elif [ -n "${!file:-}" ]; then
            cat "${!file}" || fail "cannot read the file ${!file} ($file)."
            return
        fi
    done
}

# Read the files, and give each variable under either name: scripts of the user's may want any.
settings() {
    local suffix value
    for suffix in ROOT_PASSWORD ROOT_HOST DATABASE USER PASSWORD; do
        value=$(setting "MARIADB_$suffix" "MYSQL_$suffix")
        export "MARIADB_$suffix=$value" "MYSQL_$suffix=$value"
        unset "MARIADB_${suffix}_FILE" "MYSQL_${suffix}_FILE"
    done
}

# A text in SQL's quotes, in which \ and ' are special.
sql_text() {
    local value=${1//\\/\\\\}
    printf "'%s'" "${value//\'/\\\'}"
}

# A name in SQL's quotes.
sql_name() { echo "\`${1//\`/\`\`}\`"; }

# Before root has its password.
as_new_root() { mariadb --user=root --password= --protocol=socket "$@"; }

# What scripts in /docker-entrypoint-initdb.d may call, too.
docker_process_sql() {
    MYSQL_PWD=$MARIADB_ROOT_PASSWORD mariadb --user=root --protocol=socket --comments \
        ${MARIADB_DATABASE:+--database="$MARIADB_DATABASE"} "$@"
}

# The accounts and the database that the variables ask for.
accounts() {
    local root host probe database
    root=$(sql_text "$MARIADB_ROOT_PASSWORD")
    host=$(sql_text "$MARIADB_ROOT_HOST")
    probe=$(head -c 24 /dev/urandom | base64)
    # Without a password, for loopback and for what the machine is called now. Asked before the rest is sent.
    as_new_root --batch --skip-column-names --execute \
        "SELECT CONCAT('DROP USER ', user, '@\`', host, '\`;') FROM mysql.user
            WHERE host <> 'localhost' AND user IN ('root', '')"
    # With localhost there is no remote root.
    [ "$host" = "'localhost'" ] || cat <<SQL
CREATE USER root@$host IDENTIFIED BY $root;
GRANT ALL ON *.* TO root@$host WITH GRANT OPTION;
GRANT PROXY ON ''@'%' TO root@$host WITH GRANT OPTION;
SQL
    for host in localhost 127.0.0.1 ::1; do
        echo "CREATE USER healthcheck@'$host' IDENTIFIED BY '$probe';"
    done
    printf '[client]\nuser=healthcheck\npassword=%s\n' "$probe" >"$data/.my-healthcheck.cnf"
    if [ -n "$MARIADB_DATABASE" ]; then
        database=$(sql_name "$MARIADB_DATABASE")
        echo "CREATE DATABASE IF NOT EXISTS $database;"
    fi
    if [ -n "$MARIADB_USER" ] && [ -n "$MARIADB_PASSWORD" ]; then
        echo "CREATE USER $(sql_text "$MARIADB_USER")@'%' IDENTIFIED BY $(sql_text "$MARIADB_PASSWORD");"
        # In a grant, _ and % stand for anything.
        [ -z "$MARIADB_DATABASE" ] \
            || echo "GRANT ALL ON ${database//[_%]/\\&}.* TO $(sql_text "$MARIADB_USER")@'%';"
    fi
    # Last: it is the account that all this is done with.
    echo "ALTER USER root@localhost IDENTIFIED BY $root;"
}

run_sql() {
    note "running ${*: -1}"
    "$@" | docker_process_sql --batch
}

# Run what the user mounted, in the order of its names.
scripts() {
    local file
    for file in /docker-entrypoint-initdb.d/*; do
        case "$file" in
            *.sh)
                note "running $file"
                # As the official image: one that is not executable becomes part of this shell.
                # shellcheck disable=SC1090
                if [ -x "$file" ]; then "$file"; else set +u && . "$file" && set -u; fi
                ;;
            *.sql) run_sql cat "$file" ;;
            *.sql.gz) run_sql gzip -dc "$file" ;;
            *.sql.xz) run_sql xz -dc "$file" ;;
            *.sql.zst) run_sql zstd -dc "$file" ;;
            *) note "ignoring $file" ;;
        esac
    done
}

# Make the database with a server that only this container reaches.
first_start() {
    local server each
    settings
    : "${MARIADB_ROOT_HOST:=%}"
    if [ -z "$MARIADB_ROOT_PASSWORD" ]; then
        if [ -n "$(setting MARIADB_RANDOM_ROOT_PASSWORD MYSQL_RANDOM_ROOT_PASSWORD)" ]; then
            MARIADB_ROOT_PASSWORD=$(head -c 24 /dev/urandom | base64)
            export MYSQL_ROOT_PASSWORD=$MARIADB_ROOT_PASSWORD
            note "GENERATED ROOT PASSWORD: $MARIADB_ROOT_PASSWORD"
        elif [ -z "$(setting MARIADB_ALLOW_EMPTY_ROOT_PASSWORD MYSQL_ALLOW_EMPTY_PASSWORD)" ]; then
            fail "there is no database in $data yet, and nothing says how to protect it. Add one of these" \
                "to docker run: --env MARIADB_ROOT_PASSWORD=..., --env MARIADB_RANDOM_ROOT_PASSWORD=1," \
                "--env MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1."
        fi
    fi
    [ "$MARIADB_USER" != root ] || fail "MARIADB_USER is for another account; root is there anyhow."
    [ -z "$MARIADB_USER" ] || [ -n "$MARIADB_PASSWORD" ] \
        || note "MARIADB_USER has no MARIADB_PASSWORD, so this account is not made."
    for each in "${!MARIADB_@}" "${!MYSQL_@}"; do
        case "${each%_FILE}" in
            M*_ROOT_PASSWORD | M*_ROOT_HOST | M*_DATABASE | M*_USER | M*_PASSWORD | M*_SKIP_TZINFO) ;;
            *) note "$each is not known to this image, and is ignored." ;;
        esac
    done

    if [ -e "$mark" ]; then
        note "removing what a first start that was cut short left in $data"
        find "$data" -mindepth 1 -maxdepth 1 -printf '%f\n' | { grep -vxFf "$mark" || :; } \
            | (cd "$data" && xargs --delimiter '\n' --no-run-if-empty rm -rf --)
    else
        printf '%s\n' "$(ls -A "$data")" .first-start >"$mark.new"
        mv "$mark.new" "$mark"
    fi
    note "making a new database in $data"
    # Options of a command line that say otherwise come earlier, so they lose.
    mariadb-install-db "$@" --datadir="$data" --init-file= --skip-test-db --skip-name-resolve \
        --skip-log-bin --auth-root-authentication-method=normal >/tmp/install.log 2>&1 \
        || { cat /tmp/install.log >&2; fail "could not make a database in $data; see above."; }
    mariadbd "$@" --datadir="$data" --init-file= --skip-networking --skip-log-bin \
        --skip-slave-start >/tmp/install.log 2>&1 &
    server=$!
    until as_new_root --execute 'DO 1' 2>/dev/null; do
        kill -0 "$server" 2>/dev/null || { cat /tmp/install.log >&2; fail "the server ended; see above."; }
        sleep 0.1
    done
    if [ -z "${MARIADB_INITDB_SKIP_TZINFO:-${MYSQL_INITDB_SKIP_TZINFO:-}}" ]; then
        mariadb-tzinfo-to-sql --skip-write-binlog /usr/share/zoneinfo 2>/dev/null \
            | as_new_root mysql
    fi
    accounts | as_new_root
    scripts
    kill "$server"
    wait "$server" || fail "the server did not end well."
    rm /tmp/install.log "$mark"
}

# Options alone are meant for the server.
case "${1:-}" in
    -*) set -- mariadbd "$@" ;;
    mysqld) set -- mariadbd "${@:2}" ;;
esac
# Whatever else somebody runs needs no database; and help is for reading.
[ "${1:-}" = mariadbd ] || exec "$@"
for each; do
    case "$each" in
        --help | -'?' | --version | -V | --print-defaults) exec "$@" ;;
    esac
done

options=$("$@" --verbose --help 2>/dev/null) \
    || fail "the server does not take these options: $("$@" --verbose --help 2>&1 >/dev/null | tail -n 3)"
data=$(sed -n 's/^datadir  *//p' <<<"$options")
data=${data%/}

# Holds the names of what was there before the first start; what came later is that start's.
mark=$data/.first-start
if [ -e "$mark" ] || ! [ -d "$data/mysql" ]; then is_first=yes; else is_first=no; fi

if [ "$(id -u)" = 0 ]; then
    # Only root may read many a file with a password.
    [ "$is_first" = no ] || settings
    mkdir -p "$data"
    # A mounted folder may have any owner.
    find "$data" /run/mysqld ! -user mysql -exec chown mysql:mysql {} +
    exec setpriv --reuid=mysql --regid=mysql --clear-groups -- "$0" "$@"
fi
mkdir -p "$data" && [ -w "$data" ] || fail "$data must be writable for user $(id -u)."

if [ "$is_first" = yes ]; then
    # Stopping the container need not wait until the database is made.
    trap 'exit 143' TERM INT
    first_start "${@:2}" &
    wait $!
fi
# The server needs no password in its environment.
unset MARIADB_ROOT_PASSWORD MYSQL_ROOT_PASSWORD MARIADB_PASSWORD MYSQL_PASSWORD
exec "$@"
