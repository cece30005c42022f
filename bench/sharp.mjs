// Makes pictures with sharp for bench/media.py: a line of JSON in, a line of JSON out.
import readline from 'node:readline';
import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';

sharp.cache(false);

/** As rough as a photograph at every scale: noise upon noise, each twice as fine and a little weaker. */
async function photo(width, height) {
  const sum = new Float32Array(width * height * 3);
  let seed = 7;
  const next = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed >>> 24;
  };
  for (let scale = 512, weight = 1; scale >= 1; scale /= 2, weight /= 1.35) {
    const [w, h] = [Math.ceil(width / scale) + 1, Math.ceil(height / scale) + 1];
    const noise = Buffer.alloc(w * h * 3);
    for (let i = 0; i < noise.length; i += 1) noise[i] = next();
    const layer = await sharp(noise, { raw: { width: w, height: h, channels: 3 } })
      .resize(width, height, { fit: 'fill', kernel: 'cubic' })
      .raw()
      .toBuffer();
    for (let i = 0; i < sum.length; i += 1) sum[i] += (layer[i] - 128) * weight;
  }
  const pixels = Buffer.alloc(sum.length);
  for (let i = 0; i < sum.length; i += 1) pixels[i] = Math.max(0, Math.min(255, 128 + sum[i] * 0.6));
  return sharp(pixels, { raw: { width, height, channels: 3 } }).jpeg({ quality: 85 }).toBuffer();
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  if (asked.make) {
    await writeFile(asked.make, await photo(asked.width, asked.height));
    console.log(JSON.stringify({ version: sharp.versions.sharp }));
    continue;
  }
  const started = process.hrtime.bigint();
  const made = await sharp(asked.path).resize(asked.width).webp({ quality: asked.quality }).toBuffer();
  const ms = Number(process.hrtime.bigint() - started) / 1e6;
  console.log(JSON.stringify({ ms, bytes: made.length }));
}
