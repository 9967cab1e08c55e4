public import ObjectModel

/// Addresses of people.
public protocol EmailReading {
    /// Oldest first.
    func emails(of user: UserID) throws -> [UserEmail]
    /// Without regard to case; also one that nobody has verified.
    func email(address: String) throws -> UserEmail?
}

extension EmailReading {
    /// The addresses that are known to be somebody's.
    public func verifiedAddresses(of user: UserID) throws -> Set<String> {
        Set(try self.emails(of: user).filter(\.isVerified).map(\.address))
    }
}

/// Addresses of somebody absent, and one that somebody else has, are errors; they go with the person.
public protocol EmailWriting {
    func replaceEmails(of user: UserID, with emails: [UserEmail]) throws
}
