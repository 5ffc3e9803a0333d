#pragma once

#include <functional>
#include <string>

#include "cuda/device.h"
#include "framework/kernels/backend.h"
#include "tools/settings/settings.h"

namespace fno {

/// Lets this process compute on the CPU with the instruction set of --cpu-isa, and tells with how many threads: those
/// asked for, else one for each processor that it may use. `open_device` does it too. Errors: config, if this program
/// or this processor lacks the set.
int use_cpu(const settings::CommonOptions& options);

/// The device of --device: auto, cpu, cuda, cuda:N, cuda-emulated (the names that the settings accept). The one place
/// that knows which backends there are. `auto` takes a GPU where one can be used, else the CPU, with a notice why if
/// this program could have used one; never the emulation. The others never fall back.
/// Errors: device, if this program or this machine has no such device.
[[nodiscard]] Device open_device(const settings::CommonOptions& options,
                                 const std::function<void(const std::string&)>& notice = {},
                                 CudaLibraries libraries = CudaLibraries::own);

}  // namespace fno
