import ArgumentParser
import Foundation
import NIOCore
import ObjectModel
import Replicator
import Storage
import SyncProtocol
import SyncTransport

/// How the program ends: 0 all went well, 1 it failed, 2 wrong usage, 3 configuration, 4 storage.
enum Exit {
    static let failure = ExitCode(1)
    static let usage = ExitCode(2)
    static let configuration = ExitCode(3)
    static let storage = ExitCode(4)

    /// Runs `body`; what it throws is explained on standard error and becomes the exit code.
    static func explaining<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as ExitCode {
            throw error
        } catch {
            let (text, code) = Self.explain(error)
            FileHandle.standardError.write(Data("tiebeam: \(text)\n".utf8))
            throw code
        }
    }

    /// What went wrong, for people.
    static func text(of error: any Error) -> String { self.explain(error).0 }

    private static func explain(_ error: any Error) -> (String, ExitCode) {
        switch error {
        case let error as UsageFailure: (error.text, self.usage)
        case let error as ConfigurationFailure: (error.text, self.configuration)
        case let error as SourceUnknown: (self.sentence("The project cannot be copied: \(error)"), self.configuration)
        case let error as RosterError: (self.sentence("\(error)"), self.configuration)
        case let error as StorageError: (self.text(of: error), self.storage)
        case let error as NodeIdentityError: ("\(error)", self.storage)
        case let error as SyncTransportError: (self.sentence("\(error)"), self.failure)
        case let error as SyncError:
            (error.publicMessage.isEmpty ? "The sync failed: \(error.code)." : error.publicMessage, self.failure)
        case let error as DomainError: (error.message, self.failure)
        case let error as IOError where error.errnoCode == EADDRINUSE:
            ("A port is in use. Choose others with --api-port and --sync-port.", self.configuration)
        case let error as IOError where error.errnoCode == EACCES:
            ("A port may not be opened by this user. Choose ports above 1023.", self.configuration)
        default: ("\(error)", self.failure)
        }
    }

    private static func sentence(_ text: String) -> String { text.hasSuffix(".") ? text : text + "." }

    private static func text(of error: StorageError) -> String {
        switch error {
        case .corrupt(let text): "Stored data is damaged: \(text)."
        case .full: "No space is left."
        case .unreachable: "The region cannot be reached."
        case .newerSchema(let found, let known):
            "The data was written by a newer release (schema \(found); this one knows \(known)). Nothing was changed."
        case .locked: "Another process has the data directory open."
        case .io(let text): text
        }
    }
}

/// The command was not used as it should be.
struct UsageFailure: Error {
    var text: String
}

/// What the operator set cannot be.
struct ConfigurationFailure: Error {
    var text: String
}
