import CMalloc
import Foundation

/// How the program takes memory from the system.
enum Memory {
    /// Buffers up to this size are not mapped one by one, in bytes: blocks, frames and texts are below it.
    private static let mappedByteCountMin: Int32 = 8 << 20
    /// What an arena keeps of freed memory, in bytes.
    private static let keptByteCountMax: Int32 = 32 << 20
    private static let arenaCountMax = 4

    /// Lets freed buffers be used again. As it is, glibc returns those of a transfer to the system one by one, and every
    /// page of the next one is a fault and must be cleared first. Call it before there are threads.
    static func keepFreed() {
        mallopt(M_MMAP_THRESHOLD, self.mappedByteCountMin)
        mallopt(M_TRIM_THRESHOLD, self.keptByteCountMax)
        // What one thread frees must be there for the next one. By default there are eight arenas for a processor.
        mallopt(M_ARENA_MAX, Int32(min(ProcessInfo.processInfo.activeProcessorCount, self.arenaCountMax)))
    }
}
