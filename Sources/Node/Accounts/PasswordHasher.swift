import CArgon2
import Storage

/// Hashes passwords with Argon2id (RFC 9106), away from the threads that run tasks.
struct PasswordHasher: Sendable {
    /// Memory of one hash. With two passes and one lane: OWASP's recommendation of 2023.
    static let memoryKibibytes: UInt32 = 19 << 10
    private static let passCount: UInt32 = 2
    private static let laneCount: UInt32 = 1
    private static let saltByteCount = 16
    private static let hashByteCount = 32
    private static let encodedByteCountMax = 256

    private let queue = BlockingQueue(label: "tiebeam.passwords", isConcurrent: false)

    /// The hash in its self-describing text form, salt and costs included.
    func hash(_ password: String) async throws -> String {
        try await self.queue.run {
            var generator = SystemRandomNumberGenerator()
            let salt = (0..<Self.saltByteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            let secret = Array(password.utf8)
            var encoded = [CChar](repeating: 0, count: Self.encodedByteCountMax)
            let status = argon2id_hash_encoded(
                Self.passCount, Self.memoryKibibytes, Self.laneCount, secret, secret.count, salt, salt.count,
                Self.hashByteCount, &encoded, encoded.count)
            guard status == ARGON2_OK.rawValue else {
                throw StorageError.io("argon2: \(String(cString: argon2_error_message(status)))")
            }
            return String(decoding: encoded.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    /// Whether `password` is the one that `encoded` was made of. `nil` costs as much as a wrong password.
    func verify(_ password: String, against encoded: String?) async throws -> Bool {
        guard let encoded else {
            _ = try await self.hash(password)
            return false
        }
        return try await self.queue.run {
            let secret = Array(password.utf8)
            return argon2id_verify(encoded, secret, secret.count) == ARGON2_OK.rawValue
        }
    }
}
