import JobModel
import Security
import Testing

@testable import SchedulerAPI

@Suite struct RoleTests {
    private func example(_ path: String) -> String {
        path.split(separator: "/").map { $0.hasPrefix("{") ? "/x1" : "/\($0)" }.joined()
    }

    private func status(_ route: APIRoute, _ key: String, _ stage: Stage) async throws -> Int {
        let body = route.input == nil ? nil : "{}"
        return try await stage.call(route.method, example(route.path), body: body, key: key).status
    }

    @Test func `every route lets in the roles it names and those above, and refuses those below`() async throws {
        try await Stage.with { stage in
            for role in Role.allCases {
                let key = try await stage.authority.createKey(name: "x", tenant: .default, role: role).reveal()
                for route in RouteTable.routes {
                    guard case .needs(let needed, _) = route.access else { continue }
                    let status = try await status(route, key, stage)
                    #expect((status == 403) == (role < needed), "\(role): \(route.method) \(route.path)")
                }
            }
        }
    }

    @Test func `a key narrowed to a scope reaches the routes of that scope and no other`() async throws {
        try await Stage.with { stage in
            for scope in Scope.allCases {
                let order = KeyOrder(name: "x", tenant: .default, role: .admin, scopes: [scope])
                let key = try await stage.authority.createKey(order).reveal()
                var reached = 0
                for route in RouteTable.routes {
                    guard case .needs(_, let needed) = route.access else { continue }
                    let status = try await status(route, key, stage)
                    #expect((status == 403) == (scope != needed), "\(scope): \(route.method) \(route.path)")
                    reached += status == 403 ? 0 : 1
                }
                #expect(reached > 0, "the scope \(scope.rawValue) opens nothing")
            }
        }
    }
}
