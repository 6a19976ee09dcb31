"""Scripts of CI files are read as a shell would, and nothing of them is run."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lane._ci.reading.called import called, expanded
from lane._ci.reading.condition import Term, ways
from lane._ci.reading.script import CIRCLECI, GITHUB, commands


def _calls(script: str) -> list[tuple[str, int, str | None]]:
    """The calls of release tools: the command, its line, its folder."""
    found = []
    for command in commands(dedent(script).lstrip("\n"), GITHUB):
        call = called(command.words)
        if call is not None:
            found.append((" ".join([call.program, *call.words]), command.line, command.folder))
    return found


def test_commands_are_found_where_a_shell_finds_them() -> None:
    script = r"""
        set -euo pipefail
        # fastlane commented
        echo "fastlane quoted"; fastlane one
        if [ -n "$DEPLOY" ]; then
          bundle exec fastlane ios two \
            build:"a b" \
            --verbose
        elif ! fastlane three; then exit 1; fi
        for i in 1 2; do fastlane four || true; done
        cat <<EOF > notes.txt
        fastlane in_a_heredoc
        EOF
        result=$(lane run five --json | tee out)
        release() { lane run six; }
        bash -lc 'cd ios && fastlane seven'
        FASTLANE_SESSION=x fastlane eight & wait
    """
    assert [(name, line) for name, line, _ in _calls(script)] == [
        ("fastlane one", 2),
        ("fastlane ios two build:a b --verbose", 4),
        ("fastlane three", 7),
        ("fastlane four", 8),
        ("lane run five --json", 12),
        ("lane run six", 13),
        ("fastlane seven", 14),
        ("fastlane eight", 15),
    ]


def test_folders_are_followed() -> None:
    script = """
        fastlane a
        cd ios
        fastlane b
        (cd app && fastlane c)
        fastlane d
        cd ..
        fastlane e
        cd "$WHERE"
        fastlane f
    """
    assert [folder for _, _, folder in _calls(script)] == ["", "ios", "ios/app", "ios", "", None]


def test_folders_are_followed_from_the_root_too() -> None:
    script = """
        cd sub
        cd "$CI_PROJECT_DIR/ios" && fastlane a
        cd .. && fastlane b
        cd ${GITHUB_WORKSPACE} && fastlane c
        cd "$(git rev-parse --show-toplevel)/x" && fastlane d
        APP=app; cd "$APP/ios" && fastlane e
        cd ${{ github.workspace }}/.. && fastlane f
    """
    folders = [folder for _, _, folder in _calls(script)]
    assert folders == ["@root/ios", "@root", "@root", "@root/x", "@root/x/app/ios", None]


def test_a_folder_outside_of_the_repository_is_not_known() -> None:
    assert _calls("cd ../elsewhere && fastlane a") == [("fastlane a", 0, None)]
    assert _calls("cd /srv && fastlane a") == [("fastlane a", 0, None)]


def test_variables_that_a_script_sets_are_known() -> None:
    (one, two) = [
        command
        for command in commands("export A=1\nB=$X C=c fastlane x\nfastlane y")
        if command.words[0] == "fastlane"
    ]
    assert one.variables == {"A": "1", "B": None, "C": "c"}
    assert two.variables == {"A": "1"}


@pytest.mark.parametrize(
    "command",
    [
        "lane run release",
        "./.venv/bin/lane run release",
        "python -m lane run release",
        "python3.12 -W error -m lane run release",
        "uv run lane run release",
        "uv run --with x --frozen lane run release",
        "uvx --from lane lane run release",
        "poetry run lane run release",
        "poetry run python -m lane run release",
        "time env A=b lane run release",
        "timeout 30m lane run release",
        "sudo -u ci lane run release",
        "op run --env-file=.env -- lane run release",
    ],
)
def test_a_tool_is_found_behind_what_starts_it(command: str) -> None:
    found = called(command.split())
    assert found is not None
    assert (found.program, found.words) == ("lane", ("run", "release"))


@pytest.mark.parametrize(
    "command",
    [
        "pip install lane run",
        "sudo gem install fastlane -v 2.2",
        "bundle install fastlane x",
        "uv pip install lane run",
        "uv add lane run",
        "python -m pip install lane",
        "which fastlane beta",
        "lane plan release",
        "lane ci check",
        "fastlane",
        "echo lane run release",
        "python -m lane.other run x",
        "cd lane",
    ],
)
def test_other_commands_are_no_calls(command: str) -> None:
    assert called(command.split()) is None


def test_what_a_ci_system_puts_in_stays_as_written() -> None:
    (command,) = commands("fastlane ${{ inputs.lane || 'beta' }} v:\"${{ github.ref_name }}\"", GITHUB)
    assert command.words == ("fastlane", "${{ inputs.lane || 'beta' }}", "v:${{ github.ref_name }}")
    (command,) = commands('fastlane << parameters.lane >> "x"', CIRCLECI)
    assert command.words == ("fastlane", "<< parameters.lane >>", "x")


def test_known_values_are_put_in_once_for_each() -> None:
    values = {"matrix.lane": ["beta", "release"], "TRACK": ["alpha"]}
    words = ["fastlane", "${{ matrix.lane }}", "track:$TRACK", "${OTHER}"]
    assert list(expanded(words, values)) == [
        ("fastlane", "beta", "track:alpha", "${OTHER}"),
        ("fastlane", "release", "track:alpha", "${OTHER}"),
    ]


@pytest.mark.parametrize(
    "script", ["'", '"$(', "if then", "<<EOF\nlane run x", "\x00fastlane", "((", "é" * 10]
)
def test_a_broken_script_is_no_error(script: str) -> None:
    assert isinstance(commands(script), list)


def test_conditions_are_read_as_ways() -> None:
    assert ways("a == 'x' && (b || !c)") == [
        [Term("a", "==", "x"), Term("b", "is")],
        [Term("a", "==", "x"), Term("c", "not")],
    ]
    assert ways("${{ !(a == 'x' || b) }}") == [[Term("a", "!=", "x"), Term("b", "not")]]
    assert ways("$CI_COMMIT_TAG =~ /^v\\d+/i") == [[Term("$CI_COMMIT_TAG", "=~", "/^v\\d+/i")]]
    assert ways("startsWith(github.ref, 'refs/tags/v')") == [
        [Term("startsWith(github.ref, refs/tags/v)", "is")]
    ]
    for broken in ("a ==", "(a", "a b", "&&", "", "(" * 3000 + "a"):
        assert ways(broken) is None
    assert ways(" && ".join(f"(a{n} || b{n})" for n in range(20))) is None  # a million ways
