"""What a booking goes by: how long interpreters have to answer, buffers, reminders. Data, like all policy."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, field_validator

from config.taxonomy import Part

Minutes = Annotated[int, Field(ge=0, le=7 * 24 * 60)]


class AnswerTime(Part):
    """Who is asked for a hearing that is at least ``ahead_h`` hours away has ``minutes`` to answer."""

    ahead_h: Annotated[float, Field(ge=0, le=8760)]
    minutes: Annotated[int, Field(ge=1, le=7 * 24 * 60)]


class Travel(Part):
    """Minutes on the way to a venue, and again on the way back, by how far it is from where the interpreter lives."""

    same_district: Minutes = 60
    same_province: Minutes = 240
    elsewhere: Minutes = 720


class BookingRules(Part):
    """Times in minutes unless a name says otherwise.

    ``quiet_from_h`` to ``quiet_until_h``: hours of the interpreter's night, in which nobody's silence counts unless the
    hearing is within a day. ``least_ahead``: sooner than this an interpreter is asked for now, not booked.
    ``longest``: of one booking. ``buffer``: before and after, also by phone. ``remind_before``: the last reminder (the
    first is at the same time of day on the day before). ``late_after``: so long after the hour somebody must have
    begun, or a coordinator is alarmed. ``report_after``: so long after the end it must have been reported.
    ``unfilled_alarm_h``: a booking that has nobody so many hours ahead is an alarm though people are still asked.
    ``fair_days``: over so many days the minutes of each interpreter are compared. ``keep_days``: so long after its end
    the words of a booking are kept (case, place, reasons); what is counted stays.
    """

    answer: tuple[AnswerTime, ...] = (
        AnswerTime(ahead_h=168, minutes=1440),
        AnswerTime(ahead_h=48, minutes=240),
        AnswerTime(ahead_h=12, minutes=60),
        AnswerTime(ahead_h=1, minutes=15),
        AnswerTime(ahead_h=0, minutes=5),
    )
    quiet_from_h: Annotated[int, Field(ge=0, le=23)] = 21
    quiet_until_h: Annotated[int, Field(ge=0, le=23)] = 9
    least_ahead: Annotated[int, Field(ge=5, le=1440)] = 30
    most_ahead_days: Annotated[int, Field(ge=1, le=1100)] = 400
    longest: Annotated[int, Field(ge=15, le=1440)] = 720
    buffer: Annotated[int, Field(ge=0, le=240)] = 15
    travel: Travel = Travel()
    remind_before: Annotated[int, Field(ge=10, le=1440)] = 120
    late_after: Annotated[int, Field(ge=1, le=240)] = 15
    report_after: Annotated[int, Field(ge=30, le=10_080)] = 720
    unfilled_alarm_h: Annotated[int, Field(ge=1, le=720)] = 72
    fair_days: Annotated[int, Field(ge=1, le=366)] = 90
    keep_days: Annotated[int, Field(ge=1, le=36_500)] = 365
    techniques: tuple[str, ...] = ("consecutive", "whispered", "simultaneous")
    hearings: tuple[str, ...] = (
        "first_appearance",
        "bail",
        "plea",
        "trial",
        "judgment",
        "immigration_hearing",
        "age_assessment",
        "best_interests",
        "interview",
        "medical",
        "other",
    )
    person_roles: tuple[str, ...] = (
        "child_in_conflict",
        "witness",
        "victim",
        "applicant",
        "detained",
        "guardian",
        "other",
    )

    @field_validator("answer")
    @classmethod
    def _from_far_to_near(cls, answer: Sequence[AnswerTime]) -> tuple[AnswerTime, ...]:
        ahead = [one.ahead_h for one in answer]
        if not ahead or ahead != sorted(set(ahead), reverse=True) or ahead[-1] != 0:
            raise ValueError("goes from far to near, and its last `ahead_h` is 0. Put the times in that order")
        return tuple(answer)

    def answer_minutes(self, ahead_minutes: float) -> int:
        """How long whoever is asked so many minutes ahead has to answer."""
        hours = ahead_minutes / 60
        return next((one.minutes for one in self.answer if hours >= one.ahead_h), self.answer[-1].minutes)
