"""What every measurement needs: our programs built for release, the fixture portal, Playwright."""
import contextlib
import json
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PEER_VERSION = "1.65.2"


def build(*products):
    """Builds for release; returns the directory of the programs."""
    subprocess.run([ROOT / "tools/install"], check=True, stdout=sys.stderr)
    release = ["swift", "build", "--configuration", "release", "--static-swift-stdlib"]
    for product in products:
        subprocess.run([*release, "--product", product], cwd=ROOT, check=True, stdout=sys.stderr)
    shown = subprocess.run([*release, "--show-bin-path"], cwd=ROOT, check=True, capture_output=True, text=True)
    return pathlib.Path(shown.stdout.strip())


def peer_python():
    """The Python of a virtual environment with Playwright; its own browsers are not fetched, it drives the installed one."""
    folder = ROOT / ".build/bench-venv"
    python = folder / "bin/python"
    if not python.exists() or subprocess.run([python, "-c", "import playwright"], capture_output=True).returncode:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", f"playwright=={PEER_VERSION}"], check=True)
    return python


@contextlib.contextmanager
def portal(binaries, scratch):
    """The fixture portal; yields its address."""
    ready = pathlib.Path(scratch, "fixtures.json")
    command = [binaries / "cpa-fixtures", "--portal-port", "0", "--graph-port", "0", "--ready-file", ready]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if ready.exists() and ready.stat().st_size:
                break
            time.sleep(0.1)
        yield json.loads(ready.read_text())["portal"]
    finally:
        server.terminate()
        server.wait()
