"""Services as they may stand in a directory, for the stories here."""

from datetime import date
from typing import Any

from config.services import Service, ServiceKind
from helpline.referrals.matter import Answer, Consent, Matter

KINDS = {
    kind.code: kind
    for kind in (
        ServiceKind(code="social_welfare", label="District social welfare", group="welfare"),
        ServiceKind(code="anti_trafficking", label="Anti-trafficking desk", group="welfare"),
        ServiceKind(code="hospital", label="Hospital", group="health"),
        ServiceKind(code="education", label="School", group="community"),
        ServiceKind(code="police", label="Police", group="enforcement"),
    )
}

OFFICE_HOURS = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("08:00-17:00",))


def a_service(code: str = "welfare", **changes: Any) -> Service:
    """A welfare office of Lusaka district, open day and night, that takes trafficking."""
    return Service.model_validate(
        {
            "code": code,
            "name": f"Office {code}",
            "kind": "social_welfare",
            "concerns": ("trafficking",),
            "places": ("lusaka/lusaka",),
            "languages": ("en",),
            "language": "en",
            "timezone": "Africa/Lusaka",
            "country": "ZM",
            "organisation": f"Organisation {code}",
            "contacts": (
                {"channel": "email", "to": f"{code}@service.example"},
                {"channel": "sms", "to": "+260950000900"},
            ),
            "verified_on": date(2027, 1, 1),
            **changes,
        }
    )


def a_matter(**changes: Any) -> Matter:
    """A girl in Lusaka who is being trafficked, and said yes to services."""
    return Matter(
        **{
            "concern": "trafficking",
            "happening": "now",
            "province": "lusaka",
            "district": "lusaka",
            "language": "en",
            "age": 14,
            "gender": "girl",
            "circumstances": ("on_the_move",),
            "safe_tonight": "no",
            "summary": "A man keeps her passport and makes her work at night.",
            "whereabouts": "The yellow house behind the market",
            "called": "Kwi",
            "reach": "+260971234567",
            "tell": ("social_welfare", "anti_trafficking"),
            "consent": Consent(services=Answer.YES),
            **changes,
        }
    )
