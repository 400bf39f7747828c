#pragma once

// jemalloc takes the place of the C library's malloc in every program that has this target.
//
// The scheduler frees on the store's thread what the threads of workers and connections allocated. The C library takes the
// lock of the other thread's arena for that and merges what it freed; jemalloc keeps it for the thread that freed it.
