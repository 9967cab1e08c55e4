/// Fields that share a key of the answer must be the same (GraphQL §5.3.2).
///
/// Each pair of fragments is compared once, and the number of comparisons is bounded: hostile documents can make it
/// grow with the square of their length.
struct OverlappingFields {
    private static let comparisonCountMax = 200_000

    /// A field, and the type that it is asked of.
    private struct Candidate {
        var parent: TypeDefinition?
        var field: FieldNode
        var definition: FieldDefinition?
    }

    /// The fields of a selection set by key, in order, and the fragments that it spreads.
    private struct FieldMap {
        var keys: [String] = []
        var fields: [String: [Candidate]] = [:]
        var fragments: [String] = []
    }

    private struct Conflict {
        var key: String
        var reason: Reason
        var left: [Int]
        var right: [Int]
    }

    private indirect enum Reason {
        case text(String)
        case subfields([(key: String, reason: Reason)])

        var description: String {
            switch self {
            case .text(let text): text
            case .subfields(let reasons):
                reasons.map { "subfields '\($0.key)' conflict because \($0.reason.description)" }
                    .joined(separator: " and ")
            }
        }
    }

    private struct Pair: Hashable {
        var first: String
        var second: String

        init(_ left: String, _ right: String) {
            (self.first, self.second) = left < right ? (left, right) : (right, left)
        }
    }

    /// A set of selections is known by where its owner stands.
    private struct SetKey: Hashable {
        var offset: Int
        var parent: String?
    }

    private let validation: Validation
    private let schema: Schema
    private var maps: [SetKey: FieldMap] = [:]
    /// Pairs of fragments that were compared; `true` if only as mutually exclusive ones.
    private var compared: [Pair: Bool] = [:]
    private var comparedToFragment: [SetKey: [String: Bool]] = [:]
    private var comparisonCount = 0
    private var isExhausted = false

    init(_ validation: Validation) {
        self.validation = validation
        self.schema = validation.schema
    }

    mutating func check() {
        for definition in self.validation.document.definitions {
            switch definition {
            case .operation(let operation):
                self.check(operation.selections, of: self.schema.rootType(operation.kind), at: operation.offset)
            case .fragment(let fragment):
                self.check(
                    fragment.selections, of: self.schema[fragment.typeCondition.text], at: fragment.offset)
            case .typeSystem: continue
            }
        }
        if self.isExhausted {
            self.validation.report("The document has too many fields of the same names to be checked.", at: 0)
        }
    }

    /// A set of selections and all sets below it.
    private mutating func check(_ selections: [Selection], of parent: TypeDefinition?, at offset: Int) {
        for conflict in self.conflicts(within: selections, of: parent, at: offset) {
            self.validation.report(
                "Fields '\(conflict.key)' conflict because \(conflict.reason.description)."
                    + " Use different aliases on the fields to fetch both if this was intentional.",
                at: conflict.left + conflict.right)
        }
        for selection in selections {
            switch selection {
            case .field(let field):
                let definition = parent.flatMap { self.schema.field(field.name.text, of: $0) }
                guard !field.selections.isEmpty else { continue }
                self.check(
                    field.selections, of: definition.flatMap { self.schema[$0.type.namedType] }, at: field.offset)
            case .inline(let inline):
                let type = inline.typeCondition.map { self.schema[$0.text] } ?? parent
                self.check(inline.selections, of: type, at: inline.offset)
            case .spread: continue
            }
        }
    }

    // MARK: Sets

    private mutating func map(_ selections: [Selection], of parent: TypeDefinition?, at offset: Int) -> FieldMap {
        let key = SetKey(offset: offset, parent: parent?.name)
        if let known = self.maps[key] { return known }
        var map = FieldMap()
        self.collect(selections, of: parent, into: &map)
        self.maps[key] = map
        return map
    }

    private func collect(_ selections: [Selection], of parent: TypeDefinition?, into map: inout FieldMap) {
        for selection in selections {
            switch selection {
            case .field(let field):
                let key = field.responseKey
                if map.fields[key] == nil { map.keys.append(key) }
                let definition = parent.flatMap { self.schema.field(field.name.text, of: $0) }
                map.fields[key, default: []].append(
                    Candidate(parent: parent, field: field, definition: definition))
            case .spread(let spread):
                if !map.fragments.contains(spread.name.text) { map.fragments.append(spread.name.text) }
            case .inline(let inline):
                let type = inline.typeCondition.map { self.schema[$0.text] } ?? parent
                self.collect(inline.selections, of: type, into: &map)
            }
        }
    }

    private mutating func map(ofFragment name: String) -> FieldMap? {
        guard let fragment = self.validation.fragments[name] else { return nil }
        return self.map(fragment.selections, of: self.schema[fragment.typeCondition.text], at: fragment.offset)
    }

    private mutating func conflicts(
        within selections: [Selection], of parent: TypeDefinition?, at offset: Int
    ) -> [Conflict] {
        let map = self.map(selections, of: parent, at: offset)
        let key = SetKey(offset: offset, parent: parent?.name)
        var conflicts: [Conflict] = []
        for responseKey in map.keys {
            let fields = map.fields[responseKey] ?? []
            for (index, left) in fields.enumerated() {
                for right in fields[(index + 1)...] {
                    conflicts += self.conflict(responseKey, left, right, areExclusive: false).map { [$0] } ?? []
                }
            }
        }
        for (index, fragment) in map.fragments.enumerated() {
            conflicts += self.conflicts(of: map, key, withFragment: fragment, areExclusive: false)
            for other in map.fragments[(index + 1)...] {
                conflicts += self.conflicts(betweenFragments: fragment, other, areExclusive: false)
            }
        }
        return conflicts
    }

