import Foundation
import GraphQL
import HTTPTypes
import Hummingbird
import NIOCore
import ObjectModel
import Storage

/// Passes on to the region what an edge does not answer itself, remembers answers for when the region is away, and accepts
/// versions in its place.
struct Forwarding: Sendable {
    let upstream: any EdgeUpstream
    let uploads: any EdgeUploads
    let leases: LeaseBook
    let answers: AnswerBook
    let outbox: Outbox
    let graphQL: EdgeGraphQL
    let writes: EdgeWrites

    func forward(_ request: Request) async throws -> Response {
        var head = request.head
        // That is between the edge and its region.
        head.headerFields[SubscriptionPlace.header] = nil
        let request = Request(head: head, body: request.body)
        guard Self.isSmall(request) else {
            return try await self.upstream.call(request.head, body: request.body, by: nil)
        }
        let body = try await request.body.collect(upTo: Limits.graphQLByteCountMax)
        let question = Question(request, body)
        if question.onlyCreatesVersions, self.writes == .queue, let graphQL = question.graphQL {
            return await self.graphQL.answer(graphQL, to: request)
        }
        do {
            if question.mayWrite { try await self.flush(namedIn: body, by: question.token) }
            let response = try await self.upstream.call(
                request.head, body: body.readableBytes == 0 ? nil : RequestBody(buffer: body), by: nil)
            guard !question.mayWrite, !question.tellsPassword else { return response }
            // While the region is away its answers are given by a lease.
            if let token = question.token { Task { try? await self.leases.lease(on: .server, for: token) } }
            return try await self.answers.keeping(response, to: question)
        } catch StorageError.unreachable {
            return try await self.answerAlone(question, request)
        } catch is AnswerLost where !question.mayWrite {
            return try await self.answerAlone(question, request)
        }
    }

    /// The region is away. What was never sent there can be accepted in its place.
    private func answerAlone(_ question: Question, _ request: Request) async throws -> Response {
        if let graphQL = question.graphQL, question.onlyCreatesVersions {
            return await self.graphQL.answer(graphQL, to: request)
        }
        guard !question.mayWrite else { throw StorageError.unreachable }
        if let graphQL = question.graphQL, try await self.asksForPending(graphQL) {
            return await self.graphQL.answer(graphQL, to: request)
        }
        return try await self.keptAnswer(to: question)
    }

    /// Whether a query names a version that waits here.
    private func asksForPending(_ graphQL: GraphQLRequest) async throws -> Bool {
        let named = Set(graphQL.variables.pairs.compactMap(\.value.string))
        return try await self.outbox.entries().contains { named.contains($0.version.id.rawValue) }
    }

    /// What was answered before, to whoever may still be answered.
    private func keptAnswer(to question: Question) async throws -> Response {
        if let token = question.token {
            guard try await self.leases.lease(on: .server, for: token) != nil else { return TokenMiddleware.refusal }
        }
        guard let kept = try await self.answers.answer(to: question) else { throw StorageError.unreachable }
        return kept
    }

    /// A request that may lead to objects which were uploaded here is passed on once the region has them.
    private func flush(namedIn body: ByteBuffer, by token: String?) async throws {
        let projects = await self.uploads.projects
        guard !projects.isEmpty, body.readableBytes > 0 else { return }
        let text = Data(body.readableBytesView)
        for project in projects where text.range(of: Data(project.rawValue.utf8)) != nil {
            // The region takes objects by a lease that it knows of; if there is none, it says so in answer to the request.
            guard try await self.leases.lease(on: project, for: token, .write)?.lease.access == .write else { continue }
            try await self.uploads.flush(project)
        }
    }

    /// Texts are looked at; files go through as they come.
    private static func isSmall(_ request: Request) -> Bool {
        if request.method == .get || request.method == .head { return true }
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > Limits.graphQLByteCountMax {
            return false
        }
        return request.headers[.contentType]?.lowercased().hasPrefix("application/json") ?? true
    }
}

/// A request as far as its answer depends on it.
struct Question: Sendable {
    let token: String?
    let key: AnswerKey
    /// As far as it is one.
    let graphQL: GraphQLRequest?
    /// Something may be different after it.
    let mayWrite: Bool
    let onlyCreatesVersions: Bool
    /// Not even a digest of it may stay.
    let tellsPassword: Bool

    init(_ request: Request, _ body: ByteBuffer) {
        let token = TokenMiddleware.token(of: request)
        var bytes = Array("\(request.method.rawValue) \(request.uri.string)\n".utf8)
        bytes.append(contentsOf: body.readableBytesView)
        self.token = token
        self.key = AnswerKey(
            tokenDigest: token.map { ContentHash(of: $0) }, request: bytes.withUnsafeBytes { ContentHash(of: $0) })
        let isGraphQL = request.uri.path == "/graphql" && CrossSiteGuard.allows(request.headers)
        let asked = isGraphQL ? try? GraphQLRequests(request, body, limits: GraphQLLimits()) : nil
        // A list is the region's to answer.
        self.graphQL = asked?.isList == true ? nil : asked?.items.first
        switch request.method {
        case .get, .head, .options: self.mayWrite = false
        default: self.mayWrite = !(asked?.items.allSatisfy { $0.onlyReads() } ?? false)
        }
        self.tellsPassword = self.graphQL?.query.contains("userPwdStrength") ?? false
        self.onlyCreatesVersions = self.mayWrite && (self.graphQL.map(EdgeGraphQL.onlyCreatesVersions) ?? false)
    }
}

/// When an edge accepts versions in its region's place.
public enum EdgeWrites: String, Sendable, CaseIterable {
    /// While the region is away.
    case through
    /// Always: the region gets them a moment later.
    case queue
}
