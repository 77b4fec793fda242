// Drives the enrolment page as somebody with a keyboard and a camera would, at desktop and phone width, in light and dark.
// usage: node enrolment.mjs '{"url","key","photo","noFace","video","out"}'
// video: MJPEG that stands for the camera. out: folder of the screenshots. Ends with 0 when all went as it should.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const plan = JSON.parse(process.argv[2]);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
mkdirSync(plan.out, { recursive: true });

const browser = await chromium.launch({
  executablePath: plan.chromium ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${plan.video}`],
});
const faults = [];

async function open(name, options) {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', permissions: ['camera'], ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on('pageerror', error => faults.push(`${name}: ${error}`));
  // What the server refuses is shown on the page; everything else on the console is a fault, broken policies above all.
  page.on('console', message => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) faults.push(`${name}: ${message.text()}`);
  });
  page.on('request', request => {
    if (!/^(blob|data):/.test(request.url()) && new URL(request.url()).origin !== plan.url) faults.push(`${name}: asked ${request.url()}`);
  });
  await page.goto(plan.url);
  return page;
}

/** A picture, and what an accessibility checker finds on it. */
async function look(page, name) {
  await page.screenshot({ path: `${plan.out}/${name}.png`, fullPage: true });
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }));
  assert.deepEqual(violations.map(violation => `${violation.id}: ${violation.nodes.map(node => node.target).join(' ')}`), [], name);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  assert.equal(wide, false, `${name} is wider than its window`);
}

async function signIn(page) {
  await page.getByLabel('API key').fill(plan.key);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'People' }).waitFor();
}

async function desktop() {
  const page = await open('desktop', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' });
  await page.getByLabel('API key').fill('efk_000000000000_wrong');
  await page.keyboard.press('Enter');
  await page.getByText('The key is not valid here').waitFor();
  await look(page, 'desktop-sign-in-refused');
  await signIn(page);

  // By keyboard alone: from the name on, field by field.
  await page.getByLabel('Name', { exact: true }).focus();
  await page.keyboard.type('Ann Example');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.type('form 17');
  await page.keyboard.press('Tab');
  await page.keyboard.type('365');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Ann Example' }).waitFor();
  await page.getByText('form 17').waitFor();

  await page.getByLabel('Photo from a file').setInputFiles(plan.noFace);
  await page.getByText('Refused: no face was found').waitFor();
  await look(page, 'desktop-photo-refused');
  await page.getByLabel('Photo from a file').setInputFiles(plan.photo);
  await page.getByText('Accepted: a template was added.').waitFor();
  await page.getByText('Sharpness').waitFor();
  await page.getByRole('list', { name: 'Templates' }).getByRole('listitem').first().waitFor();
  await look(page, 'desktop-photo-accepted');

  await page.getByRole('link', { name: 'Devices' }).click();
  await page.getByRole('row', { name: /board1/ }).getByText('1 behind').waitFor();
  await look(page, 'desktop-devices');
  await page.getByRole('link', { name: 'People' }).click();
  await page.getByRole('link', { name: 'Ann Example' }).waitFor();
  // Text stays text.
  await page.getByLabel('Name', { exact: true }).fill('<img src=x onerror=alert(1)>');
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByRole('heading', { name: '<img src=x onerror=alert(1)>' }).waitFor();
  await page.getByRole('link', { name: 'People', exact: true }).click();
  await page.getByText('1 template ·').waitFor();
  await look(page, 'desktop-people');

  const another = await page.context().newPage();
  await another.goto(plan.url);
  await another.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.equal(await page.getByText('Ann Example').count(), 0);
  await page.context().close();
}

async function phone() {
  const page = await open('phone', { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true, colorScheme: 'dark' });
  await look(page, 'phone-sign-in');
  await signIn(page);
  await look(page, 'phone-people');
  await page.getByLabel('Find by full name').fill('ann example');
  await page.getByRole('button', { name: 'Find' }).tap();
  await page.getByRole('heading', { name: 'Ann Example' }).waitFor();
  await page.getByRole('button', { name: 'Start the camera' }).tap();
  await page.getByRole('button', { name: 'Take the photo' }).waitFor();
  await page.waitForFunction(() => document.getElementById('video').videoWidth > 0);
  await look(page, 'phone-camera');
  await page.getByRole('button', { name: 'Take the photo' }).tap();
  await page.getByText('Accepted: a template was added.').waitFor();
  await page.getByRole('list', { name: 'Templates' }).getByRole('listitem').nth(1).waitFor();
  await look(page, 'phone-photo-accepted');
  await page.getByRole('link', { name: 'Devices' }).tap();
  await page.getByRole('rowheader', { name: 'board1' }).waitFor();
  await look(page, 'phone-devices');
  await page.goBack();
  await page.getByRole('button', { name: 'Erase this person' }).tap();
  await page.getByRole('dialog', { name: 'Erase this person?' }).waitFor();
  await look(page, 'phone-erase');
  await page.getByRole('button', { name: 'Erase', exact: true }).tap();
  await page.getByText('Erased here; 1 device(s) have yet to confirm.').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Ann Example' }).count(), 0);
  await page.context().close();
}

try {
  await desktop();
  await phone();
  assert.deepEqual(faults, []);
} finally {
  await browser.close();
}
