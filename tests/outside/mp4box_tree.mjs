// Prints, as JSON, the boxes and tracks of an MP4 file as mp4box.js sees them:
//   node mp4box_tree.mjs FILE
// Boxes: type, offset, size, children (those of sample entries included).
// Tracks: id, handler, codec, sample count, and each sample's size, offset and decode time.
import { load } from './load.mjs';

function tree(box) {
  const node = { type: box.type, offset: box.start, size: box.size };
  if (box.uuid !== undefined) node.uuid = box.uuid;
  // Sample entries and dref entries lie in `entries`, other children in `boxes`. Entries of other
  // boxes (sample groups, sizes) are not boxes: they have no offset.
  const children = [...(box.boxes ?? []), ...(Array.isArray(box.entries) ? box.entries : [])];
  const seen = new Set();
  const kept = children.filter((child) => {
    const isBox = typeof child?.type === 'string' && typeof child.start === 'number';
    const fresh = isBox && !seen.has(child.start);
    if (fresh) seen.add(child.start);
    return fresh;
  });
  kept.sort((a, b) => a.start - b.start);
  if (kept.length > 0) node.children = kept.map(tree);
  return node;
}

const path = process.argv[2];
if (path === undefined) {
  process.stderr.write('usage: mp4box_tree.mjs FILE\n');
  process.exit(2);
}
const file = load(path);
const tracks = (file.movie?.tracks ?? []).map((track) => {
  const samples = file.getTrackSamplesInfo(track.id) ?? [];
  return {
    id: track.id,
    handler: file.getTrackById(track.id).mdia.hdlr.handler,
    codec: track.codec,
    timescale: track.timescale,
    sample_count: samples.length,
    sample_sizes: samples.map((sample) => sample.size),
    sample_offsets: samples.map((sample) => sample.offset),
    sample_times: samples.map((sample) => sample.dts),
    sync: samples.map((sample) => Boolean(sample.is_sync)),
  };
});
process.stdout.write(
  `${JSON.stringify({ boxes: file.boxes.map(tree), tracks, errors: file.errors })}\n`,
);
