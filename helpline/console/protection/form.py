"""What a page posts of a concern, as answers."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from helpline.console.counsellor.offline import arrival
from helpline.protection.concerns import CONSENTS, Answers


def answers_of(form: Mapping[str, str], zone: ZoneInfo) -> Answers:
    """Raises Invalid ``arrival_unreadable`` for a time that is none."""
    province, _, district = form.get("place", "").partition("/")
    happened = form.get("incident_at", "")
    return Answers(
        happening=form.get("happening") or "unknown",
        province=province or None,
        district=district or None,
        safe_tonight=form.get("safe_tonight") or "unknown",
        imminent=form.get("imminent") == "yes",
        hazardous=form.get("hazardous") == "yes",
        incident_at=arrival(happened, zone) if happened else None,
        harmed_by=form.get("harmed_by") or None,
        organisation=form.get("organisation", ""),
        about_worker=form.get("about_worker") or None,
        consents={name: said for name in CONSENTS if (said := form.get(f"consent_{name}"))},
        sentence=form.get("sentence", "").replace("\r\n", "\n"),
    )
