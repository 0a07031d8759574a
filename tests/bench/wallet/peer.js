// The usual ways in Node: `pg` with one statement, and Prisma with an interactive transaction. Prints debits and seconds.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

const [, , way, connection, walletsFile, threads, seconds] = process.argv;
const wallet = readFileSync(walletsFile, "utf8").split("\n")[0];
const config = Object.fromEntries(connection.split(" ").map((pair) => pair.split("=")));
const count = Number(threads);

const debitOfOneStatement = {
  name: "debit",
  text: `WITH w AS (UPDATE peer.wallet SET balance = balance - $3::numeric, seq = seq + 1
           WHERE id = $1::uuid AND balance >= $3::numeric RETURNING id, seq, balance)
         INSERT INTO peer.entry (id, wallet_id, seq, amount, balance_after, reference, key)
         SELECT $2::uuid, id, seq, -$3::numeric, balance, $4::text, $5::text FROM w RETURNING id, seq, balance_after`,
};

async function ofPg() {
  const { default: pg } = await import("pg");
  const clients = Array.from({ length: count }, () => new pg.Client(config));
  await Promise.all(clients.map((client) => client.connect()));
  return {
    debit: async (i) => {
      const values = [wallet, randomUUID(), "0.0001", "message", randomUUID()];
      const { rowCount } = await clients[i].query({ ...debitOfOneStatement, values });
      if (rowCount !== 1) throw new Error("not debited");
    },
    end: () => Promise.all(clients.map((client) => client.end())),
  };
}

async function ofPrisma() {
  const { PrismaClient } = await import("@prisma/client");
  const { PrismaPg } = await import("@prisma/adapter-pg");
  const prisma = new PrismaClient({ adapter: new PrismaPg({ ...config, max: count }) });
  const patience = { maxWait: 120000, timeout: 120000 };
  await prisma.$connect();
  return {
    debit: () =>
      prisma.$transaction(async (tx) => {
        const after = await tx.wallet.update({
          where: { id: wallet, balance: { gte: "0.0001" } },
          data: { balance: { decrement: "0.0001" }, seq: { increment: 1 } },
        });
        await tx.entry.create({
          data: {
            id: randomUUID(),
            wallet_id: wallet,
            seq: after.seq,
            amount: "-0.0001",
            balance_after: after.balance,
            reference: "message",
            key: randomUUID(),
          },
        });
      }, patience),
    end: () => prisma.$disconnect(),
  };
}

const peer = await (way === "prisma" ? ofPrisma() : ofPg());
// Every connection is open and every statement known before the clock starts.
await Promise.all(Array.from({ length: count }, (_, i) => peer.debit(i)));
const start = performance.now();
let done = 0;
async function loop(i) {
  while (performance.now() - start < Number(seconds) * 1000) {
    await peer.debit(i);
    done++;
  }
}
await Promise.all(Array.from({ length: count }, (_, i) => loop(i)));
console.log(`${done}\t${(performance.now() - start) / 1000}`);
await peer.end();
