"""Messages to adults at work: an email, a text message, or a call that reads a sentence and asks for a key."""

from helpline.house import Hooks as Hooks
from helpline.notices.service import Notice as Notice
from helpline.notices.service import cancel as cancel
from helpline.notices.service import send as send
