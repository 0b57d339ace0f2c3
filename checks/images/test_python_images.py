"""The Python images hold what the official images of these names hold, where they hold it."""

import json
import shlex

import pytest

testinfra_hosts = ["ansible://lesson_nodes"]

FULL = ["python:3.13", "python:3.11"]
SMALL = ["python:3.13-slim", "python:3.11-slim"]


@pytest.fixture(params=FULL + SMALL)
def image(request, lab):
    """Each Python image of the lab."""
    if "3.11" in request.param and "python-3.11" not in lab["lab_images"]:
        pytest.skip("lab_legacy is off in this lab")
    return request.param


@pytest.fixture
def version(image):
    return image.removeprefix("python:").removesuffix("-slim")


@pytest.fixture
def once(docker, image):
    """A function that runs a script in a container of the image and gives its output."""
    return lambda script: docker("run --rm %s sh -ec %s", image, script)


@pytest.mark.intrusive
def test_interpreter_and_packages_are_where_the_official_image_has_them(once, version):
    look = "import json, site, sys; print(json.dumps([sys.prefix, site.getsitepackages()[0]]))"

    assert once("which python python3 pip pip3").split() == [
        f"/usr/local/bin/{name}" for name in ("python", "python3", "pip", "pip3")
    ]
    assert json.loads(once(f"python -c '{look}'")) == [
        "/usr/local",
        f"/usr/local/lib/python{version}/site-packages",
    ]


@pytest.mark.intrusive
def test_pip_changes_itself_and_what_is_copied_runs_in_the_next_stage(
    docker, host, image, lab, version
):
    packages = f"/usr/local/lib/python{version}/site-packages"
    dockerfile = f"""
FROM {image} AS build
ARG PIP_INDEX_URL
RUN pip install --quiet --upgrade pip setuptools wheel && pip install --quiet flask
RUN pip install --quiet --user gunicorn && test -x /root/.local/bin/gunicorn
FROM {image}
COPY --from=build {packages} {packages}
COPY --from=build /usr/local/bin/flask /usr/local/bin/
"""
    index = lab["site_pip_index_url"]
    option = f"--build-arg PIP_INDEX_URL={shlex.quote(index)}" if index else ""
    built = host.run(f"printf %s | docker build --quiet {option} --tag lab-check -", dockerfile)

    assert built.rc == 0, built.stderr
    assert f"Python {version}" in docker("run --rm lab-check flask --version")
    docker("image rm lab-check")


@pytest.mark.intrusive
@pytest.mark.parametrize("image", FULL, indirect=True)
def test_full_image_compiles_against_what_packages_ask_for(once):
    tools = "gcc g++ make pkg-config git curl wget patch unzip xz gpg ssh file ps"
    libraries = "libffi openssl libpq libxml-2.0 libxslt zlib libjpeg sqlite3 yaml-0.1 libcurl"

    assert len(once(f"which {tools}").split()) == len(tools.split())
    once(f"pkg-config --exists {libraries}")
    once("mariadb_config --version || mysql_config --version")
    once("echo '#include <Python.h>' | gcc -fsyntax-only $(python3-config --includes) -x c -")


@pytest.mark.intrusive
@pytest.mark.parametrize("image", SMALL, indirect=True)
def test_small_image_has_no_compiler(once):
    assert once("which gcc git curl || echo none") == "none"
