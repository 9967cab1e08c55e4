import Foundation
import ObjectModel
import SyncProtocol
import Testing

/// `Spec/transcripts`: conversations of the other implementation with a node, as they were recorded once.
@Suite struct TranscriptTests {
    struct Line: Sendable {
        var isFromDialler: Bool
        var header: FrameHeader
        var payload: [UInt8]
        var bytes: [UInt8]
    }

    struct Transcript: Sendable, CustomTestStringConvertible {
        var name: String
        var lines: [Line]
        var testDescription: String { self.name }
    }

    static let all = Self.read()

    /// Traps when the folder cannot be read, so that none is skipped silently.
    private static func read() -> [Transcript] {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Spec/transcripts").standardized
        do {
            return try FileManager.default.contentsOfDirectory(at: root, includingPropertiesForKeys: nil)
                .filter { $0.pathExtension == "txt" }.sorted { $0.path < $1.path }.map { file in
                    let text = try String(contentsOf: file, encoding: .utf8)
                    return Transcript(
                        name: file.deletingPathExtension().lastPathComponent,
                        lines: try text.split(separator: "\n").map(Self.line))
                }
        } catch {
            preconditionFailure("the transcripts cannot be read: \(error)")
        }
    }

    private static func line(_ text: Substring) throws -> Line {
        let bytes = [UInt8](hex: String(text.dropFirst(2)))
        let header = try FrameHeader.parse(bytes.span.bytes, payloadByteCountMax: Limits.frameByteCountDefault)
        guard let header else { throw WireError(.truncated) }
        return Line(
            isFromDialler: text.hasPrefix("> "), header: header, payload: Array(bytes.dropFirst(FrameHeader.byteCount)),
            bytes: bytes)
    }

    @Test("the transcripts are there")
    func areThere() {
        #expect(Self.all.map(\.name) == ["clone", "nothing-new", "push-update", "push", "update"])
    }

    @Test("each frame of a recorded conversation decodes, and encodes to the same bytes", arguments: all)
    func decodes(_ transcript: Transcript) throws {
        for line in transcript.lines where line.header.type != .data {
            let message = try #require(try Message(line.header.type, decoding: line.payload.span.bytes))
            #expect(message.frame(stream: line.header.stream, flags: line.header.flags) == line.bytes)
        }
    }

    @Test(
        "the asking half comes to the end of a recorded answer",
        arguments: all.filter { $0.lines.contains { $0.header.type == .fetch } })
    func replays(_ transcript: Transcript) throws {
        let request = try #require(transcript.lines.first { $0.header.type == .fetch })
        var machine = FetchClient(try FetchMessage(decoding: request.payload.span.bytes))
        var blocks: [BlockHeader.Codec] = []
        var isFinished = false
        for line in transcript.lines where !line.isFromDialler && line.header.stream == request.header.stream {
            switch machine.received(line.header, payload: line.payload.span.bytes) {
            case .readData: blocks += try Self.blocks(of: line.payload, &machine)
            case .apply:
                if case .finish = machine.madeDurable() { isFinished = true }
            case .finish: isFinished = true
            case .begin: break
            case .startOver, .rebuilt, .awaitDurability, .fail: Issue.record("\(line.header)")
            }
        }
        #expect(isFinished)
        #expect(blocks == (["clone": [.zstd], "update": [.delta]][transcript.name] ?? []))
    }

    private static func blocks(of payload: [UInt8], _ machine: inout FetchClient) throws -> [BlockHeader.Codec] {
        var codecs: [BlockHeader.Codec] = []
        var offset = 0
        while true {
            switch machine.nextBlock(in: payload.span.bytes, at: &offset) {
            case .needMore: return codecs
            case .began: continue
            case .store(let block, _):
                codecs.append(block.header.codec)
                _ = machine.madeDurable()
            case .fail(let error): throw WireError(error.code)
            }
        }
    }
}
