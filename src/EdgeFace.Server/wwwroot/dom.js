const views = ['sign-in', 'people', 'person', 'devices'];

export function show(view) {
  for (const name of views) document.getElementById(`view-${name}`).hidden = name !== view;
  if (view !== 'sign-in') document.getElementById('main').focus({ preventScroll: true });
}

/** Everything from the server goes in as text, never as markup. */
export function element(tag, ...parts) {
  const made = document.createElement(tag);
  const last = parts.at(-1);
  if (parts.length === 2 && typeof parts[0] === 'string' && typeof last === 'string') made.className = parts.pop();
  made.append(...parts);
  return made;
}

export function text(id, value) {
  document.getElementById(id).textContent = value;
}

export function clear(...lists) {
  for (const list of lists) list.replaceChildren();
}

export function facts(list, pairs) {
  list.replaceChildren(...pairs.flatMap(([name, value]) => [element('dt', name), element('dd', String(value))]));
}

export function say(message, kind = 'good') {
  const place = document.getElementById('message');
  place.hidden = !message;
  place.textContent = message ?? '';
  place.className = kind;
}

export function when(time) {
  return new Date(time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}
