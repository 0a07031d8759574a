"""The usual way in Python: psycopg 3 with one statement. Prints debits and seconds.

psycopg_peer.py sync|async URL WALLET IN_FLIGHT SECONDS
"""
import asyncio
import sys
import time
import uuid

import psycopg

WAY, URL, WALLET, IN_FLIGHT, SECONDS = sys.argv[1:6]
COUNT = int(IN_FLIGHT)
DEBIT = """WITH w AS (UPDATE peer.wallet SET balance = balance - %(amount)s::numeric, seq = seq + 1
             WHERE id = %(wallet)s::uuid AND balance >= %(amount)s::numeric RETURNING id, seq, balance)
           INSERT INTO peer.entry (id, wallet_id, seq, amount, balance_after, reference, key)
           SELECT %(id)s::uuid, id, seq, -%(amount)s::numeric, balance, 'message', %(key)s::text FROM w RETURNING id, seq, balance_after"""


def values():
    return {"wallet": WALLET, "amount": "0.0001", "id": str(uuid.uuid4()), "key": str(uuid.uuid4())}


def sync():
    with psycopg.connect(URL, autocommit=True, prepare_threshold=0) as connection:
        connection.execute(DEBIT, values()).fetchone()
        done, start = 0, time.perf_counter()
        while time.perf_counter() - start < float(SECONDS):
            assert connection.execute(DEBIT, values(), prepare=True).fetchone()
            done += 1
        return done, time.perf_counter() - start


async def many():
    connections = [await psycopg.AsyncConnection.connect(URL, autocommit=True, prepare_threshold=0) for _ in range(COUNT)]
    await asyncio.gather(*(c.execute(DEBIT, values()) for c in connections))
    start = time.perf_counter()

    async def loop(connection):
        done = 0
        while time.perf_counter() - start < float(SECONDS):
            cursor = await connection.execute(DEBIT, values())
            assert await cursor.fetchone()
            done += 1
        return done
    done = sum(await asyncio.gather(*(loop(c) for c in connections)))
    took = time.perf_counter() - start
    for connection in connections:
        await connection.close()
    return done, took

print("%d\t%f" % (sync() if WAY == "sync" else asyncio.run(many())))
