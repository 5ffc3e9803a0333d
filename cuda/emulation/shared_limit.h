#pragma once

#include <cstddef>

/// The shared memory that a block gets unless its kernel asks for more: 48 KiB, static and dynamic together (CUDA C++
/// Programming Guide, "Shared Memory"). What a kernel holds statically is not known where it is launched, so every
/// launch with dynamic bytes asks. Both sides take the rule from here: on a device cu::launch asks, the emulator
/// refuses a block that passes the limit without having asked.
namespace fno::cu {

inline constexpr std::size_t kSharedWithoutAsking = 48 * 1024;

constexpr bool asks_for_shared(std::size_t dynamic_bytes) { return dynamic_bytes > 0; }

}  // namespace fno::cu
