// Makes sure that there is a native module: the prebuilt one if it loads here, else one that is built from the sources in native/.
// Needs no node-gyp: gcc, g++, pkg-config and the development packages of libpq, libcjson, libsodium and libcurl.
//
// KLOYST_BUILD_FROM_SOURCE=1 builds in any case. CC, CXX, CFLAGS, LDFLAGS and PKG_CONFIG are honoured.
'use strict';
const { execFileSync, spawn } = require('node:child_process');
const { existsSync, mkdirSync, readdirSync, renameSync, rmSync } = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = __dirname;
const sources = path.join(root, 'native');
const built = path.join(root, 'build');
const prebuilt = path.join(root, 'prebuilds', `${process.platform}-${process.arch}`, 'kloyst.node');
const words = (text) => (text || '').split(/\s+/).filter(Boolean);
const { CC = 'gcc', CXX = 'g++', PKG_CONFIG = 'pkg-config' } = process.env;

/** Why a module cannot be loaded, in a process of its own; undefined when it can. */
function whyNot(file) {
    if (!existsSync(file)) return `there is none for ${process.platform}-${process.arch}`;
    try {
        execFileSync(process.execPath, ['-e', 'require(process.argv[1])', file], { stdio: 'pipe' });
        return undefined;
    } catch (error) {
        return String(error.stderr).split('\n').find((line) => /Error/.test(line)) || error.message;
    }
}

function filesIn(folder, endings) {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const full = path.join(folder, entry.name);
        return entry.isDirectory() ? filesIn(full, endings) : endings.some((ending) => entry.name.endsWith(ending)) ? [full] : [];
    });
}

function compile(program, given) {
    return new Promise((resolve, reject) => {
        spawn(program, given, { stdio: 'inherit' })
            .on('error', (error) => reject(new Error(`${program} cannot be run: ${error.message}`)))
            .on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${program} ${given.join(' ')}\nended with ${code}`))));
    });
}

async function inParallel(jobs, most) {
    const queue = [...jobs];
    await Promise.all(Array.from({ length: Math.min(most, queue.length) }, async () => {
        for (let job = queue.shift(); job; job = queue.shift()) await job();
    }));
}

async function build() {
    const libraries = ['libpq', 'libcjson', 'libsodium', 'libcurl'];
    let found, libs;
    try {
        found = words(String(execFileSync(PKG_CONFIG, ['--cflags', ...libraries])));
        libs = words(String(execFileSync(PKG_CONFIG, ['--libs', ...libraries])));
    } catch {
        throw new Error('building needs pkg-config and the development packages of libpq, libcjson, libsodium and libcurl. On Debian and Ubuntu:\n' +
            '    apt-get install g++ pkg-config libpq-dev libcjson-dev libsodium-dev libcurl4-openssl-dev');
    }
    const objects = path.join(built, 'objects');
    mkdirSync(objects, { recursive: true });
    const shared = ['-fPIC', '-pthread', '-fvisibility=hidden', '-D_GNU_SOURCE', '-DNAPI_VERSION=8', '-DNODE_ADDON_API_CPP_EXCEPTIONS', ...found,
        ...['include', 'lib', 'gen', 'binding', 'node-api'].map((folder) => `-I${path.join(sources, folder)}`),
        ...words(process.env.CFLAGS ?? '-O2')];
    const outputs = [];
    const jobs = filesIn(sources, ['.c', '.cpp']).map((file) => {
        const object = path.join(objects, `${path.relative(sources, file).replace(/[\\/]/g, '-')}.o`);
        outputs.push(object);
        return () => file.endsWith('.c')
            ? compile(CC, ['-std=c11', ...shared, '-c', file, '-o', object])
            : compile(CXX, ['-std=c++17', '-fexceptions', ...shared, '-c', file, '-o', object]);
    });
    await inParallel(jobs, os.cpus().length);
    const output = path.join(built, 'kloyst.node');
    await compile(CXX, ['-shared', '-pthread', ...words(process.env.LDFLAGS), '-o', `${output}.new`, ...outputs, ...libs]);
    rmSync(objects, { recursive: true });
    renameSync(`${output}.new`, output);
}

async function main() {
    if (!existsSync(sources) && !existsSync(prebuilt)) return; // a checkout: `make node` builds it
    const forced = process.env.KLOYST_BUILD_FROM_SOURCE === '1';
    const reason = forced ? 'KLOYST_BUILD_FROM_SOURCE is set' : whyNot(prebuilt);
    if (!reason) return;
    console.log(`kloyst: building the native module: ${reason}`);
    await build();
    const failure = whyNot(path.join(built, 'kloyst.node'));
    if (failure) throw new Error(`the native module was built but cannot be loaded: ${failure}`);
}

main().catch((error) => {
    console.error(`kloyst: ${error.message}`);
    process.exitCode = 1;
});
