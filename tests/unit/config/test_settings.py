"""An operator sets up a deployment: where settings come from, and what stops a start."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config.faults import ENVIRONMENT, ConfigurationError, Fault
from config.secrets import DEMONSTRATION_PASSWORD, key_file, make_secrets
from config.settings import Mode, Settings, load_settings

KEY = "q83fA7m2Wc0ZJt1xv9LrS4bNHy6uPkEoTgXiQdVwRaU="
OTHER_KEY = "u5YzM3kD8sVbQe1RjWn7TfGxLc2HaP9oCi0ZvKtNqEg="
TOKEN = "9f3b61c07ad24e58b1d6f0937ac2e845"
HASH_KEY = "b7c41d92e0f863a5174bd9ce206fa83e5d1c7b90"


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """The environment of a demonstration whose data folder is the test's."""
    return {"HELPLINE_DATA_DIR": str(tmp_path / "data")}


@pytest.fixture
def production(home: dict[str, str]) -> dict[str, str]:
    """The environment of a production that starts."""
    return home | {
        "HELPLINE_MODE": "production",
        "HELPLINE_HOST": "0.0.0.0",
        "HELPLINE_PUBLIC_URL": "https://helpline.example.org/",
        "HELPLINE_KEYS": f"{KEY},{OTHER_KEY}",
        "HELPLINE_HASH_KEY": HASH_KEY,
        "HELPLINE_TWILIO__ACCOUNT_SID": "AC5de8b4790a24967c5731ddc3b8df0952",
        "HELPLINE_TWILIO__AUTH_TOKEN": TOKEN,
    }


def faults(env: dict[str, str], config: Path | None = None) -> tuple[Fault, ...]:
    with pytest.raises(ConfigurationError) as refused:
        load_settings(env, config)
    return refused.value.faults


def test_a_fresh_machine_gets_a_demonstration_on_itself_alone(home: dict[str, str]) -> None:
    settings = load_settings(home)
    assert settings.mode is Mode.DEMONSTRATION
    assert (settings.host, settings.port) == ("127.0.0.1", 8116)
    assert settings.public_url == "http://127.0.0.1:8116"
    assert settings.twilio.api_base_url == "http://127.0.0.1:8117"
    assert settings.store_url == f"sqlite+aiosqlite:///{home['HELPLINE_DATA_DIR']}/helpline.db"


def test_a_demonstration_makes_its_secrets_once_and_only_its_owner_reads_them(home: dict[str, str]) -> None:
    first = load_settings(home)
    again = load_settings(home)
    assert first == again
    assert first.twilio.auth_tokens
    assert first.vault_keys
    assert first.hash_key.get_secret_value()
    assert first.twilio.account_sid.startswith("AC")
    path = key_file(Path(home["HELPLINE_DATA_DIR"]))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_key_file_that_others_could_read_is_closed_at_the_next_start(home: dict[str, str]) -> None:
    load_settings(home)
    path = key_file(Path(home["HELPLINE_DATA_DIR"]))
    path.chmod(0o644)
    load_settings(home)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_processes_that_start_at_once_end_with_the_same_secrets(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: make_secrets(tmp_path / "data"), range(8)))
    assert all(one == made[0] for one in made)
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["keys.toml"]


def test_a_damaged_key_file_is_told_and_never_replaced(home: dict[str, str]) -> None:
    load_settings(home)
    path = key_file(Path(home["HELPLINE_DATA_DIR"]))
    path.write_text("# nothing is left\n")
    [fault] = faults(home)
    assert (fault.file, fault.problem) == (str(path), "does not hold all secrets of this demonstration")
    assert path.read_text() == "# nothing is left\n"


def test_a_check_writes_nothing(home: dict[str, str]) -> None:
    load_settings(home, make_keys=False)
    assert not Path(home["HELPLINE_DATA_DIR"]).exists()


def test_the_environment_wins_over_the_file_and_the_file_over_the_defaults(
    home: dict[str, str], tmp_path: Path
) -> None:
    config = tmp_path / "ours.toml"
    config.write_text("port = 9000\n[twilio]\naccount_sid = 'ACfile'\ntimeout_s = 5\n")
    named = home | {"HELPLINE_CONFIG": str(config)}
    from_file = load_settings(named)
    assert (from_file.port, from_file.twilio.timeout_s) == (9000, 5)
    assert from_file.console.session_hours == 12
    both = load_settings(named | {"HELPLINE_PORT": "9001", "HELPLINE_TWILIO__ACCOUNT_SID": "ACenvironment"})
    assert (both.port, both.twilio.account_sid, both.twilio.timeout_s) == (9001, "ACenvironment", 5)


