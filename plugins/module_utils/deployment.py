"""One stack on its way from what runs to what is wanted, or back."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.compose import Engine, Look, NoDockerError, StackError
from ansible.module_utils.firewall import Hold
from ansible.module_utils.haproxy import Edge
from ansible.module_utils.proof import prove
from ansible.module_utils.records import now
from ansible.module_utils.stack_folder import Folder, alone

# How much of a log a message ends with; more would bury the reason.
SAID_LENGTH = 600
# Seconds in which the edge sees a replica that is healthy.
EDGE_TIMEOUT = 10


def listed(names: list[str]) -> str:
    """Names as part of a sentence."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


class DeploymentError(Exception):
    """The deployment failed; the message says what runs now."""


class Deployment:
    """One stack on its way from what runs to what is wanted."""

    def __init__(
        self,
        want: dict[str, Any],
        engine: Engine,
        folder: Folder,
        edge: Edge,
        hold: Hold,
        prove: Callable[[str, list[dict[str, Any]], float], None] = prove,
    ) -> None:
        self.want = want
        self.engine = engine
        self.folder = folder
        self.edge = edge
        self.hold = hold
        self._prove = prove
        self.rolling = want["strategy"] == "rolling"
        self.proven: set[str] = set()
        self.moved: list[str] = []
        self.reloaded: list[str] = []
        self.result: dict[str, Any] = {
            "changed": False,
            "replaced": [],
            "went_back": False,
            "said": [],
            "diff": [],
        }

    def run(self, check_mode: bool = False) -> dict[str, Any]:
        """Look, and do what is needed."""
        try:
            look = self.look(check_mode)
        except NoDockerError:
            if not check_mode:
                raise
            would = f"{self.want['name']} would be deployed on {self.want['host']}"
            diff = self.differences(would)
            return self.result | {"changed": True, "differs": True, "would": would, "diff": diff}
        pending = self.is_pending(look)
        another_release = self.folder.record["release"] != self.want["release"]
        self.result["services"] = look.described()
        self.result["changed"] |= pending or another_release
        self.result["diff"] = self.differences(self.prediction(look))
        if check_mode:
            if look.faults:
                self.moved_ports(self.want["compose"])
            self.result |= {"replaced": look.faults, "would": self.prediction(look)}
            differs = self.result["changed"] or self.is_unsettled(look)
            return self.result | {"differs": differs}
        if pending:
            self.change(look)
        elif another_release:
            self.commit()
        return self.result

    # What is there.

    def look(self, check_mode: bool) -> Look:
        """See what is there; what a killed run left behind is removed first."""
        look = self.engine.look(self.want["compose"])
        if check_mode:
            return look
        if self.hold.left():
            self.hold.release()
            self.result["changed"] = True
        if self.rolling:
            look = self.clean_up(look)
        if look.starting and not look.outdated:
            # After a boot, for example. What does not become healthy is a fault to the next look.
            with contextlib.suppress(StackError):
                self.engine.wait(look.starting, self.want["start_timeout"])
            look = self.engine.look(self.want["compose"])
        if self.rolling:
            for name in [name for name in self.want["replicas"] if name not in look.faults]:
                try:
                    self.edge.wait_up(name, EDGE_TIMEOUT)
                except StackError:
                    look = look.without_health(name)
        return look

    def clean_up(self, look: Look) -> Look:
        """Remove an earlier trial, and let every server have visitors."""
        servers = self.edge.servers()
        trial = self.want["trial"]
        for name in [*self.want["replicas"], trial]:
            if name not in servers:
                raise StackError(
                    f"the edge has no server {name} in its backend {self.want['backend']}; deploy "
                    "the stack `edge` first"
                )
        for name, server in servers.items():
            if server.drained:
                self.edge.ready(name)
                self.result["changed"] = True
        if look.of(trial) or servers[trial].weight:
            self.remove_trial()
            self.result["changed"] = True
            look = self.engine.look(self.want["compose"])
        return look

    def is_unsettled(self, look: Look) -> bool:
        """Whether a run would have to wait for something, or to clean up after a killed one."""
        trial = self.want["trial"]
        if look.starting or self.hold.left() or look.of(trial):
            return True
        if not self.rolling:
            return False
        try:
            servers = self.edge.servers()
        except StackError:
            return True
        return (
            not {*self.want["replicas"], trial} <= servers.keys()
            or servers[trial].weight > 0
            or any(server.drained for server in servers.values())
            or not all(servers[name].up for name in self.want["replicas"])
        )

    def is_pending(self, look: Look) -> bool:
        """Whether anything is to be written or done, apart from the number of the release."""
        return bool(
            look.faults
            or look.orphans
            or self.folder.pending()
            or self.folder.record["live"] != self.folder.live_hash
            or self.engine.deployed() != self.want["compose"]
        )

    def moved_ports(self, text: str) -> list[str]:
        """Containers that must stop before a definition can have its ports."""
        return self.engine.moved_ports(self.engine.config(text), self.want["takes_ports_of"])

    def prediction(self, look: Look) -> str:
        """What is about to happen."""
        name, host = self.want["name"], self.want["host"]
        if self.engine.deployed() is None:
            return f"{name} would be deployed on {host}"
        if look.faults:
            return f"would be replaced on {host}: {listed(look.faults)} of {name}"
        return f"nothing of {name} would be replaced on {host}"

    def differences(self, prediction: str) -> list[dict[str, str]]:
        """What differs, without the content of secrets and of live files."""
        deployed, wanted = self.engine.deployed() or "", self.want["compose"]
        diffs = [] if deployed == wanted else [shown(self.engine.file, deployed, wanted)]
        other = []
        for entry in self.folder.pending():
            if entry.content is not None and entry.path.parent.name == "configs":
                before = self.folder.earlier(entry.path)
                diffs.append(shown(entry.path, before, entry.content.decode()))
            else:
                other.append(f"would be written: {entry.path}\n")
        return (
            [*diffs, {"prepared": "".join([*other, f"{prediction}\n"])}] if diffs or other else []
        )

    # Going on.

    def change(self, look: Look) -> None:
        """Bring the stack from what runs to what is wanted, or back."""
        config = self.engine.config(self.want["compose"])
        self.moved = self.moved_ports(self.want["compose"])
        try:
            self.write()
            self.engine.fetch(config)
            for check in self.want["check"]:
                self.engine.check(check["service"], check["command"])
            if self.rolling:
                self.roll(look)
            else:
                self.renew(look, self.moved)
            self.reload()
            self.prove_all()
        except StackError as failure:
            self.go_back(failure)
        self.engine.commit()
        self.commit()

    def write(self) -> None:
        """Write the files of the stack; a full disk is a failure like any other."""
        try:
            self.engine.adopt(self.want["compose"])
            self.folder.write()
            self.engine.write(self.want["compose"])
        except OSError as error:
            raise StackError(
                f"{error.filename or self.want['directory']} cannot be written "
                f"({error.strerror or error}); `df -h` shows whether the disk is full"
            ) from None

    def renew(self, look: Look, moved: list[str]) -> None:
        """Replace everything that differs at once."""
        timeout = self.want["start_timeout"]
        with self.hold.during() if look.faults else contextlib.nullcontext():
            self.result["replaced"] += look.faults
            if moved:
                self.engine.stop(*moved)
            if look.unhealthy:
                self.engine.replace(*look.unhealthy, timeout=timeout, again=True)
            self.engine.start(timeout=timeout)
        self.engine.wait(look.wanted, timeout)

    def roll(self, look: Look, forward: bool = True) -> None:
        """
        Replace the replicas one after the other, each while the others serve.

        Forward, a trial proves the definition before the first is touched, and serves meanwhile.
        """
        replicas = [name for name in self.want["replicas"] if name in look.wanted]
        timeout = self.want["start_timeout"]
        self.replace_what_replicas_need(look, replicas)
        outdated = [name for name in replicas if name in look.outdated]
        if outdated:
            if forward:
                self.try_out()
            # First those that serve nobody.
            for name in sorted(
                set(replicas) & set(look.faults), key=lambda name: (name in outdated, name)
            ):
                self.exchange(name, again=name in look.unhealthy, forward=forward)
            if forward:
                self.remove_trial()
        elif unhealthy := [name for name in replicas if name in look.unhealthy]:
            self.engine.replace(*unhealthy, timeout=timeout, again=True)
        self.start_the_rest(look, replicas)

    def replace_what_replicas_need(self, look: Look, replicas: list[str]) -> None:
        needed = [name for name in look.faults if name not in replicas]
        timeout = self.want["start_timeout"]
        if again := [name for name in needed if name in look.unhealthy]:
            self.engine.replace(*again, timeout=timeout, again=True)
        if needed:
            self.result["replaced"] += needed
            self.engine.start(*needed, timeout=timeout)
            self.engine.wait(needed, timeout)

    def try_out(self) -> None:
        """Start a trial where no visitor comes, prove it, then let it serve."""
        trial, timeout = self.want["trial"], self.want["start_timeout"]
        self.engine.start_trial(trial, timeout)
        self.engine.wait([trial], timeout)
        self.prove(trial, "in its trial")
        self.edge.wait_up(trial, timeout)
        self.edge.weigh(trial, self.edge.servers()[self.want["replicas"][0]].weight or 1)

    def exchange(self, name: str, again: bool, forward: bool) -> None:
        """Replace one replica while nobody is sent to it."""
        timeout = self.want["start_timeout"]
        self.edge.drain(name, self.want["drain_timeout"])
        self.result["replaced"].append(name)
        self.engine.replace(name, timeout=timeout, again=again)
        self.engine.wait([name], timeout)
        if forward:
            self.prove(name)
        self.edge.ready(name)
        self.edge.wait_up(name, timeout)

    def start_the_rest(self, look: Look, replicas: list[str]) -> None:
        """Start missing replicas, remove orphans, and see the edge send visitors to all."""
        timeout = self.want["start_timeout"]
        servers = self.edge.servers()
        leaving = [name for name in look.orphans if name in servers and name != self.want["trial"]]
        for name in leaving:
            self.edge.drain(name, self.want["drain_timeout"])
        self.result["replaced"] += [
            name for name in look.faults if name not in self.result["replaced"]
        ]
        self.engine.start(timeout=timeout)
        self.engine.wait(look.wanted, timeout)
        for name in {*leaving, *(name for name in replicas if servers[name].drained)}:
            self.edge.ready(name)
        for name in replicas:
            self.edge.wait_up(name, timeout)

    def remove_trial(self) -> None:
        trial = self.want["trial"]
        self.edge.weigh(trial, 0)
        self.edge.wait_idle(trial, self.want["drain_timeout"])
        self.engine.remove_trial(trial)

    def reload(self) -> None:
        """Let those read their live files again that did not start with them."""
        if self.folder.record["live"] != self.folder.live_hash:
            for service, command in self.want["reload"].items():
                if service not in self.result["replaced"]:
                    self.reloaded.append(service)
                    self.engine.reload(service, command)

    def prove(self, replica: str, where: str = "") -> None:
        """Ask one replica through the edge's private listener."""
        url = f"{self.want['proof_url']}/{replica}"
        try:
            self._prove(url, self.want["proof"], self.want["start_timeout"])
        except StackError as failure:
            raise StackError(f"{failure} {where or f'in {replica}'}", replica) from None
        self.proven.add(replica)

    def prove_all(self) -> None:
        """Ask what has not been asked yet, at last as a visitor would."""
        urls = [self.want["public_url"]]
        if self.rolling:
            for name in self.want["replicas"]:
                if name not in self.proven:
                    self.prove(name)
        else:
            urls.insert(0, self.want["proof_url"])
        for url in filter(None, urls):
            self._prove(url, self.want["proof"], self.want["start_timeout"])

    def commit(self) -> None:
        """Note what runs, and remove the files that nothing needs any more."""
        for file in self.folder.unused():
            file.unlink()
        self.folder.note(
            release=self.want["release"],
            at=now(),
            by=self.want["by"],
            live=self.folder.live_hash,
            refused=None,
        )

    # Going back.

    def go_back(self, failure: StackError) -> NoReturn:
        """Let what was proven last run again, and say so only if it was seen."""
        self.result["said"] = self.last_words(failure)
        name, earlier = f"{self.want['name']} on {self.want['host']}", self.folder.record["release"]
        touched = list(self.result["replaced"])
        try:
            outcome = self.undo(touched)
            if self.result["went_back"]:
                name += " stays as it was" if earlier is None else f" stays at release {earlier}"
            else:
                name += " does not run"
        except StackError as second:
            outcome = f"going back failed too: {second}"
            name += " does not run as it should"
        reason = f"{failure}"
        self.folder.note(refused={"release": self.want["release"], "at": now(), "reason": reason})
        said = shortened(self.result["said"])
        raise DeploymentError(
            f"{name}. Release {self.want['release']} failed: {reason}; {outcome}."
            + (f" It said last: `{said}`." if said else "")
            + " Mend the cause and run the same command again."
        )

    def last_words(self, failure: StackError) -> list[str]:
        """What the container that failed said, or all that were replaced."""
        lines: list[str] = []
        for service in [failure.service] if failure.service else self.result["replaced"]:
            with contextlib.suppress(StackError):
                lines += self.engine.said(service)
        return lines

    def undo(self, touched: list[str]) -> str:
        """Put back what was proven last; tells what was done."""
        restored = self.folder.restore_live()
        text = self.engine.deployed()
        if text is None:
            self.engine.down()
            self.engine.resume(*self.moved)
            return "it was taken down, and its volumes were kept"
        if text == self.want["compose"] and not restored:
            return "there is nothing to go back to, for this is what was deployed"
        before = self.engine.put_back()
        if self.rolling:
            try:
                self.roll(before, forward=False)
            finally:
                self.remove_trial()
        else:
            self.renew(before, self.moved_ports(text))
        for service in self.reloaded:
            self.engine.reload(service, self.want["reload"][service])
        self.result["went_back"] = True
        if not touched:
            return "nothing was replaced"
        return f"{listed(touched)} went back to it and {'are' if touched[1:] else 'is'} healthy"


