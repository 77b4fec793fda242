// The key lives in this tab alone: sessionStorage is neither shared with other tabs nor kept.
const slot = 'edgeface-key';

export const key = {
  get: () => sessionStorage.getItem(slot),
  set: value => sessionStorage.setItem(slot, value),
  clear: () => sessionStorage.removeItem(slot),
};

/** An answer that is no success; `detail` is a sentence for people, `problem` the whole of RFC 9457. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail ?? `The server answered ${status}.`);
    this.status = status;
    this.problem = problem;
  }
}

export async function send(method, path, body, type) {
  const headers = { Authorization: `Bearer ${key.get()}` };
  if (body !== undefined && !(body instanceof Blob)) {
    body = JSON.stringify(body);
    type = 'application/json';
  }
  if (type) headers['Content-Type'] = type;
  let answer;
  try {
    answer = await fetch(path, { method, headers, body, cache: 'no-store' });
  } catch {
    throw new Refusal(0, { detail: 'The server cannot be reached.' });
  }
  if (!answer.ok) throw new Refusal(answer.status, await answer.json().catch(() => ({})));
  return answer;
}

export const get = async path => (await send('GET', path)).json();
