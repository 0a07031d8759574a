// Makes lib/base/phone_table.inc from the metadata of libphonenumber.
//
// Input: metadata.max.json of the npm package libphonenumber-js, which is derived from the metadata of
// Google's libphonenumber (Apache License 2.0):
//
//     npm install --prefix /tmp/phone libphonenumber-js@1.13.16
//     node tools/phone_table.mjs /tmp/phone/node_modules/libphonenumber-js > lib/base/phone_table.inc
//
// All rules of the metadata are regular expressions over digits that match finitely many texts. They are
// folded into one acyclic automaton whose equal states are shared, so phone.c needs no expression engine.
// A rule of a shape that is not known here stops the generator: new metadata cannot be misread silently.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
if (!folder) throw new Error('the folder of libphonenumber-js is not given');
const metadata = JSON.parse(readFileSync(join(folder, 'metadata.max.json'), 'utf8'));
const version = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
if (metadata.version !== 4) throw new Error(`metadata version ${metadata.version} is not known`);

const ALL_DIGITS = 0x3ff;

// ---- expressions -> nondeterministic automata: nodes are { digits, next } or { split: [nodes] } or the end

function parse(text) {
    let at = 0;
    const fail = () => { throw new Error(`not a known expression at ${at}: ${text}`); };
    const alternatives = () => {
        const list = [sequence()];
        while (text[at] === '|') { at++; list.push(sequence()); }
        return { kind: 'any', list };
    };
    const sequence = () => {
        const list = [];
        while (at < text.length && text[at] !== '|' && text[at] !== ')') list.push(repeated(atom()));
        return { kind: 'all', list };
    };
    const repeated = (item) => {
        if (text[at] === '?') { at++; return { kind: 'times', item, low: 0, high: 1 }; }
        const match = /^\{(\d+)(?:,(\d+))?\}/.exec(text.slice(at));
        if (!match) return item;
        at += match[0].length;
        return { kind: 'times', item, low: +match[1], high: +(match[2] ?? match[1]) };
    };
    const atom = () => {
        if (text[at] === '(') {
            at += text.startsWith('(?:', at) ? 3 : 1;
            const inner = alternatives();
            if (text[at++] !== ')') fail();
            return inner;
        }
        if (text[at] === '[') return digit_class();
        if (text.startsWith('\\d', at)) { at += 2; return { kind: 'digit', digits: ALL_DIGITS }; }
        if (/\d/.test(text[at] ?? '')) return { kind: 'digit', digits: 1 << +text[at++] };
        return fail();
    };
    const digit_class = () => {
        let digits = 0;
        for (at++; text[at] !== ']'; at++) {
            if (!/\d/.test(text[at] ?? '')) fail();
            const first = +text[at];
            let last = first;
            if (text[at + 1] === '-') { last = +text[at + 2]; at += 2; }
            for (let d = first; d <= last; d++) digits |= 1 << d;
        }
        at++;
        return { kind: 'digit', digits };
    };
    const tree = alternatives();
    if (at !== text.length) fail();
    return tree;
}

const END = { id: 0 };
let node_ids = 0;

function compile(tree, next) {
    switch (tree.kind) {
    case 'digit': return { id: ++node_ids, digits: tree.digits, next };
    case 'any': return { id: ++node_ids, split: tree.list.map((one) => compile(one, next)) };
    case 'all': return tree.list.reduceRight((after, one) => compile(one, after), next);
    default: {
        let node = next;
        for (let i = 0; i < tree.high - tree.low; i++) {
            node = { id: ++node_ids, split: [compile(tree.item, node), next] };
        }
        for (let i = 0; i < tree.low; i++) node = compile(tree.item, node);
        return node;
    }
    }
}

function closure(nodes) {
    const reached = new Map();
    const visit = (node) => node.split ? node.split.forEach(visit) : reached.set(node.id, node);
    nodes.forEach(visit);
    return reached;
}

function step(set, digit) {
    const next = [];
    for (const node of set.values()) if (node.digits >> digit & 1) next.push(node.next);
    return closure(next);
}

// ---- the shared automaton; state 0 is the dead end

const states = [{ accepting: false, next: new Array(10).fill(0) }];
const known = new Map([['false:' + states[0].next, 0]]);

function state_of(accepting, next) {
    const key = `${accepting}:${next}`;
    if (!known.has(key)) known.set(key, states.push({ accepting, next }) - 1);
    return known.get(key);
}

