// Uploads a file by the official client against a running server, in pieces of 1 MB.
// Usage: node drive.mjs begin ENDPOINT TOKEN FILE   stops after the third piece; prints the upload's address
//        node drive.mjs resume ADDRESS TOKEN FILE   goes on and prints the file's documentId
import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import * as tus from 'tus-js-client';

const [verb, address, token, path] = process.argv.slice(2);
let file = null;

const upload = new tus.Upload(createReadStream(path), {
  ...(verb === 'begin' ? { endpoint: address } : { uploadUrl: address }),
  uploadSize: statSync(path).size,
  chunkSize: 1 << 20,
  retryDelays: null,
  headers: { Authorization: `Bearer ${token}` },
  metadata: { filename: basename(path), alternativeText: 'Größe' },
  onAfterResponse: (_, response) => {
    file = response.getHeader('Upload-File') ?? file;
  },
  onChunkComplete: (_, sent) => {
    if (verb === 'begin' && sent >= 3 << 20) {
      upload.abort();
      console.log(upload.url);
      process.exit(0);
    }
  },
  onError: (error) => {
    console.error(String(error));
    process.exit(1);
  },
  onSuccess: () => console.log(file),
});
upload.start();
