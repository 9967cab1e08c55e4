/// Completion of values (GraphQL §6.4.3), many at a time.
extension Executor {
    /// - Returns: for each slot its value; `nil` where it failed, which was noted.
    func complete(_ slots: [Slot], as type: TypeReference, _ fields: [FieldNode]) async -> [GraphQLValue?] {
        switch type {
        case .nonNull(let inner):
            let values = await self.complete(slots, as: inner, fields)
            return zip(slots, values).map { slot, value in
                guard value == .null else { return value }
                self.noteInternal("Cannot return null for non-nullable field \(slot.path.text).", fields, at: slot.path)
                return nil
            }
        case .list(let inner): return await self.complete(slots, asListsOf: inner, fields)
        case .named(let name): return await self.complete(slots, asNamed: name, fields)
        }
    }

    /// Items of all lists are completed together.
    private func complete(
        _ slots: [Slot], asListsOf type: TypeReference, _ fields: [FieldNode]
    ) async -> [GraphQLValue?] {
        var items: [Slot] = []
        for slot in slots {
            guard case .list(let list) = slot.value else { continue }
            items += list.enumerated().map { index, item in
                Slot(value: item, path: ResponsePath(.index(index), rank: index, below: slot.path))
            }
        }
        var completed = (await self.complete(items, as: type, fields))[...]
        return slots.map { slot in
            switch slot.value {
            case .null: return .null
            case .list(let list):
                let values = completed.prefix(list.count)
                completed = completed.dropFirst(list.count)
                guard type.isNonNull else { return .list(values.map { $0 ?? .null }) }
                if let failed = values.firstIndex(of: nil) {
                    self.noted.keepFirst(failed - values.startIndex, of: slot.path)
                    return nil
                }
                return .list(values.compactMap(\.self))
            default:
                self.noteInternal("Expected a list for field \(slot.path.text).", fields, at: slot.path)
                return nil
            }
        }
    }

    private func complete(_ slots: [Slot], asNamed name: String, _ fields: [FieldNode]) async -> [GraphQLValue?] {
        guard let type = self.schema[name] else { return slots.map { _ in .null } }
        var values = [GraphQLValue?](repeating: .null, count: slots.count)
        /// Objects of one type have the same fields, and are completed together.
        var objects: [(type: TypeDefinition, places: [Int], parents: [Parent])] = []
        for (place, slot) in slots.enumerated() {
            do {
                switch (slot.value, type.kind) {
                case (.null, _): break
                case (.leaf(let leaf), .scalar), (.leaf(let leaf), .enumeration):
                    values[place] = try self.complete(leaf, as: type)
                case (.object(let source), .object), (.object(let source), .interface), (.object(let source), .union):
                    let object = try self.concreteType(of: source, as: name)
                    let parent = Parent(source: source, path: slot.path)
                    if let known = objects.firstIndex(where: { $0.type.name == object.name }) {
                        objects[known].places.append(place)
                        objects[known].parents.append(parent)
                    } else {
                        objects.append((object, [place], [parent]))
                    }
                default:
                    throw GraphQLError(
                        "A value of another kind than \(name) for \(slot.path.text).", code: .internalError)
                }
            } catch {
                self.note(error, fields, at: slot.path)
                values[place] = nil
            }
        }
        let selections = fields.flatMap(\.selections)
        for (type, places, parents) in objects {
            let found = await self.execute(selections, of: type, parents)
            for (place, object) in zip(places, found) { values[place] = object.map { .object($0) } }
        }
        return values
    }

    private func complete(_ leaf: GraphQLValue, as type: TypeDefinition) throws -> GraphQLValue {
        guard case .enumeration(let values) = type.kind else {
            do {
                return try Scalars.output(leaf, as: type.name)
            } catch {
                throw GraphQLError(error.text, code: .internalError)
            }
        }
        guard let text = leaf.string, values.contains(where: { $0.name == text }) else {
            throw GraphQLError("Enum '\(type.name)' cannot represent value: \(leaf.printed)", code: .internalError)
        }
        return .string(text)
    }

    private func concreteType(of source: any ObjectSource, as name: String) throws -> TypeDefinition {
        guard self.schema.isSubtype(source.typeName, of: name), let object = self.schema[source.typeName] else {
            throw GraphQLError(
                "Runtime Object type '\(source.typeName)' is not a possible type for '\(name)'.", code: .internalError)
        }
        return object
    }

    private func noteInternal(_ text: String, _ fields: [FieldNode], at path: ResponsePath) {
        self.note(GraphQLError(text, code: .internalError), fields, at: path)
    }
}
