"""What is kept of a checked workbook: what the ledger takes, and what deciding needs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from workbook_tool.county.arrivals import Arrival
from workbook_tool.model import Pack
from workbook_tool.notices import CRASHED, TOO_LONG, TOO_MUCH
from workbook_tool.outputs.kept import Reviewed
from workbook_tool.outputs.packing import Packed, pack_up

AGAIN = frozenset({TOO_LONG, TOO_MUCH, CRASHED})
"""Results that say more of the machine than of the workbook: not booked, and tried again each time."""


@dataclass(frozen=True, slots=True)
class Booking:
    """A checked workbook, small enough that a county's cross from the processes that check them.

    Attributes:
        packed: What the ledger takes.
        arrival: What deciding needs.
    """

    packed: Packed
    arrival: Arrival

    @property
    def is_unsure(self) -> bool:
        """Whether it is to be checked again each time, and not booked."""
        return not self.packed.sha256 or any(line["code"] in AGAIN for line in self.packed.findings)


def booking(given: Collection[str], reviewed: Reviewed, pack: Pack) -> Booking:
    """What is kept of a result.

    Args:
        given: Texts that the bureau entered in its templates, such as names of projects.
        reviewed: The result.
        pack: The pack that returns have to be made from.
    """
    return Booking(pack_up(reviewed), Arrival.of(reviewed, pack, given))
