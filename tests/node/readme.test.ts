/* The code of the README runs: the JavaScript as one program from top to bottom, the TypeScript one against Prisma. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import type { Client } from 'kloyst';
import pg from 'pg';

import { newVendor, open, runNode, socket, startStandin, type Standin } from './harness.js';

const readme = readFileSync(process.env.KLOYST_README!, 'utf8');
const blocks = (language: string): string[] => [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map((match) => match[1]!);

describe('the README', () => {
    let client: Client, standin: Standin;
    before(async () => {
        client = await open();
        standin = await startStandin();
    });
    after(async () => {
        await standin.stop();
        await client.close();
    });

    it('tells a story that runs', async () => {
        const program = blocks('js');
        assert.ok(program.length >= 6);
        const { code, output } = await runNode(['--input-type=module', '-e', program.join('\n')], { env: { GRAPH_URL: standin.baseUrl } });
        assert.equal(code, 0, output);
        for (const line of ['2 contacts', 'costs 1.7262, there are 100.0000', '2 accepted, 0 refused', '2 sent, 0 delivered, 1.7262 paid, 0.0000 given back',
            'true 932738n', 'KL_ERR_INSUFFICIENT 24 false ', '3 rows hold', 'CONSENT true'])
            assert.ok(output.split('\n').includes(line), `"${line}" in ${output}`);
    });

    it('shows how to read with Prisma', async () => {
        const admin = new pg.Client({ host: socket, user: 'kloyst_admin', database: 'kloyst' });
        await admin.connect();
        await admin.query('CREATE ROLE readme LOGIN IN ROLE kloyst_app');
        try {
            const { id } = await newVendor(client, '1');
            const [code] = blocks('ts');
            const here = join(__dirname, '..');
            writeFileSync(join(here, 'sources', 'readme.mts'), code!);
            execFileSync(process.execPath, [join(here, 'node_modules', 'typescript', 'bin', 'tsc'), '--strict', '--target', 'es2022', '--module', 'node16',
                '--types', 'node', '--ignoreConfig', '--outDir', here, join(here, 'sources', 'readme.mts')], { cwd: here, stdio: 'inherit' });
            const { code: ended, output } = await runNode([join(here, 'readme.mjs')], {
                env: { VENDOR_ID: id, REPORT_URL: `postgresql://readme@/kloyst?host=${encodeURIComponent(socket)}` },
            });
            assert.deepEqual([ended, output], [0, '0\n']);
        } finally {
            await admin.query('DROP ROLE readme');
            await admin.end();
        }
    });
});
