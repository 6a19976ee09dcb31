"""How a sign-in can end, each with what to do (apple-id-login.md, 4.6, 5, 8 and 10).

None of those that Apple answers is a lane.TransientError: to sign in again at once is what locks accounts.

lane.CredentialError
├── WrongPasswordError         the password is not the one
├── UnknownAppleIdError        Apple does not know the account
├── AppSpecificPasswordError   that kind of password opens no web sign-in
├── NoAccessError              a good Apple ID, in no team of App Store Connect
├── WidgetKeyRefusedError      the key of Apple's sign-in page is out of date
├── PhoneChoiceError           the number that was named is none of the account's, or none was named
└── TeamChoiceError            the team that was named is none of the account's, or none was named
lane.PersonNeededError
├── CodeNeededError            Apple wants a code where nobody can be asked
├── WrongCodeError             three codes, none of them right
├── TooManyCodesError          Apple sends no more codes, or takes none, for now
├── LateCodeError              Apple had given up the sign-in when the code came
├── SecurityKeyNeededError     only a security key passes the second factor
├── NoWayForCodeError          the account has neither a device nor a number
├── AccountLockedError         too many wrong passwords, or Apple's own reasons
├── AcknowledgementNeededError terms, a privacy statement or an upgrade wait for an answer in a browser
└── PasswordProofNeededError   Apple wants the password a second time, as only its own page can give it
lane.ActionError
├── SignInLimitError           too many sign-ins: wait so and so long
├── SignInBlockedError         Apple refuses this network
├── RegionBlockedError         Apple refuses this country or address
├── CannotSignInNowError       Apple says: later
└── SignInChangedError         an answer that this program does not know: Apple changed the flow
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lane import ActionError, CredentialError, PersonNeededError

if TYPE_CHECKING:
    from lane_apple._session.session import AppleSession

    from .phones import Phone
    from .teams import Provider


class WrongPasswordError(CredentialError):
    """The password is not that of the Apple ID."""

    code = "wrong_password"


class UnknownAppleIdError(CredentialError):
    """Apple does not know the Apple ID."""

    code = "unknown_apple_id"


class AppSpecificPasswordError(CredentialError):
    """An app-specific password was given for the web sign-in, which takes none."""

    code = "app_specific_password"


class NoAccessError(CredentialError):
    """The Apple ID belongs to no team of App Store Connect."""

    code = "no_app_store_connect_access"


class WidgetKeyRefusedError(CredentialError):
    """The password was taken, and App Store Connect does not know the session all the same."""

    code = "widget_key_refused"


class PhoneChoiceError(CredentialError):
    """No number was named where there are several, or the named one fits none. `phones` holds Apple's."""

    code = "phone_choice"

    def __init__(self, message: str, phones: tuple[Phone, ...], *, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.phones = phones


class TeamChoiceError(CredentialError):
    """No team was named where there are several, or the named one is none of them. `providers` holds Apple's.

    The sign-in itself was fine: `session` holds it, so that no second code is needed to choose.
    """

    code = "team_choice"

    def __init__(self, message: str, providers: tuple[Provider, ...], *, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.providers = providers
        self.session: AppleSession | None = None


class CodeNeededError(PersonNeededError):
    """Apple wants a code, and nobody can be asked."""

    code = "code_needed"


class WrongCodeError(PersonNeededError):
    """As many wrong codes as are tried before Apple might lock the account."""

    code = "wrong_code"


class TooManyCodesError(PersonNeededError):
    """Apple sends no further codes, or takes none, for some time."""

    code = "too_many_codes"


class LateCodeError(PersonNeededError):
    """The sign-in that the code belongs to is over."""

    code = "late_code"


class SecurityKeyNeededError(PersonNeededError):
    """The account is protected by security keys: there are no codes."""

    code = "security_key"


class NoWayForCodeError(PersonNeededError):
    """The account has neither a trusted device nor a phone number."""

    code = "no_way_for_code"


class AccountLockedError(PersonNeededError):
    """Apple locked the account."""

    code = "account_locked"


class AcknowledgementNeededError(PersonNeededError):
    """Something has to be acknowledged or changed in a browser before Apple lets anyone in."""

    code = "acknowledgement_needed"


class PasswordProofNeededError(PersonNeededError):
    """The browser is trusted, and Apple wants a second proof of the password (escrow)."""

    code = "password_proof_needed"


class SignInLimitError(ActionError):
    """Too many sign-ins, or requests. `retry_after` is in seconds."""

    code = "sign_in_limit"

    def __init__(self, message: str, *, retry_after: float, hint: str, where: str) -> None:
        super().__init__(message, hint=hint, where=where)
        self.retry_after = retry_after


class SignInBlockedError(ActionError):
    """Apple does not serve this network's addresses, or had too many sign-ins from them."""

    code = "sign_in_blocked"


class RegionBlockedError(ActionError):
    """Something in front of Apple's service refuses this country or address."""

    code = "region_blocked"


class CannotSignInNowError(ActionError):
    """Apple does not let anyone in now."""

    code = "cannot_sign_in_now"


class SignInChangedError(ActionError):
    """An answer whose shape is not known. `step` is the word of the flow's step, such as `srp_init`."""

    code = "sign_in_changed"

    def __init__(self, step: str, message: str, *, where: str) -> None:
        super().__init__(
            message,
            hint="Apple changes its sign-in every year or two. `lane doctor` names what no longer works;"
            " an API key needs no sign-in.",
            where=where,
        )
        self.step = step
