#pragma once
#include <libwebsockets.h>

// LWS_PRE is a computed macro, which Swift does not import.
static const size_t cpa_lws_pre = LWS_PRE;
