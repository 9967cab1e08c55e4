public import ObjectModel

/// The document that a region signs (Spec §21.2).
extension Lease {
    /// Reads a whole document. Never traps.
    public init(decoding document: RawSpan) throws(WireError) {
        var (region, edge, project): (NodeID?, NodeID?, ProjectID?) = (nil, nil, nil)
        var (person, name): (UserID?, String?) = (nil, nil)
        var (digest, token): (ContentHash?, TokenID?) = (nil, nil)
        var (access, issued, seconds): (Access?, UInt64?, UInt64?) = (nil, nil, nil)
        var fields = FieldReader()
        while let field = try fields.next(in: document) {
            switch field.tag {
            case 2: region = NodeID(rawValue: try field.digest(in: document).description)
            case 4: edge = NodeID(rawValue: try field.digest(in: document).description)
            case 6: project = ProjectID(rawValue: try field.identifier(in: document))
            case 8: person = UserID(rawValue: try field.identifier(in: document))
            case 9: name = try field.text(in: document)
            case 10: digest = try field.digest(in: document)
            case 12: token = TokenID(rawValue: try field.identifier(in: document))
            case 14:
                access = Access(rawValue: try field.varint(in: document, default: nil))
                guard access != nil else { throw field.invalid }
            case 16: issued = try field.varint(in: document, max: UInt64(Int64.max))
            case 18: seconds = try field.varint(in: document, max: Limits.leaseSecondsMax)
            default: try field.skipUnknown()
            }
        }
        guard let region else { throw WireError(.missingField, tag: 2) }
        guard let edge else { throw WireError(.missingField, tag: 4) }
        guard let project else { throw WireError(.missingField, tag: 6) }
        guard let access else { throw WireError(.missingField, tag: 14) }
        guard let issued else { throw WireError(.missingField, tag: 16) }
        guard let seconds else { throw WireError(.missingField, tag: 18) }
        let holder: Holder?
        switch (person, digest, token) {  // LEASE-3
        case (let person?, let digest?, let token?):
            holder = Holder(person: person, name: name, tokenDigest: digest, tokenID: token)
        case (nil, nil, nil): holder = nil
        default: throw WireError(.invalidField, tag: 8)
        }
        self.init(
            region: region, edge: edge, project: project, holder: holder, access: access,
            issuedAt: Timestamp(millisecondsSinceEpoch: Int64(issued)), seconds: seconds)
    }

    /// The document. Encoding what was decoded gives the same bytes, ignorable unknown fields left out.
    ///
    /// - Precondition: the lease is one that can be decoded.
    public func encoded() -> [UInt8] {
        guard let region = WireText.binary(of: self.region), let edge = WireText.binary(of: self.edge) else {
            preconditionFailure("not node ids that can travel")
        }
        var fields = FieldWriter()
        fields.bytes(2, region)
        fields.bytes(4, edge)
        fields.identifier(6, self.project.rawValue)
        if let holder {
            fields.identifier(8, holder.person.rawValue)
            fields.text(9, holder.name ?? "")
            fields.bytes(10, holder.tokenDigest.binary)
            fields.identifier(12, holder.tokenID.rawValue)
        }
        fields.varint(14, self.access.rawValue)
        fields.varint(16, UInt64(self.issuedAt.millisecondsSinceEpoch))
        fields.varint(18, self.seconds)
        return fields.bytes
    }
}
