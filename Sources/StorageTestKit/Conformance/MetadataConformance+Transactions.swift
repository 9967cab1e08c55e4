import Dispatch
import ObjectModel
import Storage

extension MetadataConformance {
    private struct Stop: Error {}

    static let transactions: [Check] = [
        Check("META-1: a fresh store is empty") { store in
            try await store.read { rows in
                try expect(rows.userCount(), equals: 0)
                try expect(rows.users(matching: "", emailOnly: false, limit: 9), equals: [])
                try expect(rows.project(Fixture.id(1)), equals: nil)
                try expect(rows.projects(of: Fixture.id(1), filter: .init(), after: nil, limit: 9), equals: [])
                try expect(rows.origins(in: .server), equals: [])
                try expect(rows.lastSequence(of: Fixture.node(1), in: .server), equals: 0)
                try expect(rows.mirrors(), equals: [])
                try expect(rows.allVersions(in: Fixture.id(1)), equals: [])
                try expect(rows.sourceApplications(in: Fixture.id(1)), equals: [])
            }
        },
        Check("META-2: a write sees its own changes, and its result comes back") { store in
            let count = try await store.write { rows in
                try rows.put(Fixture.user(1))
                return try rows.userCount()
            }
            try expect(count, equals: 1)
            try expect(try await store.read { try $0.userCount() }, equals: 1)
        },
        Check("META-3: a write that throws changes nothing, and the error is the caller's own") { store in
            try await store.write { try $0.put(Fixture.project(1)) }
            do {
                try await store.write { rows in
                    try rows.put(Fixture.user(1))
                    try rows.put(Fixture.token(1, of: 1))
                    try rows.put(Fixture.project(1, name: "changed"))
                    try rows.put(Fixture.model(1, in: 1))
                    try rows.put(Fixture.version(1, of: 1, in: 1))
                    try rows.append(Fixture.operation(1))
                    try rows.put(Fixture.mirror(of: 1))
                    try rows.grantReading(of: Fixture.id(1), to: Fixture.id(1))
                    throw Stop()
                }
                try expect(false, "the error was lost")
            } catch is Stop {}
            try await store.read { rows in
                try expect(rows.userCount(), equals: 0)
                try expect(rows.project(Fixture.id(1)), equals: Fixture.project(1))
                try expect(rows.modelCount(in: Fixture.id(1), filter: .init()), equals: 0)
                try expect(rows.allVersions(in: Fixture.id(1)), equals: [])
                try expect(rows.lastSequence(of: Fixture.node(1), in: .server), equals: 0)
                try expect(rows.mirrors(), equals: [])
                try expect(rows.role(of: Fixture.id(1), in: Fixture.id(1)), equals: nil)
            }
            try await store.write { try $0.append(Fixture.operation(1)) }
        },
        Check("META-4: a read keeps its state while others write") { store in
            let (started, start) = AsyncStream<Void>.makeStream()
            let written = DispatchSemaphore(value: 0)
            async let seen = withTaskExecutorPreference(OwnThread()) {
                try await store.read { rows in
                    let before = try rows.userCount()
                    start.finish()
                    // Far more than a busy machine needs: other tests take the threads as well.
                    let isWritten = written.wait(timeout: .now() + 300) == .success
                    return (before, isWritten, try rows.userCount())
                }
            }
            for await _ in started {}
            try await store.write { try $0.put(Fixture.user(1)) }
            written.signal()
            let (before, isWritten, after) = try await seen
            try expect(isWritten, "a write waits for a read that began before")
            try expect([before, after], equals: [0, 0])
            try expect(try await store.read { try $0.userCount() }, equals: 1)
        },
        Check("META-5: concurrent writes come one after the other") { store in
            try await withThrowingTaskGroup { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await store.write { rows in
                            let last = try rows.lastSequence(of: Fixture.node(1), in: .server)
                            try rows.append(Fixture.operation(last + 1))
                        }
                    }
                }
                try await group.waitForAll()
            }
            try expect(try await store.read { try $0.lastSequence(of: Fixture.node(1), in: .server) }, equals: 20)
        },
    ]
}

/// Runs tasks that block aside of those that do not.
private final class OwnThread: TaskExecutor {
    private let queue = DispatchQueue(label: "tiebeam.test.blocking")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
