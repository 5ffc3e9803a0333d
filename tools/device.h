#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "framework/kernels/backend.h"

namespace fno {

/// Threads a CPU device will have: those asked for, else one for each processor this process may use.
[[nodiscard]] int cpu_threads(std::optional<std::int64_t> asked);

/// The device of that name: auto, cpu, cuda, cuda:N, cuda-emulated (the names that the settings accept). The one place
/// that knows which backends are linked; auto takes the best of them and never the emulation.
/// Errors: device, if this program was built without it.
[[nodiscard]] Device open_device(const std::string& name, std::optional<std::int64_t> threads);

}  // namespace fno
