"""The notes of a release: what `git` says, asked of a fake context that answers for it."""

from lane.testing import FakeContext, call

from actions.release_notes import NOTHING_SAID, release_notes


def test_tells_the_commits_since_the_last_tag(lane_context: FakeContext) -> None:
    lane_context.answer("git", "describe", stdout="v1.2.0\n")
    lane_context.answer("git", "log", stdout="• Draw the sky\n• Mend the moon\n")
    assert call(release_notes, lane_context, most=5) == "• Draw the sky\n• Mend the moon"
    assert lane_context.programs[-1].args[2:] == ["--max-count=5", "--format=• %s", "v1.2.0..HEAD"]


def test_takes_all_commits_where_there_is_no_tag(lane_context: FakeContext) -> None:
    lane_context.answer("git", "describe", stderr="fatal: No names found\n", returncode=128)
    lane_context.answer("git", "log", stdout="• First light\n")
    assert call(release_notes, lane_context) == "• First light"
    assert lane_context.programs[-1].args[2:] == ["--max-count=10", "--format=• %s"]


def test_says_something_where_git_knows_nothing(lane_context: FakeContext) -> None:
    lane_context.answer("git", stderr="fatal: not a git repository\n", returncode=128)
    assert call(release_notes, lane_context) == NOTHING_SAID
