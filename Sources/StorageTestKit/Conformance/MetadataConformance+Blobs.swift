import ObjectModel
import Storage

extension MetadataConformance {
    private static let project: ProjectID = Fixture.id(1)

    private static func digest(_ number: Int) -> ContentHash { Fixture.content(number).digest }

    static let blobs: [Check] = [
        Check("META-70: a file comes back field by field and is replaced by id, in its project only") { store in
            var blob = Fixture.blob(1, in: 1)
            try await store.write { [blob] rows in
                for number in 1...2 { try rows.put(Fixture.project(number)) }
                try rows.put(blob)
            }
            try await store.read { [blob] rows in
                try expect(rows.blob(blob.id, in: Self.project), equals: blob)
                try expect(rows.blob(blob.id, in: Fixture.id(2)), equals: nil)
            }
            (blob.fileName, blob.author) = ("Süd.OBJ", nil)
            (blob.byteCount, blob.digest, blob.createdAt) = (1 << 40, Self.digest(9), Fixture.time(8))
            try await store.write { [blob] in try $0.put(blob) }
            try await store.read { [blob] in try expect($0.blob(blob.id, in: Self.project), equals: blob) }
        },
        Check("META-71: files newest first, by part of the name, page by page, with their totals") { store in
            try await store.write { rows in
                for number in 1...2 { try rows.put(Fixture.project(number)) }
                try rows.put(Fixture.blob(1, in: 1, named: "plan.ifc", content: 1, at: 10))
                try rows.put(Fixture.blob(2, in: 1, named: "PLAN_2.ifc", content: 2, at: 30))
                try rows.put(Fixture.blob(3, in: 1, named: "photo.jpg", content: 4, at: 20))
                try rows.put(Fixture.blob(4, in: 1, named: "notes", content: 8, at: 20))
                try rows.put(Fixture.blob(5, in: 2, named: "plan.ifc", content: 16, at: 40))
            }
            try await store.read { rows in
                let all = try rows.blobs(in: Self.project, named: nil, after: nil, limit: 9)
                try expect(all.map(\.id), equals: [2, 4, 3, 1].map { Fixture.id($0) })
                for limit in 1...4 {
                    let paged = try Self.pages(limit) { after, limit in
                        try rows.blobs(in: Self.project, named: nil, after: after, limit: limit)
                    } key: {
                        PageKey(time: $0.createdAt, id: $0.id.rawValue)
                    }
                    try expect(paged, equals: all)
                }
                let plans = try rows.blobs(in: Self.project, named: "plan", after: nil, limit: 9)
                try expect(plans.map(\.id), equals: [2, 1].map { Fixture.id($0) })
                try expect(rows.blobs(in: Self.project, named: "_2", after: nil, limit: 9).count, equals: 1)
                try expect(
                    rows.blobTotals(in: Self.project, named: nil), equals: BlobTotals(count: 4, byteCount: 15))
                try expect(
                    rows.blobTotals(in: Self.project, named: "plan"), equals: BlobTotals(count: 2, byteCount: 3))
                try expect(
                    rows.blobTotals(in: Self.project, named: "zzz"), equals: BlobTotals(count: 0, byteCount: 0))
            }
        },
        Check("META-72: a deleted file shows no more; its bytes stay the project's") { store in
            try await store.write { rows in
                for number in 1...2 { try rows.put(Fixture.project(number)) }
                try rows.put(Fixture.blob(1, in: 1, content: 7))
                try rows.deleteBlob(Fixture.id(1), in: Fixture.id(2))
                try rows.deleteBlob(Fixture.id(77), in: Self.project)
            }
            try await store.read { try expect($0.blob(Fixture.id(1), in: Self.project) != nil, "another's deletion") }
            try await store.write { try $0.deleteBlob(Fixture.id(1), in: Self.project) }
            try await store.read { rows in
                try expect(rows.blob(Fixture.id(1), in: Self.project), equals: nil)
                try expect(rows.blobs(in: Self.project, named: nil, after: nil, limit: 9), equals: [])
                try expect(rows.blobTotals(in: Self.project, named: nil).count, equals: 0)
                try expect(rows.content(Self.digest(7), in: Self.project), equals: Fixture.content(7))
                try expect(rows.content(Self.digest(7), in: Fixture.id(2)), equals: nil)
                try expect(rows.allContents(), equals: [Self.digest(7)])
            }
            try await store.write { try $0.put(Fixture.blob(1, in: 1, content: 7)) }
            try await store.read { try expect($0.blob(Fixture.id(1), in: Self.project) != nil, "it was put again") }
        },
        Check("META-73: content is the project's alone, may come before it, and stays with its log") { store in
            try await store.write { rows in
                try rows.noteContent(Fixture.content(1), in: Self.project)
                try rows.put(Fixture.project(1))
                try rows.noteContent(Fixture.content(1), in: Self.project)
                try rows.put(Fixture.blob(1, in: 1, content: 2))
            }
            try await store.read { rows in
                try expect(rows.content(Self.digest(1), in: Self.project), equals: Fixture.content(1))
                try expect(rows.content(Self.digest(1), in: Fixture.id(2)), equals: nil)
                try expect(rows.blobs(in: Self.project, named: nil, after: nil, limit: 9).count, equals: 1)
                try expect(Set(rows.allContents()), equals: [Self.digest(1), Self.digest(2)])
            }
            try await store.write { try $0.deleteProject(Self.project) }
            try await store.read { rows in
                try expect(rows.blob(Fixture.id(1), in: Self.project), equals: nil)
                for number in 1...2 {
                    let kept = try rows.content(Self.digest(number), in: Self.project)
                    try expect(kept, equals: Fixture.content(number))
                }
            }
            try await store.write { try $0.removeProject(Self.project) }
            try await store.read { rows in
                try expect(rows.content(Self.digest(1), in: Self.project), equals: nil)
                try expect(rows.allContents(), equals: [])
            }
        },
    ]
}
