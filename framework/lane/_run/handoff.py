"""The hand-off: what one job leaves for another, as a file that any store can read."""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from .portable import HandOffError, portable, portable_path

FORMAT = "lane hand-off"
VERSION = 1
SUFFIX = ".handoff.json"
FILES = "files"  # the folder beside the hand-offs that holds the content of files, by its SHA-256


def _leads_inside(target: str) -> str:
    if PurePosixPath(target).is_absolute() or "\\" in target or "\0" in target or ":" in target:
        raise ValueError(f"the link's target {target!r} is not relative")
    return target


_Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
_Path = Annotated[str, AfterValidator(portable_path)]
_Id = Annotated[str, Field(pattern="^[0-9A-Za-z][0-9A-Za-z-]{0,63}$")]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class File(_Part):
    """A file that is handed over. `path` is where it goes, below the folder of all that is; `size` is in bytes."""

    type: Literal["file"]
    path: _Path
    sha256: _Sha256
    size: Annotated[int, Field(ge=0)]
    executable: bool


class Folder(_Part):
    """A folder that is handed over."""

    type: Literal["folder"]
    path: _Path


class Link(_Part):
    """A symbolic link in a folder that is handed over; it stays within that."""

    type: Literal["link"]
    path: _Path
    target: Annotated[str, AfterValidator(_leads_inside)]


Entry = Annotated[File | Folder | Link, Field(discriminator="type")]


class HandedJob(_Part):
    """A job of the run, as it was cut; `ended` says that it had succeeded."""

    name: Annotated[str, AfterValidator(portable)]
    kind: Literal["main", "scheduled", "attended"]
    cron: str | None
    timezone: str | None
    attended: bool
    needs: list[str]
    steps: Annotated[list[str], Field(min_length=1)]
    ended: bool


class HandedStep(_Part):
    """How a step ended. `output` is there where a later job takes it; `files` says where in it paths stand.

    The keys of `files` are JSON pointers (RFC 6901) into the output, the values paths of entries.
    """

    state: Literal["succeeded", "satisfied", "skipped", "failed"]
    output: Any = None
    files: dict[str, _Path] = {}

    @property
    def has_output(self) -> bool:
        """Whether its output is handed over."""
        return "output" in self.model_fields_set


class HandOff(_Part):
    """What a run left for one of its jobs. Times are in UTC, as ISO texts; secrets are in none of its parts.

    `origin` is the run with which all began, `run` the one that left this: each job of a CI system is a run of its
    own. A job that several such runs feed has a hand-off from each; together they hold all that it needs.
    """

    lane: str
    job: str
    plan: Annotated[str, Field(pattern="^sha256:[0-9a-f]{64}$")]
    parameters: dict[str, Any]
    sandbox: bool
    origin: _Id
    run: _Id
    left: Annotated[str, Field(pattern="^[0-9T:.-]{26}Z$")]
    jobs: list[HandedJob]
    steps: dict[str, HandedStep]
    files: list[Entry]

    @model_validator(mode="after")
    def _fits_together(self) -> HandOff:
        names = [job.name for job in self.jobs]
        known = set(names)
        if len(known) < len(names) or self.job not in known:
            raise ValueError("its jobs are not those of a plan")
        if any(need not in known for job in self.jobs for need in job.needs):
            raise ValueError("a job needs one that is not there")
        steps = [step for job in self.jobs for step in job.steps]
        if len(set(steps)) < len(steps):
            raise ValueError("a step is in two jobs")
        _check_entries(self.files)
        places = {entry.path for entry in self.files}
        if any(path not in places for step in self.steps.values() for path in step.files.values()):
            raise ValueError("a step names a file that is not there")
        return self

    @property
    def needs(self) -> list[str]:
        """The jobs that its own waits for."""
        return next(job.needs for job in self.jobs if job.name == self.job)

    @property
    def ended(self) -> set[str]:
        """The jobs that had succeeded."""
        return {job.name for job in self.jobs if job.ended}

    @property
    def file_name(self) -> str:
        """The name of its file: one for each run and job."""
        return f"{self.run}.{self.job}{SUFFIX}"


def _check_entries(entries: list[Entry]) -> None:
    """Every path once, in whatever case, and nothing below what is no folder. Raises ValueError."""
    kinds = {entry.path.casefold(): entry.type for entry in entries}
    if len(kinds) < len(entries):
        raise ValueError("a path is there twice")
    for path in kinds:
        if any(kinds.get(str(parent), "folder") != "folder" for parent in PurePosixPath(path).parents):
            raise ValueError(f"{path!r} is below what is no folder")


# The file


def written(handoff: HandOff) -> bytes:
    """A hand-off as the bytes of its file."""
    body = handoff.model_dump(exclude_unset=True)
    return _canonical({**_marked(body), "digest": _digest(body)})


def read(data: bytes, name: str) -> HandOff:
    """A hand-off from the bytes of its file, called `name` in errors. Raises HandOffError for any other bytes."""
    try:
        document = json.loads(data)
        whole = isinstance(document, dict) and _canonical(document) == data
    except (ValueError, RecursionError):
        raise _damaged(name, "it is cut off, or no hand-off at all") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _damaged(name, "it is no hand-off")
    if document.get("version") != VERSION:
        raise HandOffError(
            f"The hand-off {name} has format {document.get('version')!r}; this lane reads {VERSION}.",
            hint="Take it with the version of lane that wrote it.",
        )
    if not whole or document.pop("digest", None) != _digest(document):
        raise _damaged(name, "its digest does not fit it")
    del document["format"], document["version"]
    try:
        return HandOff.model_validate(document)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(map(str, fault["loc"]))
        raise _damaged(name, f"{place or 'it'}: {fault['msg']}") from None


def _damaged(name: str, why: str) -> HandOffError:
    hint = "It was damaged or changed since it was left. Fetch it again, or begin a new run."
    return HandOffError(f"The hand-off {name} cannot be taken: {why}.", hint=hint, code="handoff_damaged")


def _digest(body: dict[str, Any]) -> str:
    """The digest over all of a hand-off but the digest itself."""
    return f"sha256:{hashlib.sha256(_canonical(_marked(body))).hexdigest()}"


def _marked(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "format": FORMAT, "version": VERSION}


def _canonical(document: dict[str, Any]) -> bytes:
    return f"{json.dumps(document, indent=1, sort_keys=True)}\n".encode()
