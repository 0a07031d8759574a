// Says of each test "ok NAME" or "not ok NAME" at the beginning of a line, which is what run-checks counts.
import { inspect } from 'node:util';
import path from 'node:path';

const known = (name) => /^[\w-]+\.test\.js$/.test(path.basename(name));

export default async function* report(source) {
    for await (const { type, data } of source) {
        if (type === 'test:stderr' || type === 'test:stdout') {
            yield data.message.replace(/^/gm, '    ').replace(/ +$/, '');
        } else if (type === 'test:pass' || type === 'test:fail') {
            // A suite's result is that of its tests; a file's too, unless the file itself broke.
            const wrapper = data.details?.type === 'suite' || known(data.name);
            if (wrapper && type === 'test:pass') continue;
            if (wrapper && data.details?.error?.failureType === 'subtestsFailed') continue;
            const file = data.file ? path.basename(data.file, '.test.js') : '';
            const mark = data.skip !== undefined ? ' # SKIP' : '';
            yield `${type === 'test:pass' ? 'ok' : 'not ok'} ${file}: ${data.name}${mark}\n`;
            if (type === 'test:fail') yield `${inspect(data.details?.error?.cause ?? data.details?.error).replace(/^/gm, '    ')}\n`;
        }
    }
}
