import SyncTransport
import Synchronization

/// What the sources of a gathering did, over all of their connections.
final class Ledger: Sendable {
    private struct Account {
        var brought = ProjectFetch.Report(objectCount: 0, operationCount: 0, rawByteCount: 0)
        var counters: [WireCounter] = []
    }

    private let accounts = Mutex<[Int: Account]>([:])

    /// A connection to `source` was opened.
    func add(_ counter: WireCounter, of source: Int) {
        self.accounts.withLock { $0[source, default: Account()].counters.append(counter) }
    }

    /// `source` brought this.
    func add(_ report: ProjectFetch.Report, of source: Int) {
        self.accounts.withLock { $0[source, default: Account()].brought += report }
    }

    func report(of sources: [ProjectSource], leading lead: Int) -> ProjectGather.Report {
        var report = ProjectGather.Report(lead: sources[lead].node)
        for (source, account) in self.accounts.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            report.brought += account.brought
            var traffic = WireCounter.Traffic()
            for counter in account.counters { traffic += counter.traffic }
            report.shares.append(
                ProjectGather.Share(
                    node: sources[source].node, objectCount: account.brought.objectCount, traffic: traffic))
        }
        return report
    }
}