def test_every_setting_can_come_from_the_environment(production: dict[str, str], tmp_path: Path) -> None:
    settings = load_settings(
        production
        | {
            "HELPLINE_PORT": "8000",
            "HELPLINE_DATABASE_URL": "postgresql+asyncpg://helpline:secret@db/helpline",
            "HELPLINE_REDIS_URL": "redis://cache:6379/0",
            "HELPLINE_ALLOW_DRAFT_PROMPTS": "true",
            "HELPLINE_DIRECTORY_DIR": str(tmp_path),
            "HELPLINE_COUNTRY_CODE": "263",
            "HELPLINE_TWILIO__AUTH_TOKEN_NEXT": "a1b2c3d4e5f60718293a4b5c6d7e8f90",
            "HELPLINE_TWILIO__API_BASE_URL": "https://api.example.org/",
            "HELPLINE_CONSOLE__SESSION_HOURS": "8",
            "HELPLINE_LOG__LEVEL": "warning",
        }
    )
    assert settings.mode is Mode.PRODUCTION
    assert (settings.host, settings.port, settings.country_code) == ("0.0.0.0", 8000, "263")
    assert settings.public_url == "https://helpline.example.org"
    assert settings.is_served_securely
    assert settings.store_url == "postgresql+asyncpg://helpline:secret@db/helpline"
    assert settings.redis_url.get_secret_value() == "redis://cache:6379/0"
    assert settings.vault_keys == (KEY, OTHER_KEY)
    assert settings.hash_key.get_secret_value() == HASH_KEY
    assert settings.allow_draft_prompts
    assert settings.directory_dir == tmp_path
    assert settings.twilio.auth_tokens == (TOKEN, "a1b2c3d4e5f60718293a4b5c6d7e8f90")
    assert settings.twilio.api_base_url == "https://api.example.org"
    assert (settings.console.session_hours, settings.log.level) == (8, "warning")


def test_production_speaks_to_the_carrier_itself_when_nothing_else_is_set(production: dict[str, str]) -> None:
    assert load_settings(production).twilio.api_base_url == "https://api.twilio.com"


def test_no_secret_is_ever_shown(production: dict[str, str]) -> None:
    env = production | {"HELPLINE_DATABASE_URL": "postgresql+asyncpg://helpline:opensesame@db/helpline"}
    shown = repr(load_settings(env)) + str(load_settings(env)) + load_settings(env).model_dump_json()
    for secret in (KEY, OTHER_KEY, TOKEN, HASH_KEY, "opensesame"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("said", "key", "problem"),
    [
        ({"HELPLINE_PROT": "8116"}, "HELPLINE_PROT", "is not a known setting"),
        ({"HELPLINE_KEY": KEY}, "HELPLINE_KEY", "is not a known setting"),
        ({"HELPLINE_TWILIO__TOKEN": TOKEN}, "HELPLINE_TWILIO__TOKEN", "is not a known key"),
        ({"HELPLINE_TWILIO": "no table"}, "HELPLINE_TWILIO", "cannot be read"),
        ({"HELPLINE_PORT": "http"}, "HELPLINE_PORT", "is not a whole number"),
        ({"HELPLINE_PORT": ""}, "HELPLINE_PORT", "is not a whole number"),
        ({"HELPLINE_MODE": "testing"}, "HELPLINE_MODE", "is none of the possible values"),
        ({"HELPLINE_ALLOW_DRAFT_PROMPTS": "perhaps"}, "HELPLINE_ALLOW_DRAFT_PROMPTS", "is neither true nor false"),
        ({"HELPLINE_DATABASE_URL": "mysql://db"}, "HELPLINE_DATABASE_URL", "does not name a driver of ours"),
        ({"HELPLINE_REDIS_URL": "cache:6379"}, "HELPLINE_REDIS_URL", "is no address of a Redis"),
        (
            {"HELPLINE_TWILIO__TIMEOUT_S": "60"},
            "HELPLINE_TWILIO__TIMEOUT_S",
            "input should be less than or equal to 14",
        ),
    ],
)
def test_a_wrong_variable_is_named_with_its_remedy(
    home: dict[str, str], said: dict[str, str], key: str, problem: str
) -> None:
    [fault] = faults(home | said)
    assert (fault.file, fault.key, fault.problem) == (ENVIRONMENT, key, problem)
    assert fault.remedy
    for value in said.values():
        assert not value or value not in f"{fault.problem} {fault.remedy}"


