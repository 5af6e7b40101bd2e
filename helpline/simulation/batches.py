"""How sure a figure from a simulation is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

STUDENT_95 = (
    *(math.inf, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093),
)
"""Student's t for 95 % on both sides, by degrees of freedom, up to 19."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure and its standard error."""

    value: float
    error: float

    def errors_from(self, exact: float) -> float:
        """How many standard errors lie between this and the exact figure."""
        apart = abs(self.value - exact)
        return apart / self.error if self.error else math.inf if apart else 0.0


def batch_means(values: Sequence[float], batches: int = 20) -> Measured:
    """The mean of figures that follow, and depend on, each other; each batch to be long enough to forget the last.

    What does not fill the last batch is left out. Raises ValueError when there is not one figure for each batch.
    """
    size = len(values) // batches
    if not size or batches < 2:
        raise ValueError("batch means need two batches and a figure for each")
    means = [fmean(values[at * size : (at + 1) * size]) for at in range(batches)]
    mean = fmean(means)
    return Measured(mean, math.sqrt(sum((one - mean) ** 2 for one in means) / (batches - 1) / batches))


def jackknife(without: Sequence[float | None]) -> float:
    """Half the width of a figure's 95 % interval, from its values without one group of the data after the other.

    At most 20 groups, that do not depend on each other. Infinite where hardly any has a value.
    """
    known = [one for one in without if one is not None]
    if len(known) < 2:
        return math.inf
    mean, count = fmean(known), len(known)
    return STUDENT_95[count - 1] * math.sqrt((count - 1) / count * sum((one - mean) ** 2 for one in known))
