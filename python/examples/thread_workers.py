"""Threads take jobs from one list. A job is kept in a second list until it is done, so none is lost with its worker."""

import threading

from redeque import Store

WORKERS = 3
JOBS = 12

store = Store()


def work(name: str) -> None:
    working_on = f"taken:{name}"
    while True:
        job = store.blmove("jobs", working_on, "LEFT", "RIGHT")
        assert job is not None
        if job == b"stop":
            store.lrem(working_on, 1, job)
            return
        # One step for everybody else: it is done, and it is no longer taken.
        store.transaction([("RPUSH", "done", job), ("LREM", working_on, 1, job)])


workers = [threading.Thread(target=work, args=(f"worker-{number}",)) for number in range(WORKERS)]
for worker in workers:
    worker.start()
store.rpush("jobs", *range(JOBS), *["stop"] * WORKERS)
for worker in workers:
    worker.join()

print("done:", sorted(int(job) for job in store.lrange("done")))
print("keys left:", store.keys())
