// Fragments an MP4 file with mp4box.js, as a web player does for Media Source Extensions:
//   node mp4box_fragment.mjs IN OUT_PREFIX [SAMPLES_PER_SEGMENT]
// writes OUT_PREFIX-init.mp4, OUT_PREFIX-TRACK-N.m4s, and OUT_PREFIX-all.mp4 (all of them in a row),
// and prints the names of the written files as JSON.
import { writeFileSync } from 'node:fs';
import { load } from './load.mjs';

const [input, prefix, count = '4'] = process.argv.slice(2);
if (prefix === undefined) {
  process.stderr.write('usage: mp4box_fragment.mjs IN OUT_PREFIX [SAMPLES_PER_SEGMENT]\n');
  process.exit(2);
}
const segments = [];
let init;
load(input, (file, info) => {
  file.onSegment = (id, user, buffer) => segments.push({ id, buffer: Buffer.from(buffer.slice(0)) });
  for (const track of info.tracks) {
    file.setSegmentOptions(track.id, null, { nbSamples: Number(count), rapAlignement: false });
  }
  init = Buffer.from(file.initializeSegmentation().buffer);
  file.start();
});

const written = {};
function write(name, content) {
  writeFileSync(name, content);
  return name;
}
written.init = write(`${prefix}-init.mp4`, init);
const numbers = new Map();
written.segments = segments.map(({ id, buffer }) => {
  const number = (numbers.get(id) ?? 0) + 1;
  numbers.set(id, number);
  return write(`${prefix}-${id}-${number}.m4s`, buffer);
});
written.all = write(
  `${prefix}-all.mp4`,
  Buffer.concat([init, ...segments.map(({ buffer }) => buffer)]),
);
process.stdout.write(`${JSON.stringify(written)}\n`);
