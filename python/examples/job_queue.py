"""A queue: jobs go in on the left, and come out on the right until there are none."""

from redeque import Redis

conn = Redis()

for job in "FGHIJ":
    waiting = conn.lpush("pending", job)
    print(f"pushed {job}, {waiting} pending")

while (popped := conn.rpop("pending")) is not None:
    print(f"popped {popped.decode()}")  # type: ignore[union-attr]

print("nothing left:", conn.rpop("pending"))
