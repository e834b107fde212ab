const TOKEN_KEY = 'kraken.admin.token';
const TIMEOUT = 4_000;
const API = new URL('api/', document.baseURI);

/** The engine did not answer, or not in time. */
export class UnreachableError extends Error {}

/** The engine has answered that it will not. */
export class RefusedError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export function hasToken() {
  return sessionStorage.getItem(TOKEN_KEY) !== null;
}

/** Kept until the tab is closed. @param token null forgets it */
export function keepToken(token) {
  if (token === null) sessionStorage.removeItem(TOKEN_KEY);
  else sessionStorage.setItem(TOKEN_KEY, token);
}

async function request(path, options = {}) {
  const headers = { ...options.headers };
  const token = sessionStorage.getItem(TOKEN_KEY);
  if (token !== null) headers.authorization = `Bearer ${token}`;
  let response;
  let body;
  try {
    response = await fetch(new URL(path, API), {
      ...options,
      headers,
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT),
    });
    body = await response.json();
  } catch (error) {
    throw new UnreachableError(String(error));
  }
  if (!response.ok) throw new RefusedError(response.status, body.error ?? `HTTP status ${response.status}`);
  return body;
}

/** `.` and `..` cannot stand in a path: browsers would take them for directions. */
function place(ids) {
  const isDots = (id) => id === '.' || id === '..';
  const query = new URLSearchParams(Object.entries(ids).filter(([, id]) => isDots(id)));
  const segment = (id) => (isDots(id) ? '-' : encodeURIComponent(id));
  const names = Object.fromEntries(Object.entries(ids).map(([key, id]) => [key, segment(id)]));
  return { ...names, query: query.size === 0 ? '' : `?${query}` };
}

function change(path, body = {}) {
  return request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

export const fetchOverview = () => request('overview');
export const fetchHistory = (minutes) => request(`history?minutes=${minutes}`);
export const fetchRooms = (query) => request(`rooms?${new URLSearchParams(query)}`);

export function fetchRoom(id) {
  const { rid, query } = place({ rid: id });
  return request(`rooms/${rid}${query}`);
}

export function closeRoom(id) {
  const { rid, query } = place({ rid: id });
  return change(`rooms/${rid}/close${query}`);
}

export function removeParticipant(room, participant) {
  const { rid, uid, query } = place({ rid: room, uid: participant });
  return change(`rooms/${rid}/participants/${uid}/remove${query}`);
}

/** @param permissions `publish` and `subscribe`; what is left out stays */
export function permitParticipant(room, participant, permissions) {
  const { rid, uid, query } = place({ rid: room, uid: participant });
  return change(`rooms/${rid}/participants/${uid}/permit${query}`, permissions);
}

export function silenceParticipant(room, participant, silenced) {
  const { rid, uid, query } = place({ rid: room, uid: participant });
  return change(`rooms/${rid}/participants/${uid}/silence${query}`, { silenced });
}
