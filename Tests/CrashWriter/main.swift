import Foundation
import ObjectModel
import ObjectStorage
import Storage
import StorageTestKit

#if canImport(Glibc)
    import Glibc
#endif

// Usage: CrashWriter DIRECTORY kill|power|limit NUMBER
//
// kill, power: write everything of the plan that is not there yet and die at place NUMBER (0: never); with `power`,
// what was not synchronised is lost. limit: no file may grow over NUMBER bytes until the first error.

guard CommandLine.arguments.count == 4, let number = Int(CommandLine.arguments[3]) else {
    Killer.say("usage: CrashWriter DIRECTORY kill|power|limit NUMBER")
    exit(2)
}
let directory = URL(fileURLWithPath: CommandLine.arguments[1])
let mode = CommandLine.arguments[2]
let killer = Killer(target: mode == "limit" ? 0 : number)
let writer = try Writer(
    in: directory, killer, losesPower: mode == "power",
    segmentByteCountMax: mode == "limit" ? LocalSegments.segmentByteCountMax : CrashPlan.segmentByteCountMax)
if mode == "limit" {
    try await writer.runOutOfSpace(fileByteCountMax: number)
} else {
    try await writer.run()
}
Killer.say("done \(killer.count)")
