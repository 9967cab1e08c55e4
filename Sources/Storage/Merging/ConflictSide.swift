public import ObjectModel

/// One of the operations of a ``Conflict``: who wants what, where and since when.
public struct ConflictSide: Equatable, Sendable {
    /// The node that it was written at.
    public var node: NodeID
    /// `nil` for the server itself.
    public var actor: UserID?
    public var at: Timestamp
    /// What was written, in words or as an id; `nil` for a value that was taken away.
    public var value: String?
}

extension Conflict {
    /// The operations, in the order of ``dots``.
    public func sides(in scope: LogScope, _ rows: any MetadataReading) throws -> [ConflictSide] {
        try self.dots.compactMap { dot in
            guard let operation = try rows.operation(dot, in: scope) else { return nil }
            let body = OperationContent(decoding: operation.body).body
            return ConflictSide(
                node: operation.origin, actor: operation.actor, at: operation.timestamp,
                value: body.flatMap { self.value(of: $0) })
        }
    }

    private func value(of body: OperationBody) -> String? {
        switch (self.field, body) {
        case (.deleted, .modelDeleted): return "deleted"
        case (.deleted, .modelKept): return "kept"
        case (.deleted, .versionCreated(let version)), (.head, .versionCreated(let version)):
            return "version \(version.id)"
        case (.deleted, .versionChanged(let change)): return "version \(change.id)"
        case (.accepted, .versionCreated(let version)): return "version \(version.id)"
        case (.accepted, .roleChanged(let change)): return change.role?.rawValue
        case (.accepted, .policyChanged(let change)): return change.home.map(Self.text)
        case (.created, .userRegistered(let user)): return user.email
        case (.created, .emailAdded(let email)): return email.address
        case (.verified, .emailChanged(let change)): return "\(change.isVerified)"
        case (.name, _):
            return body.projectChange?.name ?? body.modelChange?.name ?? body.userChange?.name
                ?? body.serverChange?.name
        case (.description, _):
            return body.projectChange?.description ?? body.modelChange?.description ?? body.serverChange?.description
                ?? body.webhookChange?.description
        case (.verified, _): return body.userChange?.isVerified.map { "\($0)" }
        case (.company, _): return body.serverChange?.company
        case (.adminContact, _): return body.serverChange?.adminContact
        case (.termsOfService, _): return body.serverChange?.termsOfService
        case (.inviteOnly, _): return body.serverChange?.inviteOnly.map { "\($0)" }
        case (.guestMode, _): return body.serverChange?.guestMode.map { "\($0)" }
        case (.visibility, _): return body.projectChange?.visibility?.rawValue
        case (.allowPublicComments, _): return body.projectChange?.allowPublicComments.map { "\($0)" }
        case (.regions, _): return body.policyChange?.regions.map(Self.text)
        case (.home, _): return body.policyChange?.home.map(Self.text)
        case (.edges, _): return body.policyChange?.allowsEdges.map { "\($0)" }
        case (.copies, _): return body.policyChange?.minimumCopies.map { "\($0)" }
        case (.role, .roleChanged(let change)): return change.role?.rawValue
        case (.role, _): return body.userChange?.role?.rawValue
        case (.registration, _):
            return body.appRegistration.map { "\($0.name), to \($0.redirectURL)" }
        case (.model, _): return (body.versionChange?.model).map { "model \($0)" }
        case (.url, _): return body.webhookChange?.url
        case (.triggers, _): return body.webhookChange?.triggers?.joined(separator: ",")
        case (.enabled, _): return body.webhookChange?.isEnabled.map { "\($0)" }
        case (.text, _): return body.commentChange?.content?.plainText
        default: return nil
        }
    }

    private static func text(_ regions: AllowedRegions) -> String {
        switch regions {
        case .all: "all"
        case .only(let nodes): nodes.sorted().map(\.rawValue).joined(separator: ",")
        }
    }

    private static func text(_ home: ProjectHome) -> String { "\(home.node?.rawValue ?? "none"), epoch \(home.epoch)" }
}
