"""Where the value of an option comes from: the call, the environment, a config file, the lane context."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane_fastfile._auth.decide import Given

from .values import NIL, Known, Table, Unknown, Value, each_of, truth

if TYPE_CHECKING:
    from lane_fastfile._catalogue.catalogue import Action, Option

    from .walker import Walker

CONFIG_FILES = {
    "sync_code_signing": "Matchfile",
    "match_nuke": "Matchfile",
    "upload_to_app_store": "Deliverfile",
    "check_app_store_metadata": "Precheckfile",
}
_KEY_OPTIONS = ("api_key", "api_key_path")


def find_option(walker: Walker, action: Action, table: Table, name: str, facts: Option) -> Given:
    """The value of an option for a call, in fastlane's order; nil counts as not given."""
    given = table.values.get(name)
    if given is not None and given != NIL:
        return Given(given, f"{_shown(given)} in the call")
    for variable in facts.env:
        if (value := environment(walker, variable)) is not None:
            return Given(value, f"by {variable}")
    file = CONFIG_FILES.get(action.name)
    config = walker.program.configs.get(file) if file is not None else None
    if config is not None:
        found = config.get(name, walker.entry)
        if found is not None and found != NIL:
            return Given(found, f"{_shown(found)} in the {file}")
    if facts.context is not None and facts.context in walker.state.context:
        return Given(Unknown(), "left in the lane context by an earlier action")
    return Given(None)


def _shown(value: Value) -> str:
    if isinstance(value, Known):
        return str(value.value).lower() if isinstance(value.value, bool) else repr(value.value)
    return "is not a literal"


def environment(walker: Walker, variable: str) -> Value | None:
    """A variable that the lane or a dotenv file sets; None: the text does not tell."""
    value = walker.state.env.get(variable)
    if value is not None:
        return None if value == NIL or all(isinstance(one, Unknown) for one in each_of(value)) else value
    text = walker.program.dotenv.get(variable)
    return None if text is None else Known(text)


def given_key(walker: Walker, action: Action, table: Table) -> tuple[bool, bool]:
    """Whether an API key can be seen: in the call, its environment, its config file, or loaded before; and for sure."""
    has_key, sure_key = walker.state.has_key, walker.state.sure_key
    for name in _KEY_OPTIONS:
        facts = (action.options or {}).get(name)
        if facts is None:
            continue
        found = find_option(walker, action, table, name, facts)
        if found.value is not None and truth(found.value) is not False:
            has_key = True
            sure_key = sure_key or all(truth(one) is not False for one in each_of(found.value))
    return has_key, sure_key
