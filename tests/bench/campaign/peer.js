// The same work through job queues: a job a message. Prints jobs and seconds.
//   peer.js graphile|boss enqueue URL JOBS
//   peer.js graphile|boss drain URL PROCESSES
import { fork } from "node:child_process";
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";
import PgBoss from "pg-boss";

const [, script, which, what, url, amount] = process.argv;
const CHUNK = 10000;

const payload = (n) => ({
  to: `+91${7000000000 + n}`, template: "diwali_offer", language: "en_US", parameters: [`Name ${n}`], price: "0.0001",
});

async function graphileEnqueue(jobs) {
  const utils = await makeWorkerUtils({ connectionString: url });
  await utils.migrate();
  const began = performance.now();
  for (let at = 0; at < jobs; at += CHUNK) {
    const specs = [];
    for (let n = at; n < Math.min(jobs, at + CHUNK); n++) specs.push({ identifier: "send", payload: payload(n) });
    await utils.addJobs(specs);
  }
  const seconds = (performance.now() - began) / 1000;
  await utils.release();
  return seconds;
}

async function bossEnqueue(jobs) {
  const boss = new PgBoss({ connectionString: url, schedule: false, supervise: false });
  await boss.start();
  await boss.createQueue("send");
  const began = performance.now();
  for (let at = 0; at < jobs; at += CHUNK) {
    const list = [];
    for (let n = at; n < Math.min(jobs, at + CHUNK); n++) list.push({ name: "send", data: payload(n) });
    await boss.insert(list);
  }
  const seconds = (performance.now() - began) / 1000;
  await boss.stop({ graceful: false });
  return seconds;
}

// In a child: works until it is told to stop.
async function graphileWork() {
  await run({
    taskList: { send: async () => {} },
    preset: {
      worker: {
        connectionString: url, concurrentJobs: 24, maxPoolSize: 10, pollInterval: 100, localQueue: { size: 500 },
        completeJobBatchDelay: 0, failJobBatchDelay: 0,
      },
    },
    noHandleSignals: true,
    logger: new Logger(() => () => {}),
  });
}

async function bossWork() {
  const boss = new PgBoss({ connectionString: url, schedule: false, supervise: false, max: 4 });
  await boss.start();
  const loop = async () => {
    for (;;) {
      const jobs = await boss.fetch("send", { batchSize: 500 });
      if (!jobs || !jobs.length) return;
      await boss.complete("send", jobs.map((job) => job.id));
    }
  };
  await Promise.all([loop(), loop()]);
}

const left = {
  graphile: "SELECT count(*)::int AS left FROM graphile_worker._private_jobs",
  boss: "SELECT count(*)::int AS left FROM pgboss.job WHERE name = 'send' AND state < 'completed'",
};
const anyLeft = {
  graphile: "SELECT EXISTS (SELECT FROM graphile_worker._private_jobs) AS left",
  boss: "SELECT EXISTS (SELECT FROM pgboss.job WHERE name = 'send' AND state < 'completed') AS left",
};

async function drain(processes) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const jobs = (await client.query(left[which])).rows[0].left;
  const children = Array.from({ length: processes }, () => fork(script, [which, "work", url, "0"]));
  await Promise.all(children.map((child) => new Promise((ready) => child.once("message", ready))));
  const began = performance.now();
  children.forEach((child) => child.send("go"));
  while ((await client.query(anyLeft[which])).rows[0].left) await new Promise((later) => setTimeout(later, 20));
  const seconds = (performance.now() - began) / 1000;
  children.forEach((child) => child.kill("SIGKILL"));
  await client.end();
  return [jobs, seconds];
}

if (what === "enqueue") {
  const seconds = await (which === "boss" ? bossEnqueue : graphileEnqueue)(Number(amount));
  console.log(`${amount}\t${seconds.toFixed(4)}`);
} else if (what === "drain") {
  console.log((await drain(Number(amount))).join("\t"));
} else {
  process.once("message", () => (which === "boss" ? bossWork() : graphileWork()));
  process.send("ready");
}
