#!/bin/sh
# What a cold `ansible-playbook site.yml` does on one simulated VM, as a plain shell script.
#
# It only knows the way there: no second run, no content tags, no dry run, no checks beforehand.
# Its last line is the seconds it took. Everything it makes is called bench-shell and is removed.
set -eu
umask 022

repository=$(cd "$(dirname "$0")/.." && pwd)
roles=$repository/roles
name=bench-shell
subnet=10.213.9.0/24
address=10.213.9.11
offset=30000
registry=registry.lab:5443
mirror=registry.lab:5444

clean() {
    {
        docker rm --force "$name"
        docker volume rm "$name-docker"
        docker network rm "$name"
        docker image rm "$name:vm"
    } > /dev/null 2>&1 || :
}

vm() { docker exec "$name" "$@"; }
say() { echo "== $*"; }
version() { sed -n "s/^$1_version: \"\(.*\)\"$/\1/p" "$repository/playbooks/group_vars/all/versions.yml"; }
# The mirror of the first suite that is a Debian release, with this suffix.
source_of() {
    echo "$sources" | sed -nE "s/^(bullseye|bookworm|trixie|forky|sid)$1 //p" | head -n 1
}

clean
work=$(mktemp -d "${TMPDIR:-/tmp}/bench-shell.XXXXXX")
trap 'clean; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
start=$(date +%s%N)

