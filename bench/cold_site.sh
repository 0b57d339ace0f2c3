#!/bin/sh
# What a cold `ansible-playbook site.yml` does on one simulated VM, as a plain shell script.
#
# It only knows the way there: no second run, no dry run, no checks beforehand. The files that the
# roles put on a VM are written by cold_site_files.py before the clock starts. Its last line is the
# seconds it took. Everything it makes is called bench-shell and is removed.
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
setting() { cat "$files/root/bench/$1"; }

clean
work=$(mktemp -d "${TMPDIR:-/tmp}/bench-shell.XXXXXX")
trap 'clean; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
files=$work/vm
ANSIBLE_CONFIG=$repository/ansible.cfg \
    python3 "$repository/bench/cold_site_files.py" "$work" "$address" "$offset"
debian_mirror=$(setting debian_mirror)
security_mirror=$(setting security_mirror)
start=$(date +%s%N)

say "Bootstrap the VM image"
setting vm_packages | xargs sh "$roles/lab_vm/files/build_image.sh" \
    "$name:vm" "$(setting suite)" "$debian_mirror" "$security_mirror" bench

say "Start the VM"
docker network create --subnet "$subnet" \
    --opt "com.docker.network.driver.mtu=$(setting mtu)" "$name"
set --
for capability in $(setting capabilities); do set -- "$@" --cap-add "$capability"; done
for port in $(setting ports); do set -- "$@" --publish "127.0.0.1:$port"; done
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
    --stop-signal SIGRTMIN+3 "$name:vm"
vm timeout 90 sh -c 'until systemctl is-active --quiet ssh.service; do sleep 0.2; done'

say "Make the certificates"
openssl ecparam -genkey -noout -name prime256v1 -out "$work/ca.key"
openssl req -x509 -new -key "$work/ca.key" -sha256 -days 3650 -out "$work/ca.crt" \
    -subj "/CN=bench CA" -addext "keyUsage=critical,keyCertSign,cRLSign"
openssl ecparam -genkey -noout -name prime256v1 -out "$work/server.key"
openssl req -new -key "$work/server.key" -subj "/CN=registry.lab" -out "$work/server.csr"
cat > "$work/server.ext" <<EXTENSIONS
subjectAltName = DNS:registry.lab, DNS:localhost, IP:127.0.0.1, IP:$address
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
EXTENSIONS
openssl x509 -req -in "$work/server.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -CAcreateserial \
    -days 397 -sha256 -extfile "$work/server.ext" -out "$work/server.crt"
install -D -m 0444 "$work/ca.crt" "$files/etc/docker/certs.d/$registry/ca.crt"
install -D -m 0444 "$work/ca.crt" "$files/etc/docker/certs.d/$mirror/ca.crt"
install -D -m 0644 "$work/ca.crt" "$files/usr/local/share/ca-certificates/identidock-lab.crt"
cat "$work/server.crt" "$work/server.key" > "$files/opt/registry/config/server.pem"

say "Write the VM's files"
install -m 0755 "$roles/base_image/files/base_image.sh" "$files/root/bench"
cp -R "$repository/apps" "$files/root/bench"
tar -C "$files" -c . |
    docker exec --interactive "$name" tar -C / -x --no-same-owner --no-overwrite-dir
vm sh -euc "
    echo '$address registry.lab' >> /etc/hosts
    update-ca-certificates
    cd /opt/registry
    install -d -m 0700 -o 10005 run
    chgrp -R 10005 config
    chmod -R u=rwX,g=rX,o= config
    cd /opt/identidock
    install -d -m 0700 run
    install -d -o 10001 run/identidock
    install -d -o 10002 run/dnmonster
    install -d -o 10003 run/redis
    install -d -o 10004 run/edge
    chmod 0700 secrets ../microblog-complete/secrets"

say "Install Docker"
vm apt-get update
setting engine_packages | xargs docker exec --env DEBIAN_FRONTEND=noninteractive "$name" \
    apt-get install --yes --no-install-recommends mmdebstrap debian-archive-keyring
vm systemctl enable --now docker
vm usermod --append --groups docker bench

say "Build the images"
setting suites | xargs docker exec "$name" \
    /root/bench/base_image.sh packages "$debian_mirror" "$security_mirror"
while read -r suite image; do
    vm /root/bench/base_image.sh build "$debian_mirror" "$security_mirror" "$suite" \
        /root/bench/certificates "$image"
done < "$files/root/bench/bases"
docker exec --workdir /root/bench/apps "$name" \
    docker buildx bake --progress plain --file docker-bake.json

say "Start the registry and push"
docker exec --workdir /opt/registry "$name" \
    docker compose up --detach --pull never --wait --wait-timeout 60
setting admin_password |
    docker exec --interactive "$name" docker login --username admin --password-stdin "$registry"
vm xargs --arg-file /root/bench/tags --max-args 2 docker tag
for tags in versions contents; do
    vm xargs --arg-file "/root/bench/$tags" --max-args 1 --max-procs 2 docker push --quiet
done
vm xargs --arg-file /root/bench/versions docker image rm
# An alias is an image with other labels. Docker has to build and push each, which would make this
# script the slower one; so the lab's own program writes them here too.
python3 "$repository/plugins/modules/registry_alias.py" < "$work/aliases.json"

say "Start the stacks"
for stack in identidock microblog microblog-complete healthcheck; do
    docker exec --workdir "/opt/$stack" "$name" \
        docker compose up --detach --pull missing --wait --wait-timeout 120
done
vm curl --silent --show-error --fail --retry 30 --retry-delay 1 --retry-all-errors \
    --output /dev/null http://127.0.0.1:9090/ --output /dev/null http://127.0.0.1:9090/monster/bench

milliseconds=$((($(date +%s%N) - start) / 1000000))
printf '%d.%03d\n' $((milliseconds / 1000)) $((milliseconds % 1000))
