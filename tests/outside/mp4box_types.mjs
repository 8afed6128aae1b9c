// Prints, as JSON, how often each box type occurs in MP4 files as mp4box.js sees them:
//   node mp4box_types.mjs FILE...
// For each file: an object from type to number, boxes in sample entries and dref included.
import { load } from './load.mjs';

function count(box, counts, seen) {
  if (seen.has(box)) return;
  seen.add(box);
  if (typeof box.type === 'string' && typeof box.start === 'number') {
    counts[box.type] = (counts[box.type] ?? 0) + 1;
  }
  // Children lie in `boxes` and `entries`, and many in a field of their own as well (`moov.traks`).
  for (const value of Object.values(box)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== null && typeof item === 'object' && typeof item.type === 'string') {
        count(item, counts, seen);
      }
    }
  }
}

const report = {};
for (const path of process.argv.slice(2)) {
  const counts = {};
  try {
    const seen = new Set();
    for (const box of load(path).boxes) count(box, counts, seen);
  } catch (error) {
    report[path] = { error: String(error) };
    continue;
  }
  report[path] = { counts };
}
process.stdout.write(`${JSON.stringify(report)}\n`);