@pytest.mark.parametrize(
    ("text", "key", "problem"),
    [
        ("port = 8116\nhost = \n", "-", "is not TOML (at line 2, column 8)"),
        ("prot = 8116\n", "prot", "is not a known key"),
        ("[twilio]\ntoken = 'x'\n", "twilio.token", "is not a known key"),
        ("twilio = 3\n", "twilio", "input should be a valid dictionary or instance of Twilio"),
        ("port = 'http'\n", "port", "is not a whole number"),
        ("[console]\nsession_hours = 0\n", "console.session_hours", "input should be greater than 0"),
        ("[log]\nform = 'xml'\n", "log.form", "is none of the possible values"),
    ],
)
def test_a_fault_in_a_file_is_named_with_file_and_key(
    home: dict[str, str], tmp_path: Path, text: str, key: str, problem: str
) -> None:
    config = tmp_path / "ours.toml"
    config.write_text(text)
    [fault] = faults(home, config)
    assert (fault.file, fault.key, fault.problem) == (str(config), key, problem)
    assert fault.remedy


def test_a_file_that_is_not_there_or_no_text_is_named(home: dict[str, str], tmp_path: Path) -> None:
    [missing] = faults(home | {"HELPLINE_CONFIG": str(tmp_path / "nowhere.toml")})
    assert missing.problem == "cannot be read (No such file or directory)"
    config = tmp_path / "latin.toml"
    config.write_bytes(b"host = '\xe9'\n")
    [unread] = faults(home, config)
    assert (unread.file, unread.problem) == (str(config), "is not UTF-8 text (byte 8)")


def test_several_faults_are_told_at_once(home: dict[str, str]) -> None:
    told = faults(home | {"HELPLINE_PORT": "x", "HELPLINE_MODE": "y", "HELPLINE_LOG__LEVEL": "z"})
    assert {fault.key for fault in told} == {"HELPLINE_PORT", "HELPLINE_MODE", "HELPLINE_LOG__LEVEL"}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_a_demonstration_may_be_at_any_loopback_address(home: dict[str, str], host: str) -> None:
    assert load_settings(home | {"HELPLINE_HOST": host}).host == host


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HELPLINE_HOST", "0.0.0.0"),
        ("HELPLINE_HOST", "::"),
        ("HELPLINE_HOST", "192.168.1.10"),
        ("HELPLINE_HOST", "helpline.example.org"),
        ("HELPLINE_HOST", ""),
        ("HELPLINE_PUBLIC_URL", "https://helpline.example.org"),
        ("HELPLINE_PUBLIC_URL", "http://192.168.1.10:8116"),
        ("HELPLINE_PUBLIC_URL", "http://localhost.example.org"),
        ("HELPLINE_PUBLIC_URL", "http://127.0.0.1@example.org"),
        ("HELPLINE_PUBLIC_URL", "127.0.0.1:8116"),
        ("HELPLINE_TWILIO__API_BASE_URL", "https://api.twilio.com"),
    ],
)
def test_a_demonstration_refuses_to_be_reached_from_elsewhere(home: dict[str, str], name: str, value: str) -> None:
    told = faults(home | {name: value})
    assert name in {fault.key for fault in told}
    assert all(fault.remedy for fault in told)


WEAK_EVERYWHERE = ["", "changeme", "ChangeMe", "change-me", "test", "test1234", "secret", "your_auth_token"]
WEAK_TOKENS = [
    *WEAK_EVERYWHERE,
    "a" * 32,
    "ab" * 16,
    "0123456789abcdef" * 2,
    "12345678901234567890123456789012",
    "changemechangemechangemechangeme",
    TOKEN[:31],
    DEMONSTRATION_PASSWORD,
]


