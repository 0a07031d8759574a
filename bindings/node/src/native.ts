/* Finds and loads the native module: prebuilt for this platform, or built on this machine by the install script. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { Native } from './generated.js';

const places = [
    process.env.KLOYST_NATIVE,
    join(__dirname, '..', 'build', 'kloyst.node'),
    join(__dirname, '..', 'prebuilds', `${process.platform}-${process.arch}`, 'kloyst.node'),
];

function load(): Native {
    const path = places.find((place) => place && existsSync(place));
    if (!path)
        throw new Error(`kloyst: there is no native module for ${process.platform}-${process.arch}: run "npm rebuild kloyst"`);
    return require(path) as Native;
}

export const native: Native = load();
