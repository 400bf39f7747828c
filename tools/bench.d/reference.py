"""What the API is measured against: the usual Python stack, 40 lines. Keeps jobs in Redis, in memory, without users or audit."""
import json
import os
import time
import uuid

import redis.asyncio as redis
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI()
store = redis.Redis(unix_socket_path=os.environ["REDIS_SOCKET"], decode_responses=True)


class Job(BaseModel):
    name: str
    tasks: list[dict]
    priority: int = 0


@app.get("/livez")
async def livez():
    return {"status": "ok"}


@app.post("/jobs", status_code=202)
async def submit(job: Job):
    name = uuid.uuid4().hex
    row = {"id": name, "state": "pending", "submitted": time.time(), "scenario": json.dumps(job.model_dump())}
    async with store.pipeline(transaction=False) as pipe:
        await pipe.hset(f"job:{name}", mapping=row).lpush("queue", name).execute()
    return {"id": name, "state": "pending"}


@app.get("/jobs/{name}")
async def show(name: str):
    row = await store.hgetall(f"job:{name}")
    if not row:
        raise HTTPException(404)
    return {**row, "scenario": json.loads(row["scenario"])}
