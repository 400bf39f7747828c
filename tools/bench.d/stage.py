"""What measurements need: our programs built for release, the fixture portal, a private Redis, the peers."""
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PLAYWRIGHT = ("playwright", "1.65.2")
ARQ = ("arq", "0.28.0")


def build(*products):
    """Builds for release; returns the directory of the programs."""
    subprocess.run([ROOT / "tools/install"], check=True, stdout=sys.stderr)
    release = ["swift", "build", "--configuration", "release", "--static-swift-stdlib"]
    for product in products:
        subprocess.run([*release, "--product", product], cwd=ROOT, check=True, stdout=sys.stderr)
    shown = subprocess.run([*release, "--show-bin-path"], cwd=ROOT, check=True, capture_output=True, text=True)
    return pathlib.Path(shown.stdout.strip())


def peer_python(package, version):
    """The Python of a virtual environment with a peer; Playwright's own browsers are not fetched, it drives the installed one."""
    folder = ROOT / ".build/bench-venv"
    python = folder / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    if subprocess.run([python, "-c", f"import {package}"], capture_output=True).returncode:
        subprocess.run([python, "-m", "pip", "install", "--quiet", f"{package}=={version}"], check=True)
    return python


def install(package):
    """A Debian package that only measurements need."""
    shown = subprocess.run(["dpkg-query", "-W", "-f=${Status}", package], capture_output=True, text=True)
    if shown.stdout.startswith("install ok installed"):
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", package]
    if os.getuid():
        command = ["sudo", "-n", *command]
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive", RUNLEVEL="1")
    if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL).returncode:
        raise SystemExit(f"bench: install {package} first: sudo apt-get install {package}")


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
