// The usual handler in Node: verify, JSON.parse, one UPDATE by wamid a status. Prints updates and seconds; `parse` bytes and seconds.
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import pg from "pg";

const [, , what, connection, file, concurrency, limit] = process.argv;
const secret = "bench-app-secret";

function readBodies() {
  const lines = readFileSync(file).toString("latin1").split("\n").filter((line) => line);
  return lines.map((line) => {
    const blank = line.indexOf(" ");
    return { signature: line.slice(7, blank), bytes: Buffer.from(line.slice(blank + 1), "latin1") };
  });
}

function parse({ signature, bytes }) {
  const mac = createHmac("sha256", secret).update(bytes).digest();
  if (!timingSafeEqual(mac, Buffer.from(signature, "hex"))) throw new Error("a wrong signature");
  return JSON.parse(bytes.toString("utf8"));
}

function measureParse(bodies, seconds) {
  let bytes = 0;
  const start = performance.now();
  while (performance.now() - start < seconds * 1000)
    for (const body of bodies) {
      JSON.parse(body.bytes.toString("utf8"));
      bytes += body.bytes.length;
    }
  console.log(`${bytes}\t${(performance.now() - start) / 1000}`);
}

async function measureUpdates(bodies) {
  const config = Object.fromEntries(connection.split(" ").map((pair) => pair.split("=")));
  const pool = new pg.Pool({ ...config, database: config.dbname, max: Number(concurrency) });
  await Promise.all(Array.from({ length: Number(concurrency) }, () => pool.query("SELECT pg_sleep(0.05)")));
  let next = 0;
  let done = 0;
  const start = performance.now();
  async function work() {
    while (next < bodies.length && performance.now() - start < Number(limit) * 1000) {
      for (const entry of parse(bodies[next++]).entry)
        for (const { value } of entry.changes)
          for (const item of value.statuses) {
            const { rowCount } = await pool.query({
              name: "status",
              text: "UPDATE peer.message SET status = $2, status_at = to_timestamp($3) WHERE wamid = $1",
              values: [item.id, item.status, Number(item.timestamp)],
            });
            if (rowCount !== 1) throw new Error("not updated");
            done++;
          }
    }
  }
  await Promise.all(Array.from({ length: Number(concurrency) }, work));
  console.log(`${done}\t${(performance.now() - start) / 1000}`);
  await pool.end();
}

if (what === "parse") measureParse(readBodies(), Number(limit));
else await measureUpdates(readBodies());
