extension LWSConnection {
    /// The life of a client connection: a connect that ends once, then messages, then a close that is reported once.
    struct StateMachine {
        private enum State {
            /// The TCP connection or the handshake is under way. Can transition to: open, closed.
            case connecting
            /// Messages flow. Can transition to: closing, closed.
            case open
            /// A close was begun by us or the peer; `code` and `reason` are what the handler will hear.
            /// Can transition to: closed.
            case closing(code: UInt16, reason: String)
            /// Over and reported.
            case closed
        }

        /// What the connection has to do.
        enum Action: Equatable {
            case none
            /// Resume whoever waits for the connect.
            case succeedConnect
            /// Fail whoever waits for the connect, and make the library drop the socket if it still has it.
            case failConnect(Failure)
            /// Tell the handler, once.
            case reportClose(code: UInt16, reason: String)
            /// Make the library send a close frame with this code.
            case beginClose(code: UInt16)
        }

        /// Why a connect failed.
        enum Failure: Equatable {
            case refused(String)
            case deadline
            case cancelled
            case clientClosed
        }

        private var state = State.connecting

        /// Whether messages that arrive are still delivered.
        var isOpen: Bool {
            if case .open = state { return true }
            return false
        }

        mutating func handshakeCompleted() -> Action {
            guard case .connecting = state else { return .none }
            state = .open
            return .succeedConnect
        }

        /// The connect is over without success, whoever ended it.
        mutating func connectFailed(_ failure: Failure) -> Action {
            guard case .connecting = state else { return .none }
            state = .closed
            return .failConnect(failure)
        }

        /// We want to close.
        mutating func close(code: UInt16, reason: String) -> Action {
            switch state {
            case .connecting:
                state = .closed
                return .failConnect(.cancelled)
            case .open:
                state = .closing(code: code, reason: reason)
                return .beginClose(code: code)
            case .closing, .closed:
                return .none
            }
        }

        /// The peer's close frame came; its words are what counts even when we had begun to close.
        mutating func peerClosed(code: UInt16, reason: String) -> Action {
            switch state {
            case .open, .closing: state = .closing(code: code, reason: reason)
            case .connecting, .closed: break
            }
            return .none
        }

        /// The socket is gone.
        mutating func connectionEnded() -> Action {
            defer { state = .closed }
            switch state {
            case .connecting: return .failConnect(.refused("the connection was closed during the handshake"))
            case .open: return .reportClose(code: 1006, reason: "the connection was lost")
            case .closing(let code, let reason): return .reportClose(code: code, reason: reason)
            case .closed: return .none
            }
        }

        /// The client is being shut down: whatever was, it ends here.
        mutating func clientShutDown() -> Action {
            defer { state = .closed }
            switch state {
            case .connecting: return .failConnect(.clientClosed)
            case .open: return .reportClose(code: 1001, reason: "the client was shut down")
            case .closing(let code, let reason): return .reportClose(code: code, reason: reason)
            case .closed: return .none
            }
        }
    }
}
