// A sender as one writes it: rows by the hundred, fetch with connections that stay open, one UPDATE a message.
// node peer.js URL BASE_URL IN_FLIGHT; prints messages, seconds, its processor seconds, the peak of its memory in KiB.
const { Pool } = require('pg');

const [, , url, baseUrl, inFlight] = process.argv;

function settings(text) {
  const found = Object.fromEntries(text.split(' ').map((pair) => pair.split('=')));
  return { host: found.host, user: found.user, database: found.dbname, max: 8 };
}

async function send(pool, row) {
  const body = {
    messaging_product: 'whatsapp', recipient_type: 'individual', to: `+${row.mobile}`, type: 'template',
    biz_opaque_callback_data: String(row.id),
    template: { name: 'diwali_offer', language: { code: 'en_US' },
      components: [{ type: 'body', parameters: [{ type: 'text', text: row.name }] }] },
  };
  const answer = await fetch(`${baseUrl}/v25.0/${row.number}/messages`, {
    method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: 'Bearer token' }, body: JSON.stringify(body),
  });
  const result = await answer.json();
  await pool.query({ name: 'done', text: 'UPDATE peer_message SET status = $2, wamid = $3, sent_at = now() WHERE id = $1',
    values: [row.id, answer.ok ? 'SENT' : 'FAILED', answer.ok ? result.messages[0].id : null] });
}

async function main() {
  const pool = new Pool(settings(url));
  const rows = [];
  let after = 0, sent = 0, ended = false;
  const start = process.hrtime.bigint();
  async function next() {
    if (!rows.length && !ended) {
      const page = await pool.query({ name: 'page',
        text: 'SELECT id, mobile, name, number FROM peer_message WHERE id > $1 ORDER BY id LIMIT 500', values: [after] });
      ended = page.rows.length === 0;
      if (!ended && page.rows[0].id > after) {
        after = page.rows[page.rows.length - 1].id;
        rows.push(...page.rows);
      }
    }
    return rows.pop();
  }
  async function work() {
    for (let row; (row = await next()) || !ended;) {
      if (row) {
        await send(pool, row);
        sent++;
      }
    }
  }
  await Promise.all(Array.from({ length: Number(inFlight) }, work));
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const usage = process.resourceUsage();
  console.log([sent, seconds.toFixed(3), ((usage.userCPUTime + usage.systemCPUTime) / 1e6).toFixed(3), usage.maxRSS].join('\t'));
  await pool.end();
}

main();
