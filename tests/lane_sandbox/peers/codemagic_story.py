"""codemagic-cli-tools, unchanged: signing files, TestFlight, a release."""

from __future__ import annotations

import json

from codemagic.apple.app_store_connect import AppStoreConnectApiClient
from codemagic.apple.resources import (
    BundleIdPlatform,
    CapabilityType,
    CertificateType,
    Locale,
    PhasedReleaseState,
    Platform,
    ProfileType,
    ReleaseType,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from redirect import KEY

AURORA = "6450000101"
client = AppStoreConnectApiClient(KEY["key_id"], KEY["issuer_id"], KEY["private_key"])
told: dict[str, object] = {}

[aurora] = client.apps.list(client.apps.Filter(bundle_id="com.example.aurora"))
told["app"] = aurora.attributes.name
[build] = client.apps.list_builds(aurora)
told["train"] = client.builds.read_pre_release_version(build).attributes.version
told["beta"] = client.builds.read_beta_detail(build).attributes.externalBuildState.value

key = rsa.generate_private_key(65537, 2048)
name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Peer")])
request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
pem = request.public_bytes(serialization.Encoding.PEM).decode()
certificate = client.signing_certificates.create(CertificateType.IOS_DISTRIBUTION, pem)
told["certificate"] = certificate.get_display_info()
bundle_id = client.bundle_ids.create("com.example.peer", "Peer", BundleIdPlatform.IOS)
client.bundle_id_capabilities.enable(CapabilityType.PUSH_NOTIFICATIONS, bundle_id)
told["capabilities"] = [
    each.attributes.capabilityType.value for each in client.bundle_ids.list_capabilities(bundle_id)
]
device = client.devices.create("Peer's phone", BundleIdPlatform.IOS, "00008110-000A1C2E3F4080FF")
profile = client.profiles.create("Peer Ad Hoc", ProfileType.IOS_APP_ADHOC, bundle_id, [certificate], [device])
told["profile"] = [profile.attributes.profileState.value, profile.attributes.uuid]
told["in profile"] = [
    client.profiles.list_certificates(profile.id)[0].id == certificate.id,
    client.profiles.list_devices(profile.id)[0].id == device.id,
    client.profiles.read_bundle_id(profile.id).id == bundle_id.id,
]

submission = client.beta_app_review_submissions.create(build)
told["beta review"] = submission.attributes.betaReviewState.value
[group] = client.beta_groups.list(client.beta_groups.Filter(app=AURORA, name="Beta testers"))
client.beta_groups.add_build(group, build)
[notes] = client.beta_build_localizations.list(client.beta_build_localizations.Filter(build=build.id))
told["notes"] = client.beta_build_localizations.modify(notes, "Better.").attributes.whatsNew

version = client.app_store_versions.create(Platform.IOS, "1.1.1", AURORA, release_type=ReleaseType.MANUAL)
[texts] = client.app_store_versions.list_app_store_version_localizations(version)
told["texts"] = [texts.attributes.locale.value, texts.attributes.description]
client.app_store_version_localizations.create(
    version, Locale("de-DE"), description="Nordlichter", keywords="licht"
)
client.app_store_version_localizations.modify(texts, whats_new="News")
phased = client.app_store_version_phased_releases.create(version)
told["phased"] = client.app_store_version_phased_releases.modify(
    phased, phased_release_state=PhasedReleaseState.ACTIVE
).attributes.phasedReleaseState.value
review = client.review_submissions.create(Platform.IOS, AURORA)
told["review"] = review.attributes.state
client.bundle_ids.delete(bundle_id)
client.signing_certificates.delete(certificate)
print(json.dumps(told))
