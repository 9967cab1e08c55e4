import Foundation
import GRDB
import ObjectModel
import Storage

extension SQLiteTransaction {
    func user(_ id: UserID) throws -> User? {
        try self.one("SELECT * FROM users WHERE id = ?", [id.rawValue], Self.user)
    }

    func user(email: String) throws -> User? {
        let address = email.lowercased()
        return try self.one(
            """
            SELECT * FROM users WHERE email = ?
                OR id = (SELECT user FROM user_emails WHERE address = ? AND is_verified)
            """, [address, address], Self.user)
    }

    func users(matching text: String, emailOnly: Bool, limit: Int) throws -> [User] {
        let text = text.lowercased()
        return try self.all(
            """
            SELECT * FROM users WHERE \(SQLCondition.containing("email"))
                OR (? AND \(SQLCondition.containing("name")))
            ORDER BY name, id LIMIT ?
            """,
            [text, !emailOnly, text, max(0, limit)], Self.user)
    }

    func userCount() throws -> Int { try self.count("SELECT count(*) FROM users", []) }

    static func user(_ row: Row) throws -> User {
        User(
            id: UserID(rawValue: row["id"]), name: row["name"], email: row["email"], bio: row["bio"],
            company: row["company"], avatar: row["avatar"], isVerified: row["is_verified"],
            role: try self.value(row, "role"), passwordHash: row["password_hash"],
            createdAt: Timestamp(millisecondsSinceEpoch: row["created_at"]))
    }

    func put(_ user: User) throws {
        try self.run(
            """
            INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, email = excluded.email, bio = excluded.bio,
                company = excluded.company, avatar = excluded.avatar, is_verified = excluded.is_verified,
                role = excluded.role, password_hash = excluded.password_hash, created_at = excluded.created_at
            """,
            [
                user.id.rawValue, user.name, user.email, user.bio, user.company, user.avatar, user.isVerified,
                user.role.rawValue, user.passwordHash, user.createdAt.millisecondsSinceEpoch,
            ])
    }

    func token(_ id: TokenID) throws -> Token? {
        try self.one("SELECT * FROM tokens WHERE id = ?", [id.rawValue], Self.token)
    }

    func tokens(of owner: UserID, kind: Token.Kind) throws -> [Token] {
        try self.all(
            "SELECT * FROM tokens WHERE owner = ? AND kind = ? ORDER BY created_at DESC, id DESC",
            [owner.rawValue, kind.rawValue], Self.token)
    }

    static func token(_ row: Row) throws -> Token {
        Token(
            id: TokenID(rawValue: row["id"]), owner: UserID(rawValue: row["owner"]), name: row["name"],
            kind: try self.value(row, "kind"), app: (row["app"] as String?).map(AppID.init(rawValue:)),
            family: (row["family"] as String?).map(TokenID.init(rawValue:)),
            secretHash: try self.hash(row["secret_hash"]), lastCharacters: row["last_characters"],
            scopes: try self.values(row["scopes"]), projects: try self.values(row["projects"]),
            resources: row["resources"], createdAt: Timestamp(millisecondsSinceEpoch: row["created_at"]),
            lifespanMilliseconds: row["lifespan_milliseconds"])
    }

    func put(_ token: Token) throws {
        try self.run(
            """
            INSERT INTO tokens (
                id, owner, name, kind, app, secret_hash, last_characters, scopes, projects, created_at,
                lifespan_milliseconds, family, resources) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, name = excluded.name, kind = excluded.kind,
                app = excluded.app, secret_hash = excluded.secret_hash, last_characters = excluded.last_characters,
                scopes = excluded.scopes, projects = excluded.projects, created_at = excluded.created_at,
                lifespan_milliseconds = excluded.lifespan_milliseconds, family = excluded.family,
                resources = excluded.resources
            """,
            [
                token.id.rawValue, token.owner.rawValue, token.name, token.kind.rawValue, token.app?.rawValue,
                token.secretHash.description, token.lastCharacters, try Self.text(token.scopes),
                try Self.text(token.projects), token.createdAt.millisecondsSinceEpoch, token.lifespanMilliseconds,
                token.family?.rawValue, token.resources,
            ])
    }

    func deleteToken(_ id: TokenID) throws { try self.run("DELETE FROM tokens WHERE id = ?", [id.rawValue]) }

    func authorizationCode(_ code: String) throws -> AuthorizationCode? {
        try self.one("SELECT * FROM authorization_codes WHERE code = ?", [code]) { row in
            AuthorizationCode(
                code: row["code"], app: AppID(rawValue: row["app"]), user: UserID(rawValue: row["user"]),
                challenge: row["challenge"], codeChallenge: row["code_challenge"],
                createdAt: Timestamp(millisecondsSinceEpoch: row["created_at"]))
        }
    }

    func put(_ code: AuthorizationCode) throws {
        try self.run(
            """
            INSERT OR REPLACE INTO authorization_codes (code, app, user, challenge, created_at, code_challenge)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            [
                code.code, code.app.rawValue, code.user.rawValue, code.challenge,
                code.createdAt.millisecondsSinceEpoch, code.codeChallenge,
            ])
    }

    func deleteAuthorizationCode(_ code: String) throws {
        try self.run("DELETE FROM authorization_codes WHERE code = ?", [code])
    }

    func deleteAuthorizationCodes(of user: UserID) throws {
        try self.run("DELETE FROM authorization_codes WHERE user = ?", [user.rawValue])
    }

    // MARK: Values

    static func value<Value: RawRepresentable<String>>(_ row: Row, _ column: String) throws -> Value {
        let text: String = row[column]
        guard let value = Value(rawValue: text) else { throw StorageError.corrupt("\(column) is \(text)") }
        return value
    }

    /// The values of a column that is a JSON list of their names.
    static func values<Value: RawRepresentable<String>>(_ text: String) throws -> [Value] {
        guard let names = NameList.names(in: text) else { throw StorageError.corrupt("a column holds no list") }
        return try names.map { name in
            guard let value = Value(rawValue: name) else { throw StorageError.corrupt("a column holds \(name)") }
            return value
        }
    }

    static func json<Value: Decodable>(_ text: String) throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
        } catch {
            throw StorageError.corrupt("a column holds no \(Value.self)")
        }
    }

    static func text(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }
}
