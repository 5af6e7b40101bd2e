"""A carrier on a laptop: Twilio's protocol from the other side.

A process of its own. It and the helpline know each other only over HTTP, so it imports nothing of the
helpline's. `python -m helpline.practice --help` runs it; tests use `PracticeCarrier` on a free port.
"""

from helpline.practice.carrier import PracticeCarrier
from helpline.practice.phones import NotHeard, Phone, PhoneCall

__all__ = ["NotHeard", "Phone", "PhoneCall", "PracticeCarrier"]
