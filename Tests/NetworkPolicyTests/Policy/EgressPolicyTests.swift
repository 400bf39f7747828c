import Testing

@testable import NetworkPolicy

struct EgressPolicyTests {
    private func rule(
        _ policy: EgressPolicy,
        _ host: String,
        _ port: Int,
        _ addresses: [String],
        own: Set<Int> = []
    ) throws -> EgressDenial.Rule? {
        let name = try #require(HostName(host))
        do throws(EgressDenial) {
            try policy.check(name, port: port)
            try policy.check(name, port: port, addresses.compactMap { IPAddress($0) }) { _, port in own.contains(port) }
            return nil
        } catch {
            return error.rule
        }
    }

    private func rule(_ policy: EgressPolicy, _ host: String, _ addresses: [String]) throws -> EgressDenial.Rule? {
        try rule(policy, host, 443, addresses)
    }

    @Test func `one address that is closed closes them all`() throws {
        let policy = EgressPolicy()
        #expect(try rule(policy, "portal.example", ["93.184.216.34"]) == nil)
        #expect(try rule(policy, "portal.example", ["93.184.216.34", "::1"]) == .loopback)
        #expect(try rule(policy, "portal.example", ["93.184.216.34", "10.0.0.1"]) == .privateAddress)
        #expect(try rule(policy, "portal.example", ["93.184.216.34", "169.254.169.254"]) == .metadata)
        #expect(try rule(policy, "portal.example", ["224.0.0.1"]) == .reserved)
    }

    @Test func `an opening opens one place, by name, address or range`() throws {
        var policy = EgressPolicy()
        policy.openings = ["datev.lan:443", "10.1.2.3:8080", "192.168.7.0/24:*", "[fd00::5]:80"].compactMap {
            Opening($0)
        }
        #expect(policy.openings.count == 4)
        #expect(try rule(policy, "datev.lan", ["10.9.9.9"]) == nil)
        #expect(try rule(policy, "datev.lan", 80, ["10.9.9.9"]) == .privateAddress)
        #expect(try rule(policy, "other.lan", ["10.9.9.9"]) == .privateAddress)
        #expect(try rule(policy, "10.1.2.3", 8080, ["10.1.2.3"]) == nil)
        #expect(try rule(policy, "10.1.2.3", 8081, ["10.1.2.3"]) == .privateAddress)
        #expect(try rule(policy, "a.lan", 1234, ["192.168.7.200"]) == nil)
        #expect(try rule(policy, "a.lan", 1234, ["192.168.8.1"]) == .privateAddress)
        #expect(try rule(policy, "[fd00::5]", 80, ["fd00::5"]) == nil)
    }

    @Test func `nothing opens metadata, reserved addresses and our own ports`() throws {
        var policy = EgressPolicy()
        policy.allowsLoopback = true
        policy.allowsPrivate = true
        policy.openings = ["*:*", "169.254.169.254:80", "metadata.google.internal:80"].compactMap { Opening($0) }
        #expect(try rule(policy, "169.254.169.254", 80, ["169.254.169.254"]) == .metadata)
        #expect(try rule(policy, "metadata.google.internal", 80, ["8.8.8.8"]) == .metadata)
        #expect(try rule(policy, "a.example", 80, ["224.0.0.1"]) == .reserved)
        #expect(try rule(policy, "127.0.0.1", 7070, ["127.0.0.1"], own: [7070]) == .ownPort)
        #expect(try rule(policy, "127.0.0.1", 7071, ["127.0.0.1"], own: [7070]) == nil)
    }

