"""Records are written whole or not at all."""

import os

import pytest
from ansible.module_utils.records import write_atomically


def test_a_record_is_replaced_with_its_mode(tmp_path):
    record = tmp_path / "deployed.json"
    record.write_text("{}")

    write_atomically(record, b'{"release": 13}', 0o640, os.geteuid())

    assert record.read_text() == '{"release": 13}'
    assert record.stat().st_mode & 0o777 == 0o640


def test_a_full_disk_leaves_the_record_that_was_there_and_nothing_beside_it(tmp_path, monkeypatch):
    record = tmp_path / "deployed.json"
    record.write_text("{}")

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(record, b'{"release": 13}', 0o644, os.geteuid())

    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [
        ("deployed.json", "{}")
    ]
