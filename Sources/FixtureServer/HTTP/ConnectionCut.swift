/// Thrown by a handler that wants the connection closed without an answer.
package struct ConnectionCut: Error {}
