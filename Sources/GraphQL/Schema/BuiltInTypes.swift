/// What every schema has without saying so (GraphQL §3.5, §3.13, §4).
enum BuiltInTypes {
    static let scalars = ["Int", "Float", "String", "Boolean", "ID"]
    static let directiveNames = ["skip", "include", "deprecated", "specifiedBy", "oneOf"]

    static let sdl = """
        "Whole numbers of 32 bits with a sign."
        scalar Int
        "Numbers of double precision (IEEE 754)."
        scalar Float
        "Text in Unicode."
        scalar String
        "True or false."
        scalar Boolean
        "A name that is the same for as long as the thing lives. Text, even when it looks like a number."
        scalar ID

        "Takes the field or fragment in only if the argument is true."
        directive @include("Whether to take it in." if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
        "Leaves the field or fragment out if the argument is true."
        directive @skip("Whether to leave it out." if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
        "Says that something should no longer be used."
        directive @deprecated("What to use instead, and since when." reason: String = "No longer supported")
            on FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE
        "Says where a scalar's form is written down."
        directive @specifiedBy("Where to read it." url: String!) on SCALAR
        "Says that exactly one field of the input must be given."
        directive @oneOf on INPUT_OBJECT

        "What a server can do: its types, its directives and where to begin."
        type __Schema {
          description: String
          types: [__Type!]!
          queryType: __Type!
          mutationType: __Type
          subscriptionType: __Type
          directives: [__Directive!]!
        }
        "A type, or a list or bang around one."
        type __Type {
          kind: __TypeKind!
          name: String
          description: String
          specifiedByURL: String
          fields(includeDeprecated: Boolean = false): [__Field!]
          interfaces: [__Type!]
          possibleTypes: [__Type!]
          enumValues(includeDeprecated: Boolean = false): [__EnumValue!]
          inputFields(includeDeprecated: Boolean = false): [__InputValue!]
          ofType: __Type
          isOneOf: Boolean
        }
        "What sort of type it is."
        enum __TypeKind { SCALAR OBJECT INTERFACE UNION ENUM INPUT_OBJECT LIST NON_NULL }
        "A field of an object or interface."
        type __Field {
          name: String!
          description: String
          args(includeDeprecated: Boolean = false): [__InputValue!]!
          type: __Type!
          isDeprecated: Boolean!
          deprecationReason: String
        }
        "An argument, or a field of an input."
        type __InputValue {
          name: String!
          description: String
          type: __Type!
          "As GraphQL writes it."
          defaultValue: String
          isDeprecated: Boolean!
          deprecationReason: String
        }
        "One of an enum's values."
        type __EnumValue {
          name: String!
          description: String
          isDeprecated: Boolean!
          deprecationReason: String
        }
        "A directive, and where it may stand."
        type __Directive {
          name: String!
          description: String
          isRepeatable: Boolean!
          locations: [__DirectiveLocation!]!
          args(includeDeprecated: Boolean = false): [__InputValue!]!
        }
        "A place for directives."
        enum __DirectiveLocation {
          QUERY MUTATION SUBSCRIPTION FIELD FRAGMENT_DEFINITION FRAGMENT_SPREAD INLINE_FRAGMENT VARIABLE_DEFINITION
          SCHEMA SCALAR OBJECT FIELD_DEFINITION ARGUMENT_DEFINITION INTERFACE UNION ENUM ENUM_VALUE INPUT_OBJECT
          INPUT_FIELD_DEFINITION
        }
        """
}
