"""Makes the packages in this folder; rebuild with `apt-get install clang lld llvm && python make_assets.py`.

Real C, compiled and linked for Apple's platforms without Apple's SDK: the few symbols that it takes from the
system are declared in stub libraries written here. The same toolchain gives the same bytes (here: LLVM 14);
the files are committed, so that nobody needs a toolchain to run the tests.
"""

from __future__ import annotations

import hashlib
import os
import plistlib
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
EPOCH = 1_767_225_600  # 2026-01-01: every file is of this time, since dates would change the bytes
ZIP_TIME = (2026, 1, 1, 0, 0, 0)

LIBSYSTEM = """--- !tapi-tbd
tbd-version: 4
targets: [ arm64-ios, arm64-watchos, arm64_32-watchos ]
install-name: '/usr/lib/libSystem.B.dylib'
current-version: 1345.0
exports:
  - targets: [ arm64-ios, arm64-watchos, arm64_32-watchos ]
    symbols: [ _puts, dyld_stub_binder ]
...
"""
FOUNDATION = """--- !tapi-tbd
tbd-version: 4
targets: [ arm64-ios ]
install-name: '/System/Library/Frameworks/Foundation.framework/Foundation'
current-version: 2501.0
exports:
  - targets: [ arm64-ios ]
    symbols: [ _NSExtensionMain ]
...
"""


@dataclass(frozen=True)
class Slice:
    """One architecture: the compiler's triple and what the linker has to write into LC_BUILD_VERSION."""

    arch: str
    system: str
    minimum: str
    sdk: str

    @property
    def triple(self) -> str:
        return f"{self.arch}-apple-{self.system}{self.minimum}"


IOS = [Slice("arm64", "ios", "16.0", "18.2")]
WATCH = [Slice("arm64_32", "watchos", "9.0", "11.2"), Slice("arm64", "watchos", "9.0", "11.2")]
PLATFORMS = {
    "ios": ("iPhoneOS", "iphoneos", "22C146"),
    "watchos": ("WatchOS", "watchos", "22S100"),
}


@dataclass
class Bundle:
    """A bundle to be made: where it lies in its parent, its Info.plist, and what it is linked from."""

    folder: str
    identifier: str
    source: str
    package_type: str = "APPL"
    slices: list[Slice] = field(default_factory=lambda: IOS)
    info: dict[str, Any] = field(default_factory=dict)
    link: list[str] = field(default_factory=list)
    nested: list[Bundle] = field(default_factory=list)
    resources: dict[str, bytes] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return Path(self.folder).stem


def plist_of(bundle: Bundle, version: str, number: str) -> dict[str, Any]:
    first = bundle.slices[0]
    supported, platform, build = PLATFORMS[first.system]
    return {
        "BuildMachineOSBuild": "24C101",
        "CFBundleDevelopmentRegion": "en",
        "CFBundleExecutable": bundle.name,
        "CFBundleIdentifier": bundle.identifier,
        "CFBundleInfoDictionaryVersion": "6.0",
        "CFBundleName": bundle.name,
        "CFBundlePackageType": bundle.package_type,
        "CFBundleShortVersionString": version,
        "CFBundleSupportedPlatforms": [supported],
        "CFBundleVersion": number,
        "DTPlatformBuild": build,
        "DTPlatformName": platform,
        "DTPlatformVersion": first.sdk,
        "DTSDKBuild": build,
        "DTSDKName": f"{platform}{first.sdk}",
        "DTXcode": "1620",
        "DTXcodeBuild": "16C5032a",
        "MinimumOSVersion": first.minimum,
        **bundle.info,
    }


def run(*command: str | Path, cwd: Path) -> None:
    # dsymutil looks for a `lipo` on the path: there is one in the work folder.
    path = f"{cwd}{os.pathsep}{os.environ['PATH']}"
    subprocess.run([str(part) for part in command], cwd=cwd, check=True, env={**os.environ, "PATH": path})


def tool(name: str) -> str:
    """Debian has some of LLVM's tools under a versioned name only."""
    return shutil.which(name) or max(map(str, Path("/usr/bin").glob(f"{name}-[0-9]*")))


def picture(width: int, height: int) -> bytes:
    """A PNG of noise: it does not compress, so that a package has some size to it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    noise = hashlib.shake_256(b"aurora").digest(height * width * 3)
    rows = b"".join(b"\0" + noise[row * width * 3 : (row + 1) * width * 3] for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(kind, data)
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    )


def link_slice(bundle: Bundle, part: Slice, work: Path) -> Path:
    """Compile and link one architecture; its object's path and date are fixed, as UUIDs hang on them."""
    stem = f"{bundle.name}-{part.arch}"
    shutil.copy(HERE / "src" / bundle.source, work / bundle.source)
    os.utime(work / bundle.source, (EPOCH, EPOCH))
    run(
        *(tool("clang"), "-target", part.triple, "-g", "-O1", "-ffreestanding", "-fno-builtin"),
        *("-fdebug-compilation-dir=.", "-c", bundle.source, "-o", f"{stem}.o"),
        cwd=work,
    )
    os.utime(work / f"{stem}.o", (EPOCH, EPOCH))
    kind = ["-dylib", "-install_name", f"@rpath/{bundle.folder.split('/', 1)[-1]}/{bundle.name}"]
    if bundle.package_type != "FMWK":
        kind = ["-rpath", "@executable_path/Frameworks"]
    run(
        *(tool("ld64.lld"), "-arch", part.arch, "-platform_version", part.system, part.minimum, part.sdk),
        *("-o", stem, "-oso_prefix", ".", *kind, *bundle.link, f"{stem}.o", "libSystem.tbd"),
        cwd=work,
    )
    return work / stem


