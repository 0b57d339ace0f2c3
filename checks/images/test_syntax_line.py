"""`# syntax=docker/dockerfile:1`: with that line first, BuildKit asks for an image of that name.

The lab's image passes the build on to the engine's own front end: all else stays as it is.
"""

import re

import pytest

testinfra_hosts = ["ansible://lesson_nodes"]
# Each builds an image.
pytestmark = pytest.mark.intrusive

LINE = "# syntax=docker/dockerfile:1\n"

EVERYTHING = """\
FROM debian:13 AS base
ARG WHO=nobody
RUN <<SCRIPT
echo "hello $WHO" > /said
SCRIPT
COPY <<TEXT /written
a file from the Dockerfile
TEXT
RUN --mount=type=cache,target=/cache --mount=type=tmpfs,target=/scratch touch /cache/x /scratch/y
RUN --mount=type=bind,from=more,target=/more cat /more/extra >> /said
RUN --mount=type=secret,id=token cat /run/secrets/token >> /said

FROM base AS unwanted
RUN false
"""


@pytest.fixture
def build(host):
    """A function that builds from a Dockerfile and gives the result of the command."""
    folder = host.check_output("mktemp --directory")
    host.check_output(
        "cd %s && mkdir context more && echo more > more/extra && echo secret > token", folder
    )

    def run(dockerfile, options="--progress plain"):
        return host.run(
            f"cd %s && printf %s > context/Dockerfile && docker buildx build {options} context",
            folder,
            dockerfile,
        )

    yield run
    host.check_output("rm --recursive %s", folder)


@pytest.fixture
def tag(docker):
    """The name of an image that is removed afterwards."""
    yield "lab-check-syntax"
    docker("image rm lab-check-syntax")


def test_a_build_with_the_line_can_do_all_that_one_without_can(build, docker, tag):
    built = build(
        LINE + EVERYTHING,
        f"--progress plain --tag {tag} --target base --build-arg WHO=Ada --label course=docker"
        " --build-context more=more --secret id=token,src=token",
    )

    assert built.rc == 0, built.stderr
    assert "docker.io/docker/dockerfile:1" in built.stderr
    assert docker("run --rm %s cat /said /written", tag).split("\n") == [
        "hello Ada",
        "more",
        "secret",
        "a file from the Dockerfile",
    ]
    assert docker("image inspect --format {{.Config.Labels.course}} %s", tag) == "docker"


def test_the_line_leads_to_the_same_image(build):
    dockerfile = "FROM debian:13\nRUN date > /built\n"
    without, with_line = build(dockerfile, "--quiet"), build(LINE + dockerfile, "--quiet")

    assert without.rc == 0, without.stderr
    assert with_line.stdout == without.stdout


def shown(error):
    """What the client says of an error, after the steps of the build."""
    _, _, message = error.partition("\nDockerfile:")
    # An identifier of the build, different each time.
    return re.sub("ref [a-z0-9:-]+", "ref", message)


@pytest.mark.parametrize(
    "mistake",
    [
        "RUN echo told; exit 7",
        "RUNN true",
        "COPY nothing /",
        "RUN --mount=type=odd,target=/x true",
        "FROM no-such-image:1",
    ],
)
def test_a_mistake_is_shown_as_without_the_line(build, mistake):
    # A comment in the line's place, so that the other lines have the same numbers.
    comment = "# no such line\n"
    dockerfile = f"FROM debian:13\n{mistake}\nENV AFTER=1\n"
    without, with_line = build(comment + dockerfile), build(LINE + dockerfile)

    assert without.rc == with_line.rc == 1
    assert f">>> {mistake}" in with_line.stderr
    assert shown(with_line.stderr).replace(LINE, comment) == shown(without.stderr)


def test_an_error_in_a_long_dockerfile_is_shown(build):
    # The error carries the whole file, more than HTTP/2 usually takes as a header.
    labels = "".join(f'LABEL number{count}="{"x" * 60}"\n' for count in range(1100))
    built = build(f"{LINE}FROM debian:13\n{labels}RUN exit 7\n")

    assert built.rc == 1
    assert ">>> RUN exit 7" in built.stderr
    assert "exit code: 7" in built.stderr


def test_targets_of_a_bake_file_build_on_each_other(host, docker, tag):
    folder = host.check_output("mktemp --directory")
    first, second = f"{LINE}FROM debian:13\nRUN echo first > /said\n", f"{LINE}FROM first\n"
    targets = (
        'target "first" {\n  context = "first"\n}\n'
        f'target "default" {{\n  context = "second"\n  tags = ["{tag}"]\n'
        '  contexts = { first = "target:first" }\n}\n'
    )
    try:
        host.check_output(
            "cd %s && mkdir first second && printf %s > first/Dockerfile"
            " && printf %s > second/Dockerfile && printf %s > docker-bake.hcl"
            " && docker buildx bake --progress plain",
            *(folder, first, second, targets),
        )
    finally:
        host.check_output("rm --recursive %s", folder)

    assert docker("run --rm %s cat /said", tag) == "first"


def test_every_form_of_the_line_that_the_lab_has_works(build, lab):
    tags = [
        name
        for name in ["docker/dockerfile:1", *lab["lab_image_aliases"]]
        if name.startswith("docker/dockerfile:")
    ]
    refused = {
        name: built.stderr
        for name in tags
        if (built := build(f"# syntax={name}\nFROM debian:13\nRUN <<X\ntrue\nX\n")).rc
    }

    assert refused == {}
