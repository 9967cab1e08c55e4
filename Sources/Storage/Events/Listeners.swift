/// Those who listen to something, each until it is removed.
struct Listeners<Topic: Hashable & Sendable, Listener: Sendable>: Sendable {
    private var last = 0
    private var byTopic: [Topic: [Int: Listener]] = [:]

    subscript(topic: Topic) -> [Listener] { self.byTopic[topic].map { Array($0.values) } ?? [] }

    /// - Returns: a number to remove it by.
    mutating func add(_ listener: Listener, to topic: Topic) -> Int {
        self.last += 1
        self.byTopic[topic, default: [:]][self.last] = listener
        return self.last
    }

    mutating func remove(_ number: Int, from topic: Topic) {
        self.byTopic[topic]?[number] = nil
        if self.byTopic[topic]?.isEmpty ?? false { self.byTopic[topic] = nil }
    }
}
