// Signing in and up, passwords, and letting an app act for somebody: one page with a view for each address.

import { addressOf, ask, comeBack, isSignedIn, letAct, post, Refusal, register, signIn, signOut } from "./session.js";
import { show, showStrength, whenSent } from "./views.js";

const SERVER = `{
  serverInfo {
    name company inviteOnly canonicalUrl termsOfService
    authStrategies { id name url }
  }
  activeUser { name email }
}`;

const APP = `query ($id: String!) {
  app(id: $id) { name description redirectUrl trustByDefault termsAndConditionsLink author { name } scopes { name description } }
}`;

const INVITATION = `query ($token: String!) { serverInviteByToken(token: $token) { email invitedBy { name } } }`;

const NEW_TOKEN = "mutation ($token: ApiTokenCreateInput!) { apiTokenCreate(token: $token) }";

/** What specklepy's clients use. */
const SCRIPT_SCOPES = ["streams:read", "streams:write", "profile:read", "profile:email", "users:read", "users:invite"];

/** Rights that let whoever has them do harm to more than the projects. */
const GRAVE = new Set(["server:setup", "tokens:write", "profile:delete", "users:email"]);

const VIEWS = [
  [/^\/authn\/verify\/([^/]+)\/([^/]+)\/?$/, authorize],
  [/^\/authn\/login\/?$/, enter],
  [/^\/authn\/register\/?$/, open],
  [/^\/authn\/forgotten-password\/?$/, forgotten],
  [/^\/authn\/resetpassword\/finalize\/?$/, reset],
  [/^\/error/, failed],
  [/^\/$/, home],
];

const query = new URLSearchParams(location.search);
const isLocal = (strategy) => strategy.id === "local";

async function begin() {
  const code = query.get("access_code");
  if (code && location.pathname === "/") {
    return location.replace(await comeBack(code));
  }
  const state = await ask(SERVER);
  showServer(state.serverInfo);
  const [view, parts] = VIEWS.map(([pattern, view]) => [view, location.pathname.match(pattern)]).find(([, parts]) => parts);
  await view(state, ...parts.slice(1).map(decodeURIComponent));
}

function showServer({ name, company, termsOfService }) {
  document.title = name;
  document.getElementById("server-name").textContent = name;
  document.getElementById("company").textContent = company ?? "";
  const terms = document.getElementById("terms");
  terms.hidden = !termsOfService;
  terms.textContent = termsOfService ?? "";
}

// MARK: Coming in

/** Whoever signs in elsewhere comes back to the server's own address: from another one they are sent there first. */
function showElsewhere(parts, { authStrategies, canonicalUrl }, verb, invitation) {
  const others = authStrategies.filter((strategy) => !isLocal(strategy));
  const isOwn = new URL(canonicalUrl).origin === location.origin;
  parts.elsewhere.hidden = others.length === 0;
  for (const strategy of others) {
    const link = document.createElement("a");
    link.textContent = `${verb} with ${strategy.name}`;
    link.href = isOwn ? addressOf(strategy, invitation) : new URL(location.pathname + location.search, canonicalUrl).href;
    parts.elsewhere.querySelector(".elsewhere").append(link);
  }
}

function showSignIn({ serverInfo }, reason, next) {
  const parts = show("sign-in", { reason });
  parts.form.hidden = !serverInfo.authStrategies.some(isLocal);
  parts.register.href = `/authn/register${location.pathname.startsWith("/authn/verify/") ? `?next=${encodeURIComponent(location.pathname + location.search)}` : ""}`;
  showElsewhere(parts, serverInfo, "Sign in");
  whenSent(parts, async (fields) => {
    await signIn(fields);
    next();
  });
}

/** Only to a page of this node. */
function destination() {
  const next = new URL(query.get("next") ?? "/", location.origin);
  return next.origin === location.origin ? next.href : "/";
}

function enter(state) {
  if (state.activeUser) return location.replace(destination());
  showSignIn(state, "", () => location.replace(destination()));
}

async function open(state) {
  if (state.activeUser) return location.replace(destination());
  const token = query.get("token");
  const invitation = token ? (await ask(INVITATION, { token })).serverInviteByToken : null;
  if (state.serverInfo.inviteOnly && !token) {
    return show("message", {
      title: "This server is for the invited",
      about: "Whoever administers it can send you an invitation.",
      link: ["/authn/login", "I have an account"],
    });
  }
  const reason = invitation ? `${invitation.invitedBy.name} invites you.` : "";
  const parts = show("register", { reason });
  parts.form.hidden = !state.serverInfo.authStrategies.some(isLocal);
  if (invitation) parts.form.elements.email.value = invitation.email;
  showElsewhere(parts, state.serverInfo, "Go on", token);
  showStrength(parts, ask);
  whenSent(parts, async (fields) => {
    await register(fields, token);
    location.replace(destination());
  });
}

