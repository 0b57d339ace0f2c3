#!/bin/sh
# Tell whether the server works: healthcheck.sh --connect --innodb_initialized, as in the official image.
set -eu

data=$(my_print_defaults --mariadbd | sed -n 's/^--datadir=//p' | tail -n 1)
# Written at the first start, with the password of the account healthcheck.
defaults=${data:-/var/lib/mysql}/.my-healthcheck.cnf

ask() {
    mariadb ${defaults:+--defaults-extra-file="$defaults"} --protocol=socket --batch --skip-column-names \
        --execute "$1"
}

[ $# -gt 0 ] || set -- --connect
for check; do
    case "$check" in
        --defaults-file=* | --defaults-extra-file=*) defaults=${check#*=} ;;
        --no-defaults) defaults= ;;
        # While the first start prepares the data, the server listens to nobody else.
        --connect) [ "$(ask 'SELECT @@skip_networking')" = 0 ] ;;
        --innodb_initialized)
            [ "$(ask "SELECT COUNT(*) FROM information_schema.engines
                WHERE engine = 'InnoDB' AND support IN ('YES', 'DEFAULT')")" = 1 ]
            ;;
        --innodb_buffer_pool_loaded)
            ask "SELECT variable_value FROM information_schema.global_status
                WHERE variable_name = 'Innodb_buffer_pool_load_status'" | grep --quiet completed
            ;;
        *)
            echo "healthcheck.sh: $check is not known here; there are --connect, --innodb_initialized" \
                "and --innodb_buffer_pool_loaded." >&2
            exit 1
            ;;
    esac
done
