"""Reads chatmill.toml and the environment into options, and describes every option."""

import dataclasses
import math
import os
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from chatmill.errors import SettingsError
from chatmill.settings.options import NAMED_SECTIONS, Settings

FILE_NAME = "chatmill.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionDescription:
    """One option as the settings page and `chatmill settings` show it."""

    section: str
    name: str
    type_name: str
    default: Any
    unit: str
    help: str

    @property
    def key(self) -> str:
        """`section.name`, as in chatmill.toml."""
        return f"{self.section}.{self.name}"

    @property
    def is_named(self) -> bool:
        """Say whether its section is there once a name, such as a provider's."""
        return self.section.endswith(".NAME")

    @property
    def variable(self) -> str:
        """Environment variable that overrides it; empty for a provider's options."""
        if self.is_named:
            return ""
        return f"CHATMILL_{self.section}_{self.name}".upper()


def load_settings(path: Path | None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read a chatmill.toml and the environment on top of the defaults.

    Args:
        path: The file; a missing one (or None) means defaults.
        environ: Variables to read; the process's own when None.

    Raises:
        SettingsError: The file is not TOML, or holds an unknown section, option or type.
    """
    environ = os.environ if environ is None else environ
    document = _read_toml(path) if path is not None and path.exists() else {}
    where = str(path) if path is not None else FILE_NAME
    sections: dict[str, Any] = {}
    known = {_section_name(f.name): f for f in dataclasses.fields(Settings)}
    for name in document:
        if name not in known:
            raise SettingsError(
                f"unknown section [{name}]", where=where, fix=f"Known: {', '.join(sorted(known))}"
            )
    for name, section_field in known.items():
        table = document.get(name, {})
        if not isinstance(table, dict):
            raise SettingsError(f"[{name}] must be a section", where=where)
        if name in NAMED_SECTIONS:
            sections[name] = {
                each: _fill(NAMED_SECTIONS[name], options, f"{where} [{name}.{each}]")
                for each, options in table.items()
            }
            continue
        kind = typing.cast("type[Any]", section_field.type)
        overrides = _environment_overrides(kind, name, environ)
        sections[section_field.name] = _fill(kind, {**table, **overrides}, f"{where} [{name}]")
    return Settings(**sections)


def describe_options() -> list[OptionDescription]:
    """List every option in the order of `options`, named sections last."""
    described: list[OptionDescription] = []
    for section_field in dataclasses.fields(Settings):
        is_named = section_field.name in NAMED_SECTIONS
        kind: Any = NAMED_SECTIONS.get(section_field.name, section_field.type)
        section = f"{section_field.name}.NAME" if is_named else _section_name(section_field.name)
        for each in dataclasses.fields(kind):
            default = each.default
            if default is dataclasses.MISSING and each.default_factory is not dataclasses.MISSING:
                default = each.default_factory()
            described.append(
                OptionDescription(
                    section=section,
                    name=each.name,
                    type_name=_type_name(each.type),
                    default=default,
                    unit=each.metadata["unit"],
                    help=each.metadata["help"],
                )
            )
    return sorted(described, key=lambda item: item.is_named)


def value_of(settings: Settings, item: OptionDescription) -> Any:  # noqa: ANN401 - any option's value
    """Return what an option is set to; of a provider's option, its default."""
    if item.is_named:
        return item.default
    section = "import_" if item.section == "import" else item.section
    return getattr(getattr(settings, section), item.name)


def _section_name(attribute: str) -> str:
    return attribute.rstrip("_")


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"not valid TOML: {error}", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise SettingsError("not UTF-8 text", where=str(path), fix="Save it as UTF-8") from error
    except OSError as error:
        raise SettingsError(f"cannot be read: {error.strerror}", where=str(path)) from error


def _environment_overrides(
    kind: type[Any], section: str, environ: Mapping[str, str]
) -> dict[str, Any]:
    overrides: dict[str, Any] = {}
    for each in dataclasses.fields(kind):
        text = environ.get(f"CHATMILL_{section}_{each.name}".upper())
        if text is not None:
            overrides[each.name] = _parse_text(text, each.type)
    return overrides


def _parse_text(text: str, kind: Any) -> Any:  # noqa: ANN401 - a dataclass field's annotation
    if kind is bool:
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            return text
    if typing.get_origin(kind) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _fill(kind: type[Any], table: Any, where: str) -> Any:  # noqa: ANN401 - one of the sections
    if not isinstance(table, dict):
        raise SettingsError("must be a section", where=where)
    fields = {each.name: each for each in dataclasses.fields(kind)}
    values: dict[str, Any] = {}
    for name, value in table.items():
        if name not in fields:
            raise SettingsError(
                f"unknown option {name}", where=where, fix=f"Known: {', '.join(fields)}"
            )
        values[name] = _convert(value, fields[name].type, f"{where} {name}")
        _require_allowed(values[name], fields[name].metadata, f"{where} {name}")
    return kind(**values)


def _convert(value: Any, kind: Any, where: str) -> Any:  # noqa: ANN401 - TOML value to option type
    origin = typing.get_origin(kind)
    if origin is tuple:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
    elif origin is dict:
        if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
            return dict(value)
    elif origin is Literal:
        if value in typing.get_args(kind):
            return value
    elif kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    elif kind is str and isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)  # epochs = 20 beside epochs = "auto"
    elif isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    raise SettingsError(f"must be {_type_name(kind)}, not {value!r}", where=where)


def _require_allowed(value: Any, allowed: Mapping[str, Any], where: str) -> None:  # noqa: ANN401 - any option's value
    choices = allowed["choices"]
    if choices:
        for each in value if isinstance(value, tuple) else (value,):
            if each not in choices:
                known = ", ".join(choice for choice in choices if choice)
                raise SettingsError(f"{each!r} is not known", where=where, fix=f"Known: {known}")
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    low, high = allowed["at_least"], allowed["at_most"]
    if is_number and not low <= value <= high:
        bounds = f"at least {low}" if high == math.inf else f"from {low} to {high}"
        raise SettingsError(f"must be {bounds}, not {value}", where=where)


def _type_name(kind: Any) -> str:  # noqa: ANN401 - a dataclass field's annotation
    origin = typing.get_origin(kind)
    if origin is tuple:
        return "list of text"
    if origin is dict:
        return "table of text"
    if origin is Literal:
        return " | ".join(str(choice) for choice in typing.get_args(kind))
    if isinstance(kind, types.UnionType):
        return " | ".join(_type_name(part) for part in typing.get_args(kind))
    names = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    return names.get(kind, str(kind))