def link(bundle: Bundle, work: Path) -> Path:
    """The bundle's executable, of one architecture or of several, with its debug map."""
    parts = [link_slice(bundle, part, work) for part in bundle.slices]
    executable = work / bundle.name
    if len(parts) == 1:
        parts[0].rename(executable)
    else:
        run(tool("llvm-lipo"), "-create", *[part.name for part in parts], "-output", bundle.name, cwd=work)
    return executable


def build(bundle: Bundle, target: Path, symbols: Path, work: Path, version: str, number: str) -> None:
    """Write the bundle to `target` and its dSYM to `symbols`; the nested ones first: it may need them."""
    target.mkdir(parents=True)
    for child in bundle.nested:
        build(child, target / child.folder, symbols, work, version, number)
    executable = link(bundle, work)
    dsym = symbols / f"{Path(bundle.folder).name}.dSYM"
    run(tool("dsymutil"), executable.name, "-o", dsym, cwd=work)
    stripped = target / bundle.name
    run(tool("llvm-strip"), "-S", executable.name, "-o", stripped, cwd=work)
    stripped.chmod(0o755)
    info = plist_of(bundle, version, number)
    (target / "Info.plist").write_bytes(plistlib.dumps(info, fmt=plistlib.FMT_BINARY))
    for name, content in bundle.resources.items():
        (target / name).write_bytes(content)
    if bundle.package_type == "APPL":
        (target / "PkgInfo").write_text("APPL????")


def write_zip(folder: Path, target: Path) -> None:
    """A zip with fixed times, order and modes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix() + ("/" if path.is_dir() else "")
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.create_system = 3
            mode = 0o40755 if path.is_dir() else 0o100000 | (0o755 if os.access(path, os.X_OK) else 0o644)
            entry.external_attr = mode << 16
            entry.compress_type = zipfile.ZIP_STORED if path.is_dir() else zipfile.ZIP_DEFLATED
            archive.writestr(entry, b"" if path.is_dir() else path.read_bytes())


def make(bundle: Bundle, version: str, number: str, symbols_name: str) -> None:
    """Make `<name>.ipa` and the zip of its dSYMs."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        work = root / "work"
        for name in ("work", "symbols", "package"):
            (root / name).mkdir()
        (work / "lipo").symlink_to(tool("llvm-lipo"))
        (work / "libSystem.tbd").write_text(LIBSYSTEM)
        (work / "Foundation.tbd").write_text(FOUNDATION)
        package = root / "package"
        build(bundle, package / "Payload" / bundle.folder, root / "symbols", work, version, number)
        write_zip(package, HERE / f"{bundle.name}.ipa")
        write_zip(root / "symbols", HERE / symbols_name)


AURORA = Bundle(
    "Aurora.app",
    "com.example.aurora",
    "aurora.c",
    info={
        "CFBundleDisplayName": "Aurora",
        "ITSAppUsesNonExemptEncryption": False,
        "LSRequiresIPhoneOS": True,
        "UIDeviceFamily": [1, 2],
    },
    resources={"sky.png": picture(128, 160)},
)

BOREALIS = Bundle(
    "Borealis.app",
    "com.example.borealis",
    "borealis.c",
    info={
        "CFBundleDisplayName": "Borealis",
        "ITSAppUsesNonExemptEncryption": False,
        "LSRequiresIPhoneOS": True,
        "UIDeviceFamily": [1],
    },
    link=["Compass"],
    nested=[
        Bundle("Frameworks/Compass.framework", "com.example.borealis.compass", "compass.c", "FMWK"),
        Bundle(
            "PlugIns/BorealisWidget.appex",
            "com.example.borealis.widget",
            "widget.c",
            "XPC!",
            info={"NSExtension": {"NSExtensionPointIdentifier": "com.apple.widgetkit-extension"}},
            link=["-application_extension", "-e", "_NSExtensionMain", "Foundation.tbd"],
        ),
        Bundle(
            "AppClips/BorealisClip.app",
            "com.example.borealis.Clip",
            "clip.c",
            info={"NSAppClip": {"NSAppClipRequestEphemeralUserNotification": False}},
        ),
        Bundle(
            "Watch/BorealisWatch.app",
            "com.example.borealis.watchkitapp",
            "watch.c",
            slices=WATCH,
            info={"WKApplication": True, "WKCompanionAppBundleIdentifier": "com.example.borealis"},
        ),
    ],
)


def main() -> int:
    make(AURORA, "1.2.0", "42", "Aurora.app.dSYM.zip")
    make(BOREALIS, "2.0.1", "2026.7", "Borealis.dSYMs.zip")
    return 0


if __name__ == "__main__":
    sys.exit(main())
