"""Reads the whole configuration, and finds what is wrong with it before a child does."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from config.danger_words import draft_warnings
from config.directory import Directory, directory_file, load_directory
from config.faults import ConfigurationError, Fault, Severity
from config.forms import form_warnings
from config.lines import Line
from config.settings import Settings, load_settings, settings_meant
from config.sources import DEFAULTS
from helpline.console.permissions import NAMES as PERMISSIONS
from helpline.policies import policy_of
from ivr_scripts.faults import Fault as ScriptFault
from ivr_scripts.languages import Languages
from ivr_scripts.loader import (
    PROMPTS,
    SCRIPTS,
    WORDS,
    load_languages,
    load_prompts,
    load_script,
    load_words,
    prove,
    prove_prompts,
    prove_words,
    recordings_in,
)
from ivr_scripts.schema import Script
from ivr_scripts.texting import TextScript, text_script
from ivr_scripts.wording import Prompts
from routing.policy import LinePolicy

_NOT_IN_PRODUCTION = ("draft", "unvoiced")
"""Codes of warnings that stop a production, unless it allows drafts."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that was read, and fits together. ``policies`` and ``text_scripts`` by line, ``scripts`` by name.

    ``recordings`` is the folder of recorded prompts. ``warnings`` are faults with which a start is still right.
    """

    settings: Settings
    directory: Directory
    languages: Languages
    scripts: Mapping[str, Script]
    prompts: Prompts
    recordings: Path
    policies: Mapping[str, LinePolicy]
    text_scripts: Mapping[str, TextScript]
    warnings: tuple[Fault, ...]


def read_configuration(
    env: Mapping[str, str] | None = None, config_file: Path | None = None, *, make_keys: bool = True
) -> Configuration:
    """Read and prove all of it. Raises ConfigurationError with every fault, warnings included, when one is an error.

    ``env`` is the process's environment when not given. With ``make_keys`` false nothing is written anywhere.
    """
    settings, faults = _settings(os.environ if env is None else env, config_file, make_keys)
    folder = settings.directory_dir
    languages, of_languages = load_languages(directory_file("languages.toml", folder))
    prompts_folder = own_folder(folder, "prompts") or PROMPTS
    prompts, of_prompts = load_prompts(prompts_folder)
    words, of_words = load_words(own_folder(folder, "words") or WORDS)
    faults += _translated([*of_languages, *of_prompts, *of_words, *prove_words(words, languages)], settings)
    try:
        directory = load_directory(languages.by_code, folder)
    except ConfigurationError as error:
        raise ConfigurationError(_in_order([*faults, *error.faults])) from None
    faults += _permission_faults(directory)
    faults += form_warnings(directory.forms)
    faults += _reply_drafts(directory)
    faults += draft_warnings(directory.files["danger_words"], directory.danger_words)
    faults += _mail_missing(settings)
    if not settings.is_demonstration:
        faults += _demonstration_lines(directory)
    recordings = prompts_folder / "audio"
    scripts, of_scripts = _scripts(settings, directory, prompts, languages, recordings)
    policies = {}
    text_scripts = {}
    for line in directory.lines.values():
        policies[line.id], wrong = policy_of(line, str(directory.files["lines"]))
        faults += wrong
        written = text_script(scripts[line.script], languages, words, line.menu) if line.script in scripts else None
        if written is not None:
            text_scripts[line.id] = written
    faults = _in_order([*faults, *of_scripts])
    if any(fault.is_error for fault in faults):
        raise ConfigurationError(faults)
    return Configuration(
        settings, directory, languages, scripts, prompts, recordings, policies, text_scripts, tuple(faults)
    )


def script_file(name: str, folder: Path | None) -> Path:
    """The script of this name: the deployment's if it has one, else ours."""
    own = own_folder(folder, "scripts")
    if own is not None and (own / f"{name}.toml").exists():
        return own / f"{name}.toml"
    return SCRIPTS / f"{name}.toml"


def own_folder(folder: Path | None, name: str) -> Path | None:
    """A folder of the deployment's directory, None when it has none of this name."""
    return folder / name if folder is not None and (folder / name).is_dir() else None


def _settings(env: Mapping[str, str], config_file: Path | None, make_keys: bool) -> tuple[Settings, list[Fault]]:
    """The settings, else what the rest goes by of those that were meant, with the faults, so that it is read too."""
    try:
        return load_settings(env, config_file, make_keys=make_keys), []
    except ConfigurationError as error:
        return settings_meant(env, config_file), list(error.faults)


