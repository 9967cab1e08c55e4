import GRDB
import ObjectModel
import Storage

extension SQLiteTransaction {
    func proof(_ purpose: AccountProof.Purpose, of user: UserID) throws -> AccountProof? {
        try self.one(
            "SELECT * FROM account_proofs WHERE user = ? AND purpose = ?", [user.rawValue, purpose.rawValue],
            Self.proof)
    }

    func proof(token: ContentHash) throws -> AccountProof? {
        try self.one("SELECT * FROM account_proofs WHERE token_hash = ?", [token.description], Self.proof)
    }

    private static func proof(_ row: Row) throws -> AccountProof {
        AccountProof(
            user: UserID(rawValue: row["user"]), purpose: try self.value(row, "purpose"), email: row["email"],
            tokenHash: try self.hash(row["token_hash"]), codeHash: try (row["code_hash"] as String?).map(self.hash),
            attemptCount: row["attempt_count"], createdAt: Timestamp(millisecondsSinceEpoch: row["created_at"]))
    }

    func put(_ proof: AccountProof) throws {
        try self.run(
            "INSERT OR REPLACE INTO account_proofs VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                proof.user.rawValue, proof.purpose.rawValue, proof.email, proof.tokenHash.description,
                proof.codeHash?.description, proof.attemptCount, proof.createdAt.millisecondsSinceEpoch,
            ])
    }

    func deleteProof(_ purpose: AccountProof.Purpose, of user: UserID) throws {
        try self.run(
            "DELETE FROM account_proofs WHERE user = ? AND purpose = ?", [user.rawValue, purpose.rawValue])
    }
}
