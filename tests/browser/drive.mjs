// Goes through the pages of a new site in a real browser, by keyboard alone, and looks at each: in light and dark, wide
// and narrow. Usage: node drive.mjs CHROMIUM BASE_URL MASTHEAD [FOLDER FOR SCREENSHOTS]; MASTHEAD is the program, which
// finds its data by the environment.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import puppeteer from 'puppeteer-core';

const [executablePath, base, masthead, shots] = process.argv.slice(2);
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const browser = await puppeteer.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  // A proxy before the site has a throw-away certificate.
  acceptInsecureCerts: base.startsWith('https:'),
});
const page = await browser.newPage();
const complaints = [];
page.on('console', (message) => {
  // The status of a page that was refused is no complaint of ours.
  const isStatus = /Failed to load resource: the server responded with a status of 4\d\d/.test(message.text());
  if (message.type() === 'error' && !isStatus) complaints.push(message.text());
});
page.on('pageerror', (error) => complaints.push(String(error)));

const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 360, height: 640 };

/** The page at hand has no mistakes that a machine finds, however it is looked at. `within` are parts that are not ours. */
async function look(name, exclude = []) {
  for (const scheme of ['light', 'dark']) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    for (const viewport of [WIDE, NARROW]) {
      await page.setViewport(viewport);
      const where = `${name}, ${scheme}, ${viewport.width} px`;
      const { width, scrolled } = await page.evaluate(() => ({
        width: window.innerWidth,
        scrolled: document.documentElement.scrollWidth,
      }));
      assert.ok(scrolled <= width, `${where}: ${scrolled} px wide`);
      if (shots) await page.screenshot({ path: `${shots}/${name}-${scheme}-${viewport.width}.png` });
      if (viewport === WIDE) continue;
      await settled();
      // Written into the page by the browser itself, which its policy does not hinder.
      if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
      const { violations } = await page.evaluate(
        (exclude) => window.axe.run({ exclude }, { resultTypes: ['violations'] }),
        exclude,
      );
      const told = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((n) => n.html).join(' ')}`);
      assert.deepEqual(told, [], where);
    }
  }
  await page.setViewport(WIDE);
  assert.deepEqual(complaints, [], name);
}

/** Colours on their way from light to dark are nobody's fault: wait until they are there. */
async function settled() {
  await page.evaluate(async () => {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const roots = [document, ...[...document.querySelectorAll('*')].map((e) => e.shadowRoot).filter(Boolean)];
    const running = roots.flatMap((root) => root.getAnimations()).filter((a) => a.playState === 'running');
    const ending = running.filter((a) => Number.isFinite(a.effect.getComputedTiming().endTime));
    await Promise.allSettled(ending.map((a) => a.finished));
  });
}

async function open(url) {
  await page.goto(url, { waitUntil: 'load' });
}

const heading = () => page.$eval('h1', (h1) => h1.textContent);
const focused = () => page.evaluate(() => document.activeElement.name || document.activeElement.textContent);

/** Go on with the keyboard until the focus is there. */
async function tabTo(name) {
  for (let i = 0; i < 10; i += 1) {
    await page.keyboard.press('Tab');
    if ((await focused()) === name) return;
  }
  assert.fail(`the keyboard does not reach '${name}'`);
}

/** Fill in a form by keyboard, and send it. */
async function fill(values) {
  for (const [name, value] of Object.entries(values)) {
    await tabTo(name);
    // Over what is there.
    await page.keyboard.down('Control');
    await page.keyboard.press('KeyA');
    await page.keyboard.up('Control');
    await page.keyboard.type(value);
  }
  await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), page.keyboard.press('Enter')]);
}

async function press(name) {
  await tabTo(name);
  await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), page.keyboard.press('Enter')]);
}

const PASSWORD = 'correct horse battery';

/** The link that a command prints. The command line does not know where this server listens. */
function link(...args) {
  const said = execFileSync(masthead, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return base + said.match(/\/admin\/link\/\S+/)[0];
}

await open(`${base}/`);
assert.equal(await heading(), 'Set up Masthead');
await look('begin');
const setup = link('user', 'setup-link');
await open(setup);
await look('setup');
await fill({ email: 'ada@example.org', name: 'Ada', password: PASSWORD });
assert.equal(await heading(), 'Welcome');
assert.ok((await page.content()).includes('ada@example.org'));
await look('welcome');
await open(setup);
assert.equal(await heading(), 'This link is over');
await look('over');

await open(`${base}/admin`);
await press('Sign out');
assert.equal(await heading(), 'Sign in');
await look('sign-in');
await fill({ email: 'ada@example.org', password: 'wrong horse battery' });
assert.equal(await page.$eval('[role=alert]', (alert) => alert.textContent), 'the e-mail address or the password is wrong');
await look('refused');
await fill({ email: 'ada@example.org', password: PASSWORD });
assert.equal(await heading(), 'Welcome');
await press('Sign out');

await press('Forgot your password?');
assert.equal(await heading(), 'A new password');
await look('forgot');
await fill({ email: 'ada@example.org' });
await look('sent');

await open(link('user', 'invite', 'bo@example.org', '--role', 'editor'));
await look('invitation');
await fill({ name: 'Bo', password: PASSWORD });
assert.equal(await heading(), 'Welcome');

await open(`${base}/`);
assert.equal(await heading(), 'Masthead is running');
await look('index');

await open(`${base}/docs`);
await page.waitForFunction(
  () => document.querySelector('rapi-doc')?.shadowRoot?.textContent.includes('delivers what is published'),
  { timeout: 30_000 },
);
// The viewer comes from elsewhere; the page around it is ours.
await look('docs');
// On a phone, too, what can be asked is seen.
await page.setViewport(NARROW);
await page.waitForFunction(
  () => [...document.querySelector('rapi-doc').shadowRoot.querySelectorAll('*')].some((element) => {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.includes('/admin/api/documents/{type}'));
    const { width, height } = element.getBoundingClientRect();
    return own && width > 0 && height > 0;
  }),
  { timeout: 30_000 },
);
if (shots) await page.screenshot({ path: `${shots}/docs-list-360.png` });

await browser.close();
console.log('every page was seen');
