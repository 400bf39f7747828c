#pragma once
#include <pthread.h>
#include <uv.h>

// A GNU extension, which glibc's module does not show to Swift.
extern int pthread_setname_np(pthread_t thread, const char *name);
static inline int cpa_thread_set_name(const char *name) { return pthread_setname_np(pthread_self(), name); }
