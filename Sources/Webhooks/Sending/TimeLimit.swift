/// What `operation` comes to; `nil` when that takes longer than `duration`. It is cancelled then, and must end soon.
func within<Result: Sendable>(
    _ duration: Duration, _ operation: @escaping @Sendable () async -> Result
) async -> Result? {
    await withTaskGroup(of: Result?.self) { group in
        group.addTask { await operation() }
        group.addTask {
            try? await Task.sleep(for: duration)
            return nil
        }
        defer { group.cancelAll() }
        return await group.next() ?? nil
    }
}
