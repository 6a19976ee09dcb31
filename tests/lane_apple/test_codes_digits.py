"""The code is found in Apple's messages, in whichever language and script, and in nothing else."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lane_apple._codes.digits import LONGEST, code_in, code_in_message, plain_code
from lane_sandbox._signin.messages import BOUND, TEXTS

# Seen in the wild: English, Japanese and Chinese with their last line. The others are Apple's sentence as its users
# quote it; what the parser needs of them is the word Apple, and the digits.
MESSAGES = {
    "english": "Your Apple ID Code is: 012345. Don't share it with anyone.",
    "english, bound": "Your Apple Account code is: 012345. Don't share it.\n\n@apple.com #012345 %apple.com",
    "english, parted": "Your Apple ID Code is: 012 345",
    "german": "Dein Apple-ID-Code lautet: 012345. Teile ihn mit niemandem.",
    "french": "Votre code d’identifiant Apple est : 012345. Ne le partagez avec personne.",
    "spanish": "Tu código de Apple ID es: 012345. No lo compartas con nadie.",
    "italian": "Il codice del tuo ID Apple è: 012345. Non condividerlo con nessuno.",
    "portuguese": "O código do seu ID Apple é: 012345. Não o compartilhe com ninguém.",
    "dutch": "Je Apple ID-code is 012345. Deel deze code met niemand.",
    "russian": "Ваш код Apple ID: 012345. Никому его не сообщайте.",
    "japanese": "Apple IDコードは次の通りです：012345。コードを共有しないでください。\n@apple.com # 012345 %apple.com ",
    "japanese, wide": "Ａｐｐｌｅ\u3000ＩＤコードは０１２３４５です。",
    "chinese": "Apple 账户代码为：012345。请勿与他人共享。\n\n@apple.com #012345 %apple.com",
    "chinese, unspaced": "Apple账户代码为012345请勿与他人共享",
    "korean": "Apple ID 코드는 012345입니다. 다른 사람과 공유하지 마십시오.",
    "arabic": "رمز حساب Apple الخاص بك هو: ٠١٢٣٤٥. لا تشاركه مع أحد.",
    "persian": "کد Apple شما: ۰۱۲۳۴۵",
    "hindi": "आपका Apple खाता कोड है: ०१२३४५।",
    "isolated": "Apple: \u2068012345\u2069.",
    "capitals": "YOUR APPLE ID CODE IS 012345",
    "only the last line": "@apple.com #012345 %apple.com",
    "a sub-domain": "@appleid.apple.com #012345",
    "with minutes": "Your Apple code is 012345. It is good for 10 minutes, until 18:45 on 2026-11-03.",
}
STRANGERS = {
    "another sender": "Your bank's code is 012345.",
    "bound to another domain": "Your Apple code.\n@example.com #012345",
    "bound to a look-alike": "@apple.com.example.com #012345",
    "bound to another look-alike": "@notapple.com #012345",
    "two codes": "Apple: 012345 or 543210",
    "too long": "Apple: 0123456",
    "too short": "Apple: 01234",
    "a phone number": "Call Apple: +49 012345",
    "a phone number in groups": "Call Apple: 0800 012 345",
    "an amount": "Apple charged 012345.99",
    "a date": "Apple, 2026-012345",
    "a word": "Apple order A012345",
    "an order with letters after": "Apple order 012345B",
    "bound, of another length": "Apple 012345\n@apple.com #0123456",
    "nothing": "",
}


@pytest.mark.parametrize("text", MESSAGES.values(), ids=MESSAGES.keys())
def test_apples_message(text: str) -> None:
    assert code_in_message(text, 6) == "012345"


@pytest.mark.parametrize("text", STRANGERS.values(), ids=STRANGERS.keys())
def test_no_message_of_apples_or_none_with_one_code(text: str) -> None:
    assert code_in_message(text, 6) is None


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_what_the_sandbox_sends(text: str) -> None:
    assert code_in_message(text.format("012345"), 6) == "012345"
    assert code_in_message(text.format("012345") + BOUND.format("012345"), 6) == "012345"


def test_the_length_is_apples() -> None:
    assert code_in_message("Your Apple verification code is 0123", 4) == "0123"
    assert code_in_message("Your Apple verification code is 0123", 6) is None
    assert code_in_message("Your Apple verification code is 01234567", 8) == "01234567"


@pytest.mark.parametrize(
    "text", ["012345", " 012345\r\n", "012 345", "012-345", "٠١٢٣٤٥", "０１２３４５", "012\u00a0345"]
)
def test_a_code_by_itself(text: str) -> None:
    assert plain_code(text, 6) == "012345"


@pytest.mark.parametrize(
    "text", ["", "12345", "0123456", "01 23 45", "0123 45", "x012345", "012345 x", "+12345"]
)
def test_what_is_no_code_by_itself(text: str) -> None:
    assert plain_code(text, 6) is None


def test_a_program_may_say_more_before_the_code() -> None:
    assert code_in("looking…\nfound it\n012345\n", 6) == "012345"
    assert code_in("looking…\n012345\nnot that\n", 6) is None


# Fuzzing


@given(st.text())
@example("@" * LONGEST)
@example("@a.b " * LONGEST)
@example("1 " * LONGEST + "apple")
@example("apple " + "1" * LONGEST)
@example("\ud800 apple ٣" * 99)
def test_any_text_gives_a_code_or_nothing(text: str) -> None:
    found = code_in(text, 6)
    assert found is None or (len(found) == 6 and found.isascii() and found.isdecimal())


WORDS = st.text(st.characters(exclude_categories=["Nd", "Cs"], exclude_characters="@#%$€£+"), max_size=60)
CODES = st.text("0123456789", min_size=6, max_size=6)


@given(before=WORDS, code=CODES, after=WORDS)
def test_the_last_line_is_always_found(before: str, code: str, after: str) -> None:
    assert code_in_message(f"{before}\n{after}\n\n@apple.com #{code} %apple.com", 6) == code


@given(before=WORDS, code=CODES, after=WORDS)
def test_one_code_in_a_sentence_is_always_found(before: str, code: str, after: str) -> None:
    assert code_in_message(f"Apple {before}: {code}. {after}", 6) == code


@given(first=CODES, second=CODES, between=WORDS)
def test_of_two_codes_neither_is_guessed(first: str, second: str, between: str) -> None:
    found = code_in_message(f"Apple: {first} ;{between}; {second}", 6)
    assert found == (first if first == second else None)


@given(st.text().filter(lambda text: "apple" not in text.casefold()), CODES)
def test_a_message_that_does_not_name_apple_never_counts(text: str, code: str) -> None:
    assert code_in_message(f"{text} {code}", 6) is None or "apple" in _folded(text)


def _folded(text: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFKC", "".join(c for c in text if unicodedata.category(c) != "Cf")).lower()
