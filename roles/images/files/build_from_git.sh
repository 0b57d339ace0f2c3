#!/bin/bash
# Build the application of this folder as the image $REFERENCE, without the cache if CACHE says so.
#
# TRIES has a line for each Python that may be taken, the preferred one first: its version, and the
# images to build and to run in, both of $REGISTRY. The next one is tried where pip cannot install what the
# application lists. Printed are the version that was taken, and a line for each before it; all else
# goes to stderr.
set -euo pipefail
exec 3>&1 1>&2

log=$PWD.log
# Exit codes of the Dockerfile's steps.
pip_failed='did not complete successfully: exit code: 79$'
library_missing='did not complete successfully: exit code: 80$'

build() {
    docker buildx build ${CACHE:+"$CACHE"} --progress plain --provenance false \
        --build-arg "PYTHON=$REGISTRY/$1" --build-arg "PYTHON_SLIM=$REGISTRY/$2" \
        --build-arg "FLASK_APP=$APP" --build-arg "SOURCE_DATE_EPOCH=$DATE" \
        --secret "id=pip_conf,src=../pip.conf" \
        --label maintainer=identidock-lab --label "version=$VERSION" \
        --label "org.opencontainers.image.title=$TITLE" --label "org.opencontainers.image.version=$VERSION" \
        --label "org.opencontainers.image.revision=$REVISION" \
        --tag "$REFERENCE" . < /dev/null > "$log" 2>&1
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
done <<< "$TRIES"
if [ -z "$taken" ]; then
    printf 'pip: %s\n' "${failures[@]}"
    exit 1
fi

printf '%s\n' "$taken" "${failures[@]}" >&3
