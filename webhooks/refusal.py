"""Why a request from outside is turned away."""


class Unacceptable(Exception):
    """Not taken: answered with ``status`` and the stable ``reason``, and nothing of it is stored or logged."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
