"""Where settings come from, and which source a setting that is wrong came from."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsError

from config.faults import ENVIRONMENT, ConfigurationError, Fault, dotted, read_toml

PREFIX = "HELPLINE_"
CONFIG = "HELPLINE_CONFIG"
DEFAULTS = Path(__file__).parent / "default.toml"
_NOT_SETTINGS = (CONFIG, "HELPLINE_TESTS_")  # of the start, and of the test suite


@dataclass(frozen=True, slots=True)
class Layer:
    """What one source says. ``name`` is a file's path, or `ENVIRONMENT`."""

    name: str
    values: Mapping[str, Any]


def layers(model: type[BaseSettings], env: Mapping[str, str], config_file: Path | None) -> tuple[Layer, ...]:
    """The sources, the one that wins first. Raises ConfigurationError when one cannot be read."""
    found = [_environment(model, env)]
    if config_file is None and env.get(CONFIG):
        config_file = Path(env[CONFIG])
    if config_file is not None:
        found.append(Layer(str(config_file), read_toml(config_file)))
    found.append(Layer(str(DEFAULTS), read_toml(DEFAULTS)))
    return tuple(found)


def merged(sources: Sequence[Layer]) -> dict[str, Any]:
    """One set of values; tables are merged key by key, everything else is taken whole."""
    values: dict[str, Any] = {}
    for layer in reversed(sources):
        values = _over(values, layer.values)
    return values


def named(sources: Sequence[Layer], path: Sequence[object]) -> tuple[str, str]:
    """The source that said this, and the key as it is written there."""
    for layer in sources:
        if _holds(layer.values, path):
            if layer.name == ENVIRONMENT:
                return ENVIRONMENT, variable(path)
            return layer.name, dotted(path)
    return sources[-1].name, dotted(path)


def variable(path: Sequence[object]) -> str:
    """The environment variable of a setting: HELPLINE_TWILIO__AUTH_TOKEN."""
    return PREFIX + "__".join(str(part).upper() for part in path if not isinstance(part, int))


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(below)
    for key, value in above.items():
        old = values.get(key)
        values[key] = _over(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return values


def _holds(values: object, path: Sequence[object]) -> bool:
    for part in path:
        if isinstance(part, int) or not isinstance(values, Mapping):
            return True  # an item of a list, or a value where a table belongs: this source said the whole
        if part not in values:
            return False
        values = values[part]
    return True


class _Given(EnvSettingsSource):
    """pydantic's reading of an environment that is handed in."""

    def __init__(self, model: type[BaseSettings], env: Mapping[str, str]) -> None:
        self._given = env
        super().__init__(model, env_prefix=PREFIX, env_nested_delimiter="__")

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._given.items()}


def _environment(model: type[BaseSettings], env: Mapping[str, str]) -> Layer:
    """Raises ConfigurationError for a variable that begins like ours and is none, or cannot be read."""
    known = {name.upper() for name in model.model_fields}
    faults = []
    for name in sorted(env):
        if not name.startswith(PREFIX) or name.startswith(_NOT_SETTINGS):
            continue
        if name.removeprefix(PREFIX).partition("__")[0] not in known:
            remedy = "Check its spelling against config/default.toml, or unset it."
            faults.append(Fault(ENVIRONMENT, name, "is not a known setting", remedy))
    if faults:
        raise ConfigurationError(faults)
    try:
        return Layer(ENVIRONMENT, _Given(model, env)())
    except SettingsError as error:
        found = re.search(r'field "(\w+)"', str(error))
        name = variable((found.group(1),)) if found else PREFIX + "*"
        remedy = f"Set its parts instead, as in {PREFIX}TWILIO__AUTH_TOKEN."
        raise ConfigurationError([Fault(ENVIRONMENT, name, "cannot be read", remedy)]) from None