@pytest.mark.parametrize("weak", WEAK_TOKENS)
@pytest.mark.parametrize("name", ["HELPLINE_TWILIO__AUTH_TOKEN", "HELPLINE_HASH_KEY"])
def test_production_refuses_a_weak_secret(production: dict[str, str], name: str, weak: str) -> None:
    [fault] = faults(production | {name: weak})
    assert (fault.file, fault.key) == (ENVIRONMENT, name)
    assert fault.remedy


@pytest.mark.parametrize("weak", ["changeme", "a" * 32, "ab" * 16])
def test_production_refuses_a_weak_second_token_but_not_its_absence(production: dict[str, str], weak: str) -> None:
    [fault] = faults(production | {"HELPLINE_TWILIO__AUTH_TOKEN_NEXT": weak})
    assert fault.key == "HELPLINE_TWILIO__AUTH_TOKEN_NEXT"
    assert load_settings(production | {"HELPLINE_TWILIO__AUTH_TOKEN_NEXT": ""}).twilio.auth_tokens == (TOKEN,)


@pytest.mark.parametrize(
    "weak",
    [
        *WEAK_EVERYWHERE,
        "A" * 43 + "=",
        "QUJDREVGR0hBQkNERUZHSEFCQ0RFRkdIQUJDREVGR0g=",  # ABCDEFGH four times
        KEY[:-4],
        "no key at all but long enough to be one!!!",
        "ключ",
    ],
)
def test_production_refuses_a_weak_key_also_behind_a_good_one(production: dict[str, str], weak: str) -> None:
    assert [fault.key for fault in faults(production | {"HELPLINE_KEYS": weak})] == ["HELPLINE_KEYS"]
    if weak:
        [fault] = faults(production | {"HELPLINE_KEYS": f"{KEY},{weak}"})
        assert fault.problem.startswith("number 2 ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HELPLINE_PUBLIC_URL", ""),
        ("HELPLINE_PUBLIC_URL", "http://helpline.example.org"),
        ("HELPLINE_PUBLIC_URL", "https://helpline.example.org/?a=b"),
        ("HELPLINE_PUBLIC_URL", "https://user:word@helpline.example.org"),
        ("HELPLINE_PUBLIC_URL", "https://[broken"),
        ("HELPLINE_TWILIO__ACCOUNT_SID", ""),
        ("HELPLINE_TWILIO__ACCOUNT_SID", "SK5de8b4790a24967c5731ddc3b8df0952"),
        ("HELPLINE_TWILIO__API_BASE_URL", "http://api.example.org"),
        ("HELPLINE_HASH_KEY", TOKEN),
        ("HELPLINE_HASH_KEY", KEY),
        ("HELPLINE_KEYS", f"{KEY},{KEY}"),
    ],
)
def test_production_refuses_what_would_leave_it_open(production: dict[str, str], name: str, value: str) -> None:
    [fault] = faults(production | {name: value})
    assert (fault.file, fault.key) == (ENVIRONMENT, name)
    assert fault.remedy


def test_production_refuses_what_a_demonstration_made_in_the_same_folder(
    home: dict[str, str], production: dict[str, str]
) -> None:
    practised = load_settings(home)
    copied = production | {
        "HELPLINE_KEYS": practised.vault_keys[0],
        "HELPLINE_HASH_KEY": practised.hash_key.get_secret_value(),
        "HELPLINE_TWILIO__ACCOUNT_SID": practised.twilio.account_sid,
        "HELPLINE_TWILIO__AUTH_TOKEN": practised.twilio.auth_token.get_secret_value(),
    }
    assert {fault.key for fault in faults(copied)} == {
        "HELPLINE_KEYS",
        "HELPLINE_HASH_KEY",
        "HELPLINE_TWILIO__ACCOUNT_SID",
        "HELPLINE_TWILIO__AUTH_TOKEN",
    }


def test_a_fault_never_repeats_a_secret(production: dict[str, str]) -> None:
    almost = TOKEN[:20] * 2
    for name in ("HELPLINE_KEYS", "HELPLINE_HASH_KEY", "HELPLINE_TWILIO__AUTH_TOKEN", "HELPLINE_DATABASE_URL"):
        for fault in faults(production | {name: almost}):
            assert almost not in str(fault)


def test_settings_alone_read_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPLINE_PORT", "1")
    assert Settings().port == 8116
