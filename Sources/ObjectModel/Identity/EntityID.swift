/// A name of one entity in the form that Speckle clients expect: a short string of hexadecimal digits.
///
/// One Swift type per kind of entity, so that a model id is never passed where a project id belongs.
public protocol EntityID: RawRepresentable, Hashable, Comparable, Sendable, Codable, CustomStringConvertible
where RawValue == String {
    init(rawValue: String)
}

extension EntityID {
    /// Length of a new id in hexadecimal digits; Speckle's viewer tells models from objects by it.
    public static var digitCount: Int { 10 }

    /// A new random id.
    public static func random(using generator: inout some RandomNumberGenerator) -> Self {
        let digits = String(UInt64.random(in: 0..<(1 << 40), using: &generator), radix: 16)
        return Self(rawValue: String(repeating: "0", count: Self.digitCount - digits.count) + digits)
    }

    /// A new random id from the system's secure generator.
    public static func random() -> Self {
        var generator = SystemRandomNumberGenerator()
        return Self.random(using: &generator)
    }

    public init(from decoder: any Decoder) throws {
        self.init(rawValue: try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.rawValue)
    }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    public var description: String { self.rawValue }
}

public struct UserID: EntityID {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

public struct ProjectID: EntityID {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

public struct ModelID: EntityID {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

public struct VersionID: EntityID {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Whether another node may name a version so.
    public static func isValid(_ text: String) -> Bool {
        text.utf8.count == Self.digitCount && text.allSatisfy { $0.isASCII && $0.isHexDigit }
    }
}

public struct CommentID: EntityID {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

public struct IngestionID: EntityID {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

public struct InviteID: EntityID {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// Twenty hexadecimal digits, which follow from who asks for which project.
public struct AccessRequestID: EntityID {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
}

/// Ten hexadecimal digits, or the SHA-256 that a client gave its file.
public struct BlobID: EntityID {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Whether a client may name a file so.
    public static func isValid(_ text: String) -> Bool {
        [Self.digitCount, 2 * ContentHash.byteCount].contains(text.utf8.count)
            && text.allSatisfy { $0.isASCII && $0.isHexDigit }
    }
}

public struct WebhookID: EntityID {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// Twenty hexadecimal digits, which follow from what happened and the webhook that is told.
public struct WebhookDeliveryID: EntityID {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

public struct EmailID: EntityID {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Of the address that somebody's account was opened with.
    public init(of user: UserID) { self.init(rawValue: user.rawValue) }
}

/// The public half of an API token: its first ten characters.
public struct TokenID: EntityID {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

public struct AppID: EntityID {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// SHA-256 of a node's public key (subject public key info), 64 lower-case hexadecimal digits (Spec §3.3).
public struct NodeID: EntityID {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Whether `text` has the form of a node's id.
    public static func isValid(_ text: String) -> Bool { ContentHash(hex: text) != nil }
}
