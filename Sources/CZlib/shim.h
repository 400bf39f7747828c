#pragma once
#include <zlib.h>

// The initialisers are macros that add the version and the size of the structure; Swift does not import them.
static inline int cpa_inflate_init(z_stream *stream) { return inflateInit(stream); }
static inline int cpa_deflate_init(z_stream *stream, int level) { return deflateInit(stream, level); }
// 16 above the window's size asks for the gzip form (RFC 1952).
static inline int cpa_gzip_init(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
