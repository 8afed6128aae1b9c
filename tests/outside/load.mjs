// What the mp4box.js scripts here share: reading a whole file into mp4box.js.
import { readFileSync } from 'node:fs';
import { createFile, Log, MP4BoxBuffer } from 'mp4box';

// A script's standard output is its result; mp4box.js reports on the console.
console.log = console.info = console.debug = console.error;
Log.setLogLevel(Log.LOG_LEVEL_NONE ?? 4);

/**
 * Opens the file at `path`; `prepare(file, info)` runs once the movie is known, before samples are
 * delivered. Returns mp4box.js's file object after the last byte, with `errors` added to it.
 */
export function load(path, prepare) {
  const bytes = readFileSync(path);
  const buffer = MP4BoxBuffer.fromArrayBuffer(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
    0,
  );
  // Media data is kept (discardMdatData = false): segments and copies need it.
  const file = createFile(true);
  file.errors = [];
  file.onError = (module, message) => file.errors.push(`${module}: ${message}`);
  file.onReady = (info) => {
    file.movie = info;
    prepare?.(file, info);
  };
  file.appendBuffer(buffer, true);
  file.flush();
  return file;
}
