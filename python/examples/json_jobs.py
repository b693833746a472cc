"""Jobs are dicts, which go through a list as JSON."""

import json

from redeque import Redis

conn = Redis(decode_responses=True)

for number, address in enumerate(["ada@example.org", "alan@example.org"]):
    conn.rpush("mails", json.dumps({"id": number, "to": address, "tries": 0}))

while (text := conn.lpop("mails")) is not None:
    job = json.loads(str(text))
    if job["id"] == 0 and job["tries"] == 0:
        job["tries"] += 1
        print("once more:", job)
        conn.rpush("mails", json.dumps(job))
    else:
        print("sent:", job)
