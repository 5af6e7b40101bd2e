"""The bodies that machines send and get, as models: what is checked and what is described is one thing."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from helpline.clock import SECOND
from helpline.interpreting.asked import DIALECT
from helpline.interpreting.requests import MOST_CHILDREN, MOST_LANGUAGES, PURPOSES, Standing, Wanted

Purpose = Literal["welfare", "medical", "interview", "hearing"]
assert set(Purpose.__args__) == set(PURPOSES)  # type: ignore[attr-defined]

Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{36}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$")]
# With its country, or a short one: a machine knows nothing of how we are dialled here. Each of them is a number of
# `config.numbers` as it stands.
Number = Annotated[str, StringConstraints(pattern=r"^\+?[1-9][0-9]{2,14}$")]
Name = Annotated[str, StringConstraints(pattern=f"^{DIALECT.pattern}$")]


def _whole(value: object) -> object:
    """To JSON 3.0 is the integer 3."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Children = Annotated[int, Field(ge=0, le=MOST_CHILDREN), BeforeValidator(_whole)]


class Body(BaseModel):
    """Nothing that is not known is taken: a misspelt wish would be lost without a word."""

    model_config = ConfigDict(extra="forbid", strict=True)


class NewRequest(Body):
    """An interpreter is wanted now. Say nothing of the children but how many girls and how many boys."""

    languages: Annotated[list[Code], Field(max_length=MOST_LANGUAGES)] = Field(
        default=[], description="BCP-47 codes, the one wanted most first; empty when it is not known yet"
    )
    purpose: Purpose
    girls: Children = 0
    boys: Children = 0
    call_to: Number = Field(description="whom we call, once an interpreter is there")
    second_party: Number | None = Field(default=None, description="dialled in after that, e.g. a guardian")
    dialect: Name | None = None
    gender_wish: Literal["woman", "man"] | None = None
    child_friendly: bool = False
    certified: bool = False
    detained: bool = Field(default=False, description="the children are detained: the helpline may offer help")
    night: Literal["wait", "now"] | None = Field(
        default=None, description="for an interview at night: whether it waits for the day"
    )
    same_as: Id | None = Field(default=None, description="an earlier request for the same group of children")

    def wanted(self) -> Wanted:
        return Wanted(
            languages=tuple(self.languages),
            purpose=self.purpose,
            girls=self.girls,
            boys=self.boys,
            call_to=self.call_to,
            second_party=self.second_party or "",
            dialect=self.dialect or "",
            gender_wish=self.gender_wish or "",
            child_friendly=self.child_friendly,
            certified=self.certified,
            detained=self.detained,
            night=self.night or "",
            same_as=self.same_as or "",
        )


class NextConversation(Body):
    """The next conversation of the same request, with the same interpreter where they are free."""

    call_to: Number | None = None


class SecondParty(Body):
    """Somebody is dialled into the conversation that goes on."""

    call_to: Number


class SameGroup(Body):
    """The two requests were for the same children, who count once."""

    request: Id


class ConversationShown(BaseModel):
    """One conversation of a request. Times are RFC 3339, UTC."""

    number: int
    state: Literal["planned", "waits", "ringing", "connected", "done"]
    language: str | None
    interpreter: str | None
    connected_at: str | None
    closed_at: str | None
    seconds: int | None


class RequestShown(BaseModel):
    """A request as its institution may see it."""

    id: str
    state: Literal["planned", "waits", "ringing", "connected", "done", "cancelled"]
    languages: list[str]
    purpose: Purpose
    girls: int
    boys: int
    created_at: str
    not_before: str | None
    outcome: str | None
    same_group_as: str | None
    conversations: list[ConversationShown]


class RequestList(BaseModel):
    """The newest requests first, at most 100."""

    requests: list[RequestShown]


class LanguageShown(BaseModel):
    """A language that can be asked for."""

    code: str
    endonym: str
    name: str


class LanguageList(BaseModel):
    languages: list[LanguageShown]


class ErrorBody(BaseModel):
    """What is wrong. ``fields``: a stable code by the name of the field; ``retry``: the same may work later."""

    kind: Literal["invalid", "refused", "conflict", "unavailable"]
    code: str
    message: str
    retry: bool
    fields: dict[str, str] = {}


class ErrorShown(BaseModel):
    error: ErrorBody


def shown(standing: Standing) -> RequestShown:
    request = standing.request
    states = ["done"] * (len(standing.conversations) - 1)
    last = "done" if standing.state == "cancelled" else standing.state
    return RequestShown(
        id=request.id,
        state=standing.state,  # type: ignore[arg-type]
        languages=request.languages.split(),
        purpose=request.purpose,  # type: ignore[arg-type]
        girls=request.girls,
        boys=request.boys,
        created_at=_moment(request.created_at) or "",
        not_before=_moment(request.not_before),
        outcome=request.outcome,
        same_group_as=request.group_of,
        conversations=[
            ConversationShown(
                number=one.number,
                state=state,  # type: ignore[arg-type]
                language=one.language,
                interpreter=one.interpreter,
                connected_at=_moment(one.connected_at),
                closed_at=_moment(one.closed_at),
                seconds=(one.closed_at - one.connected_at) // SECOND if one.closed_at and one.connected_at else None,
            )
            for one, state in zip(standing.conversations, [*states, last], strict=False)
        ],
    )


def _moment(at: int | None) -> str | None:
    return None if at is None else (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).isoformat()
