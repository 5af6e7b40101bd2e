"""What services need to know of the deployment, gathered once by the composition root and handed in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from config.directory import Directory, Line
from helpline.privacy import Vault
from ivr_scripts.schema import Script
from routing.policy import LinePolicy
from webhooks.ports import Renderer


@dataclass(frozen=True, slots=True)
class House:
    """The directory, the scripts by name, the keys, the renderer of documents, the routing policy by line."""

    directory: Directory
    scripts: Mapping[str, Script]
    policies: Mapping[str, LinePolicy]
    vault: Vault
    renderer: Renderer
    pseudonym: Callable[[], str]

    def line(self, id: str) -> Line:
        return self.directory.lines[id]
