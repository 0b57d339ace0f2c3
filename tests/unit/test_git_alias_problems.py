"""A table of git addresses is used, or refused in a sentence."""

import pytest

REPOSITORIES = ["microblog", "other"]
ADDRESS = "https://github.com/ada/microblog"


@pytest.fixture(scope="module")
def problems(load):
    """The filter, on the repositories that there are."""
    judge = load("filter/git_alias_problems").FilterModule().filters()["git_alias_problems"]
    return lambda aliases: judge(aliases, REPOSITORIES)


@pytest.mark.parametrize(
    "aliases",
    [
        {},
        {ADDRESS: "microblog", "git@github.com:ada/other.git": "other"},
        {ADDRESS: "microblog", f"{ADDRESS}.git/": "microblog"},
        {ADDRESS: "microblog", f"{ADDRESS}-2": "other"},
    ],
)
def test_table_is_all_right(problems, aliases):
    assert problems(aliases) == []


@pytest.mark.parametrize(
    ("aliases", "sentence"),
    [
        ({ADDRESS: "microbolg"}, "there is no such repository: there is microblog, other"),
        ({ADDRESS: None}, "there is no such repository"),
        (
            {ADDRESS: "microblog", f"{ADDRESS}.git": "other"},
            f"{ADDRESS} leads to microblog and to other",
        ),
        ({f"{ADDRESS}/": "other", ADDRESS: "microblog"}, "take one of the two out"),
        ({"": "microblog"}, "no address of a git repository"),
        ({"github": "microblog"}, "no address of a git repository"),
        ({f'{ADDRESS}"\n[core]': "microblog"}, "no address of a git repository"),
    ],
)
def test_line_that_cannot_be_is_told(problems, aliases, sentence):
    (problem,) = problems(aliases)

    assert sentence in problem
