import SyncProtocol

/// Two peers and the bytes between them, run in one loop whose order a seed decides.
final class Link {
    let dialler: Peer
    let acceptor: Peer
    /// Frames, counted at both ends, after which the connection is gone.
    var cutAfter: Int?
    private(set) var isCut = false
    private(set) var byteCount = 0
    private var random: Seeded

    init(_ dialler: Peer, _ acceptor: Peer, seed: UInt64) {
        self.dialler = dialler
        self.acceptor = acceptor
        self.random = Seeded(seed)
    }

    /// A dialler that has said hello, and an acceptor that serves `node`.
    convenience init(
        serving node: SampleNode? = nil, dialler hello: HelloMessage = .standard,
        acceptor acceptorHello: HelloMessage = .standard, token: String = Names.token, seed: UInt64
    ) {
        let dialler = Peer(Connection.Configuration(side: .dialler, hello: hello))
        dialler.send(dialler.connection.opening(.token(token)))
        let acceptor = Peer(Connection.Configuration(side: .acceptor, hello: acceptorHello)) {
            (type, id, header, payload) throws(WireError) in
            guard let node else { throw WireError(.projectUnknown) }
            return try node.serve(type, id, header, payload)
        }
        self.init(dialler, acceptor, seed: seed)
    }

    private var frameCount: Int { self.dialler.frameCount + self.acceptor.frameCount }

    /// Runs until nothing more can happen.
    func run() {
        while self.step() {}
    }

    /// - Returns: `false` when nothing can happen any more.
    private func step() -> Bool {
        if let cutAfter, self.frameCount >= cutAfter {
            self.isCut = true
            // The ends learn of it a moment later.
            for _ in 0..<self.random.below(8) {
                _ = self.acceptor.step(&self.random) || self.dialler.step(&self.random)
            }
            return false
        }
        for choice in (0..<4).shuffled(using: &self.random) {
            switch choice {
            case 0: if self.move(from: self.dialler, to: self.acceptor) { return true }
            case 1: if self.move(from: self.acceptor, to: self.dialler) { return true }
            case 2: if self.dialler.step(&self.random) { return true }
            default: if self.acceptor.step(&self.random) { return true }
            }
        }
        return false
    }

    /// Moves some bytes, most often few, so that frames are cut everywhere.
    private func move(from sender: Peer, to receiver: Peer) -> Bool {
        guard sender.outbox.count > 0 else { return false }
        let most = [12, 300, 70_000, Int.max][self.random.below(4)]
        let count = 1 + self.random.below(min(most, sender.outbox.count))
        self.byteCount += count
        receiver.receive(sender.outbox.take(count)[...])
        return true
    }
}
