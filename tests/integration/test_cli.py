"""What an operator types, and what is answered: one clear line when it cannot be done, and never a traceback."""

import io
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from helpline.__main__ import main
from helpline.check import read_configuration
from helpline.clock import SystemClock, ids_from
from helpline.demonstration import PASSWORD, STAFF, seed
from helpline.privacy import Vault
from helpline.staff.signin import hash_password
from helpline.store import roster
from helpline.store.engine import open_store

ROOT = Path(__file__).parents[2]
PASSPHRASE = "four small wet frogs"


@dataclass(frozen=True)
class Answer:
    code: int
    said: str
    complained: str


class Terminal:
    """A shell in which the helpline's settings are set; commands run in this process, which is quicker."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.env = {"HELPLINE_DATA_DIR": str(folder / "data")}
        self._monkeypatch = monkeypatch
        self._captured = captured

    def types(self, *words: str, stdin: str = "", **env: str) -> Answer:
        with self._monkeypatch.context() as patched:
            for name, value in {**self.env, **env, "NO_COLOR": "1", "COLUMNS": "200"}.items():
                patched.setenv(name, value)
            patched.setattr("sys.argv", ["helpline", *words])
            patched.setattr("sys.stdin", io.StringIO(stdin))
            self._captured.readouterr()
            with pytest.raises(SystemExit) as ended:
                main()
        said, complained = self._captured.readouterr()
        return Answer(int(ended.value.code or 0), said, complained)

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.folder / "data" / "helpline.db")) as database:
            found = database.execute(statement).fetchall()
            database.commit()
        return found

    def row(self, sign_in: str) -> dict[str, Any]:
        """A person as they are stored."""
        names = [column[1] for column in self.sql("PRAGMA table_info(workers)")]
        [row] = self.sql(f"SELECT * FROM workers WHERE sign_in = '{sign_in}'")
        return dict(zip(names, row, strict=True))

    @property
    def store_url(self) -> str:
        return f"sqlite+aiosqlite:///{self.folder}/data/helpline.db"


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(tmp_path, monkeypatch, capsys)


def test_from_a_real_shell_a_fault_is_told_without_a_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "helpline", "staff", "list"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "HELPLINE_DATA_DIR": str(tmp_path), "HELPLINE_HOST": "0.0.0.0"},
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: environment: HELPLINE_HOST: is not this computer alone")
    assert done.stderr.count("\n") == 2


def test_help_names_every_command(terminal: Terminal) -> None:
    answer = terminal.types("--help")
    assert answer.code == 0
    for command in ("serve", "check", "migrate", "staff", "script", "keys"):
        assert command in answer.said


def test_the_configuration_as_it_is_shipped_passes_the_check(terminal: Terminal) -> None:
    answer = terminal.types("check")
    assert answer.code == 0
    assert "0 errors" in answer.complained
    assert not (terminal.folder / "data").exists()


def test_the_check_names_every_fault_and_fails(terminal: Terminal) -> None:
    config = terminal.folder / "ours.toml"
    config.write_text("prot = 1\n[console]\nsession_hours = 'long'\n")
    answer = terminal.types("--config", str(config), "check", HELPLINE_PORT="x")
    assert answer.code == 1
    assert f"error: {config}: prot: is not a known key. Check its spelling, or remove it." in answer.complained
    assert f"error: {config}: console.session_hours: is not a number. Write digits only." in answer.complained
    assert "error: environment: HELPLINE_PORT: is not a whole number. Write digits only." in answer.complained
    assert "3 errors" in answer.complained


def test_the_check_of_a_production_judges_the_rest_as_a_productions_also_when_a_setting_is_wrong(
    terminal: Terminal,
) -> None:
    answer = terminal.types("check", HELPLINE_MODE="production", HELPLINE_PORT="x", HELPLINE_PROT="1")
    assert "error: environment: HELPLINE_PROT: is not a known setting" in answer.complained
    drafts = [line for line in answer.complained.splitlines() if "HELPLINE_ALLOW_DRAFT_PROMPTS" in line]
    assert drafts and all(line.startswith("error: ") for line in drafts)
    assert "is the demonstration's, with an invented caller id" in answer.complained


def test_the_check_speaks_to_machines(terminal: Terminal) -> None:
    answer = terminal.types("check", "--json", HELPLINE_HOST="0.0.0.0")
    assert answer.code == 1
    faults = json.loads(answer.said)
    first = faults[0]
    assert set(first) == {"severity", "file", "key", "problem", "remedy"}
    assert (first["severity"], first["file"], first["key"]) == ("error", "environment", "HELPLINE_HOST")


def test_serve_refuses_to_start_on_a_fault_and_says_which(terminal: Terminal) -> None:
    answer = terminal.types("serve", HELPLINE_MODE="production", HELPLINE_HASH_KEY="changeme")
    assert answer.code == 1
    assert "error: environment: HELPLINE_HASH_KEY: is well known." in answer.complained
    assert "changeme" not in answer.complained
    assert answer.complained.endswith("The configuration has faults; nothing was started.\n")


def test_a_migration_says_what_it_will_do_before_it_does_it(terminal: Terminal) -> None:
    planned = terminal.types("migrate", "--plan")
    assert planned.said.startswith("would apply ")
    assert not (terminal.folder / "data" / "helpline.db").exists()
    done = terminal.types("migrate")
    assert (
        done.said == planned.said.replace("would apply", "applying") + f"Done: {planned.said.count(chr(10))} applied.\n"
    )
    assert terminal.types("migrate").said == "The database is up to date.\n"


def test_a_person_is_added_listed_and_disabled(terminal: Terminal) -> None:
    added = terminal.types(*ADD, stdin=f"{PASSPHRASE}\n")
    assert (added.code, added.said) == (0, "Added amina.\n"), added.complained
    [person] = json.loads(terminal.types("staff", "list", "--json").said)
    assert (person["sign_in"], person["alias"], person["roles"]) == ("amina", "Amina S", ["counsellor", "interpreter"])
    assert person["languages"] == {"so": "fluent", "en": "basic"}
    assert terminal.types("staff", "list").said == "amina  Amina S  counsellor,interpreter  en:basic so:fluent\n"
    assert terminal.types("staff", "disable", "Amina").said == "Disabled amina.\n"
    assert terminal.types("staff", "list").said.endswith("disabled\n")


ADD = (
    "staff",
    "add",
    "Amina",
    "--alias=Amina S",
    "--roles=counsellor,interpreter",
    "--languages=so:fluent,en:basic",
    "--gender=woman",
    "--reach=+260 95 000-0001",
)


def test_a_counsellor_without_a_telephone_is_for_texts_only(terminal: Terminal) -> None:
    without = tuple(option for option in ADD if not option.startswith("--reach"))
    refused = terminal.types(*without, stdin=f"{PASSPHRASE}\n")
    assert (refused.code, "--text-only" in refused.complained) == (2, True)
    added = terminal.types(*without, "--text-only", stdin=f"{PASSPHRASE}\n")
    assert added.said == "Added amina, who is offered no calls.\n"
    assert terminal.row("amina")["capacity_voice"] == 0

    changed = terminal.types("staff", "set", "amina", "--reach", "+260950000001")
    assert (changed.code, changed.said) == (0, "Changed amina.\n"), changed.complained
    assert terminal.row("amina")["capacity_voice"] == 1


def test_what_is_given_of_a_person_is_changed_and_nothing_else(terminal: Terminal) -> None:
    terminal.types(*ADD, stdin=f"{PASSPHRASE}\n")
    before = terminal.row("amina")
    changed = terminal.types(
        "staff", "set", "Amina", "--languages=am:fluent,so:basic", "--roles=supervisor", "--alias=A.",
        "--gender=unknown", "--lines=children", "--capacity-voice=2", "--capacity-text=0",
    )  # fmt: skip
    assert (changed.code, changed.said) == (0, "Changed amina.\n"), changed.complained
    after = terminal.row("amina")
    wanted = {
        "alias": "A.", "roles": "supervisor", "gender": "unknown", "lines": "children",
        "capacity_voice": 2, "capacity_text": 0,
    }  # fmt: skip
    assert {name: after[name] for name in wanted} == wanted
    assert after["password_hash"] == before["password_hash"] and after["reach_enc"] == before["reach_enc"]
    [person] = json.loads(terminal.types("staff", "list", "--json").said)
    assert person["languages"] == {"am": "fluent", "so": "basic"}
    terminal.types("staff", "set", "amina", "--lines=all")
    assert terminal.row("amina")["lines"] is None


def test_a_new_password_signs_the_person_out_and_is_never_an_argument(terminal: Terminal) -> None:
    terminal.types(*ADD, stdin=f"{PASSPHRASE}\n")
    terminal.sql("INSERT INTO sign_ins SELECT 'token', id, 'csrf', 1, 1, 9 FROM workers")
    weak = terminal.types("staff", "set", "amina", "--password", stdin="tiny\n")
    assert weak.code == 1 and terminal.sql("SELECT count(*) FROM sign_ins") == [(1,)]
    changed = terminal.types("staff", "set", "amina", "--password", stdin="five large dry toads\n")
    assert changed.code == 0
    PasswordHasher().verify(terminal.row("amina")["password_hash"], "five large dry toads")
    assert terminal.sql("SELECT count(*) FROM sign_ins") == [(0,)]


def test_a_change_of_nothing_or_of_nobody_is_said(terminal: Terminal) -> None:
    terminal.types(*ADD, stdin=f"{PASSPHRASE}\n")
    nothing = terminal.types("staff", "set", "amina")
    assert (nothing.code, "say what to change" in nothing.complained) == (2, True)
    nobody = terminal.types("staff", "set", "nobody", "--alias=N")
    assert (nobody.code, nobody.complained) == (1, "Nobody signs in by this name. [worker_unknown]\n")


def test_a_person_cannot_be_added_twice_or_disabled_twice(terminal: Terminal) -> None:
    terminal.types(*ADD, stdin=f"{PASSPHRASE}\n")
    again = terminal.types(*ADD, stdin=f"{PASSPHRASE}\n")
    assert (again.code, again.complained) == (1, "This sign-in is taken. [sign_in_taken]\n")
    terminal.types("staff", "disable", "amina")
    twice = terminal.types("staff", "disable", "amina")
    assert (twice.code, twice.complained) == (1, "This person is disabled already. [worker_disabled]\n")
    unknown = terminal.types("staff", "disable", "nobody")
    assert (unknown.code, unknown.complained) == (1, "Nobody signs in by this name. [worker_unknown]\n")


@pytest.mark.parametrize("password", ["", "tiny", "changeme", "aaaaaaaaaaaaaaaa", PASSWORD])
def test_a_weak_password_is_refused_and_not_repeated(terminal: Terminal, password: str) -> None:
    answer = terminal.types(*ADD, stdin=f"{password}\n")
    assert answer.code == 1
    assert answer.complained.startswith("The password ")
    assert not password or password not in answer.complained


@pytest.mark.parametrize(
    ("option", "part"),
    [
        ("--roles=boss", "boss"),
        ("--roles=,", "at least one"),
        ("--languages=xx", "xx"),
        ("--languages=so:perfect", "perfect"),
        ("--gender=other", "woman, man, unknown"),
        ("--reach=my phone", "+260"),
        ("--lines=933", "933"),
    ],
)
def test_an_option_that_makes_no_sense_is_named(terminal: Terminal, option: str, part: str) -> None:
    answer = terminal.types(*ADD, option, stdin=f"{PASSPHRASE}\n")
    assert answer.code == 2
    assert option.partition("=")[0] in answer.complained
    assert part in answer.complained


def test_a_script_is_drawn(terminal: Terminal) -> None:
    answer = terminal.types("script", "draw", "children")
    assert answer.said.startswith("flowchart TD\n")
    assert "waiting" in answer.said


def test_a_script_that_is_not_there_is_named(terminal: Terminal) -> None:
    answer = terminal.types("script", "draw", "adults")
    assert answer.code == 1
    assert "adults.toml" in answer.complained


def test_a_call_in_somali_is_walked_key_by_key(terminal: Terminal) -> None:
    answer = terminal.types("script", "walk", "children", "--keys", "9,3,silence")
    assert answer.code == 0
    assert "the child presses 3" in answer.said
    assert "the line says (so)" in answer.said


def test_a_call_is_walked_by_typing_until_the_end_of_the_input(terminal: Terminal) -> None:
    answer = terminal.types("script", "walk", "children", stdin="9\nwhat\n3\n\n")
    assert answer.code == 0
    assert "'what' is none of" in answer.complained
    assert "the child presses 3" in answer.said
    assert "the child does nothing" in answer.said


def test_a_new_key_opens_what_it_sealed_and_no_two_are_alike(terminal: Terminal) -> None:
    first, second = (terminal.types("keys", "new").said.strip() for _ in range(2))
    assert first != second
    vault = Vault((first,), "any hash key")
    assert vault.open(vault.seal("a name")) == "a name"


def test_what_an_old_key_has_sealed_is_sealed_anew_and_then_the_old_one_may_go(terminal: Terminal) -> None:
    old, new, other = (terminal.types("keys", "new").said.strip() for _ in range(3))
    terminal.types(*ADD, stdin=f"{PASSPHRASE}\n", HELPLINE_KEYS=old)
    before = terminal.row("amina")["reach_enc"]
    lost = terminal.types("keys", "reseal", HELPLINE_KEYS=other)
    assert (lost.code, lost.said) == (1, "Sealed anew: 0.\n")
    assert "Not readable with these keys: 1." in lost.complained

    done = terminal.types("keys", "reseal", HELPLINE_KEYS=f"{new},{old}")
    assert (done.code, done.said) == (0, "Sealed anew: 1.\n"), done.complained
    after = terminal.row("amina")["reach_enc"]
    assert after != before
    assert Vault((new,), "any hash key").open(after) == "+260950000001"
    again = terminal.types("keys", "reseal", HELPLINE_KEYS=new)
    assert (again.code, again.said) == (0, "Sealed anew: 0.\n")


def test_the_keys_that_a_demonstration_makes_are_keys(terminal: Terminal) -> None:
    settings = read_configuration(terminal.env).settings
    vault = Vault(settings.vault_keys, settings.hash_key.get_secret_value())
    assert vault.open(vault.seal("a name")) == "a name"


async def test_demonstration_staff_are_there_once_plainly_marked_and_stay_disabled(terminal: Terminal) -> None:
    settings = read_configuration(terminal.env).settings
    vault = Vault(settings.vault_keys, settings.hash_key.get_secret_value())
    clock = SystemClock()
    new_id = ids_from(clock)
    store = await open_store(terminal.store_url, clock, new_id)
    try:
        assert await store.write(lambda tx: seed(tx, vault, new_id, hash_password)) == len(STAFF)
        await store.write(lambda tx: roster.disable(tx, "demo-yusuf"))
        assert await store.write(lambda tx: seed(tx, vault, new_id, hash_password)) == 0
        people = await store.read(roster.everyone)
    finally:
        await store.close()
    assert len(people) == len(STAFF)
    assert all(person.demonstration and person.alias.startswith("Demo ") for person in people)
    assert [person.sign_in for person in people if person.disabled] == ["demo-yusuf"]
    assert any(person.languages.get("so") == "fluent" and "counsellor" in person.roles for person in people)
    assert any("supervisor" in person.roles for person in people)
    offered = set(read_configuration(terminal.env).directory.lines["children"].menu)
    assert len({code for person in people for code in person.languages} & offered) >= 12


def test_the_words_of_records_are_written_anew_after_the_hash_key_has_changed(terminal: Terminal) -> None:
    assert terminal.types("records", "reindex").said == "Written anew: 0 records.\n"
    assert "reindex" in terminal.types("records", "--help").said
