"""Examines an uploaded file: checksums, what the package says of itself, and its symbols."""

from __future__ import annotations

import hashlib
import plistlib
import re
import uuid
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lane_sandbox import _macho
from lane_sandbox._package import Bundle, Package, PackageError

if TYPE_CHECKING:
    from pathlib import Path

PLATFORMS = {"iPhoneOS": "IOS", "MacOSX": "MAC_OS", "AppleTVOS": "TV_OS", "XROS": "VISION_OS"}
ALGORITHMS = {"MD5": "md5", "SHA_256": "sha256"}
BLOCK = 1024 * 1024

Fault = dict[str, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """What the upload says that its file is."""

    path: Path
    uti: str
    checksums: dict[str, Any]
    bundle_id: str
    version: str
    number: str
    platform: str


@dataclass(slots=True)
class Finding:
    """What was found: either faults, or the app's Info.plist and the attributes of each bundle by a new id.

    `intact` is whether the file came as it was sent.
    """

    faults: list[Fault] = field(default_factory=list)
    intact: bool = True
    info: dict[str, Any] = field(default_factory=dict)
    bundles: dict[str, dict[str, Any]] = field(default_factory=dict)
    symbols: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)


def examine(claim: Claim, symbols: Path) -> Finding:
    """Look at the whole file; the zips of dSYMs are written to the folder `symbols`."""
    finding = Finding(faults=_check_sums(claim))
    if finding.faults:
        finding.intact = False
        return finding
    if claim.uti != "com.apple.ipa":
        finding.faults = [
            _fault("SANDBOX.UNSUPPORTED", f"The sandbox opens .ipa files; this is a {claim.uti}")
        ]
        return finding
    try:
        with Package(claim.path) as package:
            bundles = package.bundles()
            finding.faults = _compare(claim, bundles[0])
            if not finding.faults:
                _take(finding, package, bundles, claim.platform, symbols)
    except PackageError as problem:
        finding.faults = [_fault(problem.code, problem.description)]
    return finding


def _check_sums(claim: Claim) -> list[Fault]:
    """The composite sum of a client's parts has no documented form, so only the file's is checked."""
    given = claim.checksums.get("file")
    if not given:
        return []
    digest = hashlib.new(ALGORITHMS[given["algorithm"]], usedforsecurity=False)
    with claim.path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    if digest.hexdigest() == given["hash"].lower():
        return []
    detail = f"The {given['algorithm']} of the file is {digest.hexdigest()}, not {given['hash']}"
    return [_fault("SANDBOX.CHECKSUM_MISMATCH", detail)]


def _compare(claim: Claim, app: Bundle) -> list[Fault]:
    """Hold the app's Info.plist against the upload. Codes 90054 and 90057 are those that altool prints."""
    faults = []
    for key in ("CFBundleIdentifier", "CFBundleShortVersionString", "CFBundleVersion"):
        if not isinstance(app.info.get(key), str) or not app.info[key]:
            detail = f"The Info.plist file is missing the required key: {key}."
            faults.append(_fault("90057", f"The bundle '{app.place}' is missing plist key. {detail}"))
    if faults:
        return faults
    identifier, version, number = (
        app.info[key] for key in ("CFBundleIdentifier", "CFBundleShortVersionString", "CFBundleVersion")
    )
    if identifier != claim.bundle_id:
        detail = (
            "This bundle is invalid. The bundle identifier cannot be changed from the current value, "
            f"'{claim.bundle_id}'; the package has '{identifier}'."
        )
        faults.append(_fault("90054", detail))
    if version != claim.version:
        detail = f"The package has CFBundleShortVersionString '{version}', the build upload '{claim.version}'"
        faults.append(_fault("SANDBOX.VERSION_MISMATCH", detail))
    if number != claim.number:
        detail = f"The package has CFBundleVersion '{number}', the build upload '{claim.number}'"
        faults.append(_fault("SANDBOX.BUILD_NUMBER_MISMATCH", detail))
    platform = _platform(app.info)
    if platform not in {None, claim.platform}:
        detail = f"The package is for {platform}, the build upload for {claim.platform}"
        faults.append(_fault("SANDBOX.PLATFORM_MISMATCH", detail))
    if not app.binaries:
        faults.append(_fault("SANDBOX.NO_EXECUTABLE", f"The bundle '{app.place}' has no executable"))
    return faults


