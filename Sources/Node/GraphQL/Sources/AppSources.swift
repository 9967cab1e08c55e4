import GraphQL
import ObjectModel
import Storage

/// Apps and tokens, as the schema's types stand for them.
struct AppSource: ObjectSource {
    static let typeName = "ServerApp"
    let app: ServerApp
}

struct AppItemSource: ObjectSource {
    static let typeName = "ServerAppListItem"
    let app: ServerApp
}

struct AppAuthorSource: ObjectSource {
    static let typeName = "AppAuthor"
    let user: User
}

struct ApiTokenSource: ObjectSource {
    static let typeName = "ApiToken"
    let token: Token
}

struct EmbedTokenSource: ObjectSource {
    static let typeName = "EmbedToken"
    let token: Token
}

struct EmbedTokensSource: ObjectSource {
    static let typeName = "EmbedTokenCollection"
    let listing: Listing<Token>
}

struct NewEmbedTokenSource: ObjectSource {
    static let typeName = "CreateEmbedTokenReturn"
    let new: TokenIssuer.NewToken
}
