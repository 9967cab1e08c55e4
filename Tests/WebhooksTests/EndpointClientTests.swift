import Glibc
import NIOHTTP1
import NIOSSL
import ObjectModel
import Synchronization
import Testing

@testable import Webhooks

@Suite struct EndpointClientTests {
    /// Names as a test wants them, each look-up with an answer of its own; the last one stays.
    final class Names: HostResolving {
        private let answers: Mutex<[String: [[String]]]>
        private let asked = Mutex<[String]>([])

        init(_ answers: [String: [[String]]]) { self.answers = Mutex(answers) }

        var lookUps: [String] { self.asked.withLock { $0 } }

        func addresses(of host: String) async -> [NetworkAddress] {
            self.asked.withLock { $0.append(host) }
            return self.answers.withLock { answers in
                guard let next = answers[host]?.first else { return [] }
                if answers[host]!.count > 1 { answers[host]!.removeFirst() }
                return next.map { NetworkAddress($0)! }
            }
        }
    }

    /// Names that nobody looks up in time.
    struct SilentNames: HostResolving {
        func addresses(of host: String) async -> [NetworkAddress] {
            try? await Task.sleep(for: .seconds(600))
            return [.v4(0x7F00_0001)]
        }
    }

    /// Every name is this machine.
    struct Loopback: HostResolving {
        func addresses(of host: String) async -> [NetworkAddress] { [.v4(0x7F00_0001)] }
    }

    /// Nobody waits so long, however busy the machine is.
    private static func times(
        attempt: Duration = .seconds(120), lookUp: Duration = .seconds(60), answerBody: Duration = .seconds(1)
    ) -> EndpointClient.Times {
        EndpointClient.Times(attempt: attempt, connect: .seconds(120), lookUp: lookUp, answerBody: answerBody)
    }

    private static let signatures = [DeliverySignature.Header("X-WEBHOOK-SIGNATURE", "abc")]

