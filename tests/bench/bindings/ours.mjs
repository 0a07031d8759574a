// Debits through the package kloyst; the delay of the event loop meanwhile; and what memory many calls take.
// ours.mjs debit|delay|memory URL VENDOR IN_FLIGHT SECONDS|CALLS
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { monitorEventLoopDelay } from "node:perf_hooks";

const { connect } = createRequire(import.meta.url)(process.env.KLOYST_PACKAGE);
const [, , way, url, vendor, inFlight, amount] = process.argv;
const count = Number(inFlight);
const client = await connect(url, { poolSize: Math.min(count, 64), threads: Math.min(count, 64), waitTimeoutMs: 120000 });
const prefix = randomUUID();
let done = 0;
const debit = () => client.wallet.debit(vendor, 1n, { reference: "message", idempotencyKey: `${prefix}-${done++}` });

async function debits() {
  await Promise.all(Array.from({ length: count }, debit));
  done = 0;
  const start = performance.now();
  const loop = async () => {
    while (performance.now() - start < Number(amount) * 1000) await debit();
  };
  await Promise.all(Array.from({ length: count }, loop));
  console.log(`${done}\t${(performance.now() - start) / 1000}`);
}

async function delay() {
  const email = `${prefix}@example.com`;
  await client.users.create(vendor, email, "a password of a user", "STAFF");
  await Promise.all(Array.from({ length: count }, debit));
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  const start = performance.now();
  const running = () => performance.now() - start < Number(amount) * 1000;
  let logins = 0;
  done = 0;
  const login = async () => {
    while (running()) {
      await client.users.authenticate(email, "a password of a user");
      logins++;
    }
  };
  const loop = async () => {
    while (running()) await debit();
  };
  histogram.enable();
  await Promise.all([login(), ...Array.from({ length: count }, loop)]);
  histogram.disable();
  const ms = (ns) => (ns / 1e6 - 1).toFixed(1);
  console.log(
    `${count} in flight: delay p50 ${ms(histogram.percentile(50))} ms, p99 ${ms(histogram.percentile(99))} ms, max ${ms(histogram.max)} ms; ` +
      `${done} debits and ${logins} logins in ${amount} s`,
  );
}

async function memory() {
  const calls = Number(amount);
  const some = async (number) => {
    let left = number;
    const loop = async () => {
      while (left-- > 0) await client.wallet.get(vendor);
    };
    await Promise.all(Array.from({ length: count }, loop));
    globalThis.gc();
    return process.memoryUsage().rss / 1048576;
  };
  const before = await some(calls / 10);
  const after = await some(calls - calls / 10);
  console.log(`${before.toFixed(1)} MiB after a tenth, ${after.toFixed(1)} MiB at the end`);
}

await { debit: debits, delay, memory }[way]();
await client.close();
