"""What a process does for protection when it begins."""

from helpline.house import House
from helpline.protection import climbing, silence
from helpline.store.db import Tx


def take_up(tx: Tx, house: House) -> None:
    """What is climbed has its timer, and every line is looked at for silence."""
    climbing.take_up(tx, house)
    silence.take_up(tx, house)
