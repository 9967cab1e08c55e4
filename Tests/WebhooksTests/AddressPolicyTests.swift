import Testing

@testable import Webhooks

@Suite struct AddressPolicyTests {
    @Test(
        "Addresses that are not of the public internet are refused, from the first to the last of each range",
        arguments: [
            "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.0",
            "127.0.0.1", "127.255.255.255", "168.63.129.16", "169.254.0.0", "169.254.169.254", "169.254.255.255",
            "172.16.0.0", "172.31.255.255", "192.0.0.0", "192.0.0.192", "192.0.0.255", "192.0.2.0", "192.0.2.255",
            "192.31.196.1", "192.52.193.1", "192.88.99.0", "192.88.99.255", "192.168.0.0", "192.168.255.255",
            "192.175.48.1", "198.18.0.0", "198.19.255.255", "198.51.100.0", "198.51.100.255", "203.0.113.0",
            "203.0.113.255", "224.0.0.0", "239.255.255.255", "240.0.0.0", "255.255.255.254", "255.255.255.255",
            // Nothing, this machine, and IPv4 in its old disguise.
            "::", "::1", "::2", "::7f00:1", "::8.8.8.8", "::ffff:0:8.8.8.8",
            // IPv4 behind a socket of IPv6.
            "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "::ffff:0.0.0.0",
            // IPv4 that a network translates.
            "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b::", "64:ff9b:1::",
            "64:ff9b:1:ffff:ffff:ffff:808:808", "64:ff9b::1:808:808",
            // 6to4 and Teredo, whatever is in them.
            "2002::", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:808:808::1",
            "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "2001::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff",
            // Benchmarks, ORCHID, documentation.
            "2001:2::", "2001:10::", "2001:20::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::",
            "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
            "2620:4f:8000::1",
            // Nobody's, discard-only, segment routing.
            "100::", "100::1", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::", "5f00::1", "8000::", "e000::",
            // Unique local (Amazon's fd00:ec2::254 among them), link-local, site-local, multicast.
            "fc00::", "fd00:ec2::254", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe00::", "fe80::", "fe80::1",
            "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ff00::",
            "ff02::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        ])
    func special(_ text: String) throws {
        let address = try #require(NetworkAddress(text))
        #expect(!AddressPolicy.isPublic(address))
        #expect(try !AddressPolicy().allows(address, of: "receiver.example"))
    }

    @Test(
        "Those around the ranges are allowed",
        arguments: [
            "1.0.0.0", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
            "128.0.0.0", "168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0", "172.15.255.255",
            "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0", "192.88.98.255", "192.88.100.0",
            "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0",
            "203.0.112.255", "203.0.114.0", "223.255.255.255", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2000::",
            "2001:200::", "2001:4860:4860::8888", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::",
            "2003::", "2606:4700:4700::1111", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::",
        ])
    func `public`(_ text: String) throws {
        let address = try #require(NetworkAddress(text))
        #expect(AddressPolicy.isPublic(address))
        #expect(try AddressPolicy().allows(address, of: "receiver.example"))
    }

    @Test("An operator allows ranges, addresses and names, and nothing else with them")
    func allowed() throws {
        let policy = try AddressPolicy(allowing: [
            "10.1.0.0/16", "192.168.7.7", "fd00:1::/32", "::1", "Hooks.Intranet.", "a-b_c",
        ])
        func allows(_ address: String, _ host: String = "receiver.example") -> Bool {
            policy.allows(NetworkAddress(address)!, of: host)
        }
        #expect(allows("10.1.0.0") && allows("10.1.255.255") && allows("::ffff:10.1.2.3"))
        #expect(!allows("10.0.255.255") && !allows("10.2.0.0") && !allows("64:ff9b::10.1.2.3"))
        #expect(allows("192.168.7.7") && !allows("192.168.7.6") && !allows("192.168.7.8"))
        #expect(allows("fd00:1::5") && !allows("fd00:2::5") && allows("::1") && !allows("127.0.0.1"))
        #expect(allows("10.9.9.9", "hooks.intranet") && allows("127.0.0.1", "HOOKS.intranet."))
        #expect(
            !allows("10.9.9.9", "x.hooks.intranet") && !allows("10.9.9.9", "intranet") && allows("10.9.9.9", "A-B_C"))
        #expect(allows("8.8.8.8"))
        let everything = try AddressPolicy(allowing: ["0.0.0.0/0", "::/0"])
        for text in [
            "127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "fe80::1", "0.0.0.0", "255.255.255.255",
        ] {
            #expect(everything.allows(NetworkAddress(text)!, of: "receiver.example"))
        }
    }

    @Test(
        "What is neither a name nor an address is no entry",
        arguments: [
            "", ".", "10.1.0.0/33", "10.1.0.0/", "10.1.0.0/-1", "10.1.0.0/+8", "10.1.0.0/8/8", "10.1", "2130706433",
            "::/129", "fe80::1%eth0", "[::1]", "http://hooks.intranet", "hooks.intranet:80", "a b", "a..b",
            "bücher.example",
            "*", "*.intranet", "hooks.intranet/8", "0x7f.1",
        ])
    func invalid(_ entry: String) {
        #expect(throws: AddressPolicy.InvalidEntry(entry: entry)) { try AddressPolicy(allowing: [entry]) }
    }

    @Test("Addresses are read in one form only, and written back")
    func forms() throws {
        for text in [
            "127.1", "0x7f.1", "0177.0.0.1", "2130706433", "127.0.0.1 ", "127.0.0.1\0", "1.2.3.256", "[::1]",
            "fe80::1%lo", "",
        ] {
            #expect(NetworkAddress(text) == nil, "\(text)")
        }
        for text in ["127.0.0.1", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::ff00:42:8329"] {
            #expect(try #require(NetworkAddress(text)).description == text)
        }
        #expect(NetworkAddress("::ffff:1.2.3.4")?.unmapped == .v4(0x0102_0304))
        #expect(NetworkAddress("1.2.3.4") == .v4(0x0102_0304))
    }

    @Test(
        "Numbers in odd forms mean an address only after they are looked up, and are checked then",
        arguments: ["127.1", "0x7f.1", "0x7f000001", "2130706433", "0177.0.0.1", "017700000001", "localhost", "0"])
    func oddForms(_ host: String) async throws {
        // It is a name to look up, and not an address that goes by unchecked.
        #expect(NetworkAddress(host) == nil)
        #expect(EndpointAddress("http://\(host)/")?.host == host)
        let found = await SystemResolver().addresses(of: host)
        #expect(!found.isEmpty)
        let policy = try AddressPolicy()
        #expect(found.allSatisfy { !policy.allows($0, of: host) })
    }

    @Test("What is no web address is none to send to")
    func endpointAddresses() throws {
        for text in [
            "", "receiver.example", "ftp://receiver.example/", "http://", "http:///path",
            "https://user@receiver.example/",
            "https://user:word@receiver.example/", "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
            "unix:/var/run/docker.sock",
            "http://receiver.example:0/", "http://receiver.example:65536/", "http://a b/", "http://[fe80::1%25lo]/",
            "http://bücher.example/", "http://receiver.example\r\nX: y/", "file:///etc/passwd",
        ] {
            let address = EndpointAddress(text)
            // Names in other letters may be taken in the form that name servers know.
            #expect(address == nil || address?.host == "xn--bcher-kva.example", "\(text)")
        }
        let address = try #require(EndpointAddress("HTTPS://Receiver.example/hook?a=b#c"))
        #expect((address.scheme, address.host, address.port) == (.https, "Receiver.example", 443))
        let literal = try #require(EndpointAddress("http://[::1]:8080/"))
        #expect((literal.host, literal.port) == ("::1", 8080))
        #expect(EndpointAddress("http://%31%32%37.0.0.1/")?.host ?? "127.0.0.1" == "127.0.0.1")
    }

    @Test("Signatures go on to the same host only, and to nothing less safe")
    func trust() throws {
        func trusts(_ from: String, _ to: String) -> Bool { EndpointAddress(from)!.trusts(EndpointAddress(to)!) }
        #expect(trusts("https://a.example/x", "https://A.example/y"))
        #expect(trusts("http://a.example/", "https://a.example/"))
        #expect(trusts("http://a.example:80/", "https://a.example:443/"))
        #expect(!trusts("http://a.example:8080/", "https://a.example/"))
        #expect(!trusts("https://a.example/", "http://a.example/"))
        #expect(!trusts("https://a.example/", "https://a.example:8443/"))
        #expect(
            !trusts("https://a.example/", "https://b.example/") && !trusts("https://a.example/", "https://x.a.example/")
        )
    }
}
