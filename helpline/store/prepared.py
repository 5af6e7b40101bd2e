"""Statements as the driver takes them, made once from those of SQLAlchemy.

Around a small statement SQLAlchemy spends twenty times what SQLite spends in it: a cache is asked, parameters are
sorted, a result is built. A statement that stands at the top of a file needs that once. What it says is the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import asyncpg

Values = Mapping[str, Any]
Statement: TypeAlias = "sa.Select[Any] | sa.Update | sa.Delete"
KEPT = 1_000  # statements; one that is built at each call finds no place among them
MOST_IDS = 1_024  # in one statement

_DIALECTS: dict[str, sa.Dialect] = {"sqlite": sqlite.dialect(), "postgresql": asyncpg.dialect()}  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """The text, the order in which it takes the values, those that are always the same, and the columns of yes or no.

    Every other type of our tables goes to the driver, and comes from it, as it is.
    """

    sql: str
    names: tuple[str, ...]
    constants: Values
    booleans: tuple[int, ...]

    def ordered(self, values: Values) -> list[Any]:
        """Raises KeyError for a value that is missing."""
        given = {**self.constants, **values} if self.constants else values
        return [given[name] for name in self.names]

    def read(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """A row of SQLite's, which has no yes and no."""
        if not self.booleans:
            return row
        values = list(row)
        for place in self.booleans:
            if values[place] is not None:
                values[place] = bool(values[place])
        return tuple(values)


@lru_cache(KEPT)
def prepared(statement: Statement, engine: str) -> Prepared:
    """A list in it is of literal columns: one that comes with the values has a text of its own for each length."""
    compiled = statement.compile(dialect=_DIALECTS[engine], compile_kwargs={"render_postcompile": True})
    names = tuple(compiled.positiontup or ())
    return Prepared(str(compiled), names, _constants(compiled), _booleans(statement))


def for_list(query: "sa.Select[Any]", ids: Sequence[str], engine: str) -> tuple[Prepared, Values]:
    """A query that asks for the ids of a list, of at most `MOST_IDS`, by the name ``wanted``, and its values.

    PostgreSQL takes a list as one value. For SQLite it is filled up to a power of two with its last id, so that the
    texts stay few.
    """
    if engine == "postgresql":
        return _of_a_list(query), {"wanted": list(ids)}
    filled = [*ids, *[ids[-1]] * ((1 << (len(ids) - 1).bit_length()) - len(ids))]
    return _of_length(query, len(filled)), {f"wanted {place}": id for place, id in enumerate(filled)}


_LIST = "__[POSTCOMPILE_wanted]"


@lru_cache(KEPT)
def _of_a_list(query: "sa.Select[Any]") -> Prepared:
    compiled = query.compile(dialect=_DIALECTS["postgresql"])
    names = [name for name in compiled.positiontup or () if name != "wanted"]  # it got no number
    sql = str(compiled).replace(f" IN ({_LIST})", f" = ANY (${len(names) + 1}::VARCHAR[])")
    if _LIST in sql:
        raise ValueError("a list of ids can be asked for by IN alone")
    return Prepared(sql, (*names, "wanted"), _constants(compiled), ())


@lru_cache(KEPT)
def _of_length(query: "sa.Select[Any]", length: int) -> Prepared:
    compiled = query.compile(dialect=_DIALECTS["sqlite"])
    sql = str(compiled).replace(_LIST, ", ".join("?" * length))
    names: list[str] = []
    for name in compiled.positiontup or ():
        names += [f"wanted {place}" for place in range(length)] if name == "wanted" else [name]
    return Prepared(sql, tuple(names), _constants(compiled), _booleans(query))


def _constants(compiled: Any) -> Values:
    asked_for = {name for name, bind in compiled.binds.items() if bind.required}
    return {name: value for name, value in compiled.params.items() if name not in asked_for}


def _booleans(statement: Statement) -> tuple[int, ...]:
    columns = statement.selected_columns if isinstance(statement, sa.Select) else ()
    return tuple(place for place, column in enumerate(columns) if isinstance(column.type, sa.Boolean))


@cache
def insert(table: sa.Table, names: tuple[str, ...], engine: str) -> Prepared:
    return _prepare(_insert_into(table, engine), names, engine)


@cache
def insert_once(table: sa.Table, names: tuple[str, ...], engine: str) -> Prepared:
    return _prepare(_insert_into(table, engine).on_conflict_do_nothing(), names, engine)


@cache
def put(table: sa.Table, names: tuple[str, ...], engine: str) -> Prepared:
    statement = _insert_into(table, engine)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in names if name not in keys}
    if not changed:
        return _prepare(statement.on_conflict_do_nothing(index_elements=keys), names, engine)
    return _prepare(statement.on_conflict_do_update(index_elements=keys, set_=changed), names, engine)


def _prepare(statement: sa.Insert, names: tuple[str, ...], engine: str) -> Prepared:
    compiled = statement.inline().compile(dialect=_DIALECTS[engine], column_keys=list(names))
    return Prepared(str(compiled), tuple(compiled.positiontup or ()), {}, ())


def _insert_into(table: sa.Table, engine: str) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if engine == "postgresql" else sqlite.insert(table)
