"""The database as the rules see it: of each part of a scene, only what a commit has touched is read again."""

import json
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from helpline.simulation.disk import Disk
from helpline.store.assignments import Assignment
from helpline.store.db import Tx
from helpline.store.tables import deadlines as deadlines_table
from helpline.store.tables import deliveries as deliveries_table
from helpline.store.tables import effects as effects_table
from tests.property.floor_rules import PIECES, Scene

_CLAIMED = sa.select(effects_table.c.kind, effects_table.c.subject_id, effects_table.c.contact_id).where(
    effects_table.c.state == "claimed"
)
_POSTPONED = sa.select(deadlines_table.c.kind, deadlines_table.c.subject_id).where(deadlines_table.c.attempts > 0)
_STORED = sa.select(deliveries_table.c.key)

OF_THE_SCENE = frozenset(table for _, _, tables in PIECES for table in tables)


class Looking:
    """Looks at one database, after each commit."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._parts: dict[str, Any] = {}
        self._postponed: list[tuple[str, str]] = []
        self.claimed: set[tuple[str, str | None]] = set()
        """Every effect that a process has ever taken: (kind, subject or contact)."""
        self.stored: frozenset[str] = frozenset()
        """What came from outside and is stored, by its key."""

    def after(self, tables: frozenset[str]) -> Scene | None:
        """The scene after a commit that touched these tables; None where nothing of it has changed."""
        if not self._parts:
            tables = OF_THE_SCENE | {"deliveries"}
        return self._disk.look_now(lambda tx: self._read(tx, tables))

    def _read(self, tx: Tx, tables: frozenset[str]) -> Scene | None:
        if "effects" in tables:
            self.claimed.update((kind, subject or contact) for kind, subject, contact in tx.rows(_CLAIMED, {}))
        if "deliveries" in tables:
            self.stored = frozenset(key for (key,) in tx.rows(_STORED, {}))
        if "deadlines" in tables:
            self._postponed = [(kind, subject) for kind, subject in tx.rows(_POSTPONED, {})]
        if not tables & OF_THE_SCENE:
            return None
        for name, read, stands_in in PIECES:
            if not tables.isdisjoint(stands_in):
                self._parts[name] = read(tx)
        return _as_the_rules_take_it(Scene(tx.now, **self._parts), self._postponed)


def _as_the_rules_take_it(scene: Scene, postponed: list[tuple[str, str]]) -> Scene:
    """A timer that failed, because the database did, is told as due when it first was.

    A counsellor who comes to a guest while the child's language is unknown is planned beside the guest, as one of a
    pair.
    """
    scene = replace(scene, live=[_beside_a_guest(each) for each in scene.live])
    if not postponed:
        return scene
    until = {each.id: each.until for each in scene.live}
    timers = [(k, s, until.get(s, due) if (k, s) in postponed else due) for k, s, due in scene.deadlines]
    return replace(scene, deadlines=timers)


def _beside_a_guest(each: Assignment) -> Assignment:
    if each.stage != "pair":
        return each
    alone = json.loads(each.reasons_json)["language"] is None
    return replace(each, stage="unknown_language") if alone else each
