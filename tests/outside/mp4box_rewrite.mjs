// Reads an MP4 file into mp4box.js's objects and writes every box anew:
//   node mp4box_rewrite.mjs IN OUT
import { writeFileSync } from 'node:fs';
import { load } from './load.mjs';

const [input, output] = process.argv.slice(2);
if (output === undefined) {
  process.stderr.write('usage: mp4box_rewrite.mjs IN OUT\n');
  process.exit(2);
}
writeFileSync(output, Buffer.from(load(input).getBuffer().buffer));
