// Opens files that were made to run script, in every way that a page can: nothing may run on the site's origin.
// Usage: node hostile.mjs CHROMIUM BASE_URL FILES.json; the files have a name, a type and an address.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import puppeteer from 'puppeteer-core';

const [executablePath, base, list] = process.argv.slice(2);
const files = JSON.parse(await readFile(list, 'utf8'));
const browser = await puppeteer.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  acceptInsecureCerts: base.startsWith('https:'),
});

/** What asked for something that only a script or a style of the file would ask for. */
const asked = [];
async function open() {
  const page = await browser.newPage();
  page.on('request', (request) => {
    // An address that begins with `javascript:` is asked for, too, and not run.
    if (request.url().startsWith('http') && request.url().includes('/ran/')) asked.push(request.url());
  });
  page.on('dialog', (dialog) => {
    asked.push(dialog.message());
    dialog.dismiss();
  });
  return page;
}

const wait = (ms, value) => new Promise((resolve) => setTimeout(resolve, ms, value));

async function settled(page, mime) {
  await wait(150);
  for (const frame of page.frames()) {
    // A sandboxed document runs not even this.
    const title = frame.evaluate(() => document.title).catch(() => '');
    // The browser shows PDF in frames of its own, which now and then never answer.
    const said = mime === 'application/pdf' ? await Promise.race([title, wait(2000, '')]) : await title;
    assert.notEqual(said, 'ran', frame.url());
  }
}

// The site's own origin, where a script that ran would have its rights.
const own = `${base}/healthz`;
let proven = false;
for (const { name, mime, url } of files) {
  const alone = await open();
  // On its own. What is offered for saving opens nothing: the browser says that the navigation was given up.
  await alone.goto(url, { waitUntil: 'load' }).catch((error) => assert.match(String(error), /ERR_ABORTED|ERR_BLOCKED/, name));
  await settled(alone, mime);
  const press = mime === 'application/pdf' ? null : await alone.$('#press').catch(() => null);
  if (press) {
    await press.click().catch(() => {});
    await settled(alone, mime);
  }
  // Inside a page of the same origin; another one, since leaving the viewer of PDF may never end.
  const page = await open();
  await page.goto(own, { waitUntil: 'load' });
  const elements = ['iframe', 'object', 'embed', 'img', 'script', 'link'];
  const seen = await page.evaluate(
    async (url, mime, elements) => {
      const done = elements.map(
        (kind) =>
          new Promise((resolve) => {
            const element = document.createElement(kind);
            if (kind === 'link') Object.assign(element, { rel: 'stylesheet', href: url });
            else if (kind === 'object') Object.assign(element, { data: url, type: mime });
            else element.src = url;
            element.onload = () => resolve(`${kind} load`);
            element.onerror = () => resolve(`${kind} error`);
            setTimeout(() => resolve(`${kind} nothing`), 600);
            document.body.append(element);
          }),
      );
      return Promise.all(done);
    },
    url,
    mime,
    elements,
  );
  // A script by its address is refused for its type: `nosniff`.
  assert.ok(!seen.includes('script load'), `${name} was run as a script`);
  await settled(page, mime);
  assert.deepEqual(asked, [], name);
  if (!proven) {
    // That this would notice.
    await page.evaluate(() => {
      new Image().src = `${location.origin}/ran/proof`;
    });
    await wait(150);
    assert.equal(asked.splice(0).length, 1, 'what runs is noticed');
    proven = true;
  }
  await Promise.race([Promise.all([alone.close(), page.close()]), wait(2000)]);
}
await browser.close();
console.log(`${files.length} files, nothing ran`);
