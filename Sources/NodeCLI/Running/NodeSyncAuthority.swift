import Node
import ObjectModel
import Replicator
import Storage

/// Lets the sync port decide as the API does: the same tokens, scopes and roles.
struct NodeSyncAuthority: SyncAuthority {
    let access: NodeAccess
    let metadata: MetadataService

    func person(token: String) async throws -> Principal? { try await self.access.principal(of: token) }

    func current(_ person: Principal) async throws -> Principal? { try await self.access.current(person) }

    func person(of holder: Lease.Holder) async throws -> Principal? { try await self.access.principal(of: holder) }

    func key(of person: Principal) -> String { person.user.id.rawValue }

    func access(of person: Principal?, to project: ProjectID) async throws -> ProjectAccess {
        try await self.metadata.store.read { rows in
            if try ProjectRules.refusal(of: .push, on: project, for: person, rows) == nil { return .write }
            return try ProjectRules.refusal(of: .read, on: project, for: person, rows) == nil ? .read : .none
        }
    }

    func holder(of person: Principal, showing token: String) -> Lease.Holder {
        Lease.Holder(
            person: person.user.id, name: person.user.name, tokenDigest: ContentHash(of: token),
            tokenID: person.token.id)
    }

    func publish(
        _ publications: [Publication], in project: ProjectID, by person: Principal
    ) async throws -> Publish.Outcome {
        guard let person = try await self.current(person) else {
            throw DomainError(.forbidden, "The token is not valid any more.")
        }
        return try await self.metadata.perform(
            Publish(project: project, publications: publications), actor: person.user.id
        ) { rows in
            guard try ProjectRules.refusal(of: .push, on: project, for: person, rows) == nil else {
                throw DomainError(.forbidden, "You may not write to this project.")
            }
        }
    }
}

/// Lets administrators start copies over the API.
struct NodeMirrorControl: MirrorControl {
    let service: MirrorService

    func add(_ mirror: Mirror, sources: [MirrorSource], reader: UserID) async throws {
        try await self.service.add(mirror, sources: sources, reader: reader)
    }

    func status(of project: ProjectID) -> MirrorStatus {
        let status = self.service.status(of: project)
        return MirrorStatus(
            lastCompleted: status.lastCompleted, servedBy: status.servedBy, problem: status.problem)
    }
}
