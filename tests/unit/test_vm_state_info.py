"""What the checks look at on a VM."""


def test_files_and_processes_are_seen_and_what_is_not_there_is_left_out(run_module, tmp_path):
    (tmp_path / "there").write_text("text")

    seen = run_module(
        "vm_state_info",
        files=[str(tmp_path / "there"), str(tmp_path / "not there")],
        docker_host=f"unix://{tmp_path}/no.sock",
    )

    assert seen["files"] == {str(tmp_path / "there"): "text"}
    assert any("pytest" in process for process in seen["processes"])
    assert not seen["changed"]


def test_an_engine_that_does_not_answer_is_told(run_module, tmp_path):
    seen = run_module("vm_state_info", docker_host=f"unix://{tmp_path}/no.sock")

    assert seen["problem"].startswith("The Docker Engine does not answer")
