"""`dashboard`: the same in a browser."""

from __future__ import annotations

import sys

import click

from costmodel.cli.frame import main, stop_with_error


@main.command("dashboard", epilog="Example: costmodel dashboard --port 8501")
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True)
@click.option("--headless", is_flag=True, help="Do not open a browser.")
def run_dashboard(port: int, *, headless: bool) -> None:
    """Open the dashboard in a browser; no request leaves this machine."""
    import importlib.util
    import os

    from costmodel.tabular.data_files import locate_package_folder

    if importlib.util.find_spec("streamlit") is None:
        stop_with_error("The dashboard needs Streamlit: pip install 'costmodel[dashboard]'.")
    app = locate_package_folder("dashboard") / "app.py"
    command = [
        *(sys.executable, "-m", "streamlit", "run", str(app)),
        *("--server.port", str(port), "--server.address", "localhost"),
        *("--browser.gatherUsageStats", "false", "--server.headless", "true" if headless else "false"),
    ]
    click.echo(f"Starting the dashboard at http://localhost:{port} (Ctrl-C ends it).")
    os.chdir(app.parent)
    os.execv(command[0], command)  # noqa: S606 - our own arguments; a signal to this process reaches Streamlit
