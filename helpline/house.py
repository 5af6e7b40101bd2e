"""What services need to know of the deployment, gathered once by the composition root and handed in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from config.directory import Directory, Line
from helpline.privacy import Vault
from ivr_scripts.schema import Script
from ivr_scripts.texting import TextScript
from ivr_scripts.wording import Prompts
from routing.policy import LinePolicy
from webhooks.ports import Renderer


@dataclass(frozen=True, slots=True)
class House:
    """Scripts by name, text scripts and routing policies by line, and what all services share.

    ``heard_menus``: by line, the languages of its menu that a call can offer, where they are not all of them.
    """

    directory: Directory
    scripts: Mapping[str, Script]
    policies: Mapping[str, LinePolicy]
    vault: Vault
    renderer: Renderer
    pseudonym: Callable[[], str]
    prompts: Prompts
    text_scripts: Mapping[str, TextScript]
    heard_menus: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def line(self, id: str) -> Line:
        return self.directory.lines[id]

    def heard_menu(self, line: Line) -> tuple[str, ...]:
        """The menu of a call. In text and web chat the whole menu is offered: it is read, not heard."""
        return self.heard_menus.get(line.id, line.menu)
