extension Connection {
    /// Whether rosters pass: both sides are ready for them, and the dialler acts for a node (`ROSTER-3`).
    var exchangesRosters: Bool {
        guard self.phase == .open, self.isNode, let peer else { return false }
        return self.configuration.hello.capabilities.contains(.roster) && peer.capabilities.contains(.roster)
    }

    mutating func receivedRoster(_ payload: RawSpan) throws(WireError) -> OnFrame {
        guard self.exchangesRosters else { throw WireError(.unexpectedFrame) }
        return .roster(try RosterMessage(decoding: payload))
    }

    /// The peer sent the roster of this version.
    public mutating func peerHolds(rosterVersion: UInt64) {
        self.peerRosterVersion = max(self.peerRosterVersion, rosterVersion)
    }

    /// ROSTER to send when the peer holds an older one and takes rosters; else nothing.
    public mutating func roster(_ message: RosterMessage, version: UInt64) -> [UInt8] {
        guard self.exchangesRosters, version > self.peerRosterVersion else { return [] }
        self.peerRosterVersion = version
        return message.frame(stream: 0)
    }
}
