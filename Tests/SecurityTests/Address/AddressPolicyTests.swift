import JobModel
import NetworkPolicy
import Testing

@testable import Security

@Suite struct AddressPolicyTests {
    @Test(arguments: [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1",
        "169.254.169.254", "100.64.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.1", "::", "::1",
        "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:0001::", "2002:c0a8:0101::1", "::7f00:1", "2001:db8::1", "2001::1",
        "100::1", "4000::1", "127.1", "0177.0.0.1", "2130706433", "0x7f000001", "", "localhost", "1.2.3.4.5",
    ])
    func `what is not public is refused, however it is written`(_ address: String) {
        let policy = EgressAddressPolicy()
        #expect(policy.refusal(host: "x.example", port: 443, address: address, tenant: .default) != nil)
    }

    @Test(arguments: [
        "8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "192.167.255.255", "100.63.0.1", "100.128.0.1",
        "2606:4700::1111", "2a00:1450:4001::1", "64:ff9b::808:808", "2002:0808:0808::", "::ffff:8.8.8.8",
    ])
    func `what is public is allowed`(_ address: String) {
        #expect(EgressAddressPolicy().refusal(host: "x", port: 443, address: address, tenant: .default) == nil)
    }

    @Test func `the operator allows a host and port, not its neighbours`() {
        let policy = EgressAddressPolicy(openings: ["hooks.intra:8443", "[fd00::1]:443"].compactMap { Opening($0) })
        func isAllowed(_ host: String, _ port: Int, _ address: String = "10.0.0.5") -> Bool {
            policy.refusal(host: host, port: port, address: address, tenant: .default) == nil
        }
        #expect(isAllowed("hooks.intra", 8443) && isAllowed("HOOKS.intra", 8443))
        #expect(isAllowed("fd00::1", 443, "fd00::1"))
        #expect(!isAllowed("hooks.intra", 443) && !isAllowed("x.hooks.intra", 8443) && !isAllowed("10.0.0.5", 8443))
        #expect(!isAllowed("hooks.intra", 8443, "169.254.169.254"), "nothing opens these")
    }

    @Test(arguments: [
        "2130706433", "0x7f.1", "127.0.0.1", "::ffff:127.0.0.1", "localhost", "a.localhost", "169.254.169.254",
        "metadata.google.internal", "blocked.example", "a b", "",
    ])
    func `what a host says by itself is refused before anybody looks it up`(_ host: String) {
        var network = EgressPolicy()
        network.blockedHosts = [HostPattern("blocked.example")].compactMap(\.self)
        let policy = EgressAddressPolicy { [network] _ in network }
        #expect(policy.refusal(host: host, port: 443, tenant: .default) != nil)
        #expect(policy.refusal(host: "hooks.example", port: 443, tenant: .default) == nil)
    }

    @Test func `a tenant's calls go where its pages may go, and never to ports of ours`() {
        let own = OwnEndpoints()
        own.add(port: 7070)
        own.add(host: "10.0.0.5", port: 6379)
        var house = EgressPolicy()
        (house.allowsLoopback, house.allowsPrivate) = (true, true)
        let policy = EgressAddressPolicy(own: own) { [house] tenant in tenant == "acme" ? house : EgressPolicy() }
        func isAllowed(_ address: String, _ port: Int, _ tenant: TenantID = "acme") -> Bool {
            policy.refusal(host: "desk.lan", port: port, address: address, tenant: tenant) == nil
        }
        #expect(isAllowed("10.0.0.5", 443) && isAllowed("127.0.0.1", 8080))
        #expect(!isAllowed("10.0.0.5", 443, .default) && !isAllowed("127.0.0.1", 8080, .default))
        #expect(!isAllowed("127.0.0.1", 7070) && !isAllowed("::1", 7070) && !isAllowed("10.0.0.5", 6379))
    }
}
