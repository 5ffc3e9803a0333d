#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "cuda/device.h"
#include "framework/kernels/backend.h"

namespace fno {

/// Threads a CPU device will have: those asked for, else one for each processor this process may use.
[[nodiscard]] int cpu_threads(std::optional<std::int64_t> asked);

/// The device of that name: auto, cpu, cuda, cuda:N, cuda-emulated (the names that the settings accept). The one place
/// that knows which backends there are. `auto` takes a GPU where one can be used, else the CPU, with a notice why if
/// this program could have used one; never the emulation. The others never fall back.
/// Errors: device, if this program or this machine has no such device.
[[nodiscard]] Device open_device(const std::string& name, std::optional<std::int64_t> threads,
                                 const std::function<void(const std::string&)>& notice = {},
                                 CudaLibraries libraries = CudaLibraries::own);

}  // namespace fno
