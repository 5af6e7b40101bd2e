"""What a database's error means to us, without the values that databases put into their messages."""

import sqlite3

from sqlalchemy import exc

from helpline.errors import Conflict, HelplineError, Invalid, Unavailable


class StoreFault(HelplineError):
    """A statement that the database cannot understand: a mistake in the code or a missing migration."""


_SQLITE = {
    sqlite3.SQLITE_BUSY: "store_locked",
    sqlite3.SQLITE_LOCKED: "store_locked",
    sqlite3.SQLITE_FULL: "store_full",
    sqlite3.SQLITE_READONLY: "store_read_only",
    sqlite3.SQLITE_PERM: "store_read_only",
    sqlite3.SQLITE_NOMEM: "store_busy",
    sqlite3.SQLITE_IOERR: "store_gone",
    sqlite3.SQLITE_CANTOPEN: "store_gone",
    sqlite3.SQLITE_CORRUPT: "store_gone",
    sqlite3.SQLITE_NOTADB: "store_gone",
}

# PostgreSQL, appendix A of its manual: whole codes first, then classes.
_SQLSTATE = {
    "25006": "store_read_only",
    "53100": "store_full",
    "55P03": "store_locked",
    "57014": "store_locked",  # a statement that took longer than we allow
    "57P01": "store_gone",
    "57P02": "store_gone",
    "57P03": "store_gone",
    "3D000": "store_gone",
    "25P03": "store_gone",
    "40001": "store_locked",
    "40P01": "store_locked",
    "08": "store_gone",
    "28": "store_gone",
    "53": "store_busy",
    "58": "store_gone",
    "XX": "store_gone",
}


def sqlstate(error: BaseException) -> str:
    """PostgreSQL's five letters for the error, or nothing."""
    for seen in (error, getattr(error, "orig", None)):
        code = getattr(seen, "sqlstate", None) or getattr(seen, "pgcode", None)
        if code:
            return str(code)
    return ""


def unavailable(error: BaseException) -> Unavailable | None:
    """The error as `Unavailable`, if that is what it is."""
    origin = getattr(error, "orig", error)
    code = None
    if isinstance(origin, sqlite3.Error):
        code = _SQLITE.get(getattr(origin, "sqlite_errorcode", 0) & 0xFF)
        if code is None and "closed database" in str(origin):
            code = "store_gone"
    else:
        state = sqlstate(error)
        code = _SQLSTATE.get(state) or _SQLSTATE.get(state[:2])
        if code is None and getattr(error, "connection_invalidated", False):
            code = "store_gone"
        if isinstance(error, exc.TimeoutError):
            code = "store_busy"
    return None if code is None else Unavailable(code, "the database cannot be used now")


def told(error: BaseException) -> Exception:
    """The error as the caller of the store is to see it. Errors that are no database's stay what they are.

    A database's own error is never left hanging on it: PostgreSQL quotes the values of a row.
    """
    if isinstance(error, HelplineError):
        if isinstance(error.__context__, exc.SQLAlchemyError):
            error.__context__ = error.__cause__ = None
        return error
    if isinstance(error, UnicodeEncodeError):
        return Invalid("text_not_storable", "a text holds a character that no text can hold")
    if isinstance(error, exc.SQLAlchemyError | sqlite3.Error):
        return unavailable(error) or _of_the_statement(error)
    if isinstance(error, StopIteration) or not isinstance(error, Exception):
        return RuntimeError(f"a unit of work raised {type(error).__name__}")
    return error


def _of_the_statement(error: Exception) -> HelplineError:
    state = sqlstate(error)
    if isinstance(error, exc.IntegrityError) or state.startswith("23"):
        return Conflict("integrity", "this does not fit what is already stored")
    if state == "22021":
        return Invalid("text_not_storable", "a text holds a character that no text can hold")
    statement = getattr(error, "statement", None) or ""
    return StoreFault("store_fault", f"{type(error).__name__} {state} {statement[:300]}".strip())
