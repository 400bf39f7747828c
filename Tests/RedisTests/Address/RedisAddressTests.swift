import Testing

@testable import Redis

@Suite struct RedisAddressTests {
    @Test(arguments: [
        ("redis://127.0.0.1", RedisAddress(.tcp(host: "127.0.0.1", port: 6379))),
        ("redis://redis:6380/3", RedisAddress(.tcp(host: "redis", port: 6380), database: 3)),
        ("redis://[::1]:7000", RedisAddress(.tcp(host: "::1", port: 7000))),
        ("redis://[::1]", RedisAddress(.tcp(host: "::1", port: 6379))),
        ("redis://:p%40ss@host/", RedisAddress(.tcp(host: "host", port: 6379), password: "p@ss")),
        (
            "redis://user:a:b@host:1/0",
            RedisAddress(.tcp(host: "host", port: 1), user: "user", password: "a:b")
        ),
        ("unix:///run/redis.sock", RedisAddress(.unix(path: "/run/redis.sock"))),
        ("unix://:pw@/run/redis.sock?db=2", RedisAddress(.unix(path: "/run/redis.sock"), password: "pw", database: 2)),
    ])
    func `every form of URL is read`(url: String, address: RedisAddress) throws {
        #expect(try RedisAddress(url: url) == address)
    }

    @Test(arguments: [
        "http://host", "rediss://host", "redis://", "redis://host:0", "redis://host:65536", "redis://host:x",
        "redis://host/x",
        "redis://user@host", "redis://:%2@host", "redis://:%+5@host", "unix://relative", "unix://",
    ])
    func `a URL that cannot be meant is refused`(url: String) {
        #expect { try RedisAddress(url: url) } throws: { ($0 as? RedisError)?.code == .invalidURL }
    }

    @Test func `neither messages nor descriptions repeat the password`() throws {
        #expect(try RedisAddress(url: "redis://u:secret@host").description == "host:6379")
        #expect { try RedisAddress(url: "redis://u:secret@host:x") } throws: { !"\($0)".contains("secret") }
    }
}
