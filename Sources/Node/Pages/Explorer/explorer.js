// The page itself: what is typed is sent, what comes back is shown. Nothing is sent before somebody asks for it, but for the
// question after the schema.

import { showDocs } from "./docs.js";
import { colour, edit } from "./editor.js";
import { loadSchema } from "./schema.js";

const FIRST_QUERY = `# Ctrl+Enter runs it. The schema is on the right.
{
  serverInfo {
    name
    version
  }
  activeUser {
    name
    projects(limit: 5) {
      items {
        id
        name
      }
    }
  }
}
`;

const element = (id) => document.getElementById(id);
const kept = (name) => sessionStorage.getItem(name) ?? "";

async function send(query, variables) {
  const headers = { "Content-Type": "application/json" };
  const token = element("token").value.trim();
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch("/graphql", { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  const text = await answer.text();
  let body = null;
  try {
    body = JSON.parse(text);
  } catch {
    // Shown as it is.
  }
  return { status: answer.status, isWell: answer.ok && !body?.errors, text, body };
}

function show(text, status, isWell) {
  colour(element("answer"), text, "json");
  element("status").textContent = status;
  element("status").className = isWell ? "" : "bad";
}

async function run() {
  let variables;
  try {
    variables = JSON.parse(element("variables").value || "{}");
  } catch (error) {
    return show("", `The variables are no JSON: ${error.message}`, false);
  }
  element("run").disabled = true;
  const start = performance.now();
  try {
    const { status, isWell, text, body } = await send(element("query").value, variables);
    const duration = Math.round(performance.now() - start);
    // Numbers that JavaScript would round are shown as they came.
    show(body && !/\d{16}/.test(text) ? JSON.stringify(body, null, 2) : text, `${status}, ${duration} ms`, isWell);
  } catch (error) {
    show("", `The node does not answer: ${error.message}`, false);
  } finally {
    element("run").disabled = false;
  }
}

function begin() {
  const asked = new URLSearchParams(location.search);
  element("token").value = kept("token");
  element("token").addEventListener("change", () => sessionStorage.setItem("token", element("token").value));
  element("query").value = asked.get("query") ?? (kept("query") || FIRST_QUERY);
  element("variables").value = asked.get("variables") ?? kept("variables");
  edit(element("query"), "query", (text) => sessionStorage.setItem("query", text));
  edit(element("variables"), "json", (text) => sessionStorage.setItem("variables", text));
  element("run").addEventListener("click", run);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
  });
  element("toggle-docs").addEventListener("click", () => {
    const docs = element("docs");
    docs.hidden = !docs.hidden;
    element("toggle-docs").setAttribute("aria-expanded", String(!docs.hidden));
  });
}

begin();
try {
  const schema = await loadSchema(send);
  showDocs(schema, { body: element("docs-body"), back: element("back"), search: element("search") });
} catch (error) {
  element("docs-body").textContent = `There is no schema to show: ${error.message}`;
}
