"""An operator connects a Primero, and is told what has no match there."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from helpline.__main__ import main
from tests.primero_stand_in import PASSWORD, USERNAME, PrimeroStandIn, primero


@contextmanager
def beside() -> Iterator[PrimeroStandIn]:
    """A Primero that answers while a command runs in this thread."""
    ready: list[PrimeroStandIn] = []
    started, over = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with primero() as there:
            ready.append(there)
            started.set()
            await over.wait()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert started.wait(10)
    try:
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
        loop.close()


class Operator:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[str], folder: Path) -> None:
        self._monkeypatch, self._captured, self._folder = monkeypatch, captured, folder

    def types(self, *words: str, **env: str) -> tuple[int, str]:
        with self._monkeypatch.context() as patched:
            patched.setenv("HELPLINE_DATA_DIR", str(self._folder / "data"))
            for name, value in env.items():
                patched.setenv(f"HELPLINE_{name}", value)
            patched.setattr("sys.argv", ["helpline", *words])
            self._captured.readouterr()
            with pytest.raises(SystemExit) as ended:
                main()
        said = self._captured.readouterr()
        return int(ended.value.code or 0), said.out + said.err


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Operator:
    return Operator(monkeypatch, capsys, tmp_path)


def settings(there: PrimeroStandIn, **more: str) -> dict[str, str]:
    return {
        "PRIMERO__URL": there.url,
        "PRIMERO__USERNAME": USERNAME,
        "PRIMERO__PASSWORD": PASSWORD,
        "OUTGOING_ALLOWED": there.url,
        **more,
    }


def test_without_a_primero_the_command_says_which_setting_to_set(operator: Operator) -> None:
    code, said = operator.types("primero", "check")
    assert code == 1 and "HELPLINE_PRIMERO__URL" in said
    assert "Primero" not in operator.types("check")[1]


def test_what_has_no_match_is_named_with_its_list_and_what_to_write(operator: Operator) -> None:
    with beside() as there:
        code, said = operator.types("primero", "check", **settings(there))
    assert code == 0
    assert "codes have a match." in said
    assert "child_labour" in said and "not in lookup-protection-concerns" in said
    assert "trafficking" not in said and "complaint" not in said
    assert '[primero.codes]: "concern.' in said
    assert [method for method, _ in there.asked] == ["GET"]


def test_the_check_of_everything_says_it_too(operator: Operator) -> None:
    with beside() as there:
        code, said = operator.types("check", **settings(there))
    assert code == 0 and "Primero: " in said and "codes have a match." in said


def test_a_code_that_was_written_down_counts_and_a_wrong_one_is_an_error(operator: Operator) -> None:
    with beside() as there:
        right = operator.types(
            "primero", "check", **settings(there, PRIMERO__CODES='{"concern.child_labour": "other"}')
        )
        wrong = operator.types("primero", "check", **settings(there, PRIMERO__CODES='{"concern.missing": "nowhere"}'))
    assert right[0] == 0 and "child_labour" not in right[1]
    assert wrong[0] == 1 and "concern.missing: this Primero has no such code" in wrong[1]


def test_a_wrong_password_is_said_without_it(operator: Operator) -> None:
    with beside() as there:
        code, said = operator.types("primero", "check", **settings(there, PRIMERO__PASSWORD="wrong-and-secret"))
    assert code == 1 and "[unauthorised]" in said and "wrong-and-secret" not in said


def test_a_primero_that_is_down_stops_no_check(operator: Operator) -> None:
    with beside() as there:
        there.down = True
        alone = operator.types("primero", "check", **settings(there))
        everything = operator.types("check", **settings(there))
    assert alone[0] == 1 and "could not be asked" in alone[1]
    assert everything[0] == 0 and "could not be asked" in everything[1]


@pytest.mark.parametrize(
    ("wrong", "setting"),
    [
        ({"OUTGOING_ALLOWED": ""}, "HELPLINE_PRIMERO__URL"),
        ({"OUTGOING_ALLOWED": "http://primero.example.org"}, "HELPLINE_OUTGOING_ALLOWED"),
        ({"OUTGOING_ALLOWED": "not a host"}, "HELPLINE_OUTGOING_ALLOWED"),
        ({"PRIMERO__PASSWORD": ""}, "password"),
        ({"WEBHOOK_SECRETS": "no-secret"}, "HELPLINE_WEBHOOK_SECRETS"),
        ({"WEBHOOK_SECRETS": "shelter=changeme"}, "HELPLINE_WEBHOOK_SECRETS"),
    ],
)
def test_a_setting_that_cannot_be_right_is_named(operator: Operator, wrong: dict[str, str], setting: str) -> None:
    with beside() as there:
        code, said = operator.types("check", **settings(there, **wrong))
    assert code == 1 and setting.lower() in said.lower()
    assert "changeme" not in said and "not a host" not in said
