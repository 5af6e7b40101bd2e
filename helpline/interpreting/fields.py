"""Faults in what a person filled in, each at its field; all are told at once, and nothing is written."""

from collections.abc import Mapping

from helpline.errors import Invalid


class Unfit(Invalid):
    """Some fields cannot be kept as they are. ``fields``: a stable code by the name of the field."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("fields_wrong", ", ".join(f"{field}: {code}" for field, code in fields.items()))
        self.fields = dict(fields)


class Faults:
    """Gathers what is wrong, the first fault of each field, and raises all of it."""

    def __init__(self) -> None:
        self._fields: dict[str, str] = {}

    def add(self, field: str, code: str) -> None:
        self._fields.setdefault(field, code)

    def check(self, right: bool, field: str, code: str) -> bool:
        """Note the fault unless it is right; what was handed in."""
        if not right:
            self.add(field, code)
        return right

    @property
    def fields(self) -> dict[str, str]:
        """A code by the name of the field; empty when all is right."""
        return dict(self._fields)

    def raise_any(self) -> None:
        """Raises `Unfit` when there is any."""
        if self._fields:
            raise Unfit(self._fields)
