"""A set-up of fastlane as it was read: lanes, hooks, helpers, classes, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lane_fastfile._catalogue.catalogue import catalogue

if TYPE_CHECKING:
    from lane_fastfile._load.config import ConfigFile
    from lane_fastfile._ruby.nodes import Block, Def
    from lane_fastfile._ruby.read import Source

    from .scope import Scope
    from .values import Value


MOST_LANES = 10_000


@dataclass(slots=True, eq=False)
class Lane:
    """A lane as declared; `written` is the text of a name that a loop made."""

    name: str
    platform: str | None
    private: bool
    override: bool
    file: str
    line: int
    block: Block
    scope: Scope
    written: str | None = None


@dataclass(slots=True, eq=False)
class Hook:
    """before_all, before_each, after_each, after_all or error."""

    name: str
    platform: str | None
    file: str
    line: int
    block: Block
    scope: Scope


@dataclass(slots=True, eq=False)
class Method:
    """A method: of the Fastfile, or of a class or module."""

    definition: Def
    file: str
    owner: str | None = None


@dataclass(slots=True, eq=False)
class Problem:
    """Something that could not be read, with its place."""

    file: str
    line: int
    message: str


@dataclass(slots=True, eq=False)
class Program:
    """Everything that the files of one set-up declare."""

    root: str
    in_ci: bool = False  # it is CI that runs it, not anybody
    sources: dict[str, Source] = field(default_factory=dict)
    lanes: list[Lane] = field(default_factory=list)
    declared: set[tuple[str, int]] = field(default_factory=set)  # where lanes stand, replaced ones too
    hooks: list[Hook] = field(default_factory=list)
    helpers: dict[str, Method] = field(default_factory=dict)
    all_helpers: list[Method] = field(default_factory=list)
    classes: dict[str, dict[str, Method]] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)  # of classes, as written
    constants: dict[str, Value] = field(default_factory=dict)
    configs: dict[str, ConfigFile] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    plugins: list[str] = field(default_factory=list)
    missing: list[Problem] = field(default_factory=list)  # files that are imported and not here
    load_path: list[str] = field(default_factory=list)  # folders that the files add to Ruby's own
    problems: list[Problem] = field(default_factory=list)
    dotenv: dict[str, str] = field(default_factory=dict)
    secrets_in_env: list[Problem] = field(default_factory=list)
    _by_name: dict[tuple[str | None, str], Lane] = field(default_factory=dict)

    def add_lane(self, lane: Lane) -> None:
        """Declare a lane; an override takes the place of the one before."""
        self.declared.add((lane.file, lane.block.start))
        if len(self.lanes) >= MOST_LANES:
            return
        before = self._by_name.get((lane.platform, lane.name))
        if lane.override and before is not None:
            self.lanes.remove(before)
        self.lanes.append(lane)
        self._by_name[lane.platform, lane.name] = lane

    def find_lane(self, name: str, platform: str | None) -> Lane | None:
        """A lane as fastlane looks it up: on the platform, then outside of platforms."""
        return self._by_name.get((platform, name)) or self._by_name.get((None, name))

    def anywhere(self, name: str) -> Lane | None:
        """A lane of that name on any platform."""
        return next((lane for lane in self.lanes if lane.name == name), None)

    def action_class(self, name: str) -> str | None:
        """The path of a class of the set-up by its last part: `SlackAction`."""
        return next((path for path in self.classes if path.rpartition("::")[2] == name), None)

    def find_class(self, path: str) -> str | None:
        """A class or module of the set-up, by its path or the end of it."""
        if path in self.classes:
            return path
        return next((one for one in self.classes if one.endswith("::" + path)), None)

    def method_of(self, path: str, name: str) -> Method | None:
        """A method of a class, or of those above it."""
        seen: set[str] = set()
        found: str | None = path
        while found is not None and found not in seen:
            if (method := self.classes.get(found, {}).get(name)) is not None:
                return method
            seen.add(found)
            found = self.find_class(self.parents[found]) if found in self.parents else None
        return None

    @property
    def by_lane(self) -> bool:
        """Whether a config file has values for single lanes."""
        return any(config.scoped for config in self.configs.values())

    def is_action(self, name: str) -> bool:
        """Whether fastlane has an action of that name."""
        return catalogue().find(name) is not None
