"""A stand-in for the WhatsApp Cloud API: what it accepted is counted at the far end."""

from tests.standin.behaviour import Answer, Behaviour
from tests.standin.client import StandIn
from tests.standin.record import AcceptedMessage, Summary

__all__ = ["AcceptedMessage", "Answer", "Behaviour", "StandIn", "Summary"]
