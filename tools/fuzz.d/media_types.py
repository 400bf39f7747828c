"""Media types of our API that schemathesis does not know by itself; it loads this file."""
import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    return value if isinstance(value, bytes) else str(value).encode()
