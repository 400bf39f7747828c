"""arq's side of the queue's figures: prints one JSON object, as `cpa-bench queue` does for ours.

  python arq_peer.py process|submit REDIS_URL JOBS CONCURRENCY BATCH

It looks for jobs every half second unless told otherwise; here every millisecond, the best it did. It has no bulk call.
"""
import asyncio
import collections
import json
import logging
import sys
import time

from arq import create_pool
from arq.connections import RedisSettings
from arq.worker import Worker

logging.disable(logging.CRITICAL)
runs = collections.Counter()


async def no_op(context, number):
    runs[number] += 1


def result(jobs, seconds, left, concurrency):
    return {"per_second": jobs / seconds, "jobs": jobs, "lost": jobs - len(runs), "left": left,
            "twice": sum(1 for count in runs.values() if count > 1), "concurrency": concurrency}


async def process(settings, jobs, concurrency):
    pool = await create_pool(settings)
    for number in range(jobs):
        await pool.enqueue_job("no_op", number)
    worker = Worker([no_op], redis_settings=settings, max_jobs=concurrency, burst=True, poll_delay=0.001, keep_result=0,
                    handle_signals=False)
    start = time.perf_counter()
    await worker.async_run()
    seconds = time.perf_counter() - start
    left = await pool.zcard("arq:queue")
    await worker.close()
    return result(jobs, seconds, left, concurrency)


async def submit(settings, jobs, concurrency):
    pool = await create_pool(settings)
    start = time.perf_counter()
    for number in range(jobs):
        await pool.enqueue_job("no_op", number)
        runs[number] += 1
    seconds = time.perf_counter() - start
    left = await pool.zcard("arq:queue")
    return result(jobs, seconds, 0, concurrency) | {"lost": max(0, jobs - left), "twice": max(0, left - jobs)}


def main():
    figure, url, jobs, concurrency = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    figures = {"process": process, "submit": submit}
    measured = figures[figure](RedisSettings.from_dsn(url), jobs, concurrency)
    # Its worker keeps a loop of its own when none runs yet.
    print(json.dumps(asyncio.new_event_loop().run_until_complete(measured)))


if __name__ == "__main__":
    main()
