#!/usr/bin/env python3
"""Drives a running API by its own OpenAPI document (PyPI schemathesis): nothing may fail, and nothing answer undocumented.

Called by tools/fuzz api; starts its own server with a fresh data directory, and ends it.
"""
import argparse
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
VERSION = "4.*"
# Its status when it was told to end before it was done.
INTERRUPTED = 130


def program():
    """schemathesis in a virtual environment of ours."""
    folder = ROOT / ".build/fuzz-api-venv"
    found = folder / "bin/schemathesis"
    if not found.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin/python", "-m", "pip", "install", "--quiet", f"schemathesis=={VERSION}"], check=True)
    return found


def answers(base):
    try:
        urllib.request.urlopen(base + "/livez", timeout=5)
        return True
    except OSError:
        return False


def drive(run, seconds, folder):
    """Runs schemathesis, for so long at most; returns its status, 0 when nothing of what was tried failed."""
    hooks = pathlib.Path(__file__).with_name("media_types.py")
    environment = os.environ | {"SCHEMATHESIS_HOOKS": str(hooks), "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(run, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    # Interrupted, it says what it found so far, and that with a status of its own.
    timers = [threading.Timer(seconds, process.send_signal, [signal.SIGINT]), threading.Timer(seconds + 60, process.kill)]
    for timer in timers:
        timer.start()
    lines = []
    for line in process.stdout:
        print(line, end="", flush=True)
        lines.append(line.strip())
    status = process.wait()
    for timer in timers:
        timer.cancel()
    if status != INTERRUPTED:
        return status
    has_tried = any(re.match(r"[1-9]\d* generated", line) for line in lines)
    summary = next((line for line in reversed(lines) if line), "")
    is_clean = re.fullmatch(r"=+ (\d+ warnings?, interrupted|Interrupted) after [\d.]+s =+", summary)
    return 0 if has_tried and is_clean else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="how long at most (60)")
    parser.add_argument("--cpa", default=ROOT / ".build/debug/cpa", help="the program (.build/debug/cpa)")
    parser.add_argument("--examples", type=int, default=25, help="requests of each kind for an operation (25)")
    parser.add_argument("--phases", default="examples,coverage,fuzzing", help="of schemathesis (examples,coverage,fuzzing)")
    parser.add_argument("--seed", default="1", help="of the examples, to see a failure again (1)")
    arguments = parser.parse_args()
    schemathesis = program()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as scratch:
        data = pathlib.Path(scratch, "data")
        command = [arguments.cpa, "serve", "--listen", f"127.0.0.1:{port}", "--workers", "0", "--data-dir", data]
        log = open(pathlib.Path(scratch, "log"), "w")
        server = subprocess.Popen(command, stderr=log)
        try:
            base = f"http://127.0.0.1:{port}"
            for _ in range(100):
                if answers(base):
                    break
                time.sleep(0.1)
            key = (data / "api-key").read_text().strip()
            # Not unsupported_method: it sends bodies with GET, which the server below the API refuses (docs/security.md).
            run = [
                schemathesis, "run", base + "/openapi.json", "--header", f"X-API-Key: {key}",
                "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,"
                "response_schema_conformance,response_headers_conformance,negative_data_rejection",
                "--phases", arguments.phases, "--max-examples", str(arguments.examples),
                # Sockets leave HTTP, a backup copies all of it each time, and with its own key gone it would be shut out.
                "--exclude-path-regex", "^/(ws/|backup)", "--exclude-operation-id", "deleteKeysId",
                "--seed", arguments.seed, "--continue-on-failure", "--no-color",
            ]
            status = drive(run, arguments.seconds, scratch)
            if server.poll() is not None:
                print(f"fuzz: the server ended with {server.returncode}", file=sys.stderr)
                status = 1
            elif not answers(base):
                print("fuzz: the server does not answer any more", file=sys.stderr)
                status = 1
            if status:
                print(f"fuzz: the server's log:\n{pathlib.Path(log.name).read_text()}", file=sys.stderr)
            return status
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


if __name__ == "__main__":
    sys.exit(main())
