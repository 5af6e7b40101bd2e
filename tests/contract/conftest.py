"""The stores that the contract is held against, and the rows that its stories need."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from helpline.clock import SystemClock, ids_from
from helpline.store.db import Store
from helpline.store.engine import open_store

Opener = Callable[[], Awaitable[Store]]


@pytest.fixture(params=["sqlite", "memory", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return "sqlite://" if request.param == "memory" else f"sqlite+aiosqlite:///{tmp_path}/data/helpline.db"


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/data/helpline.db"


@pytest.fixture
async def opener(url: str) -> AsyncIterator[Opener]:
    """Opens the database as often as a test likes, and closes what it opened."""
    async for each in _openings(url):
        yield each


@pytest.fixture
async def file_opener(file_url: str) -> AsyncIterator[Opener]:
    async for each in _openings(file_url):
        yield each


@pytest.fixture
async def postgres_opener(postgres_url: str) -> AsyncIterator[Opener]:
    async for each in _openings(postgres_url):
        yield each


@pytest.fixture
async def store(opener: Opener) -> Store:
    return await opener()


@pytest.fixture
async def file_store(file_opener: Opener) -> Store:
    return await file_opener()


@pytest.fixture
async def postgres_store(postgres_opener: Opener) -> Store:
    return await postgres_opener()


async def _openings(url: str) -> AsyncIterator[Opener]:
    opened: list[Store] = []
    clock = SystemClock()

    async def opening() -> Store:
        opened.append(await open_store(url, clock, ids_from(clock, random.Random(len(opened)))))
        return opened[-1]

    yield opening
    for store in opened:
        await store.close()