def _scripts(
    settings: Settings, directory: Directory, prompts: Prompts, languages: Languages, recordings: Path
) -> tuple[dict[str, Script], list[Fault]]:
    """Every script that a line names, proved with that line's menu and own language."""
    scripts: dict[str, Script] = {}
    found: list[ScriptFault] = []
    own: list[Fault] = []
    recorded = recordings_in(recordings)
    for line in directory.lines.values():
        path = script_file(line.script, settings.directory_dir)
        if line.script not in scripts:
            script, wrong = load_script(path)
            found += wrong
            if script is None:
                continue
            scripts[line.script] = script
        script = scripts[line.script]
        own += _language_faults(line, script, directory)
        found += prove(script, prompts, languages, line.menu, file=str(path), recordings=recorded)
    found += prove_prompts([*scripts.values(), *_delivered()], prompts, languages) if scripts else []
    return scripts, own + _translated(found, settings)


def _delivered() -> list[Script]:
    """The scripts that come with the program: what they say is in our prompt files, whether or not a line has them."""
    return [script for script, _ in map(load_script, sorted(SCRIPTS.glob("*.toml"))) if script is not None]


def _language_faults(line: Line, script: Script, directory: Directory) -> list[Fault]:
    if script.language == line.own_language:
        return []
    problem = f"is not the language of its script {line.script}"
    remedy = "Make the two the same: what no prompt says in another language is said in this one."
    return [Fault(str(directory.files["lines"]), f"line.{line.id}.own_language", problem, remedy)]


def _translated(found: Iterable[ScriptFault], settings: Settings) -> list[Fault]:
    """Faults of scripts and prompts, by the mode's rules; each once, though several lines may share a script."""
    faults = []
    for one in dict.fromkeys(found):
        remedy = f"{one.remedy[:1].upper()}{one.remedy[1:]}."
        fault = Fault(one.file, one.key, one.problem, remedy, Severity(one.severity))
        if one.code in _NOT_IN_PRODUCTION and not settings.is_demonstration and not settings.allow_draft_prompts:
            remedy += " Or set allow_draft_prompts = true (HELPLINE_ALLOW_DRAFT_PROMPTS)."
            fault = replace(fault, severity=Severity.ERROR, remedy=remedy)
        faults.append(fault)
    return faults


def _permission_faults(directory: Directory) -> list[Fault]:
    file = str(directory.files["permissions"])
    return [
        Fault(file, role, f"names what is no permission: {', '.join(sorted(names - PERMISSIONS))}", "Remove it.")
        for role, names in directory.permissions.items()
        if names - PERMISSIONS
    ]


def _reply_drafts(directory: Directory) -> list[Fault]:
    """Ready replies that nobody has reviewed: the menu marks each, so that a start is still right."""
    file = str(directory.files["replies"])
    remedy = 'Let a native speaker who counsels read them, then write review = "reviewed" beside each.'
    return [
        Fault(file, f"reply.texts.{language}", f"{count} ready replies are unreviewed drafts", remedy, Severity.WARNING)
        for language, count in directory.replies.drafts().items()
    ]


def _mail_missing(settings: Settings) -> list[Fault]:
    """A start without a mail server is right where all adults are reached by telephone."""
    if settings.smtp.host:
        return []
    remedy = "Set it, with a sender (HELPLINE_SMTP__HOST, HELPLINE_SMTP__SENDER), or reach everybody by telephone."
    problem = "is empty: no email can be sent to staff, institutions and services"
    return [Fault(str(DEFAULTS), "smtp.host", problem, remedy, Severity.WARNING)]


def _demonstration_lines(directory: Directory) -> list[Fault]:
    file = str(directory.files["lines"])
    problem = "is the demonstration's, with an invented caller id and fallback number"
    remedy = "Write a lines.toml with your numbers, and name its folder in directory_dir (HELPLINE_DIRECTORY_DIR)."
    return [
        Fault(file, f"line.{line.id}", problem, remedy, Severity.WARNING)
        for line in directory.lines.values()
        if line.demonstration
    ]


def _in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Errors first, otherwise as they were found."""
    return sorted(faults, key=lambda fault: not fault.is_error)
