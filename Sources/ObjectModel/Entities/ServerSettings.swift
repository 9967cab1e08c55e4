/// What administrators say of the whole server, in all of its regions.
public struct ServerSettings: Equatable, Sendable, Codable {
    /// `nil` while each node is called as its operator says.
    public var name: String?
    public var company: String?
    public var description: String?
    public var adminContact: String?
    public var termsOfService: String?
    /// Accounts are opened by invitation only.
    public var isInviteOnly: Bool
    /// Whether people can be guests.
    public var allowsGuests: Bool

    public init(
        name: String? = nil, company: String? = nil, description: String? = nil, adminContact: String? = nil,
        termsOfService: String? = nil, isInviteOnly: Bool = false, allowsGuests: Bool = false
    ) {
        self.name = name
        self.company = company
        self.description = description
        self.adminContact = adminContact
        self.termsOfService = termsOfService
        self.isInviteOnly = isInviteOnly
        self.allowsGuests = allowsGuests
    }
}
