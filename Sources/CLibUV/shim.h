#pragma once
#include <pthread.h>
#include <sys/prctl.h>
#include <uv.h>

// A GNU extension, which glibc's module does not show to Swift.
extern int pthread_setname_np(pthread_t thread, const char *name);
static inline int cpa_thread_set_name(const char *name) { return pthread_setname_np(pthread_self(), name); }

// prctl is variadic, which Swift cannot call.
static inline int cpa_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }
