import ObjectModel
import Storage

extension MetadataConformance {
    static let compaction: [Check] = [
        Check("META-70: what is left out of a log is gone, the rest stands, and numbers go on") { store in
            let scope = LogScope.project(Fixture.id(1))
            let operations = (1...6).map { Fixture.operation($0, in: scope) }
            try await store.write { rows in
                for operation in operations { try rows.append(operation) }
                for sequence in [1, 3, 4] as [UInt64] {
                    try rows.deleteOperation(Dot(origin: Fixture.node(1), sequence: sequence), in: scope)
                }
                try rows.putCompactedMark(4, of: Fixture.node(1), in: scope)
                try rows.putCompactedMark(5, of: Fixture.node(1), in: scope)
                try rows.append(Fixture.operation(7, in: scope))
            }
            try await store.read { rows in
                let log = try rows.operations(of: Fixture.node(1), in: scope, after: 0, limit: 2)
                try expect(log, equals: [operations[1], operations[4]])
                let rest = try rows.operations(of: Fixture.node(1), in: scope, after: 4, limit: 9)
                try expect(rest.map(\.sequence), equals: [5, 6, 7])
                try expect(rows.operation(Dot(origin: Fixture.node(1), sequence: 3), in: scope), equals: nil)
                try expect(rows.operation(Dot(operations[4]), in: scope), equals: operations[4])
                try expect(rows.lastSequence(of: Fixture.node(1), in: scope), equals: 7)
                try expect(rows.operationCount(in: scope), equals: 4)
                try expect(rows.compactedMarks(in: scope), equals: [Fixture.node(1): 5])
                try expect(rows.compactedMarks(in: .server), equals: [:])
                try expect(rows.needsSnapshot([Fixture.node(1): 4], in: scope), equals: true)
                try expect(rows.needsSnapshot([Fixture.node(1): 5], in: scope), equals: false)
                try expect(rows.needsSnapshot([:], in: .server), equals: false)
            }
        },
        Check("META-91: what is left of an operation stands in its place") { store in
            let operations = (1...3).map { Fixture.operation($0) }
            var trace = operations[1]
            trace.body = Array("trace".utf8)
            try await store.write { [trace] rows in
                for operation in operations { try rows.append(operation) }
                try rows.replace(trace)
                try rows.replace(Fixture.operation(2, by: 2))
            }
            try await store.read { [trace] rows in
                try expect(
                    rows.operations(of: Fixture.node(1), in: .server, after: 0, limit: 9),
                    equals: [operations[0], trace, operations[2]])
                try expect(rows.origins(in: .server), equals: [Fixture.node(1)])
            }
        },
        Check("META-71: an operation of a snapshot follows with a gap, never goes back") { store in
            try await store.write { rows in
                try rows.appendAfterGap(Fixture.operation(3))
                try rows.appendAfterGap(Fixture.operation(9))
            }
            for sequence in [0, 8, 9] as [UInt64] {
                try await expectRefusal("\(sequence) does not follow 9") {
                    try await store.write { try $0.appendAfterGap(Fixture.operation(sequence)) }
                }
            }
            try await store.write { try $0.append(Fixture.operation(10)) }
            let log = try await store.read { rows in
                try rows.operations(of: Fixture.node(1), in: .server, after: 0, limit: 9).map(\.sequence)
            }
            try expect(log, equals: [3, 9, 10])
        },
        Check("META-72: what a region holds is what it said last, for each log; stable is what all hold") { store in
            let scope = LogScope.project(Fixture.id(1))
            let (one, two, three) = (Fixture.node(1), Fixture.node(2), Fixture.node(3))
            try await store.write { rows in
                for sequence in 1...5 { try rows.append(Fixture.operation(UInt64(sequence), by: 1, in: scope)) }
                for sequence in 1...3 { try rows.append(Fixture.operation(UInt64(sequence), by: 2, in: scope)) }
                try rows.putAcknowledgedMarks([one: 5, three: 8], of: two, in: scope)
                try rows.putAcknowledgedMarks([one: 4], of: two, in: scope)
                try rows.putAcknowledgedMarks([one: 2, two: 9], of: three, in: scope)
            }
            try await store.read { rows in
                try expect(rows.acknowledgedMarks(of: two, in: scope), equals: [one: 4])
                try expect(rows.acknowledgedMarks(of: two, in: .server), equals: [:])
                try expect(rows.stableMarks(in: scope, heldBy: []), equals: [one: 5, two: 3])
                try expect(rows.stableMarks(in: scope, heldBy: [two]), equals: [one: 4, two: 3])
                try expect(rows.stableMarks(in: scope, heldBy: [two, three]), equals: [one: 2, two: 3])
                try expect(rows.stableMarks(in: scope, heldBy: [three, Fixture.node(4)]), equals: [one: 0, two: 0])
            }
        },
        Check("META-73: when a region was heard is replaced") { store in
            try await store.write { rows in
                try rows.putRegionHeard(Fixture.node(1), at: Fixture.time(5))
                try rows.putRegionHeard(Fixture.node(2), at: Fixture.time(6))
                try rows.putRegionHeard(Fixture.node(1), at: Fixture.time(4))
            }
            let heard = try await store.read { try $0.regionsHeard() }
            try expect(heard, equals: [Fixture.node(1): Fixture.time(4), Fixture.node(2): Fixture.time(6)])
        },
        Check("META-74: what arrives is put aside for each scope and source, in its order, until it is forgotten") {
            store in
            let (one, two) = (Fixture.node(1), Fixture.node(2))
            var operations = [5, 9, 2].map { Fixture.operation($0, by: Int($0)) }
            operations[1].actor = Fixture.id(3)
            try await store.write { [operations] rows in
                try rows.putArrived(Array(operations.prefix(2)), from: one)
                try rows.putArrived([], from: one)
                try rows.putArrived(Array(operations.suffix(1)), from: one)
                try rows.putArrived([Fixture.operation(1, in: .project(Fixture.id(1)))], from: one)
                try rows.putArrived([operations[0]], from: two)
            }
            try await store.read { [operations] rows in
                func arrived(_ source: NodeID, skipping count: Int, limit: Int) throws -> [Operation] {
                    try rows.arrivedOperations(in: .server, from: source, skipping: count, limit: limit)
                }
                try expect(arrived(one, skipping: 0, limit: 9), equals: operations)
                try expect(arrived(one, skipping: 1, limit: 1), equals: [operations[1]])
                try expect(arrived(one, skipping: 3, limit: 9), equals: [])
                try expect(arrived(two, skipping: 0, limit: 9), equals: [operations[0]])
            }
            try await store.write { try $0.deleteArrived(in: .server, from: one) }
            try await store.read { [operations] rows in
                try expect(
                    rows.arrivedOperations(in: .server, from: one, skipping: 0, limit: 9), equals: [Operation]())
                try expect(
                    rows.arrivedOperations(in: .server, from: two, skipping: 0, limit: 9), equals: [operations[0]])
            }
        },
    ]
}
