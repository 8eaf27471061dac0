/**
 * Uploads a recording with tus-js-client, breaking off where it is told to, and goes on until it is there.
 *
 * Takes one JSON object from standard input: {endpoint, file, headers, metadata, options, breakAt: [bytes]}, and writes
 * one line per thing that happens: {"broken": offset}, {"resumed": offset}, {"done": address} or {"failed": message}.
 */
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { text } from "node:stream/consumers";
import * as tus from "tus-js-client";

const { endpoint, file, headers, metadata, options, breakAt } = JSON.parse(await text(process.stdin));
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
// Of a file whose length it is not to know, the client in Node takes its last chunk for a full one.
const whole = options.uploadLengthDeferred ? await readFile(file) : null;
const source = () => whole ?? createReadStream(file);
let address = null;

/** @returns {Promise<boolean>} whether all of it is there */
function run(stopAt) {
  return new Promise((resolve, reject) => {
    let broken = false;
    const upload = new tus.Upload(source(), {
      endpoint,
      uploadUrl: address,
      headers,
      metadata,
      retryDelays: [100, 500, 1000, 2000],
      ...options,
      onAfterResponse: (request, response) => {
        if (address && request.getMethod() === "HEAD") say({ resumed: Number(response.getHeader("Upload-Offset")) });
      },
      onUploadUrlAvailable: () => {
        address = upload.url;
      },
      onProgress: (sent) => {
        if (stopAt === undefined || broken || sent < stopAt) return;
        broken = true;
        // Closes the connection in the middle of the request.
        upload.abort(false).then(() => {
          say({ broken: sent });
          resolve(false);
        }, reject);
      },
      onSuccess: () => {
        if (broken) return;
        say({ done: address });
        resolve(true);
      },
      onError: (error) => {
        if (!broken) reject(error);
      },
    });
    upload.start();
  });
}

try {
  const { size } = await stat(file);
  options.uploadSize ??= options.uploadLengthDeferred ? undefined : size;
  for (const at of breakAt) await run(at);
  await run(undefined);
} catch (error) {
  say({ failed: String(error) });
  process.exitCode = 1;
}
