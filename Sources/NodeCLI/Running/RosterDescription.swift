import Foundation
import ObjectModel
import SyncProtocol

/// A roster as people write it, in JSON. Members that it does not know are errors: a misspelt list of projects would be
/// one that is absent.
struct RosterDescription: Codable {
    struct Node: Codable {
        var id: String
        var name: String
        /// `region` or `edge`.
        var role: String
        var region: String
        var addresses: [String]?
        var projects: [String]?

        enum CodingKeys: String, CodingKey, CaseIterable { case id, name, role, region, addresses, projects }
    }

    var version: UInt64
    var nodes: [Node]

    enum CodingKeys: String, CodingKey, CaseIterable { case version, nodes }

    /// - Throws: ``ConfigurationFailure``.
    static func read(_ path: String) throws -> RosterDescription {
        let text: Data
        do {
            text = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw ConfigurationFailure(text: "\(path): \(error.localizedDescription)")
        }
        do {
            return try JSONDecoder().decode(Self.self, from: text)
        } catch let error as DecodingError {
            throw ConfigurationFailure(text: "\(path): \(Self.explain(error))")
        }
    }

    private static func explain(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context): "\(Self.place(context))\(key.stringValue) is missing."
        case .typeMismatch(_, let context), .valueNotFound(_, let context): "\(Self.place(context))of another kind."
        case .dataCorrupted(let context): "\(Self.place(context))\(context.debugDescription)"
        @unknown default: "it cannot be read."
        }
    }

    private static func place(_ context: DecodingError.Context) -> String {
        context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".") + ": "
    }

    init(_ roster: Roster) {
        self.version = roster.version
        self.nodes = roster.nodes.map { node in
            Node(
                id: node.id.rawValue, name: node.name, role: node.role.name, region: node.region,
                addresses: node.addresses.isEmpty ? nil : node.addresses.map(\.description),
                projects: node.projects?.map(\.rawValue))
        }
    }

    /// The roster that is described.
    ///
    /// - Throws: ``ConfigurationFailure`` for what no roster can say.
    func roster(issuedAt: Timestamp) throws -> Roster {
        guard self.version >= 1 else { throw ConfigurationFailure(text: "A roster's version is at least 1.") }
        guard (1...Limits.rosterNodeCountMax).contains(self.nodes.count) else {
            throw ConfigurationFailure(text: "A roster has 1 to \(Limits.rosterNodeCountMax) nodes.")
        }
        let nodes = try self.nodes.map { try $0.node() }.sorted { $0.id < $1.id }
        for (left, right) in zip(nodes, nodes.dropFirst()) where left.id == right.id {
            throw ConfigurationFailure(text: "\(left.name) and \(right.name) have one id. A node is listed once.")
        }
        for (name, same) in Dictionary(grouping: nodes, by: \.name) where same.count > 1 {
            throw ConfigurationFailure(text: "Two nodes have the name \(name).")
        }
        return Roster(version: self.version, issuedAt: issuedAt, nodes: nodes)
    }
}

extension RosterDescription {
    init(from decoder: any Decoder) throws {
        try decoder.refuseMembers(otherThan: CodingKeys.self)
        let members = try decoder.container(keyedBy: CodingKeys.self)
        self.version = try members.decode(UInt64.self, forKey: .version)
        self.nodes = try members.decode([Node].self, forKey: .nodes)
    }
}

extension RosterDescription.Node {
    init(from decoder: any Decoder) throws {
        try decoder.refuseMembers(otherThan: CodingKeys.self)
        let members = try decoder.container(keyedBy: CodingKeys.self)
        self.id = try members.decode(String.self, forKey: .id)
        self.name = try members.decode(String.self, forKey: .name)
        self.role = try members.decode(String.self, forKey: .role)
        self.region = try members.decode(String.self, forKey: .region)
        self.addresses = try members.decodeIfPresent([String].self, forKey: .addresses)
        self.projects = try members.decodeIfPresent([String].self, forKey: .projects)
    }

    /// - Throws: ``ConfigurationFailure`` for what no roster can say.
    func node() throws -> RosterNode {
        guard RosterNode.isName(self.name) else {
            throw ConfigurationFailure(
                text: "\(self.name) cannot name a node: 1 to 63 of a to z, 0 to 9 and - (not at its ends).")
        }
        guard NodeID.isValid(self.id) else {
            throw self.failure("its id is not 64 lower-case hexadecimal digits")
        }
        guard let role = NodeRole(name: self.role), role != .client else {
            throw self.failure("its role is not region or edge")
        }
        guard (1...Limits.textByteCountMax).contains(self.region.utf8.count) else {
            throw self.failure("its region is not a text of 1 to \(Limits.textByteCountMax) bytes")
        }
        return RosterNode(
            id: NodeID(rawValue: self.id), name: self.name, role: role, region: self.region,
            addresses: try self.nodeAddresses(), projects: try self.projectIDs())
    }

    private func nodeAddresses() throws -> [NodeAddress] {
        let addresses = try (self.addresses ?? []).map { text in
            guard let address = NodeAddress(text) else {
                throw self.failure("\(text) is no address; it looks like tiebeam://host:port")
            }
            return address
        }
        guard addresses.count <= Limits.rosterAddressCountMax, Set(addresses).count == addresses.count else {
            throw self.failure("it has more than \(Limits.rosterAddressCountMax) addresses, or one of them twice")
        }
        return addresses
    }

    private func projectIDs() throws -> [ProjectID]? {
        guard let projects else { return nil }
        guard (1...Limits.rosterProjectCountMax).contains(projects.count) else {
            throw self.failure(
                "its list of projects has not 1 to \(Limits.rosterProjectCountMax); without a list, regions read all "
                    + "projects and edges none")
        }
        for project in projects where !WireText.isIdentifier(project) {
            throw self.failure("\(project) is no id of a project")
        }
        return Set(projects).sorted().map(ProjectID.init(rawValue:))
    }

    private func failure(_ text: String) -> ConfigurationFailure {
        ConfigurationFailure(text: "The node \(self.name): \(text).")
    }
}

extension Decoder {
    fileprivate func refuseMembers<Keys: CodingKey & CaseIterable>(otherThan keys: Keys.Type) throws {
        let known = Set(keys.allCases.map(\.stringValue))
        for key in try self.container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: self.codingPath, debugDescription: "There is no member \(key.stringValue)."))
        }
    }
}

private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
