"""A stack: the last one in is the first one out."""

from redeque import Store

history = Store()

for page in ("home", "search", "article"):
    history.lpush("visited", page)

print("on top:", history.lindex("visited", 0))
while (page_left := history.lpop("visited")) is not None:
    print("back from", page_left.decode())
