import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ObjectModel
import Storage

/// Pictures of versions and objects. They are shown in places that cannot say why there is none: what went wrong is a picture.
struct PreviewRoutes: Sendable {
    private enum Picture {
        case none, forbidden, missing, missingObject, unknownAngle

        var bytes: [UInt8] {
            switch self {
            case .none: PackageResources.no_preview_png
            case .forbidden: PackageResources.preview_401_png
            case .missing, .missingObject: PackageResources.preview_404_png
            case .unknownAngle: PackageResources.preview_error_png
            }
        }

        /// What programs are told that look at headers.
        var errorCode: String? {
            switch self {
            case .none, .forbidden, .missing: nil
            case .missingObject: "OBJECT_NOT_FOUND"
            case .unknownAngle: "ANGLE_NOT_FOUND"
            }
        }
    }

    /// One from the front, and all around next to each other.
    private static let angles = ["0", "all"]

    let services: NodeServices

    func add(to router: Router<NodeRequestContext>) {
        for end in ["", "/:angle"] {
            self.add("preview/:project\(end)", to: router) { _, project, rows in
                try rows.newestVersions(in: project, after: nil, limit: 1).first.map(\.root)
            }
            self.add("preview/:project/branches/:branch\(end)", to: router) { context, project, rows in
                let text = context.parameters.get("branch") ?? ""
                let name = (text.removingPercentEncoding ?? text).lowercased()
                guard let model = try rows.model(named: name, in: project) else { return nil }
                return try rows.versions(of: model.id, in: project, filter: .init(), after: nil, limit: 1).first
                    .map(\.root)
            }
            self.add("preview/:project/commits/:version\(end)", to: router) { context, project, rows in
                try rows.version(context.id("version"), in: project).map(\.root)
            }
            router.get(RouterPath("preview/:project/objects/:object\(end)")) { _, context in
                try await self.object(context)
            }
        }
    }

    private func add(
        _ path: String, to router: Router<NodeRequestContext>,
        find: @escaping @Sendable (NodeRequestContext, ProjectID, any MetadataReading) throws -> VersionRoot?
    ) {
        router.get(RouterPath(path)) { _, context in
            let project = context.id("project", as: ProjectID.self)
            let principal = context.principal
            let picture: Picture = try await self.services.metadata.store.read { rows in
                switch try ProjectRules.refusal(of: .read, on: project, for: principal, rows) {
                case .noSuchProject: return .missing
                case .some: return .forbidden
                case nil: break
                }
                guard try find(context, project, rows) != nil else { return .none }
                return self.picture(at: context)
            }
            return Self.answer(picture)
        }
    }

    private func object(_ context: NodeRequestContext) async throws -> Response {
        let project = context.id("project", as: ProjectID.self)
        let principal = context.principal
        let refusal = try await self.services.metadata.store.read {
            try ProjectRules.refusal(of: .read, on: project, for: principal, $0)
        }
        switch refusal {
        case .noSuchProject: return Self.answer(.missing)
        case .some: return Response(status: .forbidden)
        case nil: break
        }
        guard let object = ObjectID(hex: context.parameters.get("object") ?? ""),
            try await self.services.objects.missing(from: [object], in: project).isEmpty
        else { return Self.answer(.missingObject) }
        return Self.answer(self.picture(at: context))
    }

    /// Nothing makes previews yet.
    private func picture(at context: NodeRequestContext) -> Picture {
        let angle = context.parameters.get("angle") ?? Self.angles[0]
        return Self.angles.contains(angle) ? .none : .unknownAngle
    }

    private static func answer(_ picture: Picture) -> Response {
        var headers: HTTPFields = [.contentType: "image/png", .cacheControl: "no-cache, no-store"]
        if let code = picture.errorCode {
            headers[self.error] = "true"
            headers[self.errorCode] = code
        }
        return Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: picture.bytes)))
    }

    private static let error = HTTPField.Name("X-Preview-Error") ?? .contentType
    private static let errorCode = HTTPField.Name("X-Preview-Error-Code") ?? .contentType
}
