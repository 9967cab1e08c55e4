// The schema, as the node tells it of itself.

const TYPE = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";
const INPUT = `name description defaultValue type { ${TYPE} }`;
const QUERY = `{ __schema {
  queryType { name } mutationType { name } subscriptionType { name }
  types {
    kind name description
    fields(includeDeprecated: true) { name description isDeprecated deprecationReason type { ${TYPE} } args { ${INPUT} } }
    inputFields { ${INPUT} }
    enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    possibleTypes { name }
  }
} }`;

/** Asks by `send` and gives `{roots, types}`: names of the root types, and all types by their names. */
export async function loadSchema(send) {
  const { body } = await send(QUERY, {});
  if (!body?.data) throw new Error(body?.errors?.[0]?.message ?? "The node does not tell its schema.");
  const schema = body.data.__schema;
  const types = schema.types.filter((type) => !type.name.startsWith("__")).sort((a, b) => a.name.localeCompare(b.name));
  const roots = [schema.queryType, schema.mutationType, schema.subscriptionType].filter(Boolean).map((type) => type.name);
  return { roots, types: new Map(types.map((type) => [type.name, type])) };
}

/** The name in a type that may be wrapped, and what stands around it. */
export function unwrap(type) {
  if (type.kind === "NON_NULL") {
    const inner = unwrap(type.ofType);
    return { ...inner, after: inner.after + "!" };
  }
  if (type.kind === "LIST") {
    const inner = unwrap(type.ofType);
    return { ...inner, before: "[" + inner.before, after: inner.after + "]" };
  }
  return { name: type.name, before: "", after: "" };
}
