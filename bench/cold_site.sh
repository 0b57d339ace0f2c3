#!/bin/sh
# What a cold `ansible-playbook site.yml` does on one simulated VM, as a plain shell script.
#
# usage: cold_site.sh DIRECTORY
#
# It only knows the way there: no second run, no dry run, no checks beforehand. The files of the VM
# and the arguments of each step are those of a lab that was deployed before, as cold_site.py left
# them in the directory. Its last line is the seconds it took. Everything it makes is called
# bench-shell and is removed.
set -eu

repository=$(cd "$(dirname "$0")/.." && pwd)
roles=$repository/roles
given=$1
name=bench-shell

clean() {
    {
        docker rm --force "$name"
        docker volume rm "$name-docker" "$name-home"
        docker network rm "$name"
        docker image rm "$name:vm"
    } > /dev/null 2>&1 || :
}

vm() { docker exec "$name" "$@"; }
say() { echo "== $*"; }

clean
trap clean EXIT
trap 'exit 1' HUP INT TERM
start=$(date +%s%N)

say "Bootstrap the VM image"
xargs sh "$roles/lab_vm/files/build_image.sh" "$name:vm" < "$given/vm"

say "Start the VM"
xargs docker network create "$name" < "$given/network"
xargs docker run --detach --name "$name" --hostname "$name" --network "$name" \
    --volume "$name-docker:/var/lib/docker" --volume "$name-home:/home" < "$given/run"
vm timeout 90 sh -c 'until systemctl is-active --quiet ssh.service; do sleep 0.2; done'

say "Write the VM's files"
docker exec --interactive "$name" tar -C / -x --same-owner --no-overwrite-dir < "$given/files.tar"
docker exec --interactive "$name" sh -c 'cat >> /etc/hosts' < "$given/hosts"
vm update-ca-certificates
vm install -d /root/bench
docker cp "$roles/images/files/base_image.sh" "$name:/root/bench"
vm chmod 0755 /root/bench/base_image.sh
docker cp "$given/." "$name:/root/bench"

say "Install Docker"
vm apt-get update
xargs docker exec --env DEBIAN_FRONTEND=noninteractive "$name" \
    apt-get install --yes --no-install-recommends < "$given/packages"
vm systemctl enable --now docker

say "Build the images"
docker exec --interactive --workdir /root/bench "$name" sh -eu <<'BUILD'
mkdir contexts
tar -C contexts -x --no-same-owner -f contexts.tar
cp docker-bake.json pip.conf contexts
read -r mirrors < mirrors
./base_image.sh packages $mirrors $(cut -d ' ' -f 1 bases)
while read -r suite image; do
    ./base_image.sh build $mirrors "$suite" /var/lib/identidock-lab/ca-certificates "registry.lab:5443/$image" < /dev/null
done < bases
cd contexts
docker buildx bake --progress plain --file docker-bake.json
BUILD

say "Start the registry and push"
docker exec --interactive --workdir /root/bench "$name" sh -eu <<'PUSH'
# Its own images have other digests.
while read -r digest tag; do
    sed -i "s/@$digest/:$tag/" /opt/*/compose.yaml
done < digests
docker compose --file /opt/registry/compose.yaml up --detach --wait --wait-timeout 120
export DOCKER_CONFIG=/root/bench/docker
docker login --username admin --password-stdin registry.lab:5443 < password
paste -d ' ' contents versions | xargs -n 2 docker tag
for tags in versions contents; do
    xargs -n 1 -P 2 docker push --quiet < "$tags"
done
xargs docker image rm < versions
PUSH
# An alias is an image with other labels. Docker has to build and push each, which would make this
# script the slower one; so the lab's own module writes them here too.
ansible localhost --module-name registry_alias --args "$(cat "$given/aliases.json")"

say "Start the stacks"
docker exec --interactive "$name" sh -eu <<'START'
for stack in edge identidock microblog microblog-complete healthcheck; do
    docker compose --file "/opt/$stack/compose.yaml" up --detach --wait --wait-timeout 120
done
curl --silent --show-error --fail --retry 30 --retry-delay 1 --retry-all-errors \
    --output /dev/null http://127.0.0.1:9090/ --output /dev/null http://127.0.0.1:9090/monster/bench
START

milliseconds=$((($(date +%s%N) - start) / 1000000))
printf '%d.%03d\n' $((milliseconds / 1000)) $((milliseconds % 1000))