    private func send(
        _ url: String, allowing entries: [String] = ["127.0.0.1"], names: any HostResolving = Names([:]),
        tls: TLSConfiguration = .makeClientConfiguration(), times: EndpointClient.Times = Self.times()
    ) async -> Attempt {
        let client = EndpointClient(
            policy: try! AddressPolicy(allowing: entries), resolver: names, version: "1.2.3", tls: tls, times: times)
        let connection = client.open()
        let attempt = await connection.send(
            DeliveryRequest(url: url, signatures: Self.signatures, body: Array(#"{"payload":1}"#.utf8)))
        await connection.close()
        return attempt
    }

    // MARK: Answers

    @Test("What receivers are sent")
    func request() async throws {
        try await TestReceiver.with(answer: { _ in .status(200) }) { receiver in
            let attempt = await self.send("http://127.0.0.1:\(receiver.port)/a/b?c=d")
            #expect(attempt == .answered(status: 200, retryAfter: nil))
            let request = try #require(receiver.received.first)
            #expect(request.method == .POST && request.uri == "/a/b?c=d" && request.body == #"{"payload":1}"#)
            #expect(request.headers["Content-Type"] == ["application/json"])
            #expect(request.headers["User-Agent"] == ["Tiebeam/1.2.3"])
            #expect(request.headers["X-WEBHOOK-SIGNATURE"] == ["abc"])
            #expect(request.headers["Content-Length"] == ["13"])
            #expect(request.headers["Host"] == ["127.0.0.1:\(receiver.port)"])
        }
    }

    @Test(
        "Every status comes back as it is",
        arguments: [200, 201, 202, 204, 300, 304, 400, 401, 404, 408, 410, 425, 429, 500, 502, 503, 504, 599])
    func statuses(_ status: Int) async throws {
        let headers = [("Retry-After", "17")]
        try await TestReceiver.with(answer: { _ in .status(status, headers, body: "ignored") }) { receiver in
            let attempt = await self.send("http://127.0.0.1:\(receiver.port)/")
            #expect(attempt == .answered(status: status, retryAfter: "17"))
        }
    }

    @Test("A connection serves the next delivery as well")
    func reuse() async throws {
        try await TestReceiver.with(answer: { _ in .status(200, body: String(repeating: "x", count: 60_000)) }) {
            let client = EndpointClient(
                policy: try AddressPolicy(allowing: ["127.0.0.1"]), resolver: Names([:]), version: "1",
                tls: .makeClientConfiguration(), times: Self.times())
            let connection = client.open()
            for _ in 0..<5 {
                let attempt = await connection.send(
                    DeliveryRequest(url: "http://127.0.0.1:\($0.port)/", signatures: [], body: [1]))
                #expect(attempt == .answered(status: 200, retryAfter: nil))
            }
            await connection.close()
            // One may not be back yet when the next delivery begins.
            #expect($0.connectionCount < 5)
        }
    }

    @Test("Whoever does not answer is not waited for")
    func hanging() async throws {
        try await TestReceiver.with(answer: { _ in .bytes("HTTP/1.1 200 OK\r\nX: ") }) { receiver in
            let attempt = await self.send(
                "http://127.0.0.1:\(receiver.port)/", times: Self.times(attempt: .milliseconds(500)))
            #expect(attempt == .unreachable(.noAnswer))
        }
    }

    @Test("A connection that ends before the answer is none", arguments: [true, false])
    func ended(_ isReset: Bool) async throws {
        try await TestReceiver.with(answer: { _ in isReset ? .reset : .close }) { receiver in
            let attempt = await self.send("http://127.0.0.1:\(receiver.port)/")
            #expect(attempt == .unreachable(.connectionLost))
        }
    }

    @Test("What is no HTTP is no answer")
    func nonsense() async throws {
        try await TestReceiver.with(answer: { _ in .bytes("220 mail.example ESMTP\r\n") }) { receiver in
            let attempt = await self.send("http://127.0.0.1:\(receiver.port)/")
            #expect(attempt == .unreachable(.connectionLost))
        }
    }

    @Test("An answer counts though its body never ends, or never comes")
    func endlessBody() async throws {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        let chunk = "1000\r\n" + String(repeating: "x", count: 0x1000) + "\r\n"
        try await TestReceiver.with(answer: { _ in .endless(first: head, then: chunk) }) { receiver in
            let attempt = await self.send("http://127.0.0.1:\(receiver.port)/")
            #expect(attempt == .answered(status: 200, retryAfter: nil))
        }
        try await TestReceiver.with(answer: { _ in .bytes("HTTP/1.1 202 OK\r\nContent-Length: 9\r\n\r\n") }) {
            receiver in
            let attempt = await self.send(
                "http://127.0.0.1:\(receiver.port)/", times: Self.times(answerBody: .milliseconds(50)))
            #expect(attempt == .answered(status: 202, retryAfter: nil))
        }
    }

    @Test("Heads without end fill no memory")
    func hugeHeaders() async throws {
        let line = String(repeating: "X: " + String(repeating: "y", count: 1000) + "\r\n", count: 10)
        try await TestReceiver.with(answer: { _ in .endless(first: "HTTP/1.1 200 OK\r\n", then: line) }) { receiver in
            let attempt = await self.send("http://127.0.0.1:\(receiver.port)/")
            #expect(attempt == .unreachable(.connectionLost))
        }
    }

    @Test("Interim answers without end are no answer")
    func interim() async throws {
        let text = "HTTP/1.1 103 Early Hints\r\n\r\n"
        try await TestReceiver.with(answer: { _ in .endless(first: text, then: String(repeating: text, count: 100)) }) {
            receiver in
            let attempt = await self.send("http://127.0.0.1:\(receiver.port)/")
            #expect(attempt == .unreachable(.connectionLost))
        }
    }

    @Test("Nobody listens")
    func noListener() async throws {
        var port = 0
        try await TestReceiver.with(answer: { _ in .status(200) }) { port = $0.port }
        #expect(await self.send("http://127.0.0.1:\(port)/") == .unreachable(.noConnection))
    }

    @Test("Who is cancelled makes no attempt")
    func cancelled() async throws {
        try await TestReceiver.with(answer: { _ in .bytes("") }) { receiver in
            let sending = Task { await self.send("http://127.0.0.1:\(receiver.port)/") }
            #expect(await eventually { !receiver.received.isEmpty })
            sending.cancel()
            #expect(await sending.value == .interrupted)
        }
    }

    // MARK: Addresses

    @Test("A connection goes to the address that was checked, whatever the name means next")
    func rebinding() async throws {
        try await TestReceiver.with(answer: { _ in .status(200) }) { receiver in
            // No name server knows the name: nobody but our own look-up can have led here.
            let names = Names(["hooks.invalid": [["127.0.0.1"], ["10.0.0.1"]]])
            let url = "http://hooks.invalid:\(receiver.port)/"
            #expect(await self.send(url, names: names) == .answered(status: 200, retryAfter: nil))
            #expect(names.lookUps == ["hooks.invalid"])
            #expect(receiver.received.first?.headers["Host"] == ["hooks.invalid:\(receiver.port)"])
            // The next attempt is checked anew.
            #expect(await self.send(url, names: names) == .refused(.forbiddenAddress))
            #expect(receiver.received.count == 1)
        }
    }

    @Test(
        "Names are pinned however they are written",
        arguments: ["HOOKS.Invalid", "hooks.invalid.", "hooks%2Einvalid", "hooks_1.invalid"])
    func spelling(_ host: String) async throws {
        try await TestReceiver.with(answer: { _ in .status(200) }) { receiver in
            let attempt = await self.send("http://\(host):\(receiver.port)/", names: Loopback())
            // Unless it is no address at all, it leads to where its look-up said.
            let isAddress = EndpointAddress("http://\(host)/") != nil
            #expect(attempt == (isAddress ? .answered(status: 200, retryAfter: nil) : .refused(.invalidAddress)))
        }
    }

    @Test("A connection that is open is not used where the name means something else by now")
    func rebindingBetweenDeliveries() async throws {
        try await TestReceiver.with(answer: { _ in .status(200) }) { receiver in
            let names = Names(["hooks.invalid": [["127.0.0.1"], ["127.0.0.2"]]])
            let client = EndpointClient(
                policy: try AddressPolicy(allowing: ["127.0.0.1"]), resolver: names, version: "1",
                tls: .makeClientConfiguration(), times: Self.times())
            let connection = client.open()
            let request = DeliveryRequest(url: "http://hooks.invalid:\(receiver.port)/", signatures: [], body: [1])
            #expect(await connection.send(request) == .answered(status: 200, retryAfter: nil))
            #expect(await connection.send(request) == .refused(.forbiddenAddress))
            await connection.close()
        }
    }

    @Test("Addresses that are not allowed are not connected to, in whatever form they stand there")
    func forbidden() async throws {
        try await TestReceiver.with(answer: { _ in .status(200) }) { receiver in
            for host in [
                "127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "localhost", "[::ffff:127.0.0.1]",
                "[::ffff:7f00:1]", "0", "[::]",
            ] {
                let url = "http://\(host):\(receiver.port)/"
                let attempt = await self.send(url, allowing: [], names: SystemResolver())
                #expect(attempt == .refused(.forbiddenAddress), "\(host)")
            }
            #expect(receiver.connectionCount == 0)
        }
    }

    @Test("Odd forms lead to where an operator allows, and are pinned as names are")
    func oddForms() async throws {
        try await TestReceiver.with(answer: { _ in .status(200) }) { receiver in
            for host in ["127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"] {
                let attempt = await self.send("http://\(host):\(receiver.port)/", names: SystemResolver())
                #expect(attempt == .answered(status: 200, retryAfter: nil), "\(host)")
            }
        }
    }

    @Test("One address that is not allowed refuses the name")
    func mixed() async throws {
        try await TestReceiver.with(answer: { _ in .status(200) }) { receiver in
            let names = Names(["hooks.invalid": [["127.0.0.1", "169.254.169.254"]]])
            let attempt = await self.send("http://hooks.invalid:\(receiver.port)/", names: names)
            #expect(attempt == .refused(.forbiddenAddress) && receiver.connectionCount == 0)
        }
    }

    @Test("Where one kind of address leads nowhere, the other one is tried")
    func otherKind() async throws {
        try await TestReceiver.with(answer: { _ in .status(200) }) { receiver in
            let names = Names(["hooks.invalid": [["::1", "127.0.0.1"]]])
            let attempt = await self.send(
                "http://hooks.invalid:\(receiver.port)/", allowing: ["127.0.0.1", "::1"], names: names)
            #expect(attempt == .answered(status: 200, retryAfter: nil))
        }
    }

    @Test("Names lead to IPv6 as well, and IPv6 stands in addresses")
    func version6() async throws {
        let names = Names(["hooks.invalid": [["::1"]]])
        try await TestReceiver.with(host: "::1", answer: { _ in .status(200) }) { receiver in
            for host in ["hooks.invalid", "[::1]"] {
                let attempt = await self.send("http://\(host):\(receiver.port)/", allowing: ["::1"], names: names)
                #expect(attempt == .answered(status: 200, retryAfter: nil))
            }
            #expect(
                receiver.received.map { $0.headers["Host"] } == [
                    ["hooks.invalid:\(receiver.port)"], ["[::1]:\(receiver.port)"],
                ])
        }
    }

    @Test("A name that nobody knows, and one that nobody answers for")
    func unknown() async throws {
        #expect(await self.send("http://hooks.invalid/") == .unreachable(.unknownName))
        let attempt = await self.send(
            "http://hooks.invalid/", names: SilentNames(), times: Self.times(lookUp: .milliseconds(50)))
        #expect(attempt == .unreachable(.unknownName))
        #expect(await self.send("gopher://127.0.0.1/") == .refused(.invalidAddress))
    }

    @Test("A name server that is silent keeps one look-up of a name, and no one who asks")
    func silentNameServer() async throws {
        let gate = Mutex(false)
        let count = Mutex(0)
        let resolver = SystemResolver { _ in
            count.withLock { $0 += 1 }
            while !gate.withLock({ $0 }) { usleep(1000) }
            return [.v4(1)]
        }
        for _ in 0..<3 {
            let found = await within(.milliseconds(20)) { await resolver.addresses(of: "hooks.invalid") }
            #expect(found == nil || found == [])
        }
        async let last = resolver.addresses(of: "hooks.invalid")
        gate.withLock { $0 = true }
        #expect(await last == [.v4(1)])
        #expect(count.withLock { $0 } <= 2)
    }

    // MARK: Redirects

    private static func redirect(_ status: Int, to location: String) -> TestReceiver.Answer {
        .status(status, [("Location", location)])
    }

    @Test("A redirect that keeps what is sent is followed twice", arguments: [307, 308])
    func redirects(_ status: Int) async throws {
        try await TestReceiver.with(answer: { request in
            switch request.uri {
            case "/0": .status(204)
            case "/1": Self.redirect(status, to: "/0")
            case "/2": Self.redirect(status, to: "1")
            default: Self.redirect(status, to: "/2")
            }
        }) { receiver in
            let address = "http://127.0.0.1:\(receiver.port)"
            #expect(await self.send("\(address)/2") == .answered(status: 204, retryAfter: nil))
            #expect(receiver.received.map(\.uri) == ["/2", "/1", "/0"])
            for request in receiver.received {
                #expect(request.method == .POST && request.body == #"{"payload":1}"#)
                #expect(request.headers["X-WEBHOOK-SIGNATURE"] == ["abc"])
            }
            #expect(await self.send("\(address)/3") == .refused(.tooManyRedirects))
            #expect(receiver.received.count == 6)
        }
    }

    @Test("Redirects that may change what is sent are answers like others", arguments: [301, 302, 303, 305])
    func otherRedirects(_ status: Int) async throws {
        try await TestReceiver.with(answer: { _ in Self.redirect(status, to: "/") }) { receiver in
            let attempt = await self.send("http://127.0.0.1:\(receiver.port)/x")
            #expect(attempt == .answered(status: status, retryAfter: nil) && receiver.received.count == 1)
        }
    }

    @Test(
        "A redirect leads to no address that is not allowed",
        arguments: [
            ("http://169.254.169.254/latest/meta-data", Attempt.Refusal.forbiddenAddress),
            ("http://inside.invalid/", .forbiddenAddress), ("//10.0.0.1/", .forbiddenAddress),
            ("http://[fd00:ec2::254]/", .forbiddenAddress), ("file:///etc/passwd", .invalidRedirect),
            ("http://user:word@127.0.0.1/", .invalidRedirect), ("http://", .invalidRedirect),
        ])
    func forbiddenRedirect(_ location: String, _ refusal: Attempt.Refusal) async throws {
        let names = Names(["inside.invalid": [["192.168.0.1"]]])
        try await TestReceiver.with(answer: { _ in Self.redirect(307, to: location) }) { receiver in
            let attempt = await self.send("http://127.0.0.1:\(receiver.port)/", names: names)
            #expect(attempt == .refused(refusal) && receiver.received.count == 1)
        }
    }

    @Test("A redirect to the same name is checked anew")
    func reboundRedirect() async throws {
        let names = Names(["hooks.invalid": [["127.0.0.1"], ["10.0.0.1"]]])
        try await TestReceiver.with(answer: { _ in Self.redirect(307, to: "/next") }) { receiver in
            let attempt = await self.send("http://hooks.invalid:\(receiver.port)/", names: names)
            #expect(attempt == .refused(.forbiddenAddress) && receiver.received.count == 1)
        }
    }

    @Test("Somebody else gets what is sent without signatures, also when it leads back")
    func otherOrigin() async throws {
        let names = Names(["a.invalid": [["127.0.0.1"]], "b.invalid": [["127.0.0.1"]]])
        try await TestReceiver.with(answer: { request in
            let port = request.headers["Host"][0].split(separator: ":")[1]
            return switch request.uri {
            case "/1": Self.redirect(307, to: "http://b.invalid:\(port)/2")
            case "/2": Self.redirect(307, to: "http://a.invalid:\(port)/3")
            default: .status(200)
            }
        }) { receiver in
            let attempt = await self.send("http://a.invalid:\(receiver.port)/1", names: names)
            #expect(attempt == .answered(status: 200, retryAfter: nil))
            #expect(receiver.received.map { $0.headers["X-WEBHOOK-SIGNATURE"] } == [["abc"], [], []])
        }
    }

    // MARK: TLS

    @Test("A certificate is the name's, though the connection goes to an address")
    func certificate() async throws {
        let identity = try TestCertificate(for: ["hooks.invalid"])
        let names = Names(["hooks.invalid": [["127.0.0.1"]], "other.invalid": [["127.0.0.1"]]])
        try await TestReceiver.with(tls: identity.server, answer: { _ in .status(200) }) { receiver in
            let port = receiver.port
            let trusted = await self.send("https://hooks.invalid:\(port)/", names: names, tls: identity.client)
            #expect(trusted == .answered(status: 200, retryAfter: nil))
            // Another name, an address, and somebody who trusts nobody of that kind.
            let wrong = await self.send("https://other.invalid:\(port)/", names: names, tls: identity.client)
            #expect(wrong == .unreachable(.noTrust))
            let address = await self.send("https://127.0.0.1:\(port)/", names: names, tls: identity.client)
            #expect(address == .unreachable(.noTrust))
            #expect(await self.send("https://hooks.invalid:\(port)/", names: names) == .unreachable(.noTrust))
            #expect(receiver.received.count == 1)
        }
    }

    @Test("A redirect from TLS to none is not followed")
    func unsafeRedirect() async throws {
        let identity = try TestCertificate(for: ["hooks.invalid"])
        let names = Names(["hooks.invalid": [["127.0.0.1"]]])
        try await TestReceiver.with(answer: { _ in .status(200) }) { open in
            let location = "http://hooks.invalid:\(open.port)/"
            try await TestReceiver.with(tls: identity.server, answer: { _ in Self.redirect(308, to: location) }) {
                let attempt = await self.send("https://hooks.invalid:\($0.port)/", names: names, tls: identity.client)
                #expect(attempt == .refused(.unsafeRedirect) && open.received.isEmpty)
            }
        }
    }

    @Test("A redirect from no TLS to TLS is")
    func saferRedirect() async throws {
        let identity = try TestCertificate(for: ["hooks.invalid"])
        let names = Names(["hooks.invalid": [["127.0.0.1"]]])
        try await TestReceiver.with(tls: identity.server, answer: { _ in .status(200) }) { safe in
            let location = "https://hooks.invalid:\(safe.port)/"
            try await TestReceiver.with(answer: { _ in Self.redirect(308, to: location) }) {
                let attempt = await self.send("http://hooks.invalid:\($0.port)/", names: names, tls: identity.client)
                #expect(attempt == .answered(status: 200, retryAfter: nil))
            }
        }
    }

    @Test("Whoever speaks no TLS is not trusted")
    func noTLS() async throws {
        try await TestReceiver.with(answer: { _ in .status(200) }) { receiver in
            let attempt = await self.send("https://127.0.0.1:\(receiver.port)/")
            #expect(attempt == .unreachable(.noTrust) || attempt == .unreachable(.connectionLost))
        }
    }
}
