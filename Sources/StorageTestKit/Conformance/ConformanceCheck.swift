/// One thing that every backend of a role must do. It gets a fresh, empty subject.
///
/// Plain functions that throw, so that any harness can run them against any backend.
package struct ConformanceCheck<Subject>: Sendable, CustomStringConvertible {
    /// The rule, with its number.
    package let description: String
    private let body: @Sendable (Subject) async throws -> Void

    init(_ description: String, _ body: @escaping @Sendable (Subject) async throws -> Void) {
        self.description = description
        self.body = body
    }

    /// - Throws: ``ConformanceFailure`` when the subject breaks the rule.
    package func run(against subject: Subject) async throws {
        try await self.body(subject)
    }
}

/// A rule that a backend broke, and where the check says so.
package struct ConformanceFailure: Error, CustomStringConvertible {
    package var description: String
}

func expect<Value: Equatable>(
    _ found: Value, equals expected: Value, fileID: String = #fileID, line: Int = #line
) throws {
    guard found != expected else { return }
    throw ConformanceFailure(description: "\(fileID):\(line): expected \(expected), found \(found)")
}

func expect(_ holds: Bool, _ rule: String, fileID: String = #fileID, line: Int = #line) throws {
    guard !holds else { return }
    throw ConformanceFailure(description: "\(fileID):\(line): \(rule)")
}

func expectError(
    _ rule: String, fileID: String = #fileID, line: Int = #line, from body: () throws -> Void
) throws {
    do { try body() } catch { return }
    throw ConformanceFailure(description: "\(fileID):\(line): no error: \(rule)")
}

func expectRefusal(
    _ rule: String, fileID: String = #fileID, line: Int = #line, from body: () async throws -> Void
) async throws {
    do { try await body() } catch { return }
    throw ConformanceFailure(description: "\(fileID):\(line): no error: \(rule)")
}