// MARK: Passwords

function forgotten() {
  whenSent(show("forgotten"), async ({ email }) => {
    await post("/auth/pwdreset/request", { email });
    show("message", {
      title: "Look into your mails",
      about: `If ${email} has an account here, there is a mail with a link on its way.`,
      link: ["/authn/login", "Sign in"],
    });
  });
}

function reset() {
  const parts = show("reset");
  showStrength(parts, ask);
  whenSent(parts, async ({ password }) => {
    await post("/auth/pwdreset/finalize", { tokenId: query.get("t") ?? "", password });
    show("message", {
      title: "Your password is set",
      about: "Sign in with it, here and in your connectors.",
      link: ["/authn/login", "Sign in"],
    });
  });
}

// MARK: Apps

async function authorize(state, id, challenge) {
  const { app } = await ask(APP, { id });
  if (!app) {
    return show("message", { title: "Unknown app", about: "The address that an app opened names none that this server knows." });
  }
  if (!state.activeUser) return showSignIn(state, `To let ${app.name} act for you.`, () => location.reload());
  const proof = Object.fromEntries([...query].filter(([name]) => name.startsWith("code_challenge")));
  const allow = async () => leave(await letAct(id, challenge, proof), app.name);
  if (app.trustByDefault && !app.author) return allow();

  const parts = show("authorize", {
    title: `Let ${app.name} act for you?`,
    about: [app.description, app.author && `Made by ${app.author.name}.`].filter(Boolean).join(" "),
    name: state.activeUser.name,
    email: state.activeUser.email,
  });
  for (const scope of app.scopes) {
    const right = document.createElement("li");
    right.textContent = scope.description;
    right.classList.toggle("warning", GRAVE.has(scope.name));
    parts.rights.append(right);
  }
  parts.other.addEventListener("click", async () => {
    await signOut();
    location.reload();
  });
  parts.deny.addEventListener("click", () => leave(withParameter(app.redirectUrl, "denied", "true"), app.name));
  parts.allow.addEventListener("click", () => parts.attempt(allow));
}

function withParameter(address, name, value) {
  return `${address}${address.includes("?") ? "&" : "?"}${name}=${value}`;
}

/** Goes where an app waits. Programs that open by an address of their own leave this page as it is. */
function leave(address, name) {
  // An address that runs something here is none of an app.
  if (/^\s*(javascript|data|vbscript|blob|file):/i.test(address)) throw new Refusal(`${name} asks for an answer at no place.`);
  show("message", { title: "Done", about: `You can go back to ${name} and close this window.`, link: [address, `Open ${name}`] });
  location.assign(address);
}

// MARK: Home

function home(state) {
  const verified = query.get("emailverifiedstatus") === "true" ? "Your address is verified. " : "";
  const notVerified = query.get("emailverifiederror");
  if (!state.activeUser) {
    if (verified || notVerified) {
      return show("message", { title: verified || "Not verified", about: notVerified ?? "", link: ["/authn/login", "Sign in"] });
    }
    return showSignIn(state, "", () => location.reload());
  }
  const parts = show("home", {
    title: notVerified ? "Not verified" : verified ? "Verified" : "You are signed in",
    about: `${verified}${notVerified ?? ""} Connectors and scripts reach this server at ${location.origin}.`,
    name: state.activeUser.name,
    email: state.activeUser.email,
  });
  whenSent(parts, async ({ name }) => {
    const { apiTokenCreate } = await ask(NEW_TOKEN, { token: { name, scopes: SCRIPT_SCOPES } });
    parts.token.textContent = apiTokenCreate;
    parts.token.hidden = false;
  });
  parts["sign-out"].addEventListener("click", async () => {
    await signOut();
    location.reload();
  });
}

function failed() {
  const email = query.get("email");
  show("message", {
    title: "That did not work",
    about: email
      ? `There is an account with the address ${email}, which is not verified yet. Sign in with its password and verify it first.`
      : (query.get("message") ?? "Try again."),
    link: ["/authn/login", isSignedIn() ? "Go on" : "Sign in"],
  });
}

begin().catch((error) => {
  if (!(error instanceof Refusal)) console.error(error);
  show("message", { title: "That did not work", about: error.message, link: ["/authn/login", "Sign in"] });
});
