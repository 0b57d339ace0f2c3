"""Files of a source tree are handed on with their new names."""

import pytest
from ansible.errors import AnsibleFilterError


@pytest.fixture(scope="module")
def source_files(load):
    """The filter, as Ansible finds it."""
    return load("filter/source_files").FilterModule().filters()["source_files"]


@pytest.fixture
def root(tmp_path):
    (tmp_path / "blog" / "pages" / "__pycache__").mkdir(parents=True)
    (tmp_path / "blog" / "start.py").write_text("from blog.pages import home\n")
    (tmp_path / "blog" / "pages" / "home.py").write_text("HOME = 'blog'\n")
    (tmp_path / "blog" / "pages" / "home.mo").write_bytes(b"\xff")
    (tmp_path / "blog" / "pages" / "__pycache__" / "home.pyc").write_bytes(b"\xff")
    return str(tmp_path)


def test_folder_and_file_get_their_new_paths(source_files, root):
    sources = {"app": "blog/pages", "run.py": "blog/start.py"}
    files = source_files(sources, root, replace={"from blog.": "from app."})

    assert files == {"app/home.py": "HOME = 'blog'\n", "run.py": "from app.pages import home\n"}


def test_folder_can_become_the_top(source_files, root):
    assert sorted(source_files({".": "blog"}, root)) == ["pages/home.py", "start.py"]


def test_missing_source_is_told(source_files, root):
    with pytest.raises(AnsibleFilterError, match=r"There is no .*/gone, which is to become app"):
        source_files({"app": "gone"}, root)


def test_file_that_is_no_text_is_told(source_files, root, tmp_path):
    (tmp_path / "blog" / "photo.png").write_bytes(b"\xff")
    with pytest.raises(AnsibleFilterError, match="is not text"):
        source_files({".": "blog"}, root)
