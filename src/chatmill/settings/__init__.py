"""Every option once: name, type, default, unit, help; chatmill.toml, CHATMILL_* and docs follow.

An option's value is, in this order: the environment (`CHATMILL_EXTRACT_EXTRACTOR`), the project's
chatmill.toml (`[extract] extractor = …`), the default in `options`.
"""

from chatmill.settings.options import (
    NAMED_SECTIONS,
    PRIVATE_KINDS,
    BuildSettings,
    ChatSettings,
    CheckSettings,
    EngineSettings,
    EvaluateSettings,
    ExtractSettings,
    ImportSettings,
    PriceSettings,
    PrivacySettings,
    ProjectSettings,
    ProviderSettings,
    ReviewSettings,
    RolesSettings,
    ServeSettings,
    Settings,
    SpendSettings,
    StoreSettings,
    ThreadsSettings,
    TrainSettings,
)
from chatmill.settings.reading import (
    FILE_NAME,
    OptionDescription,
    describe_options,
    load_settings,
    value_of,
)

__all__ = [
    "FILE_NAME",
    "NAMED_SECTIONS",
    "PRIVATE_KINDS",
    "BuildSettings",
    "ChatSettings",
    "CheckSettings",
    "EngineSettings",
    "EvaluateSettings",
    "ExtractSettings",
    "ImportSettings",
    "OptionDescription",
    "PriceSettings",
    "PrivacySettings",
    "ProjectSettings",
    "ProviderSettings",
    "ReviewSettings",
    "RolesSettings",
    "ServeSettings",
    "Settings",
    "SpendSettings",
    "StoreSettings",
    "ThreadsSettings",
    "TrainSettings",
    "describe_options",
    "load_settings",
    "value_of",
]
