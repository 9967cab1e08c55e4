import ObjectModel
package import Storage

/// What every store of files must do, in memory or on disk.
package enum BlobConformance {
    package typealias Check = ConformanceCheck<any BlobStore>

    private static let partByteCount = BlobParts.partByteCount

    /// Bytes that differ from part to part.
    private static func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var random = SeededRandom(seed: seed)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { withUnsafeBytes(of: random.next()) { bytes.append(contentsOf: $0) } }
        return Array(bytes.prefix(count))
    }

    private static func hashed(_ bytes: [UInt8]) -> (parts: BlobParts, content: BlobContent) {
        var hasher = BlobHasher()
        bytes.withUnsafeBytes { hasher.update($0) }
        guard let found = hasher.finish() else { preconditionFailure("a short file has parts") }
        return found
    }

    private static func part(_ number: Int, of bytes: [UInt8]) -> [UInt8] {
        Array(bytes.dropFirst(number * self.partByteCount).prefix(self.partByteCount))
    }

    package static let all: [Check] = [
        Check("BLOBS-1: an uploaded file comes back byte for byte, whatever its length and however it was cut") {
            store in
            for count in [0, 1, Self.partByteCount - 1, Self.partByteCount, 2 * Self.partByteCount + 5] {
                let bytes = Self.bytes(count)
                let upload = try await store.upload()
                var rest = bytes[...]
                while !rest.isEmpty {
                    try await upload.append(Array(rest.prefix(1_000_003)))
                    rest = rest.dropFirst(1_000_003)
                }
                let found = Self.hashed(bytes)
                try expect(try await upload.finish(), equals: found.content)
                try expect(try await store.parts(of: found.parts.digest), equals: found.parts)
                try expect(try await store.read(found.parts.digest, 0..<UInt64(count)) == bytes, "the bytes differ")
                if count > 5 {
                    let middle = try await store.read(found.parts.digest, 3..<UInt64(count - 1))
                    try expect(middle == Array(bytes[3..<(count - 1)]), "a range differs")
                }
            }
        },
        Check("BLOBS-2: what is not there, was cancelled or lies behind the end is told") { store in
            let digest = Self.hashed([1]).parts.digest
            try expect(try await store.parts(of: digest), equals: nil)
            try await expectRefusal("an absent file was read") { _ = try await store.read(digest, 0..<1) }
            let upload = try await store.upload()
            try await upload.append([1])
            await upload.cancel()
            try expect(try await store.parts(of: digest), equals: nil)
            let other = try await store.upload()
            try await other.append([1])
            _ = try await other.finish()
            try await expectRefusal("bytes behind the end were read") { _ = try await store.read(digest, 0..<2) }
        },
        Check("BLOBS-3: parts may come in any order, and a damaged one is not taken") { store in
            let bytes = Self.bytes(2 * Self.partByteCount + 9)
            let found = Self.hashed(bytes)
            let arrival = try await store.arrival(of: found.parts, for: Fixture.id(1))
            try expect(await arrival.missing, equals: [0, 1, 2])
            for number in [2, 0, 1] {
                var damaged = Self.part(number, of: bytes)
                damaged[damaged.count / 2] ^= 1
                try await expectRefusal("a damaged part was taken") { try await arrival.store(damaged, part: number) }
                try await expectRefusal("a short part was taken") { try await arrival.store([], part: number) }
                try expect(try await store.parts(of: found.parts.digest), equals: nil)
                try await arrival.store(Self.part(number, of: bytes), part: number)
                try expect(await arrival.missing.contains(number), equals: false)
            }
            try expect(try await arrival.finish(), equals: found.content)
            try expect(
                try await store.read(found.parts.digest, 0..<UInt64(bytes.count)) == bytes, "the bytes differ")
        },
        Check("BLOBS-4: a cut arrival goes on with what is missing, in its project only") { store in
            let bytes = Self.bytes(2 * Self.partByteCount, seed: 2)
            let found = Self.hashed(bytes)
            let first = try await store.arrival(of: found.parts, for: Fixture.id(1))
            try await first.store(Self.part(1, of: bytes), part: 1)
            try expect(
                try await store.cutArrival(of: found.parts.digest, for: Fixture.id(2)) == nil, "another project's")
            guard let second = try await store.cutArrival(of: found.parts.digest, for: Fixture.id(1)) else {
                return try expect(false, "the arrival is lost")
            }
            try expect(second.parts, equals: found.parts)
            try expect(await second.missing, equals: [0])
            try await second.store(Self.part(0, of: bytes), part: 0)
            try expect(try await second.finish(), equals: found.content)
            try expect(
                try await store.cutArrival(of: found.parts.digest, for: Fixture.id(1)) == nil, "it has arrived")
        },
        Check("BLOBS-5: the same bytes may come twice, side by side too") { store in
            let bytes = Self.bytes(Self.partByteCount + 1, seed: 3)
            let found = Self.hashed(bytes)
            let arrivals = [
                try await store.arrival(of: found.parts, for: Fixture.id(1)),
                try await store.arrival(of: found.parts, for: Fixture.id(2)),
            ]
            for arrival in arrivals {
                try expect(await arrival.missing, equals: [0, 1])
                for number in 0..<2 { try await arrival.store(Self.part(number, of: bytes), part: number) }
            }
            for arrival in arrivals { try expect(try await arrival.finish(), equals: found.content) }
            let upload = try await store.upload()
            try await upload.append(bytes)
            try expect(try await upload.finish(), equals: found.content)
            try expect(
                try await store.read(found.parts.digest, 0..<UInt64(bytes.count)) == bytes, "the bytes differ")
        },
        Check("BLOBS-6: what is put aside is read only once it is kept, and forgotten when it is discarded") { store in
            let bytes = Self.bytes(Self.partByteCount + 7, seed: 4)
            let found = Self.hashed(bytes)
            let upload = try await store.upload()
            try await upload.append(bytes)
            let (id, content) = try await upload.putAside()
            try expect(content, equals: found.content)
            try expect(try await store.parts(of: found.parts.digest), equals: nil)
            try expect(try await store.read(putAside: id, 3..<9), equals: Array(bytes[3..<9]))
            for _ in 0..<2 {
                try expect(try await store.keep(id), equals: true)
                try expect(try await store.parts(of: found.parts.digest), equals: found.parts)
            }
            try await store.discard(id)
            try await store.discard(id)
            try expect(try await store.keep(id), equals: false)
            try expect(
                try await store.read(found.parts.digest, 0..<UInt64(bytes.count)) == bytes, "the bytes differ")
        },
        Check("BLOBS-7: what was put aside and nobody needs is forgotten once it is old enough") { store in
            var ids: [PutAsideID] = []
            for byte in 0..<2 as Range<UInt8> {
                let upload = try await store.upload()
                try await upload.append([byte])
                ids.append(try await upload.putAside().id)
            }
            try await store.discardPutAside(longerThan: .seconds(3600), except: [])
            for id in ids { try expect(try await store.keep(id), equals: true) }
            try await store.discardPutAside(longerThan: .zero, except: [ids[1]])
            try expect(try await store.keep(ids[0]), equals: false)
            try expect(try await store.keep(ids[1]), equals: true)
        },
    ]
}
