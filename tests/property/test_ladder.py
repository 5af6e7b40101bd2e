"""Whatever comes in whatever order, no rung is left out, and nothing but a person with a name stops a concern."""

from hypothesis import given
from hypothesis import strategies as st

from config.ladders import Ladder, Rung, Tell
from helpline.clock import SECOND
from helpline.protection.ladder import (
    Acknowledged,
    CallOff,
    Due,
    Effect,
    Event,
    Failed,
    Mended,
    Restarted,
    Standing,
    Told,
    begin,
    step,
)

NOON = 1_800_000_000 * SECOND

waits = st.integers(10, 3_600)


@st.composite
def ladders(draw: st.DrawFn) -> Ladder:
    tell = (Tell(post="manager_on_call", how="voice"),)
    middle = tuple(Rung(tell=tell, wait_s=draw(waits)) for _ in range(draw(st.integers(0, 4))))
    return Ladder(repeat_s=draw(waits), rungs=(*middle, Rung(tell=tell)))


happenings = st.lists(
    st.tuples(
        st.sampled_from(("due", "in time", "failed", "old failed", "restarted", "mended", "nobody", "acknowledged")),
        st.integers(-7_200, 14_400),  # seconds by which the clock moves before it, jumps among them
    ),
    max_size=60,
)


class Story:
    """A climb, and everything that must hold of it after every step."""

    def __init__(self, ladder: Ladder, mends: bool) -> None:
        self.ladder, self.mends, self.now, self.pages = ladder, mends, NOON, 0
        self.told: list[tuple[int, int, int]] = []
        self.acknowledged = False
        self.reached = True
        state, effects, due = begin(ladder, self.now, mends=mends)
        self.state: Standing = state
        self.due: int | None = due
        self.carry_out(effects)

    def carry_out(self, effects: tuple[Effect, ...]) -> None:
        rungs = 0
        while effects:
            (effect,) = effects
            if isinstance(effect, CallOff):
                return
            self.told.append((effect.rung, effect.round, self.now))
            rungs += 1
            assert rungs <= len(self.ladder.rungs), "it spins"
            self.pages += 1
            pages = frozenset({f"page {self.pages}"}) if self.reached else frozenset()
            self.state, effects, self.due = step(self.ladder, self.state, Told(pages), self.now)

    def happens(self, event: Event) -> None:
        self.state, effects, self.due = step(self.ladder, self.state, event, self.now)
        self.carry_out(effects)

    def must_hold(self) -> None:
        rounds = [(rung, round) for rung, round, _ in self.told]
        top = len(self.ladder.rungs) - 1
        expected = [(rung, 0) for rung in range(top + 1)] + [(top, again) for again in range(1, len(rounds) + 1)]
        assert rounds == expected[: len(rounds)], "a rung was left out or told twice"
        if self.state.ended is None:
            assert self.due is not None and self.due == self.state.due
        else:
            assert self.due is None
            assert self.acknowledged or (self.mends and self.state.ended == "mended")


@given(ladders(), st.booleans(), happenings)
def test_no_step_is_left_out_and_only_a_person_stops_it(
    ladder: Ladder, mends: bool, story: list[tuple[str, int]]
) -> None:
    climb = Story(ladder, mends)
    climb.must_hold()
    for what, moved in story:
        climb.now = max(NOON, climb.now + moved * SECOND)
        climb.reached = what != "nobody"
        before = len(climb.told)
        match what:
            case "due" | "nobody":
                climb.happens(Due())
                if what == "due":
                    assert len(climb.told) - before <= 1, "two steps at once"
            case "in time":
                if climb.due is not None:
                    climb.now = max(climb.now, climb.due)
                climb.happens(Due())
                assert climb.state.ended is not None or len(climb.told) == before + 1
            case "failed":
                for page in sorted(climb.state.open):
                    climb.happens(Failed(page))
            case "old failed":
                climb.happens(Failed("a page of long ago"))
                assert len(climb.told) == before
            case "restarted":
                climb.happens(Restarted())
                rung = climb.ladder.rungs[climb.state.rung]
                if climb.due is not None:
                    assert climb.due <= climb.now + (rung.wait_s or climb.ladder.repeat_s) * SECOND
            case "mended":
                climb.happens(Mended())
            case _:
                climb.acknowledged = True
                climb.happens(Acknowledged("banda"))
                assert climb.state.ended is not None
        climb.must_hold()


@given(ladders(), st.lists(st.integers(1, 14_400), min_size=1, max_size=20))
def test_after_an_outage_of_any_length_one_step_is_taken_and_the_next_is_a_whole_wait_away(
    ladder: Ladder, outages: list[int]
) -> None:
    climb = Story(ladder, mends=False)
    for seconds in outages:
        assert climb.due is not None
        climb.now = climb.due + seconds * SECOND
        climb.happens(Due())
        rung = ladder.rungs[climb.state.rung]
        assert climb.due == climb.now + (rung.wait_s or ladder.repeat_s) * SECOND
        climb.happens(Due())
        climb.must_hold()
    assert len(climb.told) == 1 + len(outages)