    @Test func `allowed and blocked hosts are checked before anybody looks them up`() throws {
        var policy = EgressPolicy()
        policy.hosts = ["*.portal.example", "1.1.1.1"].compactMap { HostPattern($0) }
        policy.blockedHosts = ["ads.portal.example", "9.9.9.0/24"].compactMap { HostPattern($0) }
        #expect(try rule(policy, "www.portal.example", ["8.8.8.8"]) == nil)
        #expect(try rule(policy, "portal.example", ["8.8.8.8"]) == nil)
        #expect(try rule(policy, "portal.example.evil", []) == .hostNotAllowed)
        #expect(try rule(policy, "evilportal.example", []) == .hostNotAllowed)
        #expect(try rule(policy, "ads.portal.example", []) == .hostBlocked)
        #expect(try rule(policy, "www.portal.example", ["9.9.9.9"]) == .hostBlocked)
        #expect(try rule(policy, "1.1.1.1", ["1.1.1.1"]) == nil)
    }

    @Test func `our own ports are ours on every address of this machine`() throws {
        let own = OwnEndpoints()
        own.add(port: 7070)
        own.add(host: "localhost", port: 6379)
        own.add(host: "redis.lan", port: 6379)
        own.add(host: "10.9.9.9", port: 5432)
        for text in ["127.0.0.1", "127.0.0.2", "::1", "0.0.0.0", "::ffff:127.0.0.1", "64:ff9b::7f00:1"] {
            let address = try #require(IPAddress(text))
            #expect(own.contains(address, 7070), "\(text)")
            #expect(own.contains(address, 6379))
            #expect(!own.contains(address, 7071))
        }
        #expect(!own.contains(try #require(IPAddress("8.8.8.8")), 7070))
        #expect(own.contains(try #require(HostName("redis.lan")), 6379))
        #expect(own.contains(try #require(IPAddress("10.9.9.9")), 5432))
        own.remove(port: 7070)
        #expect(!own.contains(try #require(IPAddress("127.0.0.1")), 7070))
    }

    @Test(arguments: [
        ("file:///etc/passwd", EgressDenial.Rule.scheme), ("view-source:http://a.example", .scheme),
        ("chrome://version", .scheme), ("javascript:alert(1)", .scheme), ("filesystem:http://a/b", .scheme),
        ("data:text/html,x", .scheme), ("blob:http://a/b", .scheme), ("about:blank#x", .scheme),
        ("about:srcdoc", .scheme),
        ("devtools://devtools/", .scheme), ("ftp://a.example", .scheme), ("a.example", .scheme), ("", .scheme),
        ("http://user@a.example/", .userinfo), ("http://user:pw@a.example/", .userinfo),
        ("http://a.example@127.0.0.1/", .userinfo),
        ("http:a.example", .malformedURL), ("http:/a.example", .malformedURL), ("http:\\\\a.example", .malformedURL),
        ("http://a.example\\@127.0.0.1/", .malformedURL), ("http://a.exam\nple/", .malformedURL),
        (" http://a.example", .malformedURL),
        ("http://a.example/\u{0}", .malformedURL), ("java\tscript:alert(1)", .malformedURL),
        ("http://a.example:99999999/", .malformedURL),
        ("http://a.example:8 0/", .malformedURL), ("http://a.example:८०/", .malformedURL), ("ſhttp://a", .scheme),
        ("about:blank#a", .scheme), ("http:/\u{301}/a.example", .malformedURL),
        ("http:///", .malformedHost), ("http://[::1/", .malformedHost), ("http://1.2.3.4.5/", .malformedHost),
    ])
    func `pages are sent to http, https and about-blank only`(url: String, rule: EgressDenial.Rule) {
        let denial = #expect(throws: EgressDenial.self) { _ = try PageAddress(url) }
        #expect(denial?.rule == rule, "\(url)")
    }

    @Test func `what pages are sent to is read`() throws {
        #expect(try PageAddress("HTTPS://A.example").port == 443)
        #expect(try PageAddress("http://127.1:8080/x?y=@").host?.description == "127.0.0.1")
        #expect(try PageAddress("http://[::1]:8080/").port == 8080)
        #expect(try PageAddress("About:Blank").host == nil)
        #expect(try PageAddress("http://a.example:/").port == 80)
        #expect(try PageAddress("http://A.Example.#x").host?.description == "a.example")
        #expect(try PageAddress("http://müller.example/").host == nil)
    }
}
