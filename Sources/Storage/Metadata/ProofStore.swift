public import ObjectModel

/// What mails that this node sent are answered with. Each person has one for each purpose.
public protocol ProofReading {
    func proof(_ purpose: AccountProof.Purpose, of user: UserID) throws -> AccountProof?
    func proof(token: ContentHash) throws -> AccountProof?
}

/// A proof of somebody absent is an error; they go with the person.
public protocol ProofWriting {
    /// Takes the place of the one before.
    func put(_ proof: AccountProof) throws
    func deleteProof(_ purpose: AccountProof.Purpose, of user: UserID) throws
}