// Adds the texts that `accepts(sets, length)` takes, where sets[i] is where expression i stands.
function add(expressions, accepts) {
    const memory = new Map();
    const build = (sets, length) => {
        if (sets.every((set) => set.size === 0)) return 0;
        const key = length + '/' + sets.map((set) => [...set.keys()].sort((a, b) => a - b)).join('/');
        if (!memory.has(key)) {
            const next = [];
            for (let d = 0; d < 10; d++) next.push(build(sets.map((set) => step(set, d)), length + 1));
            memory.set(key, state_of(accepts(sets, length), next));
        }
        return memory.get(key);
    };
    return build(expressions.map((text) => closure([compile(parse(text), END)])), 0);
}

const add_one = (expression) => expression ? add([expression], (sets) => sets[0].has(0)) : 0;

// ---- the rules of one numbering plan

const DROP_MATCH = 15;
const literals = [''];

function literal_index(text) {
    if (!literals.includes(text)) literals.push(text);
    return literals.indexOf(text);
}

// First the rules that replace, then the one that strips: the first that matches wins.
function prefix_rules(plan) {
    const pattern = plan[7] || plan[5];
    const transform = plan[8];
    if (!pattern) return [];
    const strip = (expression) => ({ root: add_one(expression), whole: 0, drop: DROP_MATCH, cut: 0, literal: 0 });
    if (!transform) return [strip(pattern)];

    let match = /^\((.*?)\)\$(?:\|(.*))?$/.exec(pattern);
    const local = /^(\d*)\$1$/.exec(transform);
    if (match && local) { // a local number gets its area code
        const rules = [{ root: add_one(match[1]), whole: 1, drop: 0, cut: 0, literal: literal_index(local[1]) }];
        if (match[2]) rules.push(strip(match[2]));
        return rules;
    }
    match = /^(\d+)\(([^()]+)\)$/.exec(pattern);
    if (match && transform === '$1') { // the prefix goes only before these numbers
        return [{ ...strip(pattern), drop: match[1].length }];
    }
    match = /^0\?\(\?:\((.*)\)15\)\?$/.exec(pattern);
    if (match && transform === '9$1') { // Argentina: "0 area 15 number" is the mobile "9 area number"
        const mobile = { whole: 0, cut: 2, literal: literal_index('9') };
        return [{ root: add_one(`0(?:${match[1]})15`), drop: 1, ...mobile },
            { root: add_one(`(?:${match[1]})15`), drop: 0, ...mobile }, strip('0')];
    }
    match = /^\(\?:0\|90\)\(\?:\((.*)\)\((.*)\)\)\?$/.exec(pattern);
    if (match && transform === '$2') { // Brazil: a carrier code of two digits behind the prefix
        return [{ ...strip(`0(?:${match[1]})${match[2]}`), drop: 3 },
            { ...strip(`90(?:${match[1]})${match[2]}`), drop: 4 }, strip('0|90')];
    }
    throw new Error(`a prefix rule of an unknown shape: ${pattern} => ${transform}`);
}

const length_mask = (lengths) => lengths.reduce((mask, n) => mask | 1 << n, 0);

// Numbers that certainly are this country's, among those that share its calling code.
function belongs(plan) {
    if (plan[10]) return { root: add_one(plan[10]), prefix: 1 };
    const types = (plan[11] || []).filter((type) => type && type[0]);
    const root = add([plan[2], ...types.map((type) => type[0])], (sets, length) =>
        sets[0].has(0) && types.some((type, i) => sets[i + 1].has(0) && (type[1] || plan[3]).includes(length)));
    return { root, prefix: 0 };
}

const rules = [];
const plans = [];
const codes = [];

function add_code(code, members) {
    const common = members.reduce((mask, [, plan]) => mask & length_mask(plan[3]), ~0);
    const differ = members.some(([, plan]) => length_mask(plan[3]) !== common);
    codes.push({ code, first: plans.length, count: differ ? members.length : 1, common });
    for (const [country, plan] of members) {
        const own = prefix_rules(plan);
        const owner = differ ? belongs(plan) : { root: 0, prefix: 0 };
        plans.push({ country, code: codes.length - 1, idd: add_one(plan[1]), pattern: add_one(plan[2]),
            lengths: length_mask(plan[3]), rule: rules.length, rule_count: own.length, owner });
        rules.push(...own);
    }
}

