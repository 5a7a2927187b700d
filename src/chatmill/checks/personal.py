"""Personal and secret data: what masking would hide, at the exact words."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from chatmill.checks.base import Checked, finding
from chatmill.records import Finding, Severity
from chatmill.text.masking import Masker

WORDS: dict[str, tuple[Severity, str]] = {
    "name": ("info", "names a person"),
    "email": ("warning", "holds an e-mail address"),
    "phone": ("warning", "holds a phone number"),
    "resident": ("warning", "holds an identity number"),
    "business": ("info", "holds a company's registration number"),
    "card": ("warning", "holds a card number"),
    "iban": ("warning", "holds a bank account"),
    "account": ("warning", "holds an account number"),
    "address": ("warning", "holds a postal address"),
    "key": ("warning", "holds a key or token"),
    "password": ("warning", "holds a password"),
    "mac": ("info", "holds a MAC address"),
    "serial": ("info", "holds a serial number"),
    "licence": ("warning", "holds a licence key"),
    "ip": ("info", "holds a public IP address"),
}
"""Kind → severity and what is said; datasets and exports hold placeholders in their place."""


class PersonalCheck:
    """Finds what `[privacy] kinds` names, in the system line, questions and answers."""

    name = "personal"
    version = "1"
    kinds: ClassVar[Mapping[str, str]] = {
        kind: message.partition(" ")[2] for kind, (_severity, message) in WORDS.items()
    }

    def check(self, checked: Checked) -> Iterator[Finding]:
        """Yield a warning or a remark for each place."""
        masker = Masker(checked.settings.privacy, checked.conversation)
        fields = [("system", checked.example.system)]
        fields += [(each.field, each.text) for each in checked.passages]
        for field, text in fields:
            for span in masker.find(text):
                severity, message = WORDS[span.kind]
                yield finding(
                    f"{self.name}.{span.kind}",
                    checked,
                    severity,
                    field,
                    message,
                    start=span.start,
                    end=span.end,
                    evidence=text[span.start : span.end],
                )
