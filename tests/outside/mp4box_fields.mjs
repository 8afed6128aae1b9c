// Prints, as JSON, every box of an MP4 file with all its fields as mp4box.js sees them:
//   node mp4box_fields.mjs FILE
// A box: type, fields (all values of each name, those of structures in it as well), children.
import { load } from './load.mjs';

const OF_THE_BOX = new Set(['type', 'size', 'start', 'hdr_size', 'boxes', 'box_name', 'uuid', 'has_unparsed_data', 'original_size', 'data', 'stream']);

const isBox = (value) =>
  value !== null && typeof value === 'object' && typeof value.type === 'string' && typeof value.start === 'number';

function collect(name, value, fields, seen) {
  if (isBox(value) || typeof value === 'function' || value === undefined) return;
  if (value === null || typeof value !== 'object') {
    (fields[name] ??= []).push(typeof value === 'bigint' ? value.toString() : value);
  } else if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    if (value.BYTES_PER_ELEMENT === 1 && !(value instanceof Int8Array)) {
      (fields[name] ??= []).push(`[${Buffer.from(value).toString('hex').replace(/(..)/g, '$1 ').trim()}]`);
    } else {
      for (const item of value) collect(name, item, fields, seen);
    }
  } else if (!seen.has(value)) {
    seen.add(value);
    if (Array.isArray(value)) {
      for (const item of value) collect(name, item, fields, seen);
    } else {
      for (const [inner, item] of Object.entries(value)) collect(`${name}/${inner}`, item, fields, seen);
    }
  }
}

function describe(box) {
  const fields = {};
  const seen = new Set();
  const children = new Map();
  for (const [name, value] of Object.entries(box)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (isBox(item)) children.set(item.start, item);
    }
    if (!OF_THE_BOX.has(name)) collect(name, value, fields, seen);
  }
  const inner = [...children.values()].sort((a, b) => a.start - b.start);
  return { type: box.type, fields, children: inner.map(describe) };
}

process.stdout.write(`${JSON.stringify(load(process.argv[2]).boxes.map(describe))}\n`);
