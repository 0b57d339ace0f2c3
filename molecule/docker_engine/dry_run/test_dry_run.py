"""What a dry run of the whole site tells where there is Docker, and nothing else."""


def test_dry_run_with_docker_only_names_what_would_be_built_and_deployed(
    ansible_playbook, nothing_changes
):
    with nothing_changes():
        code, said = ansible_playbook(
            "--inventory=molecule/inventory", "site.yml", "--check", "--diff"
        )

    assert code == 0, said
    said = " ".join(said.split()).lower()
    assert "would be built: debian (" in said
    for stacks in ("registry", "edge, healthcheck, identidock, microblog, microblog_complete"):
        assert f"would be deployed on molecule1 once there is a release: {stacks}" in said
