"""What services need to know of the deployment, gathered once by the composition root and handed in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from config.directory import Directory, Line
from helpline.privacy import Vault
from ivr_scripts.schema import Script
from ivr_scripts.texting import TextScript
from ivr_scripts.wording import Prompts
from routing.policy import LinePolicy
from webhooks.ports import Renderer


@dataclass(frozen=True, slots=True)
class House:
    """Scripts by name, text scripts and routing policies by line, and what all services share."""

    directory: Directory
    scripts: Mapping[str, Script]
    policies: Mapping[str, LinePolicy]
    vault: Vault
    renderer: Renderer
    pseudonym: Callable[[], str]
    prompts: Prompts
    text_scripts: Mapping[str, TextScript]

    def line(self, id: str) -> Line:
        return self.directory.lines[id]
