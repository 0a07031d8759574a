"""Debits through the package kloyst, one after the other or many at a time; and what memory many calls take. Prints debits and seconds.

ours.py sync|async|memory URL VENDOR IN_FLIGHT SECONDS|CALLS
"""
import asyncio
import os
import sys
import time
import uuid

import kloyst

WAY, URL, VENDOR, IN_FLIGHT, AMOUNT = sys.argv[1:6]
COUNT = int(IN_FLIGHT)


def sync():
    with kloyst.connect(URL, pool_size=1) as client:
        client.wallet.debit(VENDOR, "0.0001", reference="message")
        prefix = uuid.uuid4().hex
        done, start = 0, time.perf_counter()
        while time.perf_counter() - start < float(AMOUNT):
            client.wallet.debit(VENDOR, "0.0001", reference="message", idempotency_key=f"{prefix}{done}")
            done += 1
        return done, time.perf_counter() - start


async def many():
    async with await kloyst.connect_async(URL, pool_size=COUNT) as client:
        await asyncio.gather(*(client.wallet.debit(VENDOR, "0.0001", reference="message") for _ in range(COUNT)))
        prefix = uuid.uuid4().hex
        start = time.perf_counter()

        async def loop(number):
            done = 0
            while time.perf_counter() - start < float(AMOUNT):
                await client.wallet.debit(VENDOR, "0.0001", reference="message", idempotency_key=f"{prefix}{number}-{done}")
                done += 1
            return done
        done = sum(await asyncio.gather(*(loop(i) for i in range(COUNT))))
        return done, time.perf_counter() - start


def resident():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1048576


async def memory():
    async with await kloyst.connect_async(URL, pool_size=8) as client:
        async def some(calls):
            left = calls

            async def loop():
                nonlocal left
                while left > 0:
                    left -= 1
                    await client.wallet.get(VENDOR)
            await asyncio.gather(*(loop() for _ in range(COUNT)))
        calls = int(AMOUNT)
        await some(calls // 10)
        before = resident()
        await some(calls - calls // 10)
        return before, resident()

if WAY == "memory":
    print("%.1f MiB after a tenth, %.1f MiB at the end" % asyncio.run(memory()))
else:
    print("%d\t%f" % (sync() if WAY == "sync" else asyncio.run(many())))
