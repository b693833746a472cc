"""Tasks take jobs from one list. Cancelling a task that waits loses none."""

import asyncio

from redeque.asyncio import Redis

WORKERS = 3
JOBS = 12


async def work(conn: Redis) -> None:
    while True:
        _, job = await conn.blpop(["urgent", "jobs"])  # type: ignore[misc]
        await asyncio.sleep(0)  # the work
        await conn.rpush("done", job)


async def main() -> None:
    async with Redis() as conn:
        workers = [asyncio.create_task(work(conn)) for _ in range(WORKERS)]
        await conn.rpush("jobs", *range(JOBS))
        while await conn.llen("done") < JOBS:
            await asyncio.sleep(0.001)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        done = await conn.lrange("done", 0, -1)
        print("done:", sorted(int(job) for job in done))
        await conn.rpush("jobs", "late")
        print("still there:", await conn.lrange("jobs", 0, -1))


asyncio.run(main())
