"""What the lesson takes for granted on a VM: tools, trust, and the blog to clone."""

import pytest

testinfra_hosts = ["ansible://lesson_nodes"]

# As people write an address.
FORMS = ["", "/", ".git"]


@pytest.fixture
def aliases(lab):
    """The addresses that lead to the lab's own blog."""
    found = [address for address, name in lab["lab_git_aliases"].items() if name == "microblog"]
    if not found:
        pytest.skip("no address leads to the lab's blog")
    return [address.rstrip("/").removesuffix(".git") for address in found]


@pytest.fixture
def clone(host):
    """A function that clones an address; the folder is removed in the end."""
    folder = host.check_output("mktemp --directory --suffix=.lesson-check")

    def clone(address, target):
        host.check_output("git clone --quiet %s %s", address, f"{folder}/{target}")
        return f"{folder}/{target}"

    yield clone
    host.check_output("rm -rf %s", folder)


def test_tools_are_there(host):
    found = host.run("command -v curl git nano vim").stdout.split()

    assert [path.rpartition("/")[2] for path in found] == ["curl", "git", "nano", "vim"]


def test_curl_trusts_the_registry(host, lab):
    asked = host.run(
        "curl --silent --show-error --output /dev/null --write-out '%%{http_code}' %s",
        f"https://{lab['lab_registry']}/v2/",
    )

    assert (asked.rc, asked.stdout) == (0, "401"), asked.stderr


def test_every_form_of_the_address_leads_to_the_blog(host, aliases):
    asked = host.run(
        f"for address in {' '.join(['%s'] * len(aliases) * len(FORMS))};"
        " do GIT_TERMINAL_PROMPT=0 git ls-remote --tags $address || exit; done",
        *[address + form for address in aliases for form in FORMS],
    )
    tags = [line.split()[1] for line in asked.stdout.splitlines()]

    assert asked.rc == 0, asked.stderr
    assert tags == ["refs/tags/v0.18", "refs/tags/v0.2"] * len(aliases) * len(FORMS)


@pytest.mark.intrusive
def test_the_blog_is_cloned_and_the_greeted_name_changed(host, aliases, clone):
    blog = clone(f"{aliases[0]}/", "microblog")
    host.check_output("git -C %s checkout --quiet v0.2", blog)
    named = host.check_output("grep --recursive --files-with-matches Miguel %s/app", blog)
    host.check_output("sed --in-place s/Miguel/Ada/ %s", named)

    assert host.check_output("git -C %s diff --stat --name-only", blog) == "app/__init__.py"
    assert "not his code" in host.check_output("cat %s/README.md", blog)
