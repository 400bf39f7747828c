#include "CAllocator.h"

// Read by jemalloc before the first allocation. Two arenas instead of four a processor: those of threads that rarely allocate
// would each keep memory that others could have used.
const char *malloc_conf = "narenas:2";
