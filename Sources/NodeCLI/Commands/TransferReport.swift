import Foundation

/// What a transfer did, for people or for programs.
struct TransferReport: Encodable {
    /// What one of several nodes brought.
    struct Source: Encodable {
        var nodeID: String
        var objects: Int
        var wireBytesReceived: Int
    }

    var objects: Int
    var operations = 0
    var rawBytes = 0
    var versions = 0
    var files = 0
    var fileBytes = 0
    /// Over the socket, TLS included.
    var wireBytesReceived: Int
    var wireBytesSent: Int
    /// The protocol's own frames, TLS not included.
    var frameBytesReceived: Int
    var frameBytesSent: Int
    var roundTrips: Int
    var seconds: Double
    var upToDate: Bool
    /// `nil` when one node was asked.
    var sources: [Source]?

    func show(asJSON: Bool, _ sentence: String) throws {
        if asJSON { try Output.json(self) } else { Output.line(sentence) }
    }

    /// Empty when there were none.
    var fileSummary: String {
        self.files == 0 ? "" : ", \(Figures.count(self.files)) files, \(Figures.bytes(self.fileBytes))"
    }

    var wireSummary: String {
        "\(Figures.bytes(self.wireBytesReceived)) received and \(Figures.bytes(self.wireBytesSent)) sent"
            + String(format: " in %.2f s", self.seconds)
    }
}
