#!/bin/sh
# Take the arguments that the official image takes, prepare /data and step down from root.
set -eu

# Options or a configuration file alone are meant for the server.
case "${1:-}" in
    -* | *.conf) set -- redis-server "$@" ;;
esac

if [ "${1:-}" = redis-server ]; then
    if [ "$(id -u)" = 0 ]; then
        # A mounted folder may have any owner. A file in it may be read-only, such as a redis.conf.
        find /data ! -user redis -exec chown redis:redis {} + \
            || echo "redis: not everything in /data could be given to the user redis" >&2
        exec setpriv --reuid=redis --regid=redis --clear-groups -- "$0" "$@"
    fi
    # The container's network decides who may connect, as in the official image; Debian's Redis would
    # refuse everybody but loopback. What the caller says comes later and wins; a file is looked into.
    case "${2:-}" in
        - | -v | --version | -h | --help | --test-memory | --check-system) ;;
        "" | -*)
            shift
            set -- redis-server --protected-mode no "$@"
            ;;
        *)
            if ! grep --quiet --no-messages --ignore-case --extended-regexp '^\s*(protected-mode|include)\s' "$2"; then
                file=$2
                shift 2
                set -- redis-server "$file" --protected-mode no "$@"
            fi
            ;;
    esac
fi
# What is kept in /data is nobody else's business.
umask 077
exec "$@"
