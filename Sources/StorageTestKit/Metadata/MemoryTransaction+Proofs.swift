import ObjectModel
import Storage

extension MemoryTransaction {
    func proof(_ purpose: AccountProof.Purpose, of user: UserID) throws -> AccountProof? {
        self.rows.proofs.first { $0.purpose == purpose && $0.user == user }
    }

    func proof(token: ContentHash) throws -> AccountProof? { self.rows.proofs.first { $0.tokenHash == token } }

    func put(_ proof: AccountProof) throws {
        try Self.require(self.rows.users[proof.user] != nil, "account_proofs.user")
        try self.deleteProof(proof.purpose, of: proof.user)
        self.rows.proofs.append(proof)
    }

    func deleteProof(_ purpose: AccountProof.Purpose, of user: UserID) throws {
        self.rows.proofs.removeAll { $0.purpose == purpose && $0.user == user }
    }
}
