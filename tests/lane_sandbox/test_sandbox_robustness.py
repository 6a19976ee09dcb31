"""Whatever a client sends, no answer is a failure of the server, and each is one that Apple documents."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sandbox_client import AURORA, Client

from lane_sandbox._resources import TYPES

WORDS = sorted(
    {name for each in TYPES.values() for name in (*each.attributes, *each.relationships)} | set(TYPES)
)
QUIET = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)

word = st.one_of(st.sampled_from([*WORDS, AURORA, "id", "relationships", "v1"]), st.text(max_size=8))
scalar = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), word
)
value = st.recursive(
    scalar,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(word, inner, max_size=3)),
    max_leaves=8,
)
parameter = st.one_of(
    st.sampled_from(["include", "sort", "limit", "cursor"]),
    st.builds("{}[{}]".format, st.sampled_from(["filter", "fields", "exists", "limit"]), word),
    st.text(max_size=8),
)


@QUIET
@given(
    method=st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT", "OPTIONS"]),
    parts=st.lists(word, max_size=4),
    query=st.lists(st.tuples(parameter, word), max_size=3),
    body=value,
)
def test_anything(client: Client, method: str, parts: list[str], query: Any, body: Any) -> None:
    path = "/v1/" + "/".join(quote(part, safe="") for part in parts)
    answer = client.send(method, f"{path}?{urlencode(query)}", json=body)
    assert answer.status < 500


@QUIET
@given(
    kind=st.sampled_from(sorted(kind for kind, each in TYPES.items() if each.create)),
    attributes=value,
    relationships=value,
    data=st.data(),
)
def test_almost_documents(client: Client, kind: str, attributes: Any, relationships: Any, data: Any) -> None:
    writing = TYPES[kind].create
    assert writing is not None
    document = {"type": kind, "attributes": attributes, "relationships": relationships}
    for section in ("attributes", "relationships"):
        if data.draw(st.booleans()):
            document[section] = {name: data.draw(value) for name in writing.names}
    answer = client.send("POST", f"/v1/{kind}", json={"data": document})
    assert answer.status < 500


@QUIET
@given(path=st.text(max_size=30), method=st.sampled_from(["GET", "PUT", "POST"]), body=st.binary(max_size=50))
def test_addresses_outside_the_api(client: Client, path: str, method: str, body: bytes) -> None:
    for start in ("/uploads/x/", "/symbols/x/", "/"):
        url = client.sandbox.url + start + quote(path)
        response = client.session.request(method, url, data=body, timeout=30)
        assert 400 <= response.status_code < 500
