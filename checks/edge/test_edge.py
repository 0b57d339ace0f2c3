"""The edge: it alone publishes ports, and strangers see less of it than the machine itself."""

import socket
import ssl
import time

import pytest

testinfra_hosts = ["ansible://docker_nodes"]

# The lab's stacks, with those that publish ports.
PUBLISHING = {"edge": True, "registry": True} | dict.fromkeys(
    ["identidock", "microblog", "microblog-complete", "healthcheck"], False
)
# Ways to write a path that some servers take for the plain one.
DISGUISES = ["{}", "/{}", "/.{}", "/x/..{}", "/%2e{}", "{}?x", "{}%", "/x%2f..{}", "{}%0a"]


@pytest.fixture(autouse=True)
def applications(lab):
    """What stands behind the edge, by name."""
    if not lab["edge_applications"]:
        pytest.skip("no application runs here")
    return {application["name"]: application for application in lab["edge_applications"]}


@pytest.fixture
def ask(connection, applications):
    """A function that gives the status of one request to a port that is published."""

    def ask(application, path, *hosts):
        asked = connection(applications[application]["port"])
        try:
            asked.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
            for name in hosts:
                asked.putheader("Host", name)
            asked.endheaders()
            return asked.getresponse().status
        finally:
            asked.close()

    return ask


@pytest.fixture
def private(host, lab):
    """A function that gives status and body of what the machine asks the private listener."""

    def private(path):
        url = f"http://127.0.0.1:{lab['edge_private_port']}{path}"
        said = host.check_output(
            "curl --silent --max-time 10 --write-out '\n%%{http_code}' %s", url
        )
        body, _, status = said.rpartition("\n")
        return int(status), body

    return private


def test_container_runs_the_pinned_image_safely(lab, runs_safely):
    runs_safely("edge", "edge", lab["edge_image"])


def test_no_application_publishes_a_port(facts):
    for container in facts["containers"]:
        project = container["Config"]["Labels"].get("com.docker.compose.project")
        if not PUBLISHING.get(project, True):
            assert not container["HostConfig"]["PortBindings"], container["Name"]


def test_it_publishes_every_application_and_the_rest_for_the_machine_alone(stack, lab):
    (edge,) = stack("edge")
    published = {
        (int(binding["HostPort"]), binding["HostIp"])
        for bindings in edge["HostConfig"]["PortBindings"].values()
        for binding in bindings
    }
    loopback = {port for port, address in published if address == "127.0.0.1"}

    watched = {int(lab["edge_watch_port"])} if lab["edge_watchers"] else set()
    assert {port for port, _ in published} - loopback - watched == {
        int(application["port"]) for application in lab["edge_applications"]
    } - loopback
    assert lab["edge_private_port"] in loopback


@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
@pytest.mark.parametrize("disguise", DISGUISES)
def test_strangers_get_neither_metrics_nor_readiness(ask, applications, disguise, path):
    for name in applications:
        assert ask(name, disguise.format(path), "lab") in {400, 404}, name


def test_request_names_exactly_one_host(ask, applications):
    for name in applications:
        # Not one that the cache answers.
        path = "/?name=Ada"
        assert ask(name, path, "lab") < 400
        assert ask(name, path) == 400
        assert ask(name, path, "lab", "elsewhere") == 400


def test_each_server_is_asked_alone(private, applications):
    for name, application in applications.items():
        for server in application["servers"]:
            assert private(f"/{name}/{server['name']}/")[0] < 400
    assert private("/nobody/nowhere/")[0] == 404


def test_metrics_of_the_edge_are_for_prometheus(private, applications):
    status, text = private("/metrics")

    assert status == 200
    for name in applications:
        assert f'haproxy_frontend_http_requests_total{{proxy="{name}"}}' in text


def test_applications_do_not_reach_the_private_listener(docker, stack, lab, applications):
    if "healthcheck" not in applications:
        pytest.skip("no application here shares a network with the edge")
    (application,) = stack("healthcheck")
    url = f"http://edge:{lab['edge_private_port']}/metrics"
    fetch = f"import urllib.request as r; r.urlopen({url!r}, timeout=5)"

    assert "403: Forbidden" in docker(
        "exec %s sh -c %s", application["Id"], f'python3 -c "{fetch}" 2>&1 || :'
    )


def test_applications_have_no_way_out(facts):
    for container in facts["containers"]:
        project = container["Config"]["Labels"].get("com.docker.compose.project")
        if not PUBLISHING.get(project, True):
            networks = container["NetworkSettings"]["Networks"].keys()
            inner = {"none", "edge", f"{project}_database", f"{project}_cache", f"{project}_alone"}
            assert networks <= inner, container["Name"]


def test_tls_is_good_for_two_weeks(lab, trusted, applications):
    if lab["lab_scheme"] != "https":
        pytest.skip("the edge speaks plain HTTP")
    for application in applications.values():
        place = (lab["lab_address"], application["port"] + lab["lab_port_offset"])
        with (
            socket.create_connection(place, timeout=10) as plain,
            trusted.wrap_socket(plain, server_hostname=lab["lab_address"]) as secured,
        ):
            ends = ssl.cert_time_to_seconds(secured.getpeercert()["notAfter"])
        assert ends > time.time() + 14 * 86400, "`make lab` renews it"


@pytest.mark.intrusive
def test_log_ins_are_limited_by_name(connection, applications, lab):
    limited = {
        name: application for name, application in applications.items() if "login" in application
    }
    if not limited:
        pytest.skip("nobody logs in here")
    for application in limited.values():
        statuses = []
        for _ in range(lab["edge_login_limit"] + 1):
            asked = connection(application["port"])
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            asked.request("POST", application["login"], "username=nobody-guesses", kind)
            statuses.append(asked.getresponse().status)
            asked.close()

        assert statuses[-1] == 429
        assert statuses[0] != 429


def test_request_has_an_id_of_the_edges_own(connection, applications):
    for application in applications.values():
        asked = connection(application["port"])
        asked.request("GET", "/?name=Ada", headers={"X-Request-ID": "a-strangers"})
        given = asked.getresponse().headers["X-Request-ID"]
        asked.close()

        assert len(given) == 36
        assert given != "a-strangers"


def test_reply_that_caches_keep_does_not_show_the_id_of_one_request(connection, applications):
    if "identidock" not in applications:
        pytest.skip("identidock alone is kept")
    for path in ("/", "/static/identidock.css"):
        asked = connection(applications["identidock"]["port"])
        asked.request("GET", path)
        assert "X-Request-ID" not in asked.getresponse().headers
        asked.close()
