// The pages about the schema: one for each type, one with all of them, and one of what was searched for.

import { unwrap } from "./schema.js";

const FOUND_MAX = 100;

/** Shows `schema` in the elements given. */
export function showDocs(schema, { body, back, search }) {
  const visited = [];

  const show = () => {
    const text = search.value.trim().toLowerCase();
    const name = visited.at(-1);
    body.replaceChildren(...(text ? found(text) : name ? page(schema.types.get(name)) : overview()));
    body.scrollTop = 0;
    back.disabled = visited.length === 0 && !text;
  };
  const open = (name) => {
    visited.push(name);
    search.value = "";
    show();
  };
  back.addEventListener("click", () => {
    if (search.value) search.value = "";
    else visited.pop();
    show();
  });
  search.addEventListener("input", show);

  const link = (name) => {
    if (!schema.types.has(name)) return name;
    const anchor = make("a", name);
    anchor.tabIndex = 0;
    anchor.addEventListener("click", () => open(name));
    anchor.addEventListener("keydown", (event) => event.key === "Enter" && open(name));
    return anchor;
  };
  const reference = (type) => {
    const { name, before, after } = unwrap(type);
    return [before, link(name), after];
  };
  const input = (value) => [value.name, ": ", ...reference(value.type), value.defaultValue === null ? "" : ` = ${value.defaultValue}`];
  const member = (name, ...rest) => {
    const item = make("li");
    item.append(name, ...rest);
    return item;
  };
  const fieldName = (field) => make("span", field.name, field.isDeprecated ? "field gone" : "field");
  const notes = (field) => {
    const texts = [field.description, field.isDeprecated && `Deprecated: ${field.deprecationReason}`];
    return texts.filter(Boolean).map((text) => make("p", text));
  };
  const fieldItem = (field) => {
    const argumentsOf = field.args.flatMap((value, place) => [place ? ", " : "(", ...input(value)]);
    return member(fieldName(field), ...argumentsOf, field.args.length ? ")" : "", ": ", ...reference(field.type), ...notes(field));
  };
  const list = (title, items) => (items?.length ? [make("h4", title), fill(make("ul"), items)] : []);

  const overview = () => [
    ...list("Begin here", schema.roots.map((name) => member(link(name)))),
    ...list("All types", [...schema.types.keys()].filter((name) => !schema.roots.includes(name)).map((name) => member(link(name)))),
  ];
  const page = (type) => [
    make("h3", type.name),
    ...(type.description ? [make("p", type.description)] : []),
    ...list("Fields", type.fields?.map(fieldItem)),
    ...list("Fields", type.inputFields?.map((value) => member("", ...input(value), ...notes(value)))),
    ...list("Values", type.enumValues?.map((value) => member(fieldName(value), ...notes(value)))),
    ...list("Is one of", type.possibleTypes?.map((one) => member(link(one.name)))),
  ];
  const found = (text) => {
    const items = [];
    for (const type of schema.types.values()) {
      if (type.name.toLowerCase().includes(text)) items.push(member(link(type.name)));
      for (const field of [...(type.fields ?? []), ...(type.inputFields ?? [])]) {
        if (field.name.toLowerCase().includes(text)) items.push(member(link(type.name), ".", fieldName(field)));
      }
    }
    return items.length ? list(`${items.length} found`, items.slice(0, FOUND_MAX)) : [make("p", "Nothing is called so.")];
  };
  show();
}

function make(tag, text = "", className = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = className;
  return element;
}

function fill(element, children) {
  element.append(...children);
  return element;
}
