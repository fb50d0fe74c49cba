"""Identifiers of devices, manufacturers and clearances, checked by the rules of whoever issues them."""

import re

GMN_CHARACTERS = (
    "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
)
GMN_CHECKS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
GMN_WEIGHTS = (
    83,
    79,
    73,
    71,
    67,
    61,
    59,
    53,
    47,
    43,
    41,
    37,
    31,
    29,
    23,
    19,
    17,
    13,
    11,
    7,
    5,
    3,
    2,
)
HIBC_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
NUMBERS = {
    "fda_510k": (r"K\d{6}", "K and six digits, such as K201234"),
    "fda_de_novo": (r"DEN\d{6}", "DEN and six digits, such as DEN170073"),
    "fda_pma": (
        r"P\d{6}(/S\d{3})?",
        "P and six digits, with a supplement if any, such as P200001/S003",
    ),
}
"""Form of the number of a clearance, by its pathway; European certificates have no common form."""


class IdentifierNotValid(ValueError):
    """An identifier that its issuer cannot have given; the sentence says what is wrong with it."""


def srn(text: str) -> str:
    """A single registration number of EUDAMED: country, role, nine digits.

    >>> srn("DE-MF-000012345")
    'DE-MF-000012345'
    """
    if not re.fullmatch(r"[A-Z]{2}-(MF|AR|IM|PR)-\d{9}", text):
        raise IdentifierNotValid(
            f"'{text}' is no SRN; it has the form DE-MF-000012345 (country, MF AR IM or PR, nine digits)"
        )
    return text


def notified_body(text: str) -> str:
    """The number of a notified body: four digits.

    >>> notified_body("0123")
    '0123'
    """
    if not re.fullmatch(r"\d{4}", text):
        raise IdentifierNotValid(f"'{text}' is no number of a notified body; it has four digits")
    return text


def clearance_number(text: str, pathway: str) -> str:
    """The number of a clearance, where its pathway gives it a form.

    >>> clearance_number("K201234", "fda_510k")
    'K201234'
    """
    form, said = NUMBERS.get(pathway, (".+", ""))
    if not re.fullmatch(form, text):
        raise IdentifierNotValid(f"'{text}' is no number of this pathway; it has {said}")
    return text


def basic_udi_di(text: str) -> str:
    """The key of a device family, with its check characters.

    GS1 (global model number) and HIBCC end in two characters of weight modulo 1021, IFA (`PP…`) in two digits
    modulo 97. Source: GS1 General Specifications, section 7.9; HIBCC, Basic UDI-DI; IFA, Basic UDI-DI (2019).

    >>> basic_udi_di("++A999MODELIDENTIFIER11S8"), basic_udi_di("PP12345ABCD.12345678.9004")
    ('++A999MODELIDENTIFIER11S8', 'PP12345ABCD.12345678.9004')
    """
    if not 6 <= len(text) <= 25:
        raise IdentifierNotValid(f"'{text}' is no Basic UDI-DI; it has 6 to 25 characters")
    if text.startswith("PP"):
        return _checked(text, _modulo_97(text[:-2]), "IFA")
    return _checked(text, _modulo_1021(text[:-2]), "HIBCC" if text.startswith("++") else "GS1")


def udi_di(text: str) -> str:
    """The device identifier of a model and version, with its check character where it has one.

    GS1: 14 digits (GTIN), the last a check digit. HIBCC: `+`, ends in a character modulo 43. IFA: PPN,
    ends in two digits modulo 97. ICCBBA: begins with `=/`, no check character.

    >>> udi_di("08712345678906"), udi_di("+A123BJC5D6E71G"), udi_di("111234567842")
    ('08712345678906', '+A123BJC5D6E71G', '111234567842')
    """
    if text.startswith("=/"):
        if not re.fullmatch(r"=/[A-Z]\d{4}[0-9A-Z]{2,}", text):
            raise IdentifierNotValid(f"'{text}' is no UDI-DI of ICCBBA; it has the form =/A9999…")
        return text
    if text.startswith("+"):
        return _checked(text, _modulo_43(text[:-1]), "HIBCC")
    if re.fullmatch(r"\d{14}", text):
        return _checked(text, _modulo_10(text[:-1]), "GS1")
    if re.fullmatch(r"\d{2}[0-9A-Z]{4,18}\d{2}", text):
        return _checked(text, _modulo_97(text[:-2]), "IFA")
    raise IdentifierNotValid(
        f"'{text}' is no UDI-DI of GS1 (14 digits), HIBCC (begins with +), IFA (PPN) or ICCBBA (begins with =/)"
    )


def _checked(text: str, check: str, issuer: str) -> str:
    if not text.endswith(check):
        given = text[len(text) - len(check) :]
        raise IdentifierNotValid(
            f"'{text}' ends in {given}, but by the rule of {issuer} its check must be {check}; copy it again from the label"
        )
    return text


def _modulo_10(digits: str) -> str:
    weighted = sum(
        int(d) * (3 if place % 2 == 0 else 1) for place, d in enumerate(reversed(digits))
    )
    return str(-weighted % 10)


def _modulo_43(text: str) -> str:
    return HIBC_CHARACTERS[
        sum(_value(text, c, HIBC_CHARACTERS) for c in text) % len(HIBC_CHARACTERS)
    ]


def _modulo_97(text: str) -> str:
    return f"{sum(ord(c) * weight for weight, c in enumerate(text, start=2)) % 97:02d}"


def _modulo_1021(text: str) -> str:
    weights = GMN_WEIGHTS[len(GMN_WEIGHTS) - len(text) :]
    rest = (
        sum(_value(text, c, GMN_CHARACTERS) * w for c, w in zip(text, weights, strict=True)) % 1021
    )
    return GMN_CHECKS[rest >> 5] + GMN_CHECKS[rest & 31]


def _value(text: str, character: str, known: str) -> int:
    if character not in known:
        raise IdentifierNotValid(f"'{text}' holds '{character}', which no such identifier has")
    return known.index(character)
