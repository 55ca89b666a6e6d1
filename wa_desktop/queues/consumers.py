"""Huey's consumers, embedded: they take no signals and re-execute nothing.

``Consumer.run`` is never called: on SIGHUP it would start the whole program again. The
threads are started here, and their health is checked by the sweep.
"""

import logging

from huey.consumer import Consumer

from wa_desktop.queues.hueys import Hueys

CONTRACTS_AT_ONCE = 5
MESSAGE_WORKERS = 1

# Huey logs each failed poll of an absent Redis with its traceback, several times a second;
# the bell says once that the queue is out of reach.
logging.getLogger("huey.consumer.Worker").setLevel(logging.CRITICAL)
logging.getLogger("huey.consumer.Scheduler").setLevel(logging.CRITICAL)
logging.getLogger("huey.consumer").setLevel(logging.ERROR)
logging.getLogger("huey").setLevel(logging.WARNING)


class EmbeddedConsumer(Consumer):  # type: ignore[misc]
    """A consumer that leaves the process's signals alone."""

    def _set_signal_handlers(self) -> None:
        """Signals belong to the program that embeds this."""


class Consumers:
    """The consumers of both queues."""

    def __init__(self, hueys: Hueys) -> None:
        self._consumers = [
            _consumer(hueys.contracts, CONTRACTS_AT_ONCE, slowest_poll=0.5),
            _consumer(hueys.messages, MESSAGE_WORKERS, slowest_poll=0.2),
        ]

    def start(self) -> None:
        """Start all threads (daemons)."""
        for consumer in self._consumers:
            consumer.start()

    def check_health(self) -> None:
        """Replace threads that died."""
        for consumer in self._consumers:
            consumer.check_worker_health()

    def stop(self) -> None:
        """Take no more jobs; those at work see the program's own stop flag and end soon."""
        for consumer in self._consumers:
            consumer.stop_flag.set()
        for consumer in self._consumers:
            for _, thread in consumer.worker_threads:
                thread.join(5)
            consumer.scheduler.join(5)


def _consumer(huey: object, workers: int, *, slowest_poll: float) -> EmbeddedConsumer:
    return EmbeddedConsumer(
        huey,
        workers=workers,
        periodic=False,
        initial_delay=0.05,
        backoff=1.3,
        max_delay=slowest_poll,
        shutdown_timeout=5,
    )