    private mutating func conflicts(
        of map: FieldMap, _ key: SetKey, withFragment name: String, areExclusive: Bool
    ) -> [Conflict] {
        if let known = self.comparedToFragment[key]?[name], !known || areExclusive { return [] }
        self.comparedToFragment[key, default: [:]][name] = areExclusive
        guard let other = self.map(ofFragment: name) else { return [] }
        var conflicts = self.conflicts(between: map, other, areExclusive: areExclusive)
        for inner in other.fragments {
            conflicts += self.conflicts(of: map, key, withFragment: inner, areExclusive: areExclusive)
        }
        return conflicts
    }

    private mutating func conflicts(
        betweenFragments left: String, _ right: String, areExclusive: Bool
    ) -> [Conflict] {
        guard left != right else { return [] }
        let pair = Pair(left, right)
        if let known = self.compared[pair], !known || areExclusive { return [] }
        self.compared[pair] = areExclusive
        guard let first = self.map(ofFragment: left), let second = self.map(ofFragment: right) else { return [] }
        var conflicts = self.conflicts(between: first, second, areExclusive: areExclusive)
        for inner in second.fragments {
            conflicts += self.conflicts(betweenFragments: left, inner, areExclusive: areExclusive)
        }
        for inner in first.fragments {
            conflicts += self.conflicts(betweenFragments: inner, right, areExclusive: areExclusive)
        }
        return conflicts
    }

    private mutating func conflicts(between left: FieldMap, _ right: FieldMap, areExclusive: Bool) -> [Conflict] {
        var conflicts: [Conflict] = []
        for key in left.keys {
            for first in left.fields[key] ?? [] {
                for second in right.fields[key] ?? [] {
                    conflicts += self.conflict(key, first, second, areExclusive: areExclusive).map { [$0] } ?? []
                }
            }
        }
        return conflicts
    }

    // MARK: Fields

    private mutating func conflict(
        _ key: String, _ left: Candidate, _ right: Candidate, areExclusive: Bool
    ) -> Conflict? {
        self.comparisonCount += 1
        guard self.comparisonCount <= Self.comparisonCountMax else {
            self.isExhausted = true
            return nil
        }
        func conflict(_ text: String) -> Conflict {
            Conflict(key: key, reason: .text(text), left: [left.field.offset], right: [right.field.offset])
        }
        let exclusive = areExclusive || Self.areExclusive(left.parent, right.parent)
        if !exclusive {
            guard left.field.name.text == right.field.name.text else {
                return conflict("'\(left.field.name.text)' and '\(right.field.name.text)' are different fields")
            }
            guard Self.haveSameArguments(left.field, right.field) else {
                return conflict("they have differing arguments")
            }
        }
        if let first = left.definition?.type, let second = right.definition?.type, self.conflict(first, second) {
            return conflict("they return conflicting types '\(first)' and '\(second)'")
        }
        guard !left.field.selections.isEmpty, !right.field.selections.isEmpty else { return nil }
        let inner = self.conflicts(betweenSubselections: left, right, areExclusive: exclusive)
        guard !inner.isEmpty else { return nil }
        return Conflict(
            key: key, reason: .subfields(inner.map { ($0.key, $0.reason) }),
            left: [left.field.offset] + inner.flatMap(\.left), right: [right.field.offset] + inner.flatMap(\.right))
    }

    private mutating func conflicts(
        betweenSubselections left: Candidate, _ right: Candidate, areExclusive: Bool
    ) -> [Conflict] {
        let leftType = left.definition.flatMap { self.schema[$0.type.namedType] }
        let rightType = right.definition.flatMap { self.schema[$0.type.namedType] }
        let first = self.map(left.field.selections, of: leftType, at: left.field.offset)
        let second = self.map(right.field.selections, of: rightType, at: right.field.offset)
        let firstKey = SetKey(offset: left.field.offset, parent: leftType?.name)
        let secondKey = SetKey(offset: right.field.offset, parent: rightType?.name)
        var conflicts = self.conflicts(between: first, second, areExclusive: areExclusive)
        for name in second.fragments {
            conflicts += self.conflicts(of: first, firstKey, withFragment: name, areExclusive: areExclusive)
        }
        for name in first.fragments {
            conflicts += self.conflicts(of: second, secondKey, withFragment: name, areExclusive: areExclusive)
        }
        for name in first.fragments {
            for other in second.fragments {
                conflicts += self.conflicts(betweenFragments: name, other, areExclusive: areExclusive)
            }
        }
        return conflicts
    }

    /// Two different object types never stand for the same object.
    private static func areExclusive(_ left: TypeDefinition?, _ right: TypeDefinition?) -> Bool {
        guard let left, let right else { return false }
        return left.name != right.name && left.isObject && right.isObject
    }

    private static func haveSameArguments(_ left: FieldNode, _ right: FieldNode) -> Bool {
        guard left.arguments.count == right.arguments.count else { return false }
        return left.arguments.allSatisfy { argument in
            right.arguments.contains {
                $0.name.text == argument.name.text && $0.value.canonical == argument.value.canonical
            }
        }
    }

    private func conflict(_ left: TypeReference, _ right: TypeReference) -> Bool {
        switch (left, right) {
        case (.list(let first), .list(let second)), (.nonNull(let first), .nonNull(let second)):
            return self.conflict(first, second)
        case (.list, _), (_, .list), (.nonNull, _), (_, .nonNull): return true
        case (.named(let first), .named(let second)):
            let hasLeaf = [first, second].contains { !(self.schema[$0]?.isComposite ?? true) }
            return hasLeaf && first != second
        }
    }
}
