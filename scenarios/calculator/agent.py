#!/usr/bin/env python3
"""A small calculator as an agent of cpa: registers, takes tasks, answers in LAM (docs/agents.md).

With --port it listens and cpa sends it tasks (POST /tasks, GET /health); without, it fetches them.
"""
import argparse
import base64
import hashlib
import hmac
import http.server
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid

OPERATIONS = {
    "calculator.add": lambda a, b: a + b,
    "calculator.subtract": lambda a, b: a - b,
    "calculator.multiply": lambda a, b: a * b,
    "calculator.divide": lambda a, b: a / b,
}


class Scheduler:
    """The API of cpa: registration with the user's key, all else with the agent's own."""

    def __init__(self, url, key):
        self.url, self.key = url.rstrip("/"), key

    def call(self, method, path, body=None, timeout=40):
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-API-Key": self.key, "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return json.load(answer)


def answer(assign, name, kind, **payload):
    """A LAM message about the task of an assignment."""
    return {
        "id": str(uuid.uuid4()),
        "ts": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "type": kind,
        "sender": f"agent://agent/{name}",
        "to": ["agent://scheduler"],
        "epoch": assign["epoch"],
        "correlation": {"conversationId": assign["correlation"]["conversationId"], "inReplyTo": assign["id"]},
        "payload": {"job_id": assign["payload"]["job_id"], **payload},
    }


def calculate(assign, name):
    """The last word on a task: done with the result, or failure. A calculator never changes the world."""
    task = assign["payload"]
    values = task.get("input") or {}
    try:
        a, b = values["a"], values["b"]
        if not all(isinstance(value, (int, float)) for value in (a, b)):
            raise TypeError("'a' and 'b' must be numbers")
        return answer(assign, name, "done", result={"value": OPERATIONS[task["capability"]](a, b)})
    except (KeyError, TypeError, ZeroDivisionError) as error:
        message = f"{task['capability']} of {json.dumps(values)}: {type(error).__name__} {error}"
        return answer(assign, name, "failure", message=message, acted=False, retryable=False)


def is_signed(headers, body, secret):
    """Whether a task comes from cpa, and now: as Standard Webhooks 1.0 says."""
    name, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not secret or not sent.isdigit() or abs(time.time() - int(sent)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = "v1," + base64.b64encode(hmac.digest(key, f"{name}.{sent}.".encode() + body, hashlib.sha256)).decode()
    return any(hmac.compare_digest(wanted, given) for given in headers.get("webhook-signature", "").split(" "))


def listen(port, name, delay, secret):
    """Serves on loopback; tasks are taken once `secret` holds what the registration answered."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.reply(200 if self.path == "/health" else 404, {"status": "ok"})

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path != "/tasks":
                return self.reply(404, {})
            if not is_signed(self.headers, body, secret.get("value")):
                return self.reply(401, {"error": "the task is not signed by the scheduler this agent registered with"})
            time.sleep(delay)
            self.reply(200, calculate(json.loads(body), name))

        def reply(self, status, body):
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def fetch(scheduler, agent, delay):
    """Takes one assignment after the other; what was taken is answered before the next is looked for."""
    after = None
    while True:
        place = f"/agents/{agent['id']}/messages?wait=20s" + (f"&after={after}" if after is not None else "")
        try:
            box = scheduler.call("GET", place)
            for entry in box["messages"]:
                after = entry["number"]
                if entry["type"] == "assign":
                    work(scheduler, agent["name"], entry["message"], delay)
        except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
            print(f"calculator: {error}", file=sys.stderr, flush=True)
            time.sleep(1)


def work(scheduler, name, assign, delay):
    try:
        # Nothing is done before the scheduler has taken the agreement.
        scheduler.call("POST", "/lam/message", answer(assign, name, "agree"))
        time.sleep(delay)
        scheduler.call("POST", "/lam/message", calculate(assign, name))
    except urllib.error.HTTPError as error:
        if error.code != 409:
            raise
        print(f"calculator: the task is not ours any more: {error.read().decode()}", file=sys.stderr, flush=True)


def register(options, registration):
    """Registers, with the agent's own key when it has one from before; a new key is kept for the next start."""
    kept = options.agent_key_file or os.path.join(os.path.dirname(options.key_file), f"agent-{options.name}.key")
    own = os.environ.get("CPA_AGENT_KEY") or (open(kept).read().strip() if os.path.exists(kept) else None)
    if own:
        try:
            return own, Scheduler(options.scheduler, own).call("POST", "/agents", registration)
        except urllib.error.HTTPError as error:
            # The agent was removed, and its key with it: it is a new one now.
            if error.code != 401 or "CPA_AGENT_KEY" in os.environ:
                raise
    key = os.environ.get("CPA_API_KEY") or open(options.key_file).read().strip()
    agent = Scheduler(options.scheduler, key).call("POST", "/agents", registration)
    # With an agent's own key in CPA_API_KEY it is known already, and that key stays.
    own = agent.get("api_key", key)
    os.makedirs(os.path.dirname(kept) or ".", mode=0o700, exist_ok=True)
    with open(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        print(own, file=file)
    return own, agent


def reason(error):
    """What went wrong, in one line: the scheduler's own words where it answered."""
    if not isinstance(error, urllib.error.HTTPError):
        return str(error)
    try:
        detail = json.load(error).get("detail") or error.reason
    except (ValueError, AttributeError):
        detail = error.reason
    return " ".join(f"{error.code} {detail}".split())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scheduler", default=os.environ.get("CPA_SCHEDULER_URL", "http://127.0.0.1:7070"))
    parser.add_argument("--key-file", default="data/api-key", help="file with a key that may register agents")
    parser.add_argument("--agent-key-file", help="file for the agent's own key; agent-NAME.key next to --key-file")
    parser.add_argument("--name", default="calculator")
    parser.add_argument("--port", type=int, help="listen there (0: any); without it tasks are fetched")
    parser.add_argument("--delay", type=float, default=0, help="seconds every task takes")
    options = parser.parse_args()
    registration = {"name": options.name, "capabilities": sorted(OPERATIONS), "max_tasks": 4, "version": "1"}
    secret = {}
    if options.port is not None:
        port = listen(options.port, options.name, options.delay, secret)
        registration["endpoint"] = f"http://127.0.0.1:{port}"
    key, agent = register(options, registration)
    secret["value"] = agent.get("signing_secret")
    scheduler = Scheduler(options.scheduler, key)
    print(json.dumps({"agent": agent["id"], "name": agent["name"]}), file=sys.stderr, flush=True)
    if options.port is None:
        fetch(scheduler, agent, options.delay)
    while True:
        time.sleep(5)
        try:
            scheduler.call("POST", f"/agents/{agent['id']}/heartbeat", {})
        except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
            print(f"calculator: {error}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
    except OSError as error:
        sys.exit(f"calculator: {reason(error)}")
