#!/bin/bash
# Build the application of this folder as an image, and push it.
#
# PYTHONS has a line for each Python that may be taken, the preferred one first: its version, the
# image to build in and the image to run in. The next one is tried where pip cannot install what the
# application lists. Printed are the version that was taken, and a line for each before it; all else
# goes to stderr.
set -euo pipefail
exec 3>&1 1>&2

log=$PWD.log
# Exit codes of the Dockerfile's steps.
pip_failed='did not complete successfully: exit code: 79$'
library_missing='did not complete successfully: exit code: 80$'

build() {
    docker buildx build --progress plain --provenance false \
        --build-arg "PYTHON=$1" --build-arg "PYTHON_SLIM=$2" \
        --build-arg "FLASK_APP=$APP" --build-arg "SOURCE_DATE_EPOCH=$DATE" \
        --secret "id=pip_conf,src=$PWD.pip.conf" \
        --label maintainer=identidock-lab --label "version=$VERSION" \
        --label "org.opencontainers.image.title=$TITLE" --label "org.opencontainers.image.version=$VERSION" \
        --label "org.opencontainers.image.revision=$REVISION" \
        --tag "$REPOSITORY:$VERSION" --tag "$REPOSITORY:$CONTENT" . < /dev/null > "$log" 2>&1
}

# The package that pip failed on, as far as it says.
package() {
    sed --quiet --regexp-extended \
        -e 's/.*Failed building wheel for ([^ ]+).*/\1/p' \
        -e "s/.*Failed to build '?([^' ]+)'? when .*/\1/p" \
        -e 's/.*No matching distribution found for ([^ ]+).*/\1/p' \
        -e '/generating package metadata/,/╰─>/s/.*╰─> ([^ []+).*/\1/p' \
        "$log" | head --lines 1 | grep . || echo "a library of its requirements.txt"
}

taken=
failures=()
while read -r python full slim; do
    # What was compiled against a library that only the larger image has runs in that.
    if build "$full" "$slim" || { grep --quiet "$library_missing" "$log" && build "$full" "$full"; }; then
        taken=$python
        break
    fi
    cat "$log"
    grep --quiet "$pip_failed" "$log" || exit 1
    failures+=("$(package) cannot be installed for Python $python")
    # An index that does not answer, or has nothing of that name: no Python helps.
    ! grep --quiet '(from versions: none)' "$log" || break
done <<< "$PYTHONS"
if [ -z "$taken" ]; then
    printf 'pip: %s\n' "${failures[@]}"
    exit 1
fi

# A Dockerfile of its own may have no HEALTHCHECK; who deploys the image waits for its health.
if [ "$(docker image inspect --format '{{ not .Config.Healthcheck }}' "$REPOSITORY:$CONTENT")" = true ]; then
    printf 'FROM %s\n%s\n' "$REPOSITORY:$CONTENT" "$HEALTHCHECK" |
        docker buildx build --quiet --provenance false --build-arg "SOURCE_DATE_EPOCH=$DATE" \
            --tag "$REPOSITORY:$VERSION" --tag "$REPOSITORY:$CONTENT" -
fi
# The version's tag goes first: finding the tag of the content says that the push was complete.
docker push --quiet "$REPOSITORY:$VERSION"
docker push --quiet "$REPOSITORY:$CONTENT"
printf '%s\n' "$taken" "${failures[@]}" >&3
