import CLibUV

extension EventLoop {
    /// Runs code of a C library that puts handles of its own on this loop for good.
    ///
    /// What `body` leaves on the loop no longer keeps it from ending: the thread closes it when everything else is closed,
    /// and the library's code never runs again. On the loop only.
    package func withForeignHandles<R>(_ body: () throws -> R) rethrows -> R {
        let before = Set(handles())
        defer { for handle in handles() where !before.contains(handle) { uv_unref(handle) } }
        return try body()
    }

    private func handles() -> [UnsafeMutablePointer<uv_handle_t>] {
        var found: [UnsafeMutablePointer<uv_handle_t>] = []
        withUnsafeMutablePointer(to: &found) { found in
            uv_walk(
                uv,
                { handle, list in
                    // Called by libuv during `uv_walk`, once a handle.
                    guard let handle, let list else { return }
                    list.assumingMemoryBound(to: [UnsafeMutablePointer<uv_handle_t>].self).pointee.append(handle)
                },
                found
            )
        }
        return found
    }

    /// Closes what libraries left behind, without telling them; the loop has ended.
    ///
    /// - Parameter kept: a handle of ours that stays.
    static func closeLeftovers(
        of loop: UnsafeMutablePointer<uv_loop_t>,
        except kept: UnsafeMutablePointer<uv_handle_t>? = nil
    ) {
        uv_walk(
            loop,
            { handle, kept in
                // Called by libuv during `uv_walk`, once a handle.
                guard let handle, UnsafeMutableRawPointer(handle) != kept, uv_is_closing(handle) == 0 else { return }
                uv_close(handle, nil)
            },
            kept
        )
        uv_run(loop, UV_RUN_DEFAULT)
    }
}