def _platform(info: dict[str, Any]) -> str | None:
    named = info.get("CFBundleSupportedPlatforms")
    names = [str(each) for each in named] if isinstance(named, list) and named else []
    if not names and isinstance(info.get("DTPlatformName"), str):
        names = [info["DTPlatformName"]]
    lower = {name.lower(): platform for name, platform in PLATFORMS.items()}
    return lower.get(names[0].lower(), names[0]) if names else None


def _take(finding: Finding, package: Package, bundles: list[Bundle], platform: str, symbols: Path) -> None:
    finding.info = bundles[0].info
    known = dict(package.own_symbols())
    symbols.mkdir(mode=0o700, parents=True, exist_ok=True)
    for bundle in bundles:
        identifier = str(uuid.uuid4())
        finding.bundles[identifier] = _describe(bundle, platform)
        finding.sizes[identifier] = (bundle.packed_bytes, bundle.unpacked_bytes)
        if _write_symbols(package, bundle, known, symbols / f"{identifier}.zip"):
            name = re.sub(r"[^A-Za-z0-9._-]", "_", bundle.place.name)
            finding.symbols[identifier] = f"{name}.dSYM.zip"


def _describe(bundle: Bundle, platform: str) -> dict[str, Any]:
    info = bundle.info
    wanted = info.get("UIRequiredDeviceCapabilities", [])
    return {
        "bundleId": _text(info, "CFBundleIdentifier"),
        "bundleType": bundle.kind,
        "sdkBuild": _text(info, "DTSDKBuild"),
        "platformBuild": _text(info, "DTPlatformBuild"),
        "fileName": bundle.place.name,
        "hasPrerenderedIcon": info.get("UIPrerenderedIcon") is True,
        "usesLocationServices": any(str(key).startswith("NSLocation") for key in info),
        "isIosBuildMacAppStoreCompatible": platform == "IOS" and bundle.kind == "APP",
        "includesSymbols": True,
        "supportedArchitectures": sorted(bundle.architectures),
        "requiredCapabilities": sorted(str(each) for each in wanted)
        if isinstance(wanted, list | dict)
        else [],
        "deviceProtocols": [],
        "locales": sorted(bundle.locales),
        "minimumOsVersion": _text(info, "MinimumOSVersion"),
    }


def _text(info: dict[str, Any], key: str) -> str | None:
    value = info.get(key)
    return value if isinstance(value, str) else None


def _write_symbols(
    package: Package, bundle: Bundle, known: dict[frozenset[object], bytes], path: Path
) -> bool:
    """One zip of the dSYMs of all Mach-O files of a bundle; whether there was any."""
    taken: set[str] = set()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for binary in bundle.binaries:
            found = [each for each in package.slices(binary) if each.uuid]
            if not found:
                continue
            name = package.dsym_name(binary)
            if name in taken:
                name = f"{name.removesuffix('.dSYM')}-{found[0].uuid}.dSYM"
            taken.add(name)
            data = known.get(frozenset(each.uuid for each in found)) or _macho.dsym(found)
            archive.writestr(f"{name}/Contents/Info.plist", _symbols_plist(name, bundle))
            archive.writestr(f"{name}/Contents/Resources/DWARF/{binary.rsplit('/', 1)[1]}", data)
    if not taken:
        path.unlink()
    return bool(taken)


def _symbols_plist(name: str, bundle: Bundle) -> bytes:
    info = {
        "CFBundleDevelopmentRegion": "English",
        "CFBundleIdentifier": f"com.apple.xcode.dsym.{name.rsplit('.', 2)[0]}",
        "CFBundleInfoDictionaryVersion": "6.0",
        "CFBundlePackageType": "dSYM",
        "CFBundleSignature": "????",
        "CFBundleShortVersionString": _text(bundle.info, "CFBundleShortVersionString") or "1.0",
        "CFBundleVersion": _text(bundle.info, "CFBundleVersion") or "1",
    }
    return plistlib.dumps(info)


def _fault(code: str, description: str) -> Fault:
    return {"code": code, "description": description}
