"""asconnect, unchanged: TestFlight, texts and screenshots of a version."""

from __future__ import annotations

import json
import sys

import asconnect
from asconnect.models import ReleaseType, ScreenshotDisplayType
from redirect import KEY

image = sys.argv[1]
client = asconnect.Client(key_id=KEY["key_id"], key_contents=KEY["private_key"], issuer_id=KEY["issuer_id"])
told: dict[str, object] = {}

app = client.app.get_from_bundle_id("com.example.aurora")
assert app is not None
told["app"] = [app.attributes.name, app.attributes.is_or_ever_was_made_for_kids]
build = client.build.get_from_build_number(bundle_id="com.example.aurora", build_number="41")
assert build is not None
detail = client.build.get_beta_detail(build)
assert detail is not None
told["beta"] = detail.attributes.external_build_state.value
client.beta_review.set_whats_new_for_build(build.identifier, {"en-US": "Better.", "de-DE": "Besser."})
told["notes"] = sorted(
    each.attributes.locale for each in client.beta_review.get_beta_build_localizations(build.identifier)
)
groups = [
    each
    for each in client.beta_review.get_beta_groups(app.identifier)
    if not each.attributes.is_internal_group
]
client.beta_review.set_beta_groups_on_build(build.identifier, groups)
client.beta_review.submit_for_beta_review(build.identifier)
told["users"] = [each.attributes.username for each in client.users.get_users()]

version = client.app.create_new_version(
    version="1.1.1", app_id=app.identifier, copyright_text="2026 Peer", release_type=ReleaseType.MANUAL
)
told["version"] = [version.attributes.version_string, version.attributes.app_store_state.value]
[texts] = client.version.get_localizations(version_id=version.identifier)
screenshots = client.screenshots.create_set(
    localization_id=texts.identifier, display_type=ScreenshotDisplayType.APP_IPHONE_40
)
sent = client.screenshots.upload_screenshot(file_path=image, screenshot_set_id=screenshots.identifier)
told["screenshot"] = sent.attributes.file_name
client.version.set_build(version_id=version.identifier, build_id=build.identifier) if len(
    sys.argv
) > 2 else None
told["phased"] = client.version.create_phased_release(
    version_id=version.identifier
).attributes.phased_release_state.value
review = client.version.get_app_review_details(version_id=version.identifier)
assert review is not None
told["contact"] = review.attributes.contact_email
infos = client.app_info.get_app_info(app_id=app.identifier)
told["infos"] = sorted(each.attributes.app_store_state.value for each in infos)
told["category"] = client.app_info.get_primary_category(app_info_id=infos[0].identifier).identifier
print(json.dumps(told))
