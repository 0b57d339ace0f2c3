"""Which blog runs where: the lab's own, or an application from git."""

import re

import pytest

# Where each of the inventory's two repositories may run: one with migrations needs a database.
PLACES = {
    "microblog": {"git/microblog"},
    "microblog-complete": {"git/microblog", "git/microblog-complete"},
}
# The service whose image is the blog; each instance of the small one is a service of its own.
WEB = {"microblog": None, "microblog-complete": "web"}


@pytest.fixture
def wanted(lab):
    """Repositories of images that the inventory asks for, with the version of each."""
    return {
        f"git/{name}": lab[f"{variable}_version"] or "HEAD"
        for name, variable in [
            ("microblog", "microblog"),
            ("microblog-complete", "microblog_complete"),
        ]
        if lab[f"{variable}_repo"]
    }


@pytest.fixture
def repository(stack, lab):
    """A function that gives the registry's repository that a place runs an image of."""

    def of(place):
        image = stack(place, WEB[place])[0]["Config"]["Image"]
        return image.removeprefix(f"{lab['lab_registry']}/").partition("@")[0]

    return of


@pytest.fixture
def runs_what_was_asked_for(stack, lab, repository, wanted):
    """A function that sees that a place runs the lab's own blog, or the wanted one from git."""

    def see(place):
        found = repository(place)
        for container in stack(place, WEB[place]):
            if found in PLACES[place] & wanted.keys():
                version = re.sub("[^A-Za-z0-9_.-]", "-", wanted[found]).lstrip(".-")[:60]
                runs = container["Config"]["Labels"]["version"]
                assert runs == version, (
                    f"{container['Name'].strip('/')} runs version {runs}, not {version}"
                )
            else:
                runs = container["Config"]["Image"]
                assert runs == lab["lab_images"][place], (
                    f"{container['Name'].strip('/')} runs {runs}"
                )
        for name in wanted:
            assert name in {repository(each) for each in PLACES}, f"{name} runs nowhere"

    return see
