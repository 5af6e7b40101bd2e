"""What holds for all tests: a seed that is printed and can be replayed, an environment that is empty of ours, and a
switch that makes every skipped test a failure.

    make test SEED=1234                     the same chances again
    HELPLINE_TESTS_NOTHING_SKIPPED=1        nothing may be skipped, as on the project's own machines
"""

import os
import random
from collections.abc import Generator

import pytest
from argon2 import PasswordHasher
from hypothesis import settings

from helpline import log
from helpline.staff import signin

NOTHING_SKIPPED = bool(os.environ.get("HELPLINE_TESTS_NOTHING_SKIPPED"))

pytest_plugins = ["tests.servers"]

# A machine that is busy is no failure of the code.
settings.register_profile("helpline", deadline=None, print_blob=True)
settings.load_profile("helpline")


# Hundreds of towns are hired and sign in, and a password that is slow to check takes a core each time.
# How it is stored in earnest: tests/integration/console/test_sign_in.py.
signin._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, default=None, help="replay the chances of an earlier run")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    for name in [name for name in os.environ if name.startswith("HELPLINE_") and "_TESTS_" not in name]:
        del os.environ[name]
    if config.option.seed is None:
        config.option.seed = random.SystemRandom().randrange(2**32)
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(config.option.seed)


def pytest_report_header(config: pytest.Config) -> str:
    return f"seed: {config.option.seed} (again: make test SEED={config.option.seed})"


@pytest.fixture(autouse=True)
def quiet_log() -> None:
    """The log as a server writes it, on standard error: pytest shows it beside a failure."""
    log.configure(form="json", level="info")


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    """The seed of this run, for everything that takes chances."""
    found: int = request.config.option.seed
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if NOTHING_SKIPPED and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"skipped, where nothing may be: {_reason(report.longrepr)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if NOTHING_SKIPPED and report.skipped:
        report.outcome, report.longrepr = "failed", f"skipped, where nothing may be: {_reason(report.longrepr)}"
    return report


def _reason(longrepr: object) -> str:
    return str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)
