#pragma once

#include "framework/kernels/backend.h"

namespace fno {

/// The embedded CPU backend with its own team of threads; 0 takes one for each processor this process may use.
/// Results are bit-identical for any number of threads.
[[nodiscard]] Device cpu_device(int threads = 0);

}  // namespace fno