def shortened(lines: list[str]) -> str:
    """The last lines, as part of a sentence."""
    kept: list[str] = []
    for line in reversed(lines):
        if sum(map(len, kept)) + len(line) > SAID_LENGTH and kept:
            break
        kept.insert(0, line[:SAID_LENGTH])
    return " | ".join(kept)


def shown(path: Path, before: str, after: str) -> dict[str, str]:
    """A difference as Ansible shows it."""
    header = str(path)
    return {"before_header": header, "after_header": header, "before": before, "after": after}


def carry_out(module: AnsibleModule, deployment: Deployment) -> None:
    """Deploy as a module does, alone on this machine; ends with the result, or with what failed."""
    name, host = deployment.want["name"], deployment.want["host"]
    if module.check_mode:
        # Until it was seen to be as wanted. The fact tells of any of the machine's stacks.
        deployment.result |= {"differs": True, "ansible_facts": {"stack_differs": True}}
    lock = Path(f"/run/identidock-lab-{name}.lock")
    try:
        # A dry run writes nothing, not even that.
        with contextlib.nullcontext() if module.check_mode else alone(lock):
            result = deployment.run(module.check_mode)
    except StackError as failure:
        message = f"{name} on {host} was not touched: {failure}."
        module.fail_json(msg=message, **deployment.result)
    except DeploymentError as stopped:
        module.fail_json(msg=str(stopped), **deployment.result)
    except OSError as error:
        message = f"{name} on {host} could not be noted as deployed: {error}. "
        module.fail_json(
            msg=f"{message}Mend that (`df -h`), and run the same command again.",
            **deployment.result,
        )
    if not module._diff:
        del result["diff"]
    if not result.get("differs"):
        result.pop("ansible_facts", None)
    module.exit_json(**result)