for (const [code, countries] of Object.entries(metadata.country_calling_codes)) {
    add_code(code, countries.map((country) => [country, metadata.countries[country]]));
}
for (const [code, plan] of Object.entries(metadata.nonGeographic)) add_code(code, [['', plan]]);

// ---- decimal digits of Unicode come in runs of ten; only the zeros are listed

const zeros = [];
for (let c = 0x80; c < 0x20000; c++) {
    if (/\p{Nd}/u.test(String.fromCodePoint(c))) {
        for (let d = 0; d < 10; d++) {
            if (!/\p{Nd}/u.test(String.fromCodePoint(c + d))) throw new Error(`digits break at ${c.toString(16)}`);
        }
        zeros.push(c);
        c += 9;
    }
}

// ---- print; accepting states come last, so that one comparison tells them

const order = [...states.keys()].sort((a, b) => states[a].accepting - states[b].accepting || a - b);
const place = new Map(order.map((old, now) => [old, now]));
const first_accepting = order.findIndex((old) => states[old].accepting);
if (states.length > 0xffff || plans.length > 0xff) throw new Error('the table has outgrown its integers');

const lines = [];
const print_list = (values, per_line) => {
    for (let i = 0; i < values.length; i += per_line) {
        lines.push('    ' + values.slice(i, i + per_line).join(', ') + ',');
    }
};
const by_country = new Array(26 * 26).fill(0);
const by_code = new Array(1000).fill(0);
plans.forEach(({ country }, i) => {
    if (country) by_country[(country.charCodeAt(0) - 65) * 26 + country.charCodeAt(1) - 65] = i + 1;
});
codes.forEach(({ code }, i) => { by_code[+code] = i + 1; });

lines.push('/* Numbering plans as tables. Made by tools/phone_table.mjs; do not edit.',
    ' *',
    ` * Derived from libphonenumber-js ${version}, whose metadata is that of Google's libphonenumber,`,
    ' * Copyright The Libphonenumber Authors, licensed under the Apache License, Version 2.0. */',
    '/* clang-format off */',
    `#define PHONE_FIRST_ACCEPTING ${first_accepting}`,
    `#define PHONE_DROP_MATCH ${DROP_MATCH}`,
    `static const char *const phone_literals[] = {${literals.map((text) => `"${text}"`).join(', ')}};`,
    '/* root, whole number, digits dropped, digits cut before the end of the match, literal put in front */',
    `static const phone_rule phone_rules[${rules.length}] = {`);
print_list(rules.map((r) => `{${place.get(r.root)},${r.whole},${r.drop},${r.cut},${r.literal}}`), 7);
lines.push('};', '/* code, first plan, plans to tell apart, lengths that all of them have */',
    `static const phone_code phone_codes[${codes.length}] = {`);
print_list(codes.map((c) => `{"${c.code}",${c.first},${c.count},0x${c.common.toString(16)}}`), 5);
lines.push('};', '/* lengths, IDD, pattern, owner, owner is a prefix, code, first rule, rules */',
    `static const phone_plan phone_plans[${plans.length}] = {`);
print_list(plans.map((p) => `{0x${p.lengths.toString(16)},${place.get(p.idd)},${place.get(p.pattern)},` +
    `${place.get(p.owner.root)},${p.owner.prefix},${p.code},${p.rule},${p.rule_count}}`), 3);
lines.push('};', '/* plan + 1 of the country AA … ZZ */', `static const uint8_t phone_by_country[${26 * 26}] = {`);
print_list(by_country, 26);
lines.push('};', '/* entry + 1 of the calling code 1 … 999 */', 'static const uint8_t phone_by_code[1000] = {');
print_list(by_code, 25);
lines.push('};', `static const uint32_t phone_zeros[${zeros.length}] = {`);
print_list(zeros.map((zero) => '0x' + zero.toString(16)), 12);
lines.push('};', `static const uint16_t phone_states[${states.length}][10] = {`);
print_list(order.map((old) => `{${states[old].next.map((to) => place.get(to))}}`), 3);
lines.push('};', '/* clang-format on */');
process.stdout.write(lines.join('\n') + '\n');
console.error(`${states.length} states, ${plans.length} plans, ${codes.length} codes, ${rules.length} rules`);
