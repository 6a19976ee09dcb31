"""Sessions, cookies and environments that the tests of sessions share."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from lane_apple._session.cookie import Cookie
from lane_apple._session.moment import Moment
from lane_apple._session.places import Places
from lane_apple._session.private_file import write_private
from lane_apple._session.ruby_writer import cookies_yaml
from lane_apple._session.session import AppleSession

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ACCOUNT = "jane@example.com"
NOW = 1_795_499_765.5
CANARY = "DAWTKNcanary0123456789abcdef"


def login(value: str = CANARY, *, created_at: float | None = NOW) -> Cookie:
    return Cookie("myacinfo", value, "apple.com", created_at=created_at, accessed_at=created_at)


def trust(value: str = "HSARMcanary==SRVX", *, created_at: float = NOW) -> Cookie:
    name = "DES5b1c8a91c4e3f2d0a6b7"
    return Cookie(
        name, value, "idmsa.apple.com", max_age=2_592_000, created_at=created_at, accessed_at=created_at
    )


def session(*cookies: Cookie, account: str = ACCOUNT, made_at: float = NOW) -> AppleSession:
    return AppleSession(account, cookies or (login(), trust()), made_at=made_at, made_on="mini.local")


def another(number: int, *, account: str = ACCOUNT, made_at: float = NOW) -> AppleSession:
    """A session with a cookie of its own."""
    return session(login(f"DAWTKNanother{number:08}"), account=account, made_at=made_at)


def places(folder: Path, **variables: str) -> Places:
    """Places that are all below a folder of the test's own."""
    variables.setdefault("HOME", str(folder / "home"))
    (folder / "home").mkdir(exist_ok=True)
    return Places(variables, folder)


def write_cookie_file(cookies: Iterable[Cookie], path: Path) -> None:
    """A file of cookies as fastlane's."""
    write_private(path, cookies_yaml(cookies).encode())


def all_text_of(error: BaseException) -> str:
    """All that a log could show of an error, with those that it came from."""
    shown = "".join(traceback.format_exception(error))
    texts = [shown]
    seen: BaseException | None = error
    while seen is not None:
        texts += [str(seen), repr(seen), repr(vars(seen))]
        seen = seen.__cause__ or seen.__context__
    return "\n".join(texts)


_moments = st.integers(min_value=0, max_value=4_000_000_000 * 10**9).map(Moment.at)
_floats = st.floats(min_value=1e9, max_value=4e9)
_optional_times = st.none() | _moments | _floats
_letters = st.characters(codec="latin-1", exclude_characters=";", exclude_categories=["Cc"])

cookies = st.builds(
    Cookie,
    name=st.sampled_from(["myacinfo", "dqsid", "DES1", "itctx", "true", "null", "n", "0x1f", "~", "a|b"]),
    value=st.text(_letters, max_size=60)
    | st.sampled_from(["0", "-1", "true", "~", "2026-01-01", "\\n", "a'b", "é"]),
    domain=st.sampled_from(["apple.com", "idmsa.apple.com", "127.0.0.1", "localhost"]),
    for_domain=st.booleans(),
    path=st.sampled_from(["/", "/a", "/a/b c", "/'", '/"\\n']),
    secure=st.booleans(),
    httponly=st.booleans(),
    expires=st.none(),
    max_age=st.none() | st.integers(min_value=-1, max_value=10**9),
    created_at=_optional_times,
    accessed_at=_optional_times,
)
