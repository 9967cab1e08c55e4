public import ObjectModel

/// Adds an address to whoever asks. It is good for nothing before they have shown that it is theirs.
public struct AddEmail: Command {
    public var address: String

    public init(_ address: String) {
        self.address = address
    }

    public func execute(in context: CommandContext) throws -> UserEmail {
        let user = try context.signedIn()
        guard let address = EmailAddress.canonical(self.address) else {
            throw DomainError(.userInput, "That is not an e-mail address.")
        }
        let present = try context.rows.emails(of: user)
        guard !present.contains(where: { $0.address == address }) else {
            throw DomainError(.emailExists, "The address is yours already.")
        }
        guard present.count < UserEmail.countMax else {
            throw DomainError(.userInput, "A person has at most \(UserEmail.countMax) addresses.")
        }
        try context.claim(address, otherwise: DomainError(.emailExists, "Email taken."))
        let email = UserEmail(
            id: try context.freshID { try context.isTaken($0) }, user: user, address: address, isVerified: false,
            createdAt: context.now)
        try context.record(.emailAdded(email), in: .server)
        return email
    }
}

/// Takes an address from whoever asks.
public struct DeleteEmail: Command {
    public var id: EmailID

    public init(_ id: EmailID) {
        self.id = id
    }

    public func execute(in context: CommandContext) throws {
        let (user, email) = try context.own(self.id)
        guard email.address != user.email else {
            throw DomainError(.emailDelete, "The primary address cannot be deleted. Make another one primary first.")
        }
        // In two regions they may have added the same one.
        let claims = try context.rows.entities(in: .server, where: .owner, is: user.id.rawValue)
        for case .email(let id) in claims where id != email.id {
            guard case .emailAdded(let same) = try EntityState(.email(id), in: .server, context.rows).creation?.body,
                same.address == email.address
            else { continue }
            try context.record(.emailDeleted(id), in: .server)
        }
        try context.record(.emailDeleted(email.id), in: .server)
    }
}

/// Makes an address of whoever asks their primary one.
public struct SetPrimaryEmail: Command {
    public var id: EmailID

    public init(_ id: EmailID) {
        self.id = id
    }

    public func execute(in context: CommandContext) throws {
        let (user, email) = try context.own(self.id)
        guard email.isVerified else {
            throw DomainError(.emailUnverified, "Verify the address before it becomes the primary one.")
        }
        guard email.address != user.email else { return }
        try context.record(.userChanged(UserChange(id: user.id, primaryEmail: email.id)), in: .server)
    }
}

extension CommandContext {
    /// Makes sure that nobody has an address. One that somebody added and never showed to be theirs gives way.
    func claim(_ address: String, otherwise refusal: DomainError) throws {
        guard try self.rows.user(email: address) == nil else { throw refusal }
        guard let pending = try self.rows.email(address: address) else { return }
        try self.record(.emailDeleted(pending.id), in: .server)
    }

    /// Says whether an address is its person's own.
    func record(_ email: UserEmail, isVerified: Bool) throws {
        let isOpening = email.id == EmailID(of: email.user)
        try self.record(
            isOpening
                ? .userChanged(UserChange(id: email.user, isVerified: isVerified))
                : .emailChanged(EmailChange(id: email.id, isVerified: isVerified)),
            in: .server)
    }

    fileprivate func own(_ id: EmailID) throws -> (User, UserEmail) {
        guard let user = try self.rows.user(self.signedIn()),
            let email = try self.rows.emails(of: user.id).first(where: { $0.id == id })
        else { throw DomainError.noSuchEmail }
        return (user, email)
    }

    /// Also by an address that was deleted, or as the id of a person.
    fileprivate func isTaken(_ id: EmailID) throws -> Bool {
        try !self.rows.liveWrites(of: .email(id), in: .server).isEmpty
            || self.rows.user(UserID(rawValue: id.rawValue)) != nil
    }
}

extension DomainError {
    public static let noSuchEmail = DomainError(.userInput, "That is not an address of yours.")
}
