import { Refusal, get, key, send } from './api.js';
import { startCamera, stopCamera, takePhoto } from './camera.js';
import { clear, element, facts, say, show, text, when } from './dom.js';

const $ = id => document.getElementById(id);
const maxPhotoBytes = 15_000_000;
let me = null;
let person = null;
let previewUrl = null;

/** Runs what a user asked for; what goes wrong is said, and a key that is not valid any more leads to the sign-in. */
async function run(work, button) {
  if (button) button.disabled = true;
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.status === 401) signOut();
    say(error.message, 'bad');
  } finally {
    if (button) button.disabled = false;
  }
}

async function signIn() {
  me = await get('/v1/me');
  if (me.role === 'device') {
    signOut();
    throw new Refusal(403, { detail: 'This is a key of a device: sign in with one of the role operator or admin.' });
  }
  $('nav').hidden = false;
}

function signOut() {
  key.clear();
  me = null;
  person = null;
  clear($('people'), $('devices'), $('templates'), $('person-facts'));
  $('nav').hidden = true;
  stopCamera();
  showVerdict(null);
  show('sign-in');
  $('key').focus();
}

async function route() {
  stopCamera();
  $('camera').hidden = true;
  if (!key.get()) return signOut();
  if (!me) await signIn();
  const place = location.hash.slice(1) || 'people';
  for (const link of ['people', 'devices']) {
    if (place.startsWith(link)) $(`nav-${link}`).setAttribute('aria-current', 'page');
    else $(`nav-${link}`).removeAttribute('aria-current');
  }
  if (place === 'devices') await showDevices();
  else if (place.startsWith('people/')) await showPerson(place.slice('people/'.length));
  else await showPeople();
}

async function showPeople() {
  show('people');
  clear($('people'));
  await addPeople(null);
}

async function addPeople(after) {
  const page = await get(`/v1/people?limit=50${after ? `&after=${after}` : ''}`);
  for (const one of page.people) {
    const link = element('a', one.name);
    link.href = `#people/${one.id}`;
    const about = one.templates === 1 ? '1 template' : `${one.templates} templates`;
    $('people').append(element('li', link, element('span', `${about} · ${one.groups.join(', ') || 'no group'}`, 'dim')));
  }
  $('no-people').hidden = $('people').childElementCount > 0;
  $('more').hidden = !page.next;
  $('more').dataset.after = page.next ?? '';
}

async function showPerson(id) {
  person = await get(`/v1/people/${encodeURIComponent(id)}`);
  showVerdict(null);
  show('person');
  fillPerson();
  await showTemplates();
}

function fillPerson() {
  text('person-title', person.name);
  facts($('person-facts'), [
    ['Groups', person.groups.join(', ') || 'none'],
    ['Consent', person.consent_reference ?? 'no reference'],
    ['Kept until', person.expires_at ? when(person.expires_at) : 'erased by hand'],
    ['Threshold', person.threshold ?? 'the group\u2019s'],
    ['Version', person.version],
  ]);
}

async function showTemplates() {
  const { templates } = await get(`/v1/people/${person.id}/templates`);
  clear($('templates'));
  for (const [index, template] of templates.entries()) {
    const remove = element('button', 'Remove', 'quiet');
    remove.type = 'button';
    remove.setAttribute('aria-label', `Remove template ${index + 1}`);
    remove.addEventListener('click', () => run(async () => {
      person = await (await send('DELETE', `/v1/people/${person.id}/templates/${template.id}`)).json();
      fillPerson();
      await showTemplates();
      say('The template is removed.');
    }, remove));
    const item = element('li', element('span', `Quality ${template.quality.toFixed(2)} · ${when(template.created_at)}`), remove);
    if (template.has_photo) item.prepend(await photoOf(template, index));
    $('templates').append(item);
  }
  $('no-templates').hidden = templates.length > 0;
}

async function photoOf(template, index) {
  const image = element('img');
  image.alt = `Photo of template ${index + 1}`;
  const url = URL.createObjectURL(await (await send('GET', `/v1/people/${person.id}/templates/${template.id}/photo`)).blob());
  image.addEventListener('load', () => URL.revokeObjectURL(url), { once: true });
  image.src = url;
  return image;
}

async function sendPhoto(photo) {
  say(null);
  if (photo.size > maxPhotoBytes) return showVerdict({ accepted: false, reason: 'the file is larger than 15 MB' }, photo);
  showVerdict({ busy: true }, photo);
  try {
    const largest = $('largest').checked ? '?largest=true' : '';
    const added = await (await send('POST', `/v1/people/${person.id}/photos${largest}`, photo, photo.type || 'image/jpeg')).json();
    person = added.person;
    showVerdict(added.verdict, photo);
    fillPerson();
    await showTemplates();
  } catch (error) {
    if (!(error instanceof Refusal) || error.status === 401) throw error;
    showVerdict(error.problem.verdict ?? { accepted: false, reason: error.message }, photo);
  }
}

