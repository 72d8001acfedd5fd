/** `npm run siege`: what somebody who means ill can do to a server, and what others notice of it. One of them: `-- readers`. */
import { readers } from "./readers.ts";

/** Each prints its figures. */
const sieges: Readonly<Record<string, () => Promise<void>>> = { readers };

const wanted = process.argv.slice(2);
for (const [name, siege] of Object.entries(sieges)) if (wanted.length === 0 || wanted.includes(name)) await siege();
