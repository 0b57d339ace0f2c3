"""Everything the page says, in English and French."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header


@dataclass(frozen=True, kw_only=True)
class Texts:
    """The words of one language."""

    language: str
    description: str
    hello: str
    your_name: str
    submit: str
    you_look_like: str
    picture: str
    share: str
    asleep: str
    back: str
    error: str
    errors: Mapping[int, str]
    other_language: str
    other_language_name: str


ENGLISH = Texts(
    language="en",
    description="Type a name and meet its monster.",
    hello="Hello",
    your_name="Your name",
    submit="submit",
    you_look_like="You look like a",
    picture="The monster of",
    share="Link to this monster",
    asleep="This monster is asleep. It will show itself in a moment.",
    back="Back to the monsters",
    error="That did not work.",
    errors={
        400: "A name has 1 to 128 ordinary characters.",
        404: "There is no such page.",
        405: "That can't be done here.",
        413: "That was too much to read.",
        500: "Something broke here. It is not your fault.",
        503: "This monster is asleep. Please try again in a moment.",
    },
    other_language="fr",
    other_language_name="Français",
)
FRENCH = Texts(
    language="fr",
    description="Tapez un nom et rencontrez son monstre.",
    hello="Bonjour",
    your_name="Votre nom",
    submit="envoyer",
    you_look_like="Vous ressemblez à",
    picture="Le monstre de",
    share="Lien vers ce monstre",
    asleep="Ce monstre dort. Il se montrera dans un instant.",
    back="Retour aux monstres",
    error="Cela n'a pas marché.",
    errors={
        400: "Un nom a de 1 à 128 caractères ordinaires.",
        404: "Cette page n'existe pas.",
        405: "Ce n'est pas possible ici.",
        413: "C'était trop long à lire.",
        500: "Une panne est survenue ici. Vous n'y êtes pour rien.",
        503: "Ce monstre dort. Réessayez dans un instant.",
    },
    other_language="en",
    other_language_name="English",
)
_LANGUAGES = {texts.language: texts for texts in (ENGLISH, FRENCH)}


def texts_for(chosen_language: str | None, accepted_languages: str) -> Texts:
    """Take the language chosen by hand, else what an Accept-Language header likes best."""
    if chosen_language:
        return _LANGUAGES.get(chosen_language, ENGLISH)
    return _accepted(accepted_languages)


# Most visitors send one of a few headers.
@lru_cache(maxsize=128)
def _accepted(languages: str) -> Texts:
    for tag, quality in parse_accept_header(languages, LanguageAccept):
        language = tag.partition("-")[0].lower()
        if quality > 0 and language in _LANGUAGES:
            return _LANGUAGES[language]
    return ENGLISH
