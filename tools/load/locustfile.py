"""Load as people make it: a hundred users who order work, look at it and watch it (PyPI locust and websocket-client).

    python3 -m venv .build/load-venv && .build/load-venv/bin/pip install locust websocket-client
    CPA_API_KEY=$(cat data/api-key) .build/load-venv/bin/locust -f tools/load/locustfile.py --headless \\
        --host http://127.0.0.1:7070 --users 100 --spawn-rate 20 --run-time 60s
"""
import json
import os
import time

import websocket
from locust import HttpUser, between, events, task

KEY = os.environ["CPA_API_KEY"]
SENTENCE = os.environ.get("CPA_LOAD_SENTENCE", "Schick Anna die letzte Rechnung von Firma X")


class Clerk(HttpUser):
    """Orders something now and then, looks often, watches one job for a moment."""

    wait_time = between(0.2, 1.0)

    def on_start(self):
        self.client.headers["X-API-Key"] = KEY
        self.jobs = []
        self.order()

    @task(3)
    def order(self):
        with self.client.post("/schedule", json={"message": SENTENCE}, catch_response=True) as answer:
            if answer.status_code not in (200, 202):
                answer.failure(f"{answer.status_code}: {answer.text[:200]}")
                return
            job = answer.json().get("id") or answer.json().get("job_id")
            if job:
                self.jobs = [*self.jobs[-9:], job]

    @task(10)
    def look(self):
        if self.jobs:
            self.client.get(f"/jobs/{self.jobs[-1]}", name="/jobs/{id}")

    @task(2)
    def watch(self):
        if not self.jobs:
            return
        start, problem = time.perf_counter(), None
        try:
            url = f"{self.host.replace('http', 'ws', 1)}/ws/jobs/{self.jobs[-1]}"
            socket = websocket.create_connection(url, timeout=10, header=[f"X-API-Key: {KEY}"], subprotocols=["cpa.v1"])
            if json.loads(socket.recv())["type"] != "hello":
                problem = RuntimeError("the first message was no hello")
            socket.recv()
            socket.close()
        except (OSError, websocket.WebSocketException) as error:
            problem = error
        events.request.fire(
            request_type="WS", name="/ws/jobs/{id}", response_time=(time.perf_counter() - start) * 1000,
            response_length=0, exception=problem,
        )
