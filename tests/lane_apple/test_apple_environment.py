"""Proxies and certificates of the environment, with a real TLS server and a real proxy."""

from __future__ import annotations

import ipaddress
import select
import socket
import socketserver
import ssl
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from apple_parts import CONTENT, PART, Apple
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from faults import Fault, Reply, Seen, Server

from lane import ActionError
from lane_apple import ApiKey, AppStoreConnect, UnreachableError, find_app, upload_build
from lane_apple._download import download
from lane_apple._storage import Storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HOST = "apple.invalid"  # a name that only the proxy knows
APPS = {"data": [{"type": "apps", "id": "1", "attributes": {"bundleId": "com.example.aurora"}}]}
VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle", "curl_ca_bundle")


@pytest.fixture(autouse=True)
def nobodys_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for this machine and for `HOST`, and that with its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    names = [x509.DNSName(HOST), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "ca.pem").write_bytes(public)
    (folder / "both.pem").write_bytes(private + public)
    return folder / "ca.pem", folder / "both.pem"


@pytest.fixture
def secure(authority: tuple[Path, Path]) -> Iterator[Callable[[Callable[[Seen], Fault]], Server]]:
    """Makes servers that speak TLS."""
    running: list[Server] = []

    def make(answer: Callable[[Seen], Fault]) -> Server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority[1])
        server = Server(answer)
        running.append(server)
        server.secure(context)
        return server

    yield make
    for server in running:
        server.__exit__()


def client(key: ApiKey, url: str) -> AppStoreConnect:
    return AppStoreConnect(key, base_url=url, sleep=lambda _: None)


def trust(monkeypatch: pytest.MonkeyPatch, authority: tuple[Path, Path]) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority[0]))


def test_an_unknown_certificate_is_refused(key: ApiKey, secure: Callable[..., Server]) -> None:
    server = secure(lambda request: Reply(200, APPS))
    with client(key, server.url) as apple, pytest.raises(ActionError) as caught:
        find_app(apple, "com.example.aurora")
    assert caught.value.code == "tls"
    assert "REQUESTS_CA_BUNDLE" in str(caught.value.hint)
    assert server.seen == []


def test_a_certificate_of_ones_own(
    key: ApiKey,
    secure: Callable[..., Server],
    authority: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = secure(lambda request: Reply(200, APPS))
    trust(monkeypatch, authority)
    with client(key, server.url) as apple:
        assert find_app(apple, "com.example.aurora").id == "1"


def test_files_go_through_tls(
    key: ApiKey,
    secure: Callable[..., Server],
    authority: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Apple's own storage speaks nothing else."""
    receiver = Apple(len(CONTENT), PART)
    server = secure(lambda request: Reply(200, CONTENT) if request.path == "/file" else receiver(request))
    receiver.url = server.url
    trust(monkeypatch, authority)
    (tmp_path / "big.ipa").write_bytes(CONTENT)
    with client(key, server.url) as apple:
        upload_build(apple, tmp_path / "big.ipa", app_id="1", version="1", number="2", platform="IOS")
        got = download(
            Storage(apple.session), f"{server.url}/file", tmp_path / "got", check=lambda file: file.read_bytes(),
            sleep=apple.sleep,
        )  # fmt: skip
    assert got == CONTENT
    assert receiver.committed is not None
    assert sorted(receiver.hashes) == list(range(0, len(CONTENT), PART))


def test_a_file_that_is_cut_off_while_it_is_encrypted(
    key: ApiKey,
    secure: Callable[..., Server],
    authority: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    receiver = Apple(len(CONTENT), PART)
    server = secure(receiver)
    receiver.url = server.url
    trust(monkeypatch, authority)
    file = tmp_path / "big.ipa"
    file.write_bytes(CONTENT)

    def cut(_: int) -> None:
        with file.open("r+b") as opened:
            opened.truncate(10)

    with client(key, server.url) as apple, pytest.raises(ActionError) as caught:
        upload_build(apple, file, app_id="1", version="1", number="2", platform="IOS", progress=cut)
    assert caught.value.code == "file_changed"
    assert receiver.committed is None


class Proxy(socketserver.ThreadingTCPServer):
    """A proxy that leads every host to one server, plain or through a tunnel."""

    daemon_threads = True

    def __init__(self, target: Server) -> None:
        super().__init__(("127.0.0.1", 0), _Through)
        self.target = target.url.rpartition(":")[2]
        self.lines: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Through(socketserver.StreamRequestHandler):
    server: Proxy

    def handle(self) -> None:
        line = self.rfile.readline().decode()
        self.server.lines.append(line.strip())
        head = [line.encode()]
        while (field := self.rfile.readline()).strip():
            head.append(field)
        with socket.create_connection(("127.0.0.1", int(self.server.target))) as onward:
            if line.startswith("CONNECT"):
                self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
                self.pump(onward)
                return
            method, url, version = line.split()
            path = url.partition(HOST)[2]
            onward.sendall(
                f"{method} {path} {version}\r\n".encode() + b"".join(head[1:]) + b"Connection: close\r\n\r\n"
            )
            while got := onward.recv(65536):
                self.wfile.write(got)

    def pump(self, onward: socket.socket) -> None:
        pair = {self.connection: onward, onward: self.connection}
        while True:
            for ready in select.select(list(pair), [], [])[0]:
                got = ready.recv(65536)
                if not got:
                    return
                pair[ready].sendall(got)


@pytest.fixture
def through() -> Iterator[Callable[[Server], Proxy]]:
    """Makes proxies in front of servers."""
    running: list[Proxy] = []

    def make(target: Server) -> Proxy:
        proxy = Proxy(target)
        running.append(proxy)
        threading.Thread(target=proxy.serve_forever, args=(0.02,), daemon=True).start()
        return proxy

    yield make
    for proxy in running:
        proxy.shutdown()
        proxy.server_close()


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
def test_a_proxy(
    key: ApiKey, through: Callable[[Server], Proxy], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with Server(lambda request: Reply(200, APPS)) as server:
        proxy = through(server)
        monkeypatch.setenv(name, proxy.url)
        with client(key, f"http://{HOST}") as apple:
            assert find_app(apple, "com.example.aurora").id == "1"
    assert proxy.lines[0].startswith(f"GET http://{HOST}/v1/apps?")


def test_a_tunnel_through_a_proxy(
    key: ApiKey,
    secure: Callable[..., Server],
    through: Callable[[Server], Proxy],
    authority: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """As in a company's network: the calls, the parts of an upload, and what a proxy sees of them."""
    receiver = Apple(len(CONTENT), PART)
    receiver.url = f"https://{HOST}"
    server = secure(receiver)
    proxy = through(server)
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    trust(monkeypatch, authority)
    (tmp_path / "big.ipa").write_bytes(CONTENT)
    with client(key, f"https://{HOST}") as apple:
        upload_build(apple, tmp_path / "big.ipa", app_id="1", version="1", number="2", platform="IOS")
    assert receiver.committed is not None
    assert {line.rpartition(" ")[0] for line in proxy.lines} == {f"CONNECT {HOST}:443"}


def test_hosts_that_need_no_proxy(
    key: ApiKey, through: Callable[[Server], Proxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server(lambda request: Reply(200, APPS)) as server:
        proxy = through(server)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", HOST)
        with client(key, f"http://{HOST}") as apple, pytest.raises(UnreachableError):
            find_app(apple, "com.example.aurora")
    assert proxy.lines == []
