"""What is recorded of a contact: closed lists of codes with English labels, and the places of the country."""

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Term(Part):
    """A code and what it says in English; other languages come from the catalogues."""

    code: Code
    label: str


class ContactType(Term):
    """``counselling``: whether a record of this type is about a child, so that the rest is worth asking."""

    counselling: bool


class ReasonGroup(Term):
    """Reasons are stored as `group.reason`, because several groups have the same one."""

    reasons: Annotated[tuple[Term, ...], Field(min_length=1)]

    def codes(self) -> tuple[str, ...]:
        return tuple(f"{self.code}.{reason.code}" for reason in self.reasons)


class AgeBand(Term):
    """From ``first`` to ``last`` years, both within; without ``last`` it has no end."""

    first: Annotated[int, Field(ge=0, le=130)]
    last: Annotated[int, Field(ge=0, le=130)] | None = None


Terms = Annotated[tuple[Term, ...], Field(min_length=1)]


class Taxonomy(Part):
    """The lists that a record's answers come from. ``adult_age``: the age at which the country counts an adult."""

    adult_age: Annotated[int, Field(ge=10, le=30)] = 18
    contact_types: Annotated[tuple[ContactType, ...], Field(min_length=1)]
    reasons: Annotated[tuple[ReasonGroup, ...], Field(min_length=1)]
    living_situations: Terms
    circumstances: Terms
    genders: Terms
    accompanied: Terms
    safe_to_contact: Terms
    how_known: Terms
    stop_reasons: Terms
    age_bands: Annotated[tuple[AgeBand, ...], Field(min_length=1)]
    countries_first: tuple[Country, ...] = ()

    @model_validator(mode="after")
    def _each_code_once(self) -> "Taxonomy":
        for name, terms in self.lists():
            codes = [term.code for term in terms]
            twice = sorted({code for code in codes if codes.count(code) > 1})
            if twice:
                raise ValueError(f"{name} names {', '.join(twice)} twice. Give each its own code")
        for group in self.reasons:
            if "other" not in {reason.code for reason in group.reasons}:
                raise ValueError(f"reasons {group.code} has no 'other'. Add it: no list holds everything")
        expected = 0
        for band in self.age_bands:
            if band.first != expected or (band.last is not None and band.last < band.first):
                raise ValueError(f"age_bands {band.code} leaves a gap or overlaps. Begin where the last one ended")
            expected = 131 if band.last is None else band.last + 1
        if expected <= 130:
            raise ValueError("age_bands end too early. Leave out `last` in the last one")
        return self

    def lists(self) -> Iterator[tuple[str, tuple[Term, ...]]]:
        """Every list of codes with its name; reasons as `group.reason`."""
        for name in type(self).model_fields:
            terms = getattr(self, name)
            if isinstance(terms, tuple) and terms and isinstance(terms[0], Term):
                yield name, terms
        for group in self.reasons:
            yield f"reasons.{group.code}", group.reasons

    @cached_property
    def reason_codes(self) -> frozenset[str]:
        """Every reason as it is stored: `group.reason`."""
        return frozenset(code for group in self.reasons for code in group.codes())

    @cached_property
    def labels(self) -> dict[tuple[str, str], str]:
        """English labels by (list, code): ("reasons", "group.reason"), and its group as ("reasons", "group")."""
        found = {(name, term.code): term.label for name, terms in self.lists() if "." not in name for term in terms}
        for group in self.reasons:
            found |= {("reasons", f"{group.code}.{one.code}"): one.label for one in group.reasons}
        return found

    def band_of(self, age: int | None) -> AgeBand | None:
        """The band of an age in years; None for an unknown age."""
        if age is None:
            return None
        return next(
            (one for one in self.age_bands if one.first <= age <= (130 if one.last is None else one.last)), None
        )


class District(Term):
    """Of a province."""


class Province(Term):
    """With its districts; a district's code is its own within the province."""

    districts: tuple[District, ...] = ()


class Places(Part):
    """Province, then district: as near as a contact's place is ever recorded."""

    country: Country
    provinces: Annotated[tuple[Province, ...], Field(min_length=1)]

    @cached_property
    def by_code(self) -> dict[str, Province]:
        return {province.code: province for province in self.provinces}

    def is_place(self, province: str, district: str | None = None) -> bool:
        """Whether there is such a province, and such a district in it."""
        found = self.by_code.get(province)
        return found is not None and (not district or any(one.code == district for one in found.districts))
