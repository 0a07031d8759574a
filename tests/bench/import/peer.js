// The usual way: csv-parse, libphonenumber-js, and INSERT … ON CONFLICT DO UPDATE in batches of 1,000 with pg.
import { createReadStream } from "node:fs";
import { randomUUID } from "node:crypto";
import { parse } from "csv-parse";
import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import pg from "pg";

const [, , connectionString, vendor, file] = process.argv;
const client = new pg.Client(Object.fromEntries(connectionString.split(" ").map((pair) => pair.split("="))));
await client.connect();

// Two rows of one statement must not have one number.
async function write(batch) {
  const values = [];
  const places = [];
  for (const [mobile, attributes] of batch) {
    const n = values.length;
    places.push(`($${n + 1},$${n + 2},$${n + 3},$${n + 4})`);
    values.push(vendor, randomUUID(), mobile, JSON.stringify(attributes));
  }
  await client.query(
    `INSERT INTO kloyst.contact AS c (vendor_id, id, mobile, attributes) VALUES ${places.join(",")}
     ON CONFLICT (vendor_id, mobile) DO UPDATE SET attributes = c.attributes || excluded.attributes, updated_at = now()`,
    values,
  );
}

const start = process.hrtime.bigint();
let rows = 0;
let batch = new Map();
await client.query("BEGIN");
for await (const row of createReadStream(file).pipe(parse({ columns: true, bom: true }))) {
  rows++;
  const number = parsePhoneNumberFromString(row.mobile, { defaultCountry: "IN", extract: false });
  if (!number?.isPossible()) continue;
  const { mobile, ...attributes } = row;
  batch.set(number.number.slice(1), attributes);
  if (batch.size === 1000) {
    await write(batch);
    batch = new Map();
  }
}
if (batch.size) await write(batch);
await client.query("COMMIT");
console.log(`${Number(process.hrtime.bigint() - start) / 1e9}\t${rows}`);
await client.end();
