// Plays a file to its end in Chromium, by the video element or by Media Source Extensions, and
// prints what the element said: browser.mjs CHROMIUM PROFILE FOLDER NAME element|source
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [executablePath, profile, folder, name, way] = process.argv.slice(2);

const server = createServer((request, response) => {
  if (request.url === "/") {
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><video muted></video>");
    return;
  }
  const path = join(folder, name);
  const size = statSync(path).size;
  const range = /^bytes=(\d+)-(\d*)/.exec(request.headers.range ?? "");
  const start = range ? Number(range[1]) : 0;
  const end = range && range[2] ? Number(range[2]) : size - 1;
  response.writeHead(range ? 206 : 200, {
    "content-type": "video/mp4",
    "accept-ranges": "bytes",
    "content-length": end - start + 1,
    ...(range ? { "content-range": `bytes ${start}-${end}/${size}` } : {}),
  });
  createReadStream(path, { start, end }).pipe(response);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));

const flags =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run " +
  "--disable-background-networking --disable-component-update --disable-sync " +
  "--autoplay-policy=no-user-gesture-required";
const browser = await chromium.launchPersistentContext(profile, {
  executablePath,
  args: flags.split(" "),
});
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const played = await page.evaluate(
    async ([way, codecs]) => {
      const video = document.querySelector("video");
      const ended = new Promise((done) => {
        for (const kind of ["ended", "error"]) video.addEventListener(kind, () => done(kind));
        setTimeout(() => done("timeout"), 30000);
      });
      if (way === "element") {
        video.src = "/file";
      } else {
        const source = new MediaSource();
        video.src = URL.createObjectURL(source);
        await new Promise((done) => source.addEventListener("sourceopen", done));
        const buffer = source.addSourceBuffer(`video/mp4; codecs="${codecs}"`);
        const data = await (await fetch("/file")).arrayBuffer();
        const appended = new Promise((done) => {
          for (const kind of ["updateend", "error"]) buffer.addEventListener(kind, done);
        });
        buffer.appendBuffer(data);
        await appended;
        if (source.readyState === "open") source.endOfStream();
      }
      video.play().catch(() => {});
      const how = await ended;
      const { currentTime, duration, videoWidth, error } = video;
      const frames = video.getVideoPlaybackQuality().totalVideoFrames;
      return { how, currentTime, duration, videoWidth, frames, error: error?.message ?? null };
    },
    [way, "avc1.42c00a,mp4a.40.2"],
  );
  console.log(JSON.stringify(played));
} finally {
  await browser.close();
  server.close();
}
