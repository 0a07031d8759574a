// Runs the tests: starts one private PostgreSQL for all of them, whose directory they find in KLOYST_TEST_DIR.
//
//     node run.mjs [FILE.test.js…]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, chmodSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { connect } from 'kloyst';

const here = path.dirname(fileURLToPath(import.meta.url));
const chosen = process.argv.slice(2);
const files = chosen.length ? chosen : readdirSync(here).filter((name) => name.endsWith('.test.js')).sort().map((name) => path.join(here, name));
const root = mkdtempSync(path.join(process.env.TMPDIR || os.tmpdir(), 'kloyst-node-'));
// The server does not run as root, and must be able to pass through.
chmodSync(root, 0o755);
const directory = path.join(root, 'db');
let code = 1;
try {
    const server = await connect(`embedded:${directory}`);
    const child = spawn(process.execPath,
        ['--test', '--test-reporter', path.join(here, 'reporter.mjs'), ...files],
        { stdio: 'inherit', env: { ...process.env, KLOYST_TEST_DIR: directory } });
    [code] = await once(child, 'exit');
    await server.close();
} finally {
    rmSync(root, { recursive: true, force: true });
}
process.exitCode = code ?? 1;
