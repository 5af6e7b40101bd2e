"""Nobody can be told by a small number in a file, nor by what is left when others are taken away."""

import csv
import io
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from helpline.clock import SECOND
from helpline.reports import exports
from helpline.reports.exports import HIDDEN
from helpline.reports.metrics import Group, Timing
from helpline.reports.unmet import REACHED, UNMET, Wish, demands

COUNTS = st.integers(0, 12)
WISHES = st.lists(
    st.builds(Wish, st.sampled_from(["so", "ti"]), st.sampled_from([REACHED, *UNMET]), st.integers(0, 4), COUNTS),
    max_size=12,
)


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_few_are_not_written_and_nobody_is() -> None:
    assert [exports.people(count) for count in (0, 1, 4, 5)] == [0, HIDDEN, HIDDEN, 5]
    assert exports.parts([3, 200, 40]) == [HIDDEN, 200, HIDDEN], "200 + 40 + 3 would tell"
    assert exports.parts([3, 2, 40]) == [HIDDEN, HIDDEN, 40]
    assert exports.parts([3, 0]) == [HIDDEN, 0] and exports.parts([]) == []


def test_children_asked_for() -> None:
    (whole,) = read(exports.children(Group(14, 118, 15), 13))
    assert whole == {"children": "132", "girls": "14", "boys": "118", "groups": "13", "times_asked": "15"}
    (few,) = read(exports.children(Group(2, 118, 15), 13))
    assert (few["children"], few["girls"], few["boys"]) == ("120", HIDDEN, HIDDEN)
    (alone,) = read(exports.children(Group(0, 3, 1), 1))
    assert (alone["children"], alone["girls"], alone["boys"]) == (HIDDEN, "0", HIDDEN)


def test_what_was_measured_on_few_is_left_empty() -> None:
    times = [Timing("bridge", "ti", 4, SECOND, SECOND, 1.0), Timing("request", "ti", 5, 30 * SECOND, 61 * SECOND, 0.5)]
    (row,) = read(exports.by_language(demands([Wish("ti", REACHED, 3, 9)], {"ti": 2}), (), times))
    assert (row["bridge_time_p50_s"], row["request_time_p50_s"], row["request_time_p90_s"]) == ("", "30", "61")
    assert row["fill_rate"] == "" and row["wanted"] == "9" and row["speakers"] == "2"


def ways_to_read(cells: list[str], total: str) -> int:
    """In how many ways what is written in a line of parts and their sum can be read."""
    ranges = [range(1, 150) if one == HIDDEN else [int(one)] for one in cells]
    return sum(1 for found in product(*ranges) if total == HIDDEN or sum(found) == int(total))


@given(WISHES)
def test_no_small_count_follows_from_the_sums_beside_it(wishes: list[Wish]) -> None:
    found = demands(wishes, {})
    for row, one in zip(read(exports.by_language(found, (), ())), found, strict=True):
        parts = [row[REACHED], row["unmet"]]
        cells = [*parts, row["wanted"], *(row[way] for way in UNMET)]
        assert not any(0 < int(cell) < 5 for cell in cells if cell != HIDDEN)
        assert HIDDEN not in parts or ways_to_read(parts, row["wanted"]) > 1
        ways = [row[way] for way in UNMET]
        if HIDDEN in ways and row["unmet"] != HIDDEN:
            assert ways.count(HIDDEN) > 1
        if row["unmet"] == HIDDEN and one.unmet:
            assert HIDDEN in ways, "what was not met does not follow from its ways"
    for row in read(exports.by_hour(found)):
        assert not any(0 < int(row[name]) < 5 for name in ("wanted", "unmet") if row[name].isdigit())
        if row["wanted"].isdigit() and row["unmet"].isdigit():
            assert not 0 < int(row["wanted"]) - int(row["unmet"]) < 5
    for one in found:
        lines = read(exports.by_hour([one]))
        hidden = [row for row in lines if row["wanted"] == HIDDEN]
        assert len(hidden) != 1 or len(lines) == 1, "one hidden hour alone would follow from the sum of all"


def test_a_cell_is_no_formula() -> None:
    (row,) = read(exports.by_language(demands([Wish("=1+1", REACHED, 3, 9)], {}), (), ()))
    assert row["language"] == "'=1+1"
