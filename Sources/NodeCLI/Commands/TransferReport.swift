import Foundation

/// What a transfer did, for people or for programs.
struct TransferReport: Encodable {
    var objects: Int
    var operations = 0
    var rawBytes = 0
    var versions = 0
    /// Over the socket, TLS included.
    var wireBytesReceived: Int
    var wireBytesSent: Int
    /// The protocol's own frames, TLS not included.
    var frameBytesReceived: Int
    var frameBytesSent: Int
    var roundTrips: Int
    var seconds: Double
    var upToDate: Bool

    func show(asJSON: Bool, _ sentence: String) throws {
        if asJSON {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            FileHandle.standardOutput.write(try encoder.encode(self) + Data("\n".utf8))
        } else {
            FileHandle.standardOutput.write(Data("\(sentence)\n".utf8))
        }
    }

    var wireSummary: String {
        "\(Figures.bytes(self.wireBytesReceived)) received and \(Figures.bytes(self.wireBytesSent)) sent"
            + String(format: " in %.2f s", self.seconds)
    }
}