function showVerdict(verdict, photo) {
  if (previewUrl) URL.revokeObjectURL(previewUrl);
  previewUrl = null;
  $('verdict').hidden = !verdict;
  if (!verdict) return;
  previewUrl = URL.createObjectURL(photo);
  $('preview').src = previewUrl;
  $('verdict').className = `verdict ${verdict.busy ? '' : verdict.accepted ? 'good' : 'bad'}`;
  text('verdict-text', verdict.busy ? 'The photo is being judged \u2026' : verdict.accepted ? 'Accepted: a template was added.' : `Refused: ${verdict.reason.replace(/\.$/, '')}.`);
  const quality = verdict.quality;
  facts($('verdict-quality'), quality ? [
    ['Quality', quality.total.toFixed(2)], ['Size', quality.size.toFixed(2)], ['Sharpness', quality.sharpness.toFixed(2)],
    ['Exposure', quality.exposure.toFixed(2)], ['Pose', quality.pose.toFixed(2)],
  ] : []);
}

async function showDevices() {
  show('devices');
  const { devices } = await get('/v1/devices');
  clear($('devices'));
  for (const device of devices) {
    const head = element('th', device.id);
    head.scope = 'row';
    const lag = element('td', device.lag === 0 ? 'up to date' : `${device.lag} behind`);
    $('devices').append(element('tr', head, lag, element('td', `${device.revision} of ${device.group_revision}`), element('td', device.group), element('td', device.last_seen_at ? when(device.last_seen_at) : 'never')));
  }
  $('no-devices').hidden = devices.length > 0;
}

function on(id, event, work) {
  $(id).addEventListener(event, happened => {
    happened.preventDefault();
    say(null);
    run(work, $(id).tagName === 'BUTTON' ? $(id) : $(id).querySelector?.('button[type=submit]'));
  });
}

on('sign-in', 'submit', async () => {
  key.set($('key').value.trim());
  $('key').value = '';
  await route();
});
$('sign-out').addEventListener('click', signOut);
on('add-person', 'submit', async () => {
  const body = { name: $('name').value, groups: $('groups').value.split(',').map(group => group.trim()).filter(Boolean) };
  if ($('consent').value.trim()) body.consent_reference = $('consent').value.trim();
  if ($('days').value) body.retention_days = Number($('days').value);
  const added = await (await send('POST', '/v1/people', body)).json();
  $('add-person').reset();
  location.hash = `people/${added.id}`;
  say('Added. A photo comes next.');
});
on('find', 'submit', async () => {
  if (!$('find-name').value.trim()) return;
  const found = await (await send('POST', '/v1/people/find', { name: $('find-name').value })).json();
  location.hash = `people/${found.id}`;
});
on('more', 'click', () => addPeople($('more').dataset.after));
$('file').addEventListener('change', () => run(async () => {
  const [photo] = $('file').files;
  $('file').value = '';
  if (photo) await sendPhoto(photo);
}));
on('camera-start', 'click', async () => {
  if (!await startCamera($('video'))) return say('The camera cannot be used: allow it in the browser, and open this page over https or on localhost.', 'bad');
  $('camera').hidden = false;
  $('shoot').focus();
});
on('camera-stop', 'click', async () => {
  stopCamera();
  $('camera').hidden = true;
  $('camera-start').focus();
});
on('shoot', 'click', async () => sendPhoto(await takePhoto($('video'))));
on('export', 'click', async () => {
  const file = await (await send('GET', `/v1/people/${person.id}/export`)).blob();
  const link = element('a');
  link.href = URL.createObjectURL(file);
  link.download = `person-${person.id}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
});
$('erase').addEventListener('click', () => $('confirm').showModal());
$('confirm').addEventListener('close', () => {
  if ($('confirm').returnValue !== 'yes') return;
  run(async () => {
    const erasure = await (await send('DELETE', `/v1/people/${person.id}`)).json();
    const waiting = erasure.devices.filter(device => !device.confirmed).length;
    location.hash = 'people';
    say(waiting === 0 ? 'Erased.' : `Erased here; ${waiting} device(s) have yet to confirm.`);
  });
});
for (const link of document.querySelectorAll('a[href^="#"]')) link.addEventListener('click', () => say(null));
addEventListener('hashchange', () => run(route));
run(route);
