import Foundation
package import Storage

#if canImport(Glibc)
    import Glibc
#endif

/// An open file, with the operating system's calls and its errors as ``StorageError``. Closed with its last reference.
package final class File: Sendable {
    private let descriptor: Int32
    private let path: String

    private init(_ descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(self.descriptor) }

    /// Opens a file that is there to read and write.
    package static func open(_ path: String) throws(StorageError) -> File {
        let descriptor = Glibc.open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw self.failure("open", path) }
        return File(descriptor, path: path)
    }

    /// Creates an empty file, or empties the one that is there. Its name is durable after
    /// ``synchronizeDirectory(_:)``.
    package static func create(_ path: String) throws(StorageError) -> File {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw self.failure("create", path) }
        return File(descriptor, path: path)
    }

    /// Opens a file that is there, or creates an empty one and makes its name durable.
    package static func openOrCreate(_ path: String) throws(StorageError) -> File {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw self.failure("create", path) }
        let file = File(descriptor, path: path)
        try self.synchronizeDirectory(of: path)
        return file
    }

    /// Creates a directory that may be there already, and makes its name durable.
    package static func createDirectory(_ path: String) throws(StorageError) {
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw self.failure("mkdir", path) }
        try self.synchronizeDirectory(of: path)
    }

    /// Renames a file, replacing what has the name, and makes that durable.
    package static func rename(_ path: String, to target: String) throws(StorageError) {
        guard Glibc.rename(path, target) == 0 else { throw self.failure("rename", path) }
        try self.synchronizeDirectory(of: target)
    }

    /// Gives a file a second name that nothing has, and makes that durable.
    package static func link(_ path: String, to target: String) throws(StorageError) {
        guard Glibc.link(path, target) == 0 else { throw self.failure("link", path) }
        try self.synchronizeDirectory(of: target)
    }

    /// Removes a file that may be gone already.
    package static func remove(_ path: String) throws(StorageError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw self.failure("unlink", path) }
    }

    package func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(StorageError) {
        var done = 0
        while done < bytes.count {
            let written = pwrite(
                self.descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset) + off_t(done))
            if written < 0 {
                if errno == EINTR { continue }
                throw Self.failure("write", self.path)
            }
            done += written
        }
    }

    /// Reads exactly `byteCount` bytes.
    package func read(at offset: UInt64, byteCount: Int) throws(StorageError) -> [UInt8] {
        var failure: StorageError?
        let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            count = 0
            while count < byteCount {
                let step = pread(
                    self.descriptor, buffer.baseAddress! + count, byteCount - count, off_t(offset) + off_t(count))
                if step < 0, errno == EINTR { continue }
                if step < 0 { failure = Self.failure("read", self.path) }
                if step <= 0 { break }
                count += step
            }
        }
        if let failure { throw failure }
        guard bytes.count == byteCount else {
            throw .corrupt("\(self.path) ends before byte \(offset + UInt64(byteCount))")
        }
        return bytes
    }

    package func synchronize() throws(StorageError) {
        guard fdatasync(self.descriptor) == 0 else { throw Self.failure("fdatasync", self.path) }
    }

    package func byteCount() throws(StorageError) -> UInt64 {
        var status = stat()
        guard fstat(self.descriptor, &status) == 0 else { throw Self.failure("fstat", self.path) }
        return UInt64(status.st_size)
    }

    package func truncate(to byteCount: UInt64) throws(StorageError) {
        guard ftruncate(self.descriptor, off_t(byteCount)) == 0 else { throw Self.failure("ftruncate", self.path) }
    }

    /// Replaces a whole file: after a crash there is the old content or the new, never a mixture.
    package static func replace(_ path: String, with bytes: [UInt8]) throws {
        let temporary = path + ".new"
        let file = try self.create(temporary)
        do {
            try bytes.withUnsafeBytes { try file.write($0, at: 0) }
        } catch {
            unlink(temporary)
            throw error
        }
        try file.synchronize()
        try self.rename(temporary, to: path)
    }

    private static func synchronizeDirectory(of path: String) throws(StorageError) {
        let directory = (path as NSString).deletingLastPathComponent
        try self.synchronizeDirectory(directory.isEmpty ? "." : directory)
    }

    /// Makes the names of a directory's files durable.
    package static func synchronizeDirectory(_ directory: String) throws(StorageError) {
        let descriptor = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw self.failure("open", directory) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw self.failure("fsync", directory) }
    }

    private static func failure(_ call: String, _ path: String) -> StorageError {
        switch errno {
        case ENOSPC, EDQUOT, EFBIG: .full
        default: .io("\(call) \(path): \(String(cString: strerror(errno)))")
        }
    }
}
