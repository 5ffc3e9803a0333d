#pragma once

#include "framework/kernels/backend.h"

namespace fno {

/// The embedded CPU backend with its own team of threads; 0 takes one for each processor this process may use.
/// Computes with the set of kernels that is chosen when it is made (kernel_set.h). Results are bit-identical for any
/// number of threads.
[[nodiscard]] Device cpu_device(int threads = 0);

/// What a request of so many bytes takes of the memory of such a device: blocks come in classes, eight to a power of
/// two. Those of a CUDA device are the same but for the smallest.
[[nodiscard]] std::size_t pool_block_bytes(std::size_t bytes);

}  // namespace fno
