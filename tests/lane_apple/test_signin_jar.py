"""Which cookies go where, and what is kept of those that come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lane._redact import redactor
from lane_apple._session.cookie import Cookie
from lane_apple._session.jar import Jar, parse_cookie

IDMSA, CONNECT = (
    "https://idmsa.apple.com/appleauth/auth/2sv/trust",
    "https://appstoreconnect.apple.com/olympus/v1/session",
)
PORTAL = "https://developer.apple.com/services-account/QH65B2/account/listTeams.action"
NOW = 1_795_499_000.0


def jar(*cookies: Cookie, now: float = NOW) -> Jar:
    return Jar(cookies, lambda: now)


def sent(one: Jar, url: str, apple_host: str = "", *, quoted: bool = False) -> set[str]:
    header = one.header(url, apple_host=apple_host, quoted=quoted)
    return set(header.split("; ")) if header else set()


class TestReceiving:
    def test_what_apple_sends_is_kept_as_fastlane_writes_it(self) -> None:
        one = jar()
        one.receive(
            IDMSA,
            [
                "myacinfo=DAWTKN; Domain=apple.com; Path=/; Secure; HttpOnly",
                'DESabc="HSARMTKN==SRVX"; Domain=.idmsa.apple.com; Path=/; Max-Age=2592000; Secure; HttpOnly',
            ],
        )
        first, second = one.cookies
        assert first == Cookie("myacinfo", "DAWTKN", "apple.com", True, "/", True, True, None, None, NOW, NOW)
        assert second == Cookie(
            "DESabc", "HSARMTKN==SRVX", "idmsa.apple.com", True, "/", True, True, None, 2_592_000, NOW, NOW
        )
        assert second.until == NOW + 2_592_000

    def test_a_cookie_without_domain_belongs_to_its_host_alone(self) -> None:
        one = jar()
        one.receive(CONNECT, ["dqsid=x; Path=/; Max-Age=1800"])
        (cookie,) = one.cookies
        assert (cookie.domain, cookie.for_domain) == ("appstoreconnect.apple.com", False)
        assert sent(one, CONNECT) == {"dqsid=x"}
        assert sent(one, "https://x.appstoreconnect.apple.com/") == set()

    @pytest.mark.parametrize(
        "domain", ["example.com", "com", "pple.com", "developer.apple.com", "x.idmsa.apple.com"]
    )
    def test_a_cookie_for_a_foreign_domain_is_left_out(self, domain: str) -> None:
        one = jar()
        one.receive(IDMSA, [f"evil=x; Domain={domain}"])
        assert one.cookies == ()

    def test_a_newer_one_takes_the_place_of_the_older(self) -> None:
        one = jar()
        one.receive(CONNECT, ["itctx=1; Domain=apple.com; Path=/"])
        one.receive(CONNECT, ["itctx=2; Domain=apple.com; Path=/"])
        assert sent(one, PORTAL) == {"itctx=2"}

    @pytest.mark.parametrize("end", ["Max-Age=0", "Max-Age=-5", "Expires=Thu, 01 Jan 1970 00:00:00 GMT"])
    def test_one_that_has_ended_is_gone(self, end: str) -> None:
        one = jar()
        one.receive(IDMSA, ["aasp=1; Path=/"])
        one.receive(IDMSA, [f"aasp=; Path=/; {end}"])
        assert one.cookies == ()

    def test_the_path_is_that_of_the_request_where_none_is_said(self) -> None:
        cookie = parse_cookie("a=b", "https://idmsa.apple.com/appleauth/auth/signin", NOW)
        assert cookie is not None
        assert cookie.path == "/appleauth/auth"

    def test_expires_counts_where_there_is_no_max_age(self) -> None:
        cookie = parse_cookie("a=b; Expires=Wed, 25 Nov 2026 00:00:00 GMT", IDMSA, NOW)
        assert cookie is not None
        assert (cookie.expires, cookie.max_age) == (1_795_564_800.0, None)

    @pytest.mark.parametrize("header", ["", ";", "=x", "  =x; Path=/", "no equals", "a=" + "b" * 20_000])
    def test_what_is_no_cookie_is_left_out(self, header: str) -> None:
        assert parse_cookie(header, IDMSA, NOW) is None

    @given(st.text(max_size=200))
    def test_no_header_breaks_it(self, header: str) -> None:
        one = jar()
        one.receive(IDMSA, [header])
        one.header(IDMSA, apple_host="")

    def test_a_jar_does_not_grow_without_end(self) -> None:
        one = jar()
        one.receive(IDMSA, [f"c{number}=x; Path=/" for number in range(1000)])
        assert len(one.cookies) == 200

    def test_values_are_taken_out_of_all_output_and_languages_are_not(self) -> None:
        jar().receive(CONNECT, ["itctx=canary-of-the-jar; Path=/", "dslang=US-EN; Path=/"])
        assert redactor("see canary-of-the-jar in US-EN") == "see **** in US-EN"


TRUST = Cookie("DESabc", "trusted-browser", "idmsa.apple.com", max_age=2_592_000, created_at=NOW)
MAIN = Cookie("myacinfo", "signed-in", "apple.com")


class TestSending:
    def test_each_host_gets_its_own(self) -> None:
        one = jar(TRUST, MAIN)
        assert sent(one, IDMSA) == {"DESabc=trusted-browser", "myacinfo=signed-in"}
        assert sent(one, CONNECT) == sent(one, PORTAL) == {"myacinfo=signed-in"}
        assert sent(one, "https://apple.com.example.com/") == sent(one, "https://pineapple.com/") == set()

    def test_trust_is_quoted_where_it_is_asked_for(self) -> None:
        assert sent(jar(TRUST, MAIN), IDMSA, quoted=True) == {
            'DESabc="trusted-browser"',
            "myacinfo=signed-in",
        }

    def test_one_that_has_ended_is_not_sent(self) -> None:
        assert sent(jar(TRUST, MAIN, now=NOW + 2_592_000), IDMSA) == {"myacinfo=signed-in"}

    def test_a_path_is_a_folder(self) -> None:
        one = jar(Cookie("a", "b", "apple.com", path="/olympus"))
        assert sent(one, CONNECT) == {"a=b"}
        assert sent(one, "https://appstoreconnect.apple.com/olympus2") == set()

    def test_secure_ones_do_not_go_over_plain_http_but_to_this_machine(self) -> None:
        one = jar(Cookie("a", "b", "idmsa.apple.com"), Cookie("c", "d", "127.0.0.1", for_domain=False))
        assert sent(one, "http://idmsa.apple.com/") == set()
        assert sent(one, "http://127.0.0.1:8700/") == {"c=d"}

    @pytest.mark.parametrize("host", ["127.0.0.1:8700", "localhost:8700", "[::1]:8700"])
    def test_an_offline_apple_on_this_machine_gets_what_is_apples(self, host: str) -> None:
        one = jar(TRUST, MAIN)
        assert sent(one, f"http://{host}/appleauth", "idmsa.apple.com") == {
            "DESabc=trusted-browser",
            "myacinfo=signed-in",
        }
        assert sent(one, f"http://{host}/olympus", "appstoreconnect.apple.com") == {"myacinfo=signed-in"}

    def test_an_apple_elsewhere_does_not(self) -> None:
        assert sent(jar(TRUST, MAIN), "https://apple.example.com/", "idmsa.apple.com") == set()

    def test_its_own_cookie_beats_that_of_the_host_it_stands_for(self) -> None:
        own = Cookie("myacinfo", "own", "127.0.0.1", for_domain=False, secure=False)
        assert sent(jar(MAIN, own), "http://127.0.0.1:1/", "idmsa.apple.com") == {"myacinfo=own"}


def test_a_cookie_shows_no_value() -> None:
    assert "trust" not in repr(TRUST)
