// Who is signed in here, and how somebody comes to be: by a code that the node hands to its own app, the web application.

const APP = "spklwebapp";
const TOKENS = "tiebeam.tokens";
const WAITING = "tiebeam.waiting";

/** What the node said instead of doing as it was asked. */
export class Refusal extends Error {}

/** Asks the node's API, as whoever is signed in. */
export async function ask(query, variables = {}) {
  const headers = { "Content-Type": "application/json" };
  const token = tokens()?.token;
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await send("/graphql", { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  if ((answer.status === 401 || answer.status === 403) && token) {
    // The token was taken back, or is over.
    forget();
    return ask(query, variables);
  }
  if (!answer.ok) throw new Refusal(await reason(answer));
  const { data, errors } = await answer.json();
  if (errors?.length) throw new Refusal(errors[0].message);
  return data;
}

export const isSignedIn = () => tokens() !== null;

export const signIn = (fields) => enter("/auth/local/login", fields);

/** Opens an account, by an invitation if there is one. */
export const register = (fields, invitation) =>
  enter("/auth/local/register", fields, invitation ? { token: invitation } : {});

/** Where somebody goes to sign in with an account that they have elsewhere; they come back to this page then. */
export function addressOf(strategy, invitation) {
  const query = new URLSearchParams({ challenge: wait() });
  if (invitation) query.set("token", invitation);
  return `${strategy.url}?${query}`;
}

/** Ends a way through another place: takes the code that whoever comes back brings. Returns where they were going. */
export async function comeBack(code) {
  const waiting = JSON.parse(sessionStorage.getItem(WAITING) ?? "null");
  sessionStorage.removeItem(WAITING);
  if (!waiting) throw new Refusal("Nobody asked to sign in from this window. Try again.");
  await redeem(code, waiting.challenge);
  return waiting.destination;
}

export async function signOut() {
  const kept = tokens();
  forget();
  if (kept) await post("/auth/logout", kept);
}

/** Where an app goes on, with a code that lets it act for whoever is signed in. */
export async function letAct(app, challenge, proof) {
  const query = new URLSearchParams({ appId: app, challenge, token: tokens()?.token ?? "", preventRedirect: "true", ...proof });
  const answer = await send(`/auth/accesscode?${query}`);
  if (!answer.ok) throw new Refusal(await reason(answer));
  return (await answer.json()).redirectUrl;
}

/** Sends a small form to the node; whatever it refuses is thrown. */
export async function post(path, fields) {
  const answer = await send(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(fields),
  });
  if (!answer.ok) throw new Refusal(await reason(answer));
  return answer;
}

function tokens() {
  return JSON.parse(localStorage.getItem(TOKENS) ?? "null");
}

function forget() {
  localStorage.removeItem(TOKENS);
}

function newChallenge() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function wait() {
  const kept = JSON.parse(sessionStorage.getItem(WAITING) ?? "null");
  const destination = location.pathname + location.search;
  const waiting = { challenge: kept?.challenge ?? newChallenge(), destination };
  sessionStorage.setItem(WAITING, JSON.stringify(waiting));
  return waiting.challenge;
}

async function enter(path, fields, query = {}) {
  const challenge = newChallenge();
  const answer = await post(`${path}?${new URLSearchParams({ challenge, preventRedirect: "true", ...query })}`, fields);
  const { redirectUrl } = await answer.json();
  await redeem(new URL(redirectUrl).searchParams.get("access_code"), challenge);
}

async function redeem(accessCode, challenge) {
  const answer = await post("/auth/token", { appId: APP, appSecret: APP, accessCode, challenge });
  const { token, refreshToken } = await answer.json();
  localStorage.setItem(TOKENS, JSON.stringify({ token, refreshToken }));
}

async function send(path, options) {
  try {
    return await fetch(path, options);
  } catch {
    throw new Refusal("The node does not answer. Try again in a moment.");
  }
}

async function reason(answer) {
  const text = await answer.text();
  try {
    const body = JSON.parse(text);
    const told = [body.message, body.error?.message, body.error, body.err, body.errors?.[0]?.message];
    return told.find((text) => typeof text === "string") ?? text;
  } catch {
    return text || `The node answered ${answer.status}.`;
  }
}
