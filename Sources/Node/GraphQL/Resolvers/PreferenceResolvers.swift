import GraphQL
import ObjectModel
import Storage

/// Switches that people keep for themselves.
enum PreferenceResolvers {
    /// The flags that have fields of their own.
    private static let flags = [
        "newWorkspaceExplainerDismissed", "speckleConBannerDismissed", "intelligenceCommunityStandUpBannerDismissed",
        "speckleCon25BannerDismissed", "legacyProjectsExplainerCollapsed",
    ]
    /// What people are told of unless they do not want to.
    private static let notifications = [
        "activityDigest", "mentionedInComment", "newStreamAccessRequest", "streamAccessRequestApproved",
    ]

    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(UserSource.self) { field in
            field("meta") { source, _, context in
                try context.requireSelf(source.user)
                return UserMetaSource(isOn: try await self.switches(of: source.user, of: "flag", context))
            }
            field("notificationPreferences") { source, _, context in
                try context.requireSelf(source.user)
                return GraphQLValue.object(
                    self.notificationPreferences(
                        try await self.switches(of: source.user, of: "notification", context)))
            }
        }
        map.type(UserMetaSource.self) { field in
            field("flag") { source, arguments, _ in source.isOn[arguments["key"]?.string ?? ""] ?? false }
            for name in self.flags { field(name) { source, _, _ in source.isOn[name] ?? false } }
        }
        map.type(UserSource.self) { field in
            field("isOnboardingFinished") { source, _, context in
                guard context.isSelf(source.user) else { return nil as Bool? }
                return try await self.switches(of: source.user, of: "onboarding", context)["finished"] ?? false
            }
        }
        map.type(ActiveUserMutations.self) { field in
            field("meta") { _, _, _ in UserMetaMutations() }
            field("finishOnboarding") { _, _, context in
                try await self.set(["onboarding/finished": true], context)
                return true
            }
        }
        map.type(UserMetaMutations.self) { field in
            field("setFlag") { _, arguments, context in
                try await self.setFlag(arguments["key"]?.string ?? "", arguments, context)
            }
            for name in self.flags {
                let mutation = "set" + name.prefix(1).uppercased() + name.dropFirst()
                field(mutation) { _, arguments, context in try await self.setFlag(name, arguments, context) }
            }
        }
        map.type(MutationRoot.self) { field in
            field("userNotificationPreferencesUpdate") { _, arguments, context in
                try await self.set(try self.notificationSwitches(arguments["preferences"]?.object ?? [:]), context)
                return true
            }
        }
    }

    /// By their names within `group`.
    private static func switches(
        of user: User, of group: String, _ context: APIContext
    ) async throws -> [String: Bool] {
        let all = try await context.read { try $0.preferences(of: user.id) }.filter { $0.key.hasPrefix(group + "/") }
        return Dictionary(uniqueKeysWithValues: all.map { (String($0.key.dropFirst(group.count + 1)), $0.isOn) })
    }

    private static func set(_ switches: [String: Bool], _ context: APIContext) async throws {
        // Speckle asks for profile:update, which no token can have.
        let user = try context.permitted(.editSelf).user
        try await context.services.metadata.perform(SetPreferences(switches), actor: user.id)
    }

    private static func setFlag(
        _ name: String, _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> Bool {
        let isOn = arguments["value"]?.bool ?? false
        try await self.set(["flag/\(name)": isOn], context)
        return isOn
    }

    // MARK: Notifications

    private static func notificationPreferences(_ switches: [String: Bool]) -> GraphQLObject {
        var ways = Dictionary(uniqueKeysWithValues: self.notifications.map { ($0, ["email": true]) })
        for (name, isOn) in switches {
            let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
            if parts.count == 2 { ways[parts[0], default: [:]][parts[1]] = isOn }
        }
        var preferences = GraphQLObject()
        for (notification, switches) in ways.sorted(by: { $0.key < $1.key }) {
            var object = GraphQLObject()
            for (way, isOn) in switches.sorted(by: { $0.key < $1.key }) { object[way] = .bool(isOn) }
            preferences[notification] = .object(object)
        }
        return preferences
    }

    private static func notificationSwitches(_ preferences: GraphQLObject) throws -> [String: Bool] {
        var switches: [String: Bool] = [:]
        for notification in preferences.keys {
            guard let ways = preferences[notification]?.object else { throw self.malformed }
            for way in ways.keys {
                guard let isOn = ways[way]?.bool else { throw self.malformed }
                switches["notification/\(notification)/\(way)"] = isOn
            }
        }
        return switches
    }

    private static let malformed = DomainError(
        .userInput, #"Preferences have the form {"activityDigest": {"email": true}}."#)
}

struct UserMetaSource: ObjectSource {
    static let typeName = "UserMeta"
    let isOn: [String: Bool]
}
