"""Apple's doors as a client library: keys, App Store Connect, packages. Usable without lanes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._advice.advice import Advice, AdviceStep, Outlook
    from ._advice.advise import advise
    from ._advice.ci_verdict import CiVerdict
    from ._advice.json_format import advice_json
    from ._advice.need import Answers, Deferral, Facts, Holding, Need, Remedy
    from ._advice.outlook import outlook
    from ._advice.speech import Speech
    from ._advice.text_format import render_steps
    from ._app_record import create_app_record
    from ._app_record_error import AppRecordError
    from ._apple_id.credential import AppleId
    from ._apps import App, AppNotFoundError, find_app
    from ._beta import (
        BetaGroup,
        add_to_beta_groups,
        find_beta_groups,
        find_whats_new,
        is_distributed,
        set_whats_new,
    )
    from ._beta_groups import (
        BetaTester,
        add_beta_testers,
        ensure_beta_group,
        find_beta_testers,
        remove_beta_testers,
    )
    from ._beta_review import BetaReview, expire_build, find_beta_review, submit_to_beta_review
    from ._builds import Build, find_build, find_builds, get_build, latest_build_number, next_build_number
    from ._bundle_ids import BundleId, ensure_bundle_id, find_bundle_id
    from ._bundles import (
        BuildBundle,
        DownloadedDsym,
        download_dsym,
        download_dsyms,
        dsym_file_name,
        find_build_bundles,
    )
    from ._capabilities import Capability, disable_capability, enable_capability, find_capabilities
    from ._certificates import (
        Certificate,
        SigningRequest,
        create_certificate,
        find_certificates,
        revoke_certificate,
        signing_request,
    )
    from ._client import AppStoreConnect
    from ._codes.asker import CodeAsker
    from ._codes.question import CodeQuestion, Resend
    from ._codes.sources import code_asker
    from ._devices import Device, ensure_device, find_devices
    from ._document import Document, Resource
    from ._doors import Doors
    from ._dsym import uuids_of
    from ._ensured import Change, Ensured
    from ._executables import Executable, find_executables
    from ._keys import ApiKey
    from ._live import find_live_build
    from ._modes import AppSpecificPassword, api_key, app_specific_password, apple_id
    from ._package import Bundle, Package, read_package
    from ._portal.answer import IdentifierTakenError, PortalError, TooManyCertificatesError
    from ._portal.app_groups import ensure_app_group, find_app_groups, join_app_groups
    from ._portal.identifiers import (
        PortalIdentifier,
        ensure_app_id,
        find_app_ids,
        find_pass_type_ids,
        find_website_push_ids,
    )
    from ._portal.portal import DeveloperPortal
    from ._portal.push import (
        IdentifierNotFoundError,
        PushCertificate,
        create_push_certificate,
        download_push_certificate,
        find_push_certificates,
        revoke_push_certificate,
    )
    from ._portal.push_names import PushType
    from ._portal.teams import PortalTeam, TeamChoiceError
    from ._processing import wait_for_build, wait_for_upload
    from ._profiles import Profile, delete_profile, ensure_profile, find_profiles
    from ._query import query
    from ._refusal import (
        AgreementNeededError,
        AppleBusyError,
        AppleError,
        AppleProblem,
        KeyRefusedError,
        LostAnswerError,
        NotAllowedError,
        ProcessingError,
        Refusal,
        SessionDeadError,
        UnreachableError,
        WaitedTooLongError,
    )
    from ._rights import api_key_for, least_role
    from ._sent import is_sent_file
    from ._session.cookie import Cookie
    from ._session.session import AppleSession
    from ._signin.flow import sign_in
    from ._symbol_files import SymbolFile, extract_symbols
    from ._texts import (
        AppInfo,
        AppStoreVersion,
        Localization,
        ensure_app_texts,
        ensure_version_texts,
        find_app_infos,
        find_app_store_versions,
        find_app_texts,
        find_version_texts,
    )
    from ._tree import PackageError
    from ._upload import upload_build
    from ._uploads import BuildUpload, find_build_uploads, get_build_upload
    from ._users import User, UserNotFoundError, find_users
    from ._web_session import WebSession

__all__ = [
    "Advice",
    "AdviceStep",
    "AgreementNeededError",
    "Answers",
    "ApiKey",
    "App",
    "AppInfo",
    "AppNotFoundError",
    "AppRecordError",
    "AppSpecificPassword",
    "AppStoreConnect",
    "AppStoreVersion",
    "AppleBusyError",
    "AppleError",
    "AppleId",
    "AppleProblem",
    "AppleSession",
    "BetaGroup",
    "BetaReview",
    "BetaTester",
    "Build",
    "BuildBundle",
    "BuildUpload",
    "Bundle",
    "BundleId",
    "Capability",
    "Certificate",
    "Change",
    "CiVerdict",
    "CodeAsker",
    "CodeQuestion",
    "Cookie",
    "Deferral",
    "DeveloperPortal",
    "Device",
    "Document",
    "Doors",
    "DownloadedDsym",
    "Ensured",
    "Executable",
    "Facts",
    "Holding",
    "IdentifierNotFoundError",
    "IdentifierTakenError",
    "KeyRefusedError",
    "Localization",
    "LostAnswerError",
    "Need",
    "NotAllowedError",
    "Outlook",
    "Package",
    "PackageError",
    "PortalError",
    "PortalIdentifier",
    "PortalTeam",
    "ProcessingError",
    "Profile",
    "PushCertificate",
    "PushType",
    "Refusal",
    "Remedy",
    "Resend",
    "Resource",
    "SessionDeadError",
    "SigningRequest",
    "Speech",
    "SymbolFile",
    "TeamChoiceError",
    "TooManyCertificatesError",
    "UnreachableError",
    "User",
    "UserNotFoundError",
    "WaitedTooLongError",
    "WebSession",
    "add_beta_testers",
    "add_to_beta_groups",
    "advice_json",
    "advise",
    "api_key",
    "api_key_for",
    "app_specific_password",
    "apple_id",
    "code_asker",
    "create_app_record",
    "create_certificate",
    "create_push_certificate",
    "delete_profile",
    "disable_capability",
    "download_dsym",
    "download_dsyms",
    "download_push_certificate",
    "dsym_file_name",
    "enable_capability",
    "ensure_app_group",
    "ensure_app_id",
    "ensure_app_texts",
    "ensure_beta_group",
    "ensure_bundle_id",
    "ensure_device",
    "ensure_profile",
    "ensure_version_texts",
    "expire_build",
    "extract_symbols",
    "find_app",
    "find_app_groups",
    "find_app_ids",
    "find_app_infos",
    "find_app_store_versions",
    "find_app_texts",
    "find_beta_groups",
    "find_beta_review",
    "find_beta_testers",
    "find_build",
    "find_build_bundles",
    "find_build_uploads",
    "find_builds",
    "find_bundle_id",
    "find_capabilities",
    "find_certificates",
    "find_devices",
    "find_executables",
    "find_live_build",
    "find_pass_type_ids",
    "find_profiles",
    "find_push_certificates",
    "find_users",
    "find_version_texts",
    "find_website_push_ids",
    "find_whats_new",
    "get_build",
    "get_build_upload",
    "is_distributed",
    "is_sent_file",
    "join_app_groups",
    "latest_build_number",
    "least_role",
    "next_build_number",
    "outlook",
    "query",
    "read_package",
    "remove_beta_testers",
    "render_steps",
    "revoke_certificate",
    "revoke_push_certificate",
    "set_whats_new",
    "sign_in",
    "signing_request",
    "submit_to_beta_review",
    "upload_build",
    "uuids_of",
    "wait_for_build",
    "wait_for_upload",
]

# Where each public name lives: a name is imported when it is first used, since start-up counts.
_HOMES = {
    "Advice": "_advice.advice",
    "AdviceStep": "_advice.advice",
    "AgreementNeededError": "_refusal",
    "Answers": "_advice.need",
    "ApiKey": "_keys",
    "App": "_apps",
    "AppInfo": "_texts",
    "AppNotFoundError": "_apps",
    "AppRecordError": "_app_record_error",
    "AppSpecificPassword": "_modes",
    "AppStoreConnect": "_client",
    "AppStoreVersion": "_texts",
    "AppleBusyError": "_refusal",
    "AppleError": "_refusal",
    "AppleId": "_apple_id.credential",
    "AppleProblem": "_refusal",
    "AppleSession": "_session.session",
    "BetaGroup": "_beta",
    "BetaReview": "_beta_review",
    "BetaTester": "_beta_groups",
    "Build": "_builds",
    "BuildBundle": "_bundles",
    "BuildUpload": "_uploads",
    "Bundle": "_package",
    "BundleId": "_bundle_ids",
    "Capability": "_capabilities",
    "Certificate": "_certificates",
    "Change": "_ensured",
    "CiVerdict": "_advice.ci_verdict",
    "CodeAsker": "_codes.asker",
    "CodeQuestion": "_codes.question",
    "Cookie": "_session.cookie",
    "Deferral": "_advice.need",
    "DeveloperPortal": "_portal.portal",
    "Device": "_devices",
    "Document": "_document",
    "Doors": "_doors",
    "DownloadedDsym": "_bundles",
    "Ensured": "_ensured",
    "Executable": "_executables",
    "Facts": "_advice.need",
    "Holding": "_advice.need",
    "IdentifierNotFoundError": "_portal.push",
    "IdentifierTakenError": "_portal.answer",
    "KeyRefusedError": "_refusal",
    "Localization": "_texts",
    "LostAnswerError": "_refusal",
    "Need": "_advice.need",
    "NotAllowedError": "_refusal",
    "Outlook": "_advice.advice",
    "Package": "_package",
    "PackageError": "_tree",
    "PortalError": "_portal.answer",
    "PortalIdentifier": "_portal.identifiers",
    "PortalTeam": "_portal.teams",
    "ProcessingError": "_refusal",
    "Profile": "_profiles",
    "PushCertificate": "_portal.push",
    "PushType": "_portal.push_names",
    "Refusal": "_refusal",
    "Remedy": "_advice.need",
    "Resend": "_codes.question",
    "Resource": "_document",
    "SessionDeadError": "_refusal",
    "SigningRequest": "_certificates",
    "Speech": "_advice.speech",
    "SymbolFile": "_symbol_files",
    "TeamChoiceError": "_portal.teams",
    "TooManyCertificatesError": "_portal.answer",
    "UnreachableError": "_refusal",
    "User": "_users",
    "UserNotFoundError": "_users",
    "WaitedTooLongError": "_refusal",
    "WebSession": "_web_session",
    "add_beta_testers": "_beta_groups",
    "add_to_beta_groups": "_beta",
    "advice_json": "_advice.json_format",
    "advise": "_advice.advise",
    "api_key": "_modes",
    "api_key_for": "_rights",
    "app_specific_password": "_modes",
    "apple_id": "_modes",
    "code_asker": "_codes.sources",
    "create_app_record": "_app_record",
    "create_certificate": "_certificates",
    "create_push_certificate": "_portal.push",
    "delete_profile": "_profiles",
    "disable_capability": "_capabilities",
    "download_dsym": "_bundles",
    "download_dsyms": "_bundles",
    "download_push_certificate": "_portal.push",
    "dsym_file_name": "_bundles",
    "enable_capability": "_capabilities",
    "ensure_app_group": "_portal.app_groups",
    "ensure_app_id": "_portal.identifiers",
    "ensure_app_texts": "_texts",
    "ensure_beta_group": "_beta_groups",
    "ensure_bundle_id": "_bundle_ids",
    "ensure_device": "_devices",
    "ensure_profile": "_profiles",
    "ensure_version_texts": "_texts",
    "expire_build": "_beta_review",
    "extract_symbols": "_symbol_files",
    "find_app": "_apps",
    "find_app_groups": "_portal.app_groups",
    "find_app_ids": "_portal.identifiers",
    "find_app_infos": "_texts",
    "find_app_store_versions": "_texts",
    "find_app_texts": "_texts",
    "find_beta_groups": "_beta",
    "find_beta_review": "_beta_review",
    "find_beta_testers": "_beta_groups",
    "find_build": "_builds",
    "find_build_bundles": "_bundles",
    "find_build_uploads": "_uploads",
    "find_builds": "_builds",
    "find_bundle_id": "_bundle_ids",
    "find_capabilities": "_capabilities",
    "find_certificates": "_certificates",
    "find_devices": "_devices",
    "find_executables": "_executables",
    "find_live_build": "_live",
    "find_pass_type_ids": "_portal.identifiers",
    "find_profiles": "_profiles",
    "find_push_certificates": "_portal.push",
    "find_users": "_users",
    "find_version_texts": "_texts",
    "find_website_push_ids": "_portal.identifiers",
    "find_whats_new": "_beta",
    "get_build": "_builds",
    "get_build_upload": "_uploads",
    "is_distributed": "_beta",
    "is_sent_file": "_sent",
    "join_app_groups": "_portal.app_groups",
    "latest_build_number": "_builds",
    "least_role": "_rights",
    "next_build_number": "_builds",
    "outlook": "_advice.outlook",
    "query": "_query",
    "read_package": "_package",
    "remove_beta_testers": "_beta_groups",
    "render_steps": "_advice.text_format",
    "revoke_certificate": "_certificates",
    "revoke_push_certificate": "_portal.push",
    "set_whats_new": "_beta",
    "sign_in": "_signin.flow",
    "signing_request": "_certificates",
    "submit_to_beta_review": "_beta_review",
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