suite=trixie
debian=$(version debian) python=$(version python) redis=$(version redis) haproxy=$(version haproxy)
distribution=$(version distribution) dnmonster=$(version dnmonster) identidock=$(version identidock)
mariadb=$(version mariadb) cowsay=$(version cowsay) healthcheck=$(version healthcheck)
microblog=$(version microblog_image) complete=$(version microblog_complete_image)
# shellcheck disable=SC2016  # apt-get's own variables
sources=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Identifier: Packages' 2> /dev/null || :)
debian_mirror=$(source_of '')
debian_mirror=${debian_mirror:-http://deb.debian.org/debian}
security_mirror=$(source_of -security)
security_mirror=${security_mirror:-http://deb.debian.org/debian-security}

say "Bootstrap the VM image"
sh "$roles/lab_vm/files/build_image.sh" "$name:vm" "$suite" "$debian_mirror" "$security_mirror" bench

say "Start the VM"
device=$(ip -o route get 192.0.2.1 2> /dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p')
mtu=$(cat "/sys/class/net/$device/mtu" 2> /dev/null || echo 1500)
docker network create --subnet "$subnet" --opt "com.docker.network.driver.mtu=$mtu" "$name"
set --
for capability in AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND DAC_READ_SEARCH IPC_LOCK \
    IPC_OWNER LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BROADCAST NET_RAW \
    SYS_ADMIN SYS_BOOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_TIME SYS_TTY_CONFIG \
    SYSLOG WAKE_ALARM; do
    set -- "$@" --cap-add "$capability"
done
if [ "$(docker info --format '{{ .CgroupVersion }}')" = 2 ]; then
    set -- "$@" --cgroupns private
else
    set -- "$@" --cgroupns host --volume /sys/fs/cgroup:/sys/fs/cgroup:rw --env \
        "SYSTEMD_PROC_CMDLINE=systemd.unified_cgroup_hierarchy=0 SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1"
fi
docker run --detach --name "$name" --hostname "$name" "$@" \
    --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
    --device-cgroup-rule 'a *:* rwm' \
    --volume "$name-docker:/var/lib/docker" \
    --tmpfs /run:exec --tmpfs /run/lock --tmpfs /tmp:exec \
    --network "$name" --ip "$address" \
    --publish "127.0.0.1:$((9090 + offset)):9090" \
    --publish "127.0.0.1:$((5443 + offset)):5443" \
    --publish "127.0.0.1:$((5444 + offset)):5444" \
    --publish "127.0.0.1:$((5000 + offset)):5000" \
    --publish "127.0.0.1:$((5001 + offset)):5001" \
    --publish "127.0.0.1:$((5002 + offset)):5002" \
    --publish "127.0.0.1:$((5003 + offset)):5003" \
    --stop-signal SIGRTMIN+3 "$name:vm"
vm timeout 90 sh -c 'until systemctl is-active --quiet ssh.service; do sleep 0.2; done'

say "Make the certificates and passwords"
openssl ecparam -genkey -noout -name prime256v1 -out "$work/ca.key"
openssl req -x509 -new -key "$work/ca.key" -sha256 -days 3650 -out "$work/ca.crt" \
    -subj "/CN=bench CA" -addext "keyUsage=critical,keyCertSign,cRLSign"
openssl ecparam -genkey -noout -name prime256v1 -out "$work/server.key"
openssl req -new -key "$work/server.key" -subj "/CN=registry.lab" -out "$work/server.csr"
cat > "$work/server.ext" <<EOF
subjectAltName = DNS:registry.lab, DNS:localhost, IP:127.0.0.1, IP:$address
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
EOF
openssl x509 -req -in "$work/server.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -CAcreateserial \
    -days 397 -sha256 -extfile "$work/server.ext" -out "$work/server.crt"
admin_password=$(openssl rand -hex 12)
learner_password=$(openssl rand -hex 12)
redis_password=$(openssl rand -hex 12)
http_secret=$(openssl rand -hex 12)

say "Write the VM's files"
files=$work/files
mkdir -p "$files/etc/docker/certs.d/$registry" "$files/etc/docker/certs.d/$mirror" \
    "$files/root/bench/certificates" "$files/opt/registry/config" "$files/opt/registry/run" \
    "$files/opt/identidock/edge" "$files/opt/identidock/secrets" "$files/opt/identidock/run/edge" \
    "$files/opt/identidock/run/identidock" "$files/opt/identidock/run/dnmonster" \
    "$files/opt/identidock/run/redis" \
    "$files/opt/microblog" "$files/opt/microblog-complete/secrets" "$files/opt/healthcheck"

nameservers=$(cat /run/systemd/resolve/resolv.conf 2> /dev/null || cat /etc/resolv.conf)
nameservers=$(echo "$nameservers" | sed -n '/^nameserver *127\./d; s/^nameserver *\([^ ]*\).*/"\1"/p' |
    paste -sd ,)
cat > "$files/etc/docker/daemon.json" <<EOF
{
    "log-driver": "json-file",
    "log-opts": {"max-size": "10m", "max-file": "3"},
    "live-restore": true,
    "bip": "10.214.0.1/24",
    "default-address-pools": [{"base": "10.215.0.0/16", "size": 24}],
    "registry-mirrors": ["https://$mirror"],
    "dns": [$nameservers],
    "mtu": $mtu,
    "default-network-opts": {"bridge": {"com.docker.network.driver.mtu": "$mtu"}}
}
EOF
cp "$work/ca.crt" "$files/etc/docker/certs.d/$registry/ca.crt"
cp "$work/ca.crt" "$files/etc/docker/certs.d/$mirror/ca.crt"

# The authorities in the controller's bundle that its distribution did not put there.
if [ -d /usr/share/ca-certificates/mozilla ]; then
    awk -v directory="$files/root/bench/certificates" '
        /BEGIN CERTIFICATE/ { pem = "" }
        { pem = pem $0 "\n" }
        /END CERTIFICATE/ && FILENAME ~ /mozilla/ { public[pem] }
        /END CERTIFICATE/ && !(pem in public) {
            printf "%s", pem > (directory "/site-" ++site ".crt")
        }' /usr/share/ca-certificates/mozilla/*.crt /etc/ssl/certs/ca-certificates.crt
fi

cp "$roles/base_image/files/base_image.sh" "$files/root/bench/"
cp -R "$repository/apps" "$files/root/bench/"
if [ -n "${PIP_INDEX_URL:-}" ]; then
    printf '[global]\nindex-url = %s\n' "$PIP_INDEX_URL"
fi > "$files/root/bench/apps/pip.conf"

# How a Dockerfile is told of an image: as an argument, and as a target if it is built here.
argument() { echo "\"$(echo "${1%:*}" | tr '[:lower:]-' '[:upper:]_')\": \"$1\""; }
context() { [ "${1%:*}" = debian ] || echo "\"$1\": \"target:${1%:*}\""; }
# The target of one image: its name, repository, version, the image it starts from, and that of its
# build stage if it is another.
target() {
    cat <<EOF
        "$1": {
            "context": "$1",
            "args": {$(argument "$4"), ${5:+$(argument "$5"),} "VERSION": "$3"},
            "contexts": {$(context "$4")${5:+, $(context "$5")}},
            "secret": ["id=pip_conf,src=pip.conf"],
            "labels": {"maintainer": "identidock-lab", "version": "$3"},
            "tags": ["$registry/$2:$3", "$registry/$2:$3-bench"]
        }
EOF
}
# The target of an alias: its name, tag, and the image it stands for.
alias_of() {
    cat <<EOF
        "alias-$1-$(echo "$2" | tr . -)": {
            "context": "alias",
            "args": {"BASE": "$3"},
            "contexts": {$(context "$3")},
            "labels": {"org.identidock-lab.alias-of": "$3"},
            "tags": ["$registry/library/$1:$2", "$registry/library/$1:$2-bench"]
        }
EOF
}
cat > "$files/root/bench/apps/docker-bake.json" <<EOF
{
    "group": {"default": {"targets":
        ["python", "python-slim", "redis", "mariadb", "cowsay", "edge", "registry", "dnmonster",
        "identidock", "microblog", "microblog-complete", "healthcheck", "alias-cowsay-latest",
        "alias-debian-latest", "alias-mariadb-latest", "alias-python-3-13-slim", "alias-python-3-7",
        "alias-python-latest", "alias-redis-latest", "alias-ubuntu-16-04", "alias-ubuntu-latest"]}},
    "target": {
$(target python library/python "$python" "debian:$debian"),
$(target python-slim library/python-slim "$python" "python:$python"),
$(target redis library/redis "$redis" "debian:$debian"),
$(target mariadb library/mariadb "$mariadb" "debian:$debian"),
$(target cowsay library/cowsay "$cowsay" "debian:$debian"),
$(target edge edge "$haproxy" "debian:$debian"),
$(target registry registry "$distribution" "debian:$debian"),
$(target dnmonster dnmonster "$dnmonster" "python-slim:$python" "python:$python"),
$(target identidock identidock "$identidock" "python-slim:$python" "python:$python"),
$(target microblog microblog "$microblog" "python:$python"),
$(target microblog-complete microblog-complete "$complete" "python-slim:$python" "python:$python"),
$(target healthcheck healthcheck "$healthcheck" "python:$python"),
$(alias_of cowsay latest "cowsay:$cowsay"),
$(alias_of debian latest "debian:$debian"),
$(alias_of mariadb latest "mariadb:$mariadb"),
$(alias_of python 3.13-slim "python:$python"),
$(alias_of python 3.7 "python:$python"),
$(alias_of python latest "python:$python"),
$(alias_of redis latest "redis:$redis"),
$(alias_of ubuntu 16.04 "debian:$debian"),
$(alias_of ubuntu latest "debian:$debian")
    }
}
EOF

cd "$files/opt/registry/config"
cat "$work/server.crt" "$work/server.key" > server.pem
# Debian's libcrypt knows bcrypt; the salt's last letter is one of the four that bcrypt allows.
hashed() {
    printf '%s\n%s' "$2" "$(openssl rand -hex 11 | cut -c -21)e" |
        perl -e 'chomp(($password, $salt) = <STDIN>);
                 print "$ARGV[0]:", crypt($password, "\$2b\$06\$$salt"), "\n"' "$1"
}
{
    hashed admin "$admin_password"
    hashed learner "$learner_password"
} > htpasswd
cat > registry.yml <<EOF
version: 0.1
log: {level: info, formatter: json, accesslog: {disabled: false}}
storage:
  filesystem: {rootdirectory: /var/lib/registry}
  delete: {enabled: true}
auth:
  htpasswd: {realm: identidock-lab, path: /etc/docker/registry/htpasswd}
http:
  net: unix
  addr: /run/registry/registry.sock
  relativeurls: true
  secret: $http_secret
  debug: {addr: "127.0.0.1:5001"}
  headers: {X-Content-Type-Options: [nosniff]}
EOF
cat > mirror.yml <<EOF
version: 0.1
log: {level: info, formatter: json, accesslog: {disabled: false}}
storage:
  filesystem: {rootdirectory: /var/lib/registry}
  maintenance:
    readonly: {enabled: true}
    uploadpurging: {enabled: false}
http:
  addr: :5444
  tls:
    certificate: /etc/docker/registry/server.pem
    key: /etc/docker/registry/server.pem
    minimumtls: tls1.2
  debug: {addr: "127.0.0.1:5001"}
  headers: {X-Content-Type-Options: [nosniff]}
EOF
cat > haproxy.cfg <<'EOF'
global
    maxconn 1000
    log stdout format raw local0
    ssl-default-bind-options ssl-min-ver TLSv1.2
defaults
    mode http
    log global
    option httplog
    option dontlognull
    option dontlog-normal
    timeout connect 5s
    timeout client 10m
    timeout server 10m
    timeout http-request 30s
    timeout http-keep-alive 2m
frontend public
    bind :5443 ssl crt /etc/haproxy/server.pem alpn http/1.1
    http-request set-header X-Forwarded-For %[src]
    acl single_header req.fhdr_cnt(authorization) eq 1
    acl strict_basic req.fhdr(authorization) -m reg ^Basic\ [A-Za-z0-9+/]+=?=?$
    http-request set-var(txn.account) http_auth_user if single_header strict_basic
    acl has_account var(txn.account) -m reg ^[a-z0-9]+([._-]+[a-z0-9]+)*$
    http-request del-header authorization unless has_account
    acl administrator var(txn.account) -m str admin
    acl reads method GET HEAD
    acl own_name url,field(3,/),strcmp(txn.account) eq 0
    acl plain_address url -m reg ^/v2(/[a-z0-9]+([._-]+[a-z0-9]+)*){2,}/(manifests/[A-Za-z0-9_][A-Za-z0-9_.:-]*|blobs/(sha256:[0-9a-f]+|uploads/[A-Za-z0-9_=-]*))([?]|$)
    http-request set-var(txn.allowed) bool(true) if administrator or reads or own_name plain_address
    http-request return status 403 if has_account !{ var(txn.allowed) -m found }
    default_backend registry
backend registry
    server registry unix@/run/registry/registry.sock
frontend health
    bind 127.0.0.1:8404
    monitor-uri /healthz
EOF
cat > ../compose.yaml <<EOF
name: registry
x-confined: &confined
  read_only: true
  cap_drop: [ALL]
  security_opt: ["no-new-privileges:true"]
  restart: unless-stopped
  mem_limit: 256m
  cpus: 1
  pids_limit: 100
x-registry: &registry
  <<: *confined
  image: $registry/registry:$distribution-bench
  user: "10005:10005"
  healthcheck:
    test: [CMD, bash, -c, "exec 3<>/dev/tcp/127.0.0.1/5001 && printf 'GET /debug/health HTTP/1.0\\\\r\\\\n\\\\r\\\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
    interval: 10s
    timeout: 3s
    start_period: 5s
    start_interval: 1s
services:
  front:
    <<: *confined
    image: $registry/edge:$haproxy-bench
    user: "10005:10005"
    ports: ["5443:5443"]
    depends_on: {registry: {condition: service_healthy}}
    volumes:
      - ./config/haproxy.cfg:/etc/haproxy/haproxy.cfg:ro
      - ./config/server.pem:/etc/haproxy/server.pem:ro
      - ./run:/run/registry:ro
  registry:
    <<: *registry
    command: [registry, serve, /etc/docker/registry/registry.yml]
    network_mode: none
    volumes:
      - ./config:/etc/docker/registry:ro
      - ./run:/run/registry
      - data:/var/lib/registry
  mirror:
    <<: *registry
    command: [registry, serve, /etc/docker/registry/mirror.yml]
    ports: ["5444:5444"]
    depends_on: {registry: {condition: service_healthy}}
    volumes:
      - ./config:/etc/docker/registry:ro
      - type: volume
        source: data
        target: /var/lib/registry/docker/registry/v2/blobs
        read_only: true
        volume: {subpath: docker/registry/v2/blobs}
      - type: volume
        source: data
        target: /var/lib/registry/docker/registry/v2/repositories/library
        read_only: true
        volume: {subpath: docker/registry/v2/repositories/library}
volumes:
  data:
EOF

cd "$files/opt/identidock"
echo "$redis_password" | tr -d '\n' > secrets/redis_password
cat > secrets/redis.conf <<EOF
save ""
appendonly no
maxmemory 40mb
maxmemory-policy allkeys-lru
databases 1
tcp-keepalive 60
requirepass $redis_password
unixsocket /run/redis/redis.sock
unixsocketperm 666
EOF
cat > compose.yaml <<EOF
name: identidock
x-confined: &confined
  read_only: true
  cap_drop: [ALL]
  security_opt: ["no-new-privileges:true"]
  restart: unless-stopped
  mem_limit: 256m
  cpus: 1
  pids_limit: 100
services:
  edge:
    <<: *confined
    image: $registry/edge:$haproxy-bench
    ports: ["9090:9090", "127.0.0.1:9191:9191"]
    networks: [front]
    volumes:
      - ./edge:/etc/haproxy:ro
      - ./run/edge:/run/haproxy
      - ./run/identidock:/run/identidock:ro
  identidock:
    <<: *confined
    image: $registry/identidock:$identidock-bench
    environment:
      IDENTIDOCK_REDIS_PASSWORD_FILE: /run/secrets/redis_password
      IDENTIDOCK_REDIS_SOCKET: /run/redis/redis.sock
      IDENTIDOCK_RENDERER_SOCKET: /run/dnmonster/http.sock
      IDENTIDOCK_SOCKETS: /run/identidock
    deploy: {replicas: 2}
    networks: [front]
    tmpfs: [/tmp]
    volumes:
      - ./secrets/redis_password:/run/secrets/redis_password:ro
      - ./run/redis:/run/redis:ro
      - ./run/dnmonster:/run/dnmonster:ro
      - ./run/identidock:/run/identidock
  dnmonster:
    <<: *confined
    image: $registry/dnmonster:$dnmonster-bench
    environment: {DNMONSTER_SOCKET: /run/dnmonster/http.sock}
    network_mode: none
    tmpfs: [/tmp]
    volumes: ["./run/dnmonster:/run/dnmonster"]
  redis:
    <<: *confined
    image: $registry/library/redis:$redis-bench
    user: "10003:10003"
    command: [redis-server, /usr/local/etc/redis/redis.conf]
    healthcheck:
      test: [CMD, sh, -c, "REDISCLI_AUTH=\$\$(cat /run/secrets/redis_password) redis-cli ping | grep -qx PONG"]
      interval: 10s
      timeout: 3s
      start_period: 5s
      start_interval: 1s
    network_mode: none
    tmpfs: [/data]
    volumes:
      - ./run/redis:/run/redis
      - ./secrets/redis_password:/run/secrets/redis_password:ro
      - ./secrets/redis.conf:/usr/local/etc/redis/redis.conf:ro
networks:
  front:
EOF
seats=$(printf '    server replica%s unix@/run/identidock/%s.sock\n' 1 1 2 2 3 3 4 4)
cat > edge/haproxy.cfg <<EOF
global
    maxconn 4000
    nbthread 1
    log stdout format raw local0
    stats socket /run/haproxy/admin.sock mode 600 level admin
defaults
    mode http
    log global
    option dontlognull
    option httplog
    option dontlog-normal
    option forwardfor
    option http-server-close
    option idle-close-on-response
    timeout connect 2s
    timeout client 15s
    timeout server 8s
    timeout http-request 5s
    timeout http-keep-alive 10s
    timeout queue 10s
    timeout check 2s
    retries 3
    option redispatch 1
    retry-on all-retryable-errors
resolvers docker
    nameserver docker 127.0.0.11:53
    hold valid 1s
    hold obsolete 5s
cache replies
    total-max-size 24
    max-object-size 65536
    max-age 86400
frontend public
    bind :9090
    option disable-h2-upgrade
    option http-buffer-request
    http-request return status 411 if { req.fhdr(transfer-encoding) -m found }
    http-request deny deny_status 413 if { req.body_size gt 6144 }
    http-request deny deny_status 400 if { req.body_size gt 0 } { req.hdrs,length gt 8192 }
    http-request track-sc0 src table clients
    http-request deny deny_status 429 if { sc_http_req_rate(0) gt 5000 }
    http-request disable-l7-retry unless METH_GET
    http-request set-var(txn.page) bool(true) if METH_GET { url / }
    acl page var(txn.page) -m bool
    http-request set-header Accept-Language %[req.fhdr(accept-language),regsub(-[[:alnum:]-]*,,g),language(fr;en,en)] if page
    http-request set-header Accept-Encoding %[req.fhdr(accept-encoding),language(gzip)] if page
    http-request set-query %[req.hdr(accept-language)]+%[req.hdr(accept-encoding)] if page
    filter cache replies
    http-request cache-use replies if page or { path_beg /monster/ }
    http-response del-header Vary if page
    http-response cache-store replies
    http-after-response set-header Vary "Accept-Encoding, Accept-Language" if page
    http-after-response set-header X-Cache hit if { res.cache_hit }
    use_backend unchecked if { nbsrv(identidock) lt 1 }
    default_backend identidock
backend clients
    stick-table type ipv6 size 100k expire 30s store http_req_rate(10s)
backend identidock
    balance roundrobin
    option httpchk GET /healthz
    default-server check inter 1s fall 2 rise 1 observe layer4 error-limit 3 on-error mark-down
    default-server maxconn 4
$seats
backend unchecked
    balance roundrobin
$seats
frontend stats
    mode tcp
    option tcplog
    bind :9191
    default_backend stats
backend stats
    mode tcp
    balance roundrobin
    default-server resolvers docker init-addr none resolve-prefer ipv4
    server-template replica 4 identidock:9191
frontend health
    bind 127.0.0.1:8404
    monitor-uri /healthz
    monitor fail if { nbsrv(identidock) lt 1 }
EOF

cd "$files/opt"
cat > microblog/compose.yaml <<EOF
name: microblog
x-blog: &blog
  image: $registry/microblog:$microblog-bench
  environment: {MICROBLOG_USER: Miguel}
  read_only: true
  cap_drop: [ALL]
  security_opt: ["no-new-privileges:true"]
  restart: unless-stopped
  mem_limit: 192m
  cpus: 1
  pids_limit: 100
  tmpfs: [/tmp]
services:
  first:
    <<: *blog
    ports: ["5000:5000"]
  second:
    <<: *blog
    ports: ["5001:5000"]
EOF
database_password=$(openssl rand -hex 12)
echo "$database_password" | tr -d '\n' > microblog-complete/secrets/database_password
cat > microblog-complete/secrets/accounts.sql <<EOF
CREATE DATABASE IF NOT EXISTS microblog;
CREATE USER IF NOT EXISTS 'microblog'@'%';
ALTER USER 'microblog'@'%' IDENTIFIED BY '$database_password';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES ON microblog.* TO 'microblog'@'%';
ALTER USER 'root'@'localhost' IDENTIFIED VIA unix_socket;
CREATE OR REPLACE USER 'healthcheck'@'127.0.0.1';
EOF
openssl rand -hex 12 | tr -d '\n' > microblog-complete/secrets/secret_key
cat > microblog-complete/compose.yaml <<EOF
name: microblog-complete
x-confined: &confined
  read_only: true
  cap_drop: [ALL]
  security_opt: ["no-new-privileges:true"]
  restart: unless-stopped
  cpus: 1
services:
  web:
    <<: *confined
    image: $registry/microblog-complete:$complete-bench
    environment:
      DATABASE_URL: mysql+pymysql://microblog@mariadb/microblog
      DATABASE_PASSWORD_FILE: /run/secrets/database_password
      SECRET_KEY_FILE: /run/secrets/secret_key
    depends_on: {mariadb: {condition: service_healthy}}
    ports: ["5002:5000"]
    networks: [front, database]
    mem_limit: 384m
    pids_limit: 100
    tmpfs: [/tmp]
    volumes:
      - ./secrets/database_password:/run/secrets/database_password:ro
      - ./secrets/secret_key:/run/secrets/secret_key:ro
  mariadb:
    <<: *confined
    image: $registry/library/mariadb:$mariadb-bench
    user: "10006:10006"
    environment: {MARIADB_ALLOW_EMPTY_ROOT_PASSWORD: "1", MARIADB_ROOT_HOST: localhost}
    command:
      - --datadir=/var/lib/mysql/data
      - --init-file=/run/secrets/accounts.sql
      - --tmpdir=/tmp
      - --local-infile=OFF
      - --character-set-server=utf8mb4
      - --innodb-ft-min-token-size=1
      - --innodb-ft-enable-stopword=OFF
      - --innodb-buffer-pool-size=64M
      - --innodb-log-file-size=32M
      - --max-connections=60
      - --table-open-cache=400
      - --performance-schema=OFF
      - --skip-log-bin
    healthcheck:
      test: [CMD, mariadb, --host=127.0.0.1, --user=healthcheck, --skip-ssl, --connect-timeout=3, --execute=DO 1]
      interval: 10s
      timeout: 5s
      start_period: 60s
      start_interval: 1s
    stop_grace_period: 30s
    networks: [database]
    mem_limit: 384m
    pids_limit: 200
    tmpfs: [/tmp, /run/mysqld]
    volumes:
      - data:/var/lib/mysql
      - ./secrets/accounts.sql:/run/secrets/accounts.sql:ro
networks:
  front:
  database: {internal: true}
volumes:
  data:
EOF
cat > healthcheck/compose.yaml <<EOF
name: healthcheck
services:
  web:
    image: $registry/healthcheck:$healthcheck-bench
    ports: ["5003:5000"]
    read_only: true
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    restart: unless-stopped
    mem_limit: 128m
    cpus: 1
    pids_limit: 50
    tmpfs: [/tmp]
EOF
cd "$repository"
tar -C "$files" -c etc opt root |
    docker exec --interactive "$name" tar -C / -x --no-same-owner --no-overwrite-dir
vm chgrp -R 10005 /opt/registry/config
vm chmod -R u=rwX,g=rX,o= /opt/registry/config
vm chmod 0700 /opt/identidock/run /opt/identidock/secrets /opt/registry/run \
    /opt/microblog-complete/secrets
vm chown 10001 /opt/identidock/run/identidock
vm chown 10002 /opt/identidock/run/dnmonster
vm chown 10003 /opt/identidock/run/redis
vm chown 10004 /opt/identidock/run/edge
vm chown 10005 /opt/registry/run
vm sh -c "echo '$address registry.lab' >> /etc/hosts"

say "Install Docker"
vm apt-get update
vm env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends docker.io \
    docker-cli docker-buildx docker-compose iptables python3-docker mmdebstrap debian-archive-keyring
vm systemctl enable --now docker

say "Build the images"
vm sh /root/bench/base_image.sh build "$suite" "$debian_mirror" "$security_mirror" \
    /root/bench/certificates "debian:$debian" "debian:$debian-bench" \
    "$registry/library/debian:$debian" "$registry/library/debian:$debian-bench"
docker exec --workdir /root/bench/apps "$name" \
    docker buildx bake --progress plain --file docker-bake.json

say "Start the registry and push"
docker exec --workdir /opt/registry "$name" \
    docker compose up --detach --pull never --wait --wait-timeout 60
echo "$admin_password" |
    docker exec --interactive "$name" docker login --username admin --password-stdin "$registry"
for image in library/debian library/python library/python-slim library/redis library/mariadb \
    library/cowsay library/ubuntu edge registry dnmonster identidock microblog microblog-complete \
    healthcheck; do
    vm docker push --quiet --all-tags "$registry/$image"
done

say "Start the stacks"
for stack in identidock microblog microblog-complete healthcheck; do
    docker exec --workdir "/opt/$stack" "$name" \
        docker compose up --detach --pull missing --wait --wait-timeout 120
done
vm curl --silent --show-error --fail --retry 30 --retry-delay 1 --retry-all-errors \
    --output /dev/null http://127.0.0.1:9090/ --output /dev/null http://127.0.0.1:9090/monster/bench

milliseconds=$((($(date +%s%N) - start) / 1000000))
printf '%d.%03d\n' $((milliseconds / 1000)) $((milliseconds % 1000))
