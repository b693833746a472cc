"""A producer that is faster than its consumers waits for room, and the end of the jobs ends all who wait for one."""

import threading

from redeque import ClosedError, Store

WORKERS = 3
JOBS = 12
ROOM = 4

done = Store()


def work(jobs: Store) -> None:
    while True:
        try:
            popped = jobs.blpop("jobs")
        except ClosedError:
            return
        assert popped is not None
        done.rpush("squares", int(popped[1]) ** 2)


with Store() as jobs:
    workers = [threading.Thread(target=work, args=(jobs,)) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for number in range(JOBS):
        length = jobs.brpush_bounded("jobs", ROOM, number)
        assert length is not None and length <= ROOM

# Here the store is closed. The workers take what is left, and only then are told.
for worker in workers:
    worker.join()

print("squares:", sorted(int(square) for square in done.lrange("squares")))
print("jobs left:", jobs.llen("jobs"))
