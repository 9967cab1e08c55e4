import ArgumentParser
import Replicator

/// How long a node keeps what nobody needs.
struct CompactionOptions: ParsableArguments {
    @Option(help: "Days after which a region that was not heard holds compaction back no more. It loses nothing.")
    var evictAfter = 30.0

    @Option(help: "Days for which operations that were written over stay in the logs, for copies that are behind.")
    var keepOperations = 1.0

    func validate() throws {
        for days in [self.evictAfter, self.keepOperations] where !(0...36_500).contains(days) {
            throw ValidationError("--evict-after and --keep-operations are 0 to 36500 days.")
        }
    }

    var policy: CompactionPolicy {
        CompactionPolicy(
            age: .seconds(self.keepOperations * 86_400), silence: .seconds(self.evictAfter * 86_400))
    }
}
