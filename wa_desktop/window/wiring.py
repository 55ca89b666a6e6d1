"""What a page is built from: the services, the way off the GUI thread, the news, what is kept."""

from dataclasses import dataclass, field

from wa_desktop.contracts.services import Services
from wa_desktop.window.background import Background
from wa_desktop.window.bridge import Bridge
from wa_desktop.window.remembered import Remembered


@dataclass(frozen=True, slots=True)
class Wiring:
    """Handed to every page; holds no state of its own."""

    services: Services
    background: Background
    bridge: Bridge
    remembered: Remembered = field(default_factory=lambda: Remembered(None))
