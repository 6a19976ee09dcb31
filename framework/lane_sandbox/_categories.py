"""The categories of the App Store, which are the same for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lane_sandbox._store import Store

PLATFORMS = ("IOS", "MAC_OS", "TV_OS")
CATEGORIES: dict[str, tuple[str, ...]] = {
    "BOOKS": (),
    "BUSINESS": (),
    "DEVELOPER_TOOLS": (),
    "EDUCATION": (),
    "ENTERTAINMENT": (),
    "FINANCE": (),
    "FOOD_AND_DRINK": (),
    "GAMES": (
        "GAMES_ACTION",
        "GAMES_ADVENTURE",
        "GAMES_BOARD",
        "GAMES_CARD",
        "GAMES_CASINO",
        "GAMES_CASUAL",
        "GAMES_FAMILY",
        "GAMES_MUSIC",
        "GAMES_PUZZLE",
        "GAMES_RACING",
        "GAMES_ROLE_PLAYING",
        "GAMES_SIMULATION",
        "GAMES_SPORTS",
        "GAMES_STRATEGY",
        "GAMES_TRIVIA",
        "GAMES_WORD",
    ),
    "GRAPHICS_AND_DESIGN": (),
    "HEALTH_AND_FITNESS": (),
    "LIFESTYLE": (),
    "MAGAZINES_AND_NEWSPAPERS": (),
    "MEDICAL": (),
    "MUSIC": (),
    "NAVIGATION": (),
    "NEWS": (),
    "PHOTO_AND_VIDEO": (),
    "PRODUCTIVITY": (),
    "REFERENCE": (),
    "SHOPPING": (),
    "SOCIAL_NETWORKING": (),
    "SPORTS": (),
    "STICKERS": (
        "STICKERS_ANIMALS",
        "STICKERS_ART",
        "STICKERS_CELEBRATIONS",
        "STICKERS_CELEBRITIES",
        "STICKERS_CHARACTERS",
        "STICKERS_EATING_AND_DRINKING",
        "STICKERS_EMOJI_AND_EXPRESSIONS",
        "STICKERS_FASHION",
        "STICKERS_GAMING",
        "STICKERS_KIDS_AND_FAMILY",
        "STICKERS_MOVIES_AND_TV",
        "STICKERS_MUSIC",
        "STICKERS_PEOPLE",
        "STICKERS_PLACES_AND_OBJECTS",
        "STICKERS_SPORTS_AND_ACTIVITIES",
    ),
    "TRAVEL": (),
    "UTILITIES": (),
    "WEATHER": (),
}
"""Each category with its subcategories, by Apple's ids."""


def add_categories(store: Store) -> None:
    """Put them all into a store; within `writing()`."""
    for category, parts in CATEGORIES.items():
        platforms = ["IOS"] if category == "STICKERS" else list(PLATFORMS)
        store.add("appCategories", category, {"platforms": platforms})
        for part in parts:
            store.add("appCategories", part, {"platforms": platforms}, {"parent": [category]})
