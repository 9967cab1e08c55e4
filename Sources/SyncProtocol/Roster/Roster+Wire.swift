public import ObjectModel

/// The document that an organisation signs (Spec §7.4).
extension Roster {
    /// Reads a whole document. Never traps.
    public init(decoding document: RawSpan) throws(WireError) {
        var (version, issued): (UInt64?, UInt64?) = (nil, nil)
        var nodes: [RosterNode] = []
        var fields = FieldReader(repeatable: 6)
        while let field = try fields.next(in: document) {
            switch field.tag {
            case 2: version = try field.varint(in: document)
            case 4: issued = try field.varint(in: document, max: UInt64(Int64.max))
            case 6:
                guard nodes.count < Limits.rosterNodeCountMax else { throw field.invalid }
                nodes.append(try RosterNode(decoding: document.extracting(field.range)))
            default: try field.skipUnknown()
            }
        }
        guard let version else { throw WireError(.missingField, tag: 2) }
        guard let issued else { throw WireError(.missingField, tag: 4) }
        guard !nodes.isEmpty else { throw WireError(.missingField, tag: 6) }
        for (left, right) in zip(nodes, nodes.dropFirst()) where left.id >= right.id {  // ROSTER-5
            throw WireError(.orderViolated, tag: 6)
        }
        guard Set(nodes.map(\.name)).count == nodes.count else { throw WireError(.invalidField, tag: 6) }  // ROSTER-6
        self.init(version: version, issuedAt: Timestamp(millisecondsSinceEpoch: Int64(issued)), nodes: nodes)
    }

    /// The document. Encoding what was decoded gives the same bytes, ignorable unknown fields left out.
    ///
    /// - Precondition: the roster is one that can be decoded.
    public func encoded() -> [UInt8] {
        precondition((1...Limits.rosterNodeCountMax).contains(self.nodes.count), "a roster has 1 to 256 nodes")
        var fields = FieldWriter()
        fields.varint(2, self.version)
        fields.varint(4, UInt64(self.issuedAt.millisecondsSinceEpoch))
        for node in self.nodes { fields.bytes(6, node.encoded()) }
        return fields.bytes
    }
}

extension RosterNode {
    init(decoding bytes: RawSpan) throws(WireError) {
        var (id, name, role, region): (NodeID?, String?, NodeRole?, String?) = (nil, nil, nil, nil)
        var (addresses, projects): ([NodeAddress], [ProjectID]?) = ([], nil)
        var fields = FieldReader()
        while let field = try fields.next(in: bytes) {
            switch field.tag {
            case 2:
                guard field.range.count == ContentHash.byteCount else { throw field.invalid }
                id = WireText.node(bytes, at: field.range.lowerBound)
            case 4:
                let text = String(decoding: bytes.copy(field.range), as: UTF8.self)
                guard RosterNode.isName(text) else { throw field.invalid }
                name = text
            case 6: role = NodeRole(rawValue: try field.varint(in: bytes))
            case 8: region = try field.text(in: bytes)
            case 10: addresses = try field.addresses(in: bytes)
            case 12: projects = try field.projects(in: bytes, countMax: Limits.rosterProjectCountMax)
            default: try field.skipUnknown()
            }
        }
        guard let id else { throw WireError(.missingField, tag: 2) }
        guard let name else { throw WireError(.missingField, tag: 4) }
        guard let role else { throw WireError(.missingField, tag: 6) }
        guard let region else { throw WireError(.missingField, tag: 8) }
        self.init(id: id, name: name, role: role, region: region, addresses: addresses, projects: projects)
    }

    func encoded() -> [UInt8] {
        guard let id = WireText.binary(of: self.id) else { preconditionFailure("not a node id that can travel") }
        var fields = FieldWriter()
        fields.bytes(2, id)
        fields.text(4, self.name)
        fields.varint(6, self.role.rawValue)
        fields.text(8, self.region)
        fields.list(10, self.addresses.map(\.description))
        fields.list(12, (self.projects ?? []).map(\.rawValue))
        return fields.bytes
    }
}

extension Field {
    /// The value as different addresses of nodes, at most ``Limits/rosterAddressCountMax``.
    fileprivate func addresses(in bytes: RawSpan) throws(WireError) -> [NodeAddress] {
        var addresses: [NodeAddress] = []
        for part in try self.list(in: bytes, countMax: Limits.rosterAddressCountMax) {
            let text = String(decoding: bytes.copy(part), as: UTF8.self)
            guard let address = NodeAddress(text), !addresses.contains(address) else { throw self.invalid }
            addresses.append(address)
        }
        return addresses
    }
}
