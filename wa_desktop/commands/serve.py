"""``wa-desktop serve``: the HTTP API, with the engine in the same process unless told not to."""

import logging
from typing import Annotated

import typer

from wa_desktop.app import Program
from wa_desktop.commands.opening import patience, settings_for
from wa_desktop.commands.output import say
from wa_desktop.commands.signals import StopSignals
from wa_desktop.commands.typer_app import new_app
from wa_desktop.commands.worker import watch
from wa_desktop.errors import LedgerBusy
from wa_desktop.server.application import ApiSettings, build_api
from wa_desktop.server.callers.owner import OWNER_UNKNOWN, can_tell_owner
from wa_desktop.server.serving import ApiServer
from wa_desktop.settings import Settings

log = logging.getLogger(__name__)

app = new_app()


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on (HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="The port; 0 takes any free one (PORT).")] = None,
    no_engine: Annotated[
        bool, typer.Option("--no-engine", help="Only serve; a worker or the window sends.")
    ] = False,
) -> None:
    """Serve the HTTP API, and send what is due, until stopped (Ctrl+C or SIGTERM).

    On this computer the user who runs the command may call. Other users, proxies, and callers
    beyond this computer (any HOST that is not loopback) need WA_API_TOKEN; where it is set,
    every call must bring it.
    """
    settings = settings_for(host=host, port=port)
    with (
        StopSignals() as stop,
        Program.open(settings, patience(settings, stop.wait)) as program,
    ):
        program.settle_key()
        server = _server(program, settings)
        try:
            if not no_engine:
                _start(program)
                stop.sends = True
            program.report()
            server.start()
            if settings.api_token is None and not can_tell_owner():
                log.warning(OWNER_UNKNOWN)
            say(f"Serving on {server.url} (the API's page: {server.url}/docs). Ctrl+C stops it.")
            watch(program, stop, sends=not no_engine)
        finally:
            server.stop()
    say("Stopped.")


def _server(program: Program, settings: Settings) -> ApiServer:
    rules = ApiSettings(settings.host, settings.port, settings.api_token)
    api = build_api(program.services, settings=rules, health=program.recent_health)
    return ApiServer(api, settings.host, settings.port)


def _start(program: Program) -> None:
    try:
        program.start()
    except LedgerBusy as error:
        raise LedgerBusy(f"{error} To serve beside it: wa-desktop serve --no-engine.") from error
