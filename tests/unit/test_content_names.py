"""Secrets and configs that have a new name when their content is new."""

import pytest


@pytest.fixture(scope="module")
def filters(load):
    """The filters, as Ansible finds them."""
    return load("filter/content_names").FilterModule().filters()


def test_name_is_the_one_that_earlier_versions_gave(filters):
    assert filters["content_names"]({"key": "s3cret"}) == {"key": "key-5c21946f6f3b"}
    assert filters["by_content_name"]({"key": "s3cret"}) == {"key-5c21946f6f3b": "s3cret"}


def test_a_new_content_has_a_new_name(filters):
    assert filters["content_names"]({"key": "a"}) != filters["content_names"]({"key": "b"})


def test_two_files_of_one_content_have_names_of_their_own(filters):
    assert len(filters["by_content_name"]({"a": "same", "b": "same"})) == 2
