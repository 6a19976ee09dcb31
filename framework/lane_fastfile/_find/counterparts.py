"""What takes the place of old Spaceship code: the new client and the official API, or nothing.

Checked against Apple's description of the App Store Connect API; what has no path there has no counterpart.
"""

from __future__ import annotations

SIGN_IN = "app_store_connect_api_key, or Spaceship::ConnectAPI.auth(…): a key instead of a sign-in"
NO_COUNTERPART = "no counterpart in the official API: needs an Apple ID, in a job of its own"

PORTAL = {
    "App": "Spaceship::ConnectAPI::BundleId (/v1/bundleIds)",
    "AppService": "Spaceship::ConnectAPI::BundleIdCapability (/v1/bundleIdCapabilities)",
    "Certificate": "Spaceship::ConnectAPI::Certificate (/v1/certificates); push certificates have no counterpart",
    "Device": "Spaceship::ConnectAPI::Device (/v1/devices)",
    "Invite": "Spaceship::ConnectAPI::UserInvitation (/v1/userInvitations)",
    "Merchant": "the official API only: /v1/merchantIds",
    "Passbook": "the official API only: /v1/passTypeIds",
    "Person": "Spaceship::ConnectAPI::User (/v1/users)",
    "Persons": "Spaceship::ConnectAPI::User (/v1/users)",
    "ProvisioningProfile": "Spaceship::ConnectAPI::Profile (/v1/profiles)",
}
TUNES = {
    "AppAnalytics": "the official API only: /v1/analyticsReportRequests",
    "AppRatings": "the official API only: /v1/apps/{id}/customerReviews",
    "AppReview": "the official API only: /v1/apps/{id}/customerReviews",
    "AppSubmission": "Spaceship::ConnectAPI::ReviewSubmission (/v1/reviewSubmissions)",
    "AppVersion": "Spaceship::ConnectAPI::AppStoreVersion (/v1/appStoreVersions)",
    "Application": "Spaceship::ConnectAPI::App (/v1/apps); its create! has no counterpart",
    "Build": "Spaceship::ConnectAPI::Build (/v1/builds)",
    "BuildTrain": "Spaceship::ConnectAPI::PreReleaseVersion (/v1/preReleaseVersions)",
    "IAP": "the official API only: /v1/apps/{id}/inAppPurchasesV2",
    "Member": "Spaceship::ConnectAPI::User (/v1/users)",
    "Members": "Spaceship::ConnectAPI::User (/v1/users)",
    "PricingInfo": "the official API only: /v1/appPriceSchedules",
    "SandboxTester": "the official API, to list and change only: /v2/sandboxTesters",
    "Territory": "Spaceship::ConnectAPI::Territory (/v1/territories)",
}
TESTFLIGHT = {
    "AppTestInfo": "Spaceship::ConnectAPI::BetaAppLocalization (/v1/betaAppLocalizations)",
    "BetaReviewInfo": "Spaceship::ConnectAPI::BetaAppReviewDetail (/v1/betaAppReviewDetails)",
    "Build": "Spaceship::ConnectAPI::Build (/v1/builds)",
    "BuildTrains": "Spaceship::ConnectAPI::PreReleaseVersion (/v1/preReleaseVersions)",
    "Group": "Spaceship::ConnectAPI::BetaGroup (/v1/betaGroups)",
    "Tester": "Spaceship::ConnectAPI::BetaTester (/v1/betaTesters)",
}
# Methods of the module itself, and of Spaceship::Portal, that stand for a class.
METHODS = {
    "app": "App",
    "app_service": "AppService",
    "certificate": "Certificate",
    "device": "Device",
    "invite": "Invite",
    "merchant": "Merchant",
    "passbook": "Passbook",
    "person": "Person",
    "persons": "Persons",
    "provisioning_profile": "ProvisioningProfile",
}
_WITHOUT = {
    "AppGroup",
    "CloudContainer",
    "WebsitePush",
    "Key",
    "app_group",
    "cloud_container",
    "website_push",
    "key",
}


def counterpart(path: str, method: str | None) -> str:
    """What to write instead of `path.method`."""
    parts = path.removeprefix("::").split("::")[1:]
    if method in ("login", "select_team", "client") or parts[:1] in (["Client"], ["Launcher"]):
        return SIGN_IN
    name = parts[-1] if parts else ""
    if name in ("Portal", "Tunes", "TestFlight", ""):
        name = METHODS.get(method or "", method or "")
    table = {"Tunes": TUNES, "TestFlight": TESTFLIGHT}.get(parts[0] if parts else "")
    found = (table or {}).get(name) if table is not None else PORTAL.get(name) or TUNES.get(name)
    if found is not None:
        return found
    return NO_COUNTERPART if name in _WITHOUT or (parts and method) else SIGN_IN
