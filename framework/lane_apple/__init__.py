"""Apple's doors as a client library: keys, App Store Connect, packages. Usable without lanes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._apps import App, AppNotFoundError, find_app
    from ._beta import (
        BetaGroup,
        add_to_beta_groups,
        find_beta_groups,
        find_whats_new,
        is_distributed,
        set_whats_new,
    )
    from ._builds import Build, find_build, find_builds, get_build, latest_build_number, next_build_number
    from ._bundles import (
        BuildBundle,
        DownloadedDsym,
        download_dsym,
        download_dsyms,
        dsym_file_name,
        find_build_bundles,
    )
    from ._client import AppStoreConnect, Document, Resource
    from ._dsym import uuids_of
    from ._executables import Executable, find_executables
    from ._keys import ApiKey
    from ._modes import AppSpecificPassword, api_key, app_specific_password, apple_id
    from ._package import Bundle, Package, read_package
    from ._processing import wait_for_build, wait_for_upload
    from ._refusal import (
        AgreementNeededError,
        AppleBusyError,
        AppleError,
        AppleProblem,
        KeyRefusedError,
        LostAnswerError,
        ProcessingError,
        Refusal,
        UnreachableError,
        WaitedTooLongError,
    )
    from ._sent import is_sent_file
    from ._symbol_files import SymbolFile, extract_symbols
    from ._tree import PackageError
    from ._upload import upload_build
    from ._uploads import BuildUpload, find_build_uploads, get_build_upload

__all__ = [
    "AgreementNeededError",
    "ApiKey",
    "App",
    "AppNotFoundError",
    "AppSpecificPassword",
    "AppStoreConnect",
    "AppleBusyError",
    "AppleError",
    "AppleProblem",
    "BetaGroup",
    "Build",
    "BuildBundle",
    "BuildUpload",
    "Bundle",
    "Document",
    "DownloadedDsym",
    "Executable",
    "KeyRefusedError",
    "LostAnswerError",
    "Package",
    "PackageError",
    "ProcessingError",
    "Refusal",
    "Resource",
    "SymbolFile",
    "UnreachableError",
    "WaitedTooLongError",
    "add_to_beta_groups",
    "api_key",
    "app_specific_password",
    "apple_id",
    "download_dsym",
    "download_dsyms",
    "dsym_file_name",
    "extract_symbols",
    "find_app",
    "find_beta_groups",
    "find_build",
    "find_build_bundles",
    "find_build_uploads",
    "find_builds",
    "find_executables",
    "find_whats_new",
    "get_build",
    "get_build_upload",
    "is_distributed",
    "is_sent_file",
    "latest_build_number",
    "next_build_number",
    "read_package",
    "set_whats_new",
    "upload_build",
    "uuids_of",
    "wait_for_build",
    "wait_for_upload",
]

# Where each public name lives: a name is imported when it is first used, since start-up counts.
_HOMES = {
    "AgreementNeededError": "_refusal",
    "ApiKey": "_keys",
    "App": "_apps",
    "AppNotFoundError": "_apps",
    "AppSpecificPassword": "_modes",
    "AppStoreConnect": "_client",
    "AppleBusyError": "_refusal",
    "AppleError": "_refusal",
    "AppleProblem": "_refusal",
    "BetaGroup": "_beta",
    "Build": "_builds",
    "BuildBundle": "_bundles",
    "BuildUpload": "_uploads",
    "Bundle": "_package",
    "Document": "_client",
    "DownloadedDsym": "_bundles",
    "Executable": "_executables",
    "KeyRefusedError": "_refusal",
    "LostAnswerError": "_refusal",
    "Package": "_package",
    "PackageError": "_tree",
    "ProcessingError": "_refusal",
    "Refusal": "_refusal",
    "Resource": "_client",
    "SymbolFile": "_symbol_files",
    "UnreachableError": "_refusal",
    "WaitedTooLongError": "_refusal",
    "add_to_beta_groups": "_beta",
    "api_key": "_modes",
    "app_specific_password": "_modes",
    "apple_id": "_modes",
    "download_dsym": "_bundles",
    "download_dsyms": "_bundles",
    "dsym_file_name": "_bundles",
    "extract_symbols": "_symbol_files",
    "find_app": "_apps",
    "find_beta_groups": "_beta",
    "find_build": "_builds",
    "find_build_bundles": "_bundles",
    "find_build_uploads": "_uploads",
    "find_builds": "_builds",
    "find_executables": "_executables",
    "find_whats_new": "_beta",
    "get_build": "_builds",
    "get_build_upload": "_uploads",
    "is_distributed": "_beta",
    "is_sent_file": "_sent",
    "latest_build_number": "_builds",
    "next_build_number": "_builds",
    "read_package": "_package",
    "set_whats_new": "_beta",
    "upload_build": "_upload",
    "uuids_of": "_dsym",
    "wait_for_build": "_processing",
    "wait_for_upload": "_processing",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'lane_apple' has no attribute {name!r}")
    module = __import__(f"lane_apple.{home}", fromlist=[name])
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return __all__
