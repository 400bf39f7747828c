#!/usr/bin/env python3
"""Drives a running API by its own OpenAPI document (PyPI schemathesis): nothing may fail, and nothing answer undocumented.

Called by tools/fuzz api; starts its own server with a fresh data directory, and ends it.
"""
import argparse
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
VERSION = "4.*"


def program():
    """schemathesis in a virtual environment of ours."""
    folder = ROOT / ".build/fuzz-api-venv"
    found = folder / "bin/schemathesis"
    if not found.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin/python", "-m", "pip", "install", "--quiet", f"schemathesis=={VERSION}"], check=True)
    return found


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
                try:
                    urllib.request.urlopen(base + "/livez", timeout=1)
                    break
                except OSError:
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
            try:
                status = subprocess.run(run, timeout=arguments.seconds, cwd=scratch).returncode
            except subprocess.TimeoutExpired:
                print(f"fuzz: the time of {arguments.seconds} s is over")
                status = 0
            if server.poll() is not None:
                print(f"fuzz: the server ended with {server.returncode}", file=sys.stderr)
                status = 1
            urllib.request.urlopen(base + "/livez", timeout=5)
            return status
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


if __name__ == "__main__":
    sys.exit(main())
