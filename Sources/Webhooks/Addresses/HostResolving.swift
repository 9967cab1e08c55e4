import Glibc
import NIOPosix
import Synchronization

/// Finds the addresses of a name.
public protocol HostResolving: Sendable {
    /// All of them, in the order in which they should be tried; none when the name is unknown.
    func addresses(of host: String) async -> [NetworkAddress]
}

/// Asks the system, on threads of its own: the call blocks, for as long as a name server is silent.
///
/// A name that is looked up already is not looked up a second time: whoever asks gets the same answer. So one slow name keeps
/// one thread.
public final class SystemResolver: HostResolving {
    private typealias Waiter = CheckedContinuation<[NetworkAddress], Never>

    private let threads: NIOThreadPool
    private let lookUp: @Sendable (String) -> [NetworkAddress]
    private let waiting = Mutex<[String: [Int: Waiter]]>([:])
    private let ticket = Atomic<Int>(0)

    public convenience init() { self.init { Self.ask($0) } }

    init(lookUp: @escaping @Sendable (String) -> [NetworkAddress]) {
        self.threads = NIOThreadPool(numberOfThreads: Limits.lookUpCountMax)
        self.threads.start()
        self.lookUp = lookUp
    }

    deinit { self.threads.shutdownGracefully { _ in } }

    /// None when the task is cancelled before there is an answer.
    public func addresses(of host: String) async -> [NetworkAddress] {
        let ticket = self.ticket.add(1, ordering: .relaxed).newValue
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let isFirst = self.waiting.withLock { waiting in
                    defer { waiting[host, default: [:]][ticket] = waiter }
                    return waiting[host] == nil
                }
                if isFirst { self.start(host) }
                if Task.isCancelled { self.give([], to: ticket, of: host) }
            }
        } onCancel: {
            self.give([], to: ticket, of: host)
        }
    }

    private func start(_ host: String) {
        self.threads.submit { state in
            let found = state == .active ? self.lookUp(host) : []
            let waiters = self.waiting.withLock { $0.removeValue(forKey: host) ?? [:] }
            for waiter in waiters.values { waiter.resume(returning: found) }
        }
    }

    /// The name stays in ``waiting`` until its look-up is over.
    private func give(_ addresses: [NetworkAddress], to ticket: Int, of host: String) {
        let waiter = self.waiting.withLock { $0[host]?.removeValue(forKey: ticket) }
        waiter?.resume(returning: addresses)
    }

    private static func ask(_ host: String) -> [NetworkAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var addresses: [NetworkAddress] = []
        for entry in sequence(first: list, next: { $0?.pointee.ai_next }) {
            guard let info = entry?.pointee, let socket = info.ai_addr else { break }
            switch info.ai_family {
            case AF_INET:
                socket.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    addresses.append(.v4(UInt32(bigEndian: $0.pointee.sin_addr.s_addr)))
                }
            case AF_INET6:
                socket.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                    addresses.append(NetworkAddress($0.pointee.sin6_addr))
                }
            default: break
            }
        }
        return addresses
    }
}
