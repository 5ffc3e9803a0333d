#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "cuda/emulation/target.h"

/// Finds data races by happens-before. Kernel files of the race build are compiled with -fsanitize=thread, so that
/// every load and store calls one of the functions in race_entry_points.cpp; those end up here.
///
/// Two accesses to the same bytes, at least one a write and not both atomic, are a race unless something orders them:
/// the same thread, a block barrier between them, or a __syncwarp between lanes of a warp. Nothing orders the blocks of
/// a grid; launches follow one another. Also reported: reads of shared memory that was never written or whose cp.async
/// is under way, and any access to memory that a device could not reach (host memory, or past an allocation).
namespace fno::cu::emulated::race {

// Set for the whole _race library and its users; the other builds compile the hooks to nothing.
#ifdef FNO_CUDA_RACE_BUILD
inline constexpr bool kWatched = true;
#else
inline constexpr bool kWatched = false;
#endif

/// True while kernel code runs on this OS thread, false while the emulator or the host does.
extern constinit thread_local bool watching;

/// What each lane knows of the 32 lanes of its warp: accesses that lane l made up to its time[l] come before.
struct WarpClock {
  std::array<std::uint32_t, 32> time{};

  void reset() { time.fill(0); }
  void advance(unsigned lane) { ++time[lane]; }
  void join(const WarpClock& other) {
    std::transform(time.begin(), time.end(), other.time.begin(), time.begin(),
                   [](std::uint32_t a, std::uint32_t b) { return std::max(a, b); });
  }
};

enum class Kind : std::uint8_t { read, write, atomic };

namespace detail {
void begin_launch(const void* arguments, std::size_t bytes);
void forget(const void* memory, std::size_t bytes);
void async_issued(const void* shared, std::size_t bytes, const void* global, std::size_t valid, const void* code);
void async_arrived(const void* shared, std::size_t bytes, const void* code);
void check(const void* address, std::size_t bytes, Kind kind, const void* code);
std::string source_line(const void* code);
}  // namespace detail

/// A new launch: what was written before it is in order with everything in it.
inline void begin_launch(const void* arguments, std::size_t bytes) {
  if constexpr (kWatched) detail::begin_launch(arguments, bytes);
}
/// Shared memory of a new block: nothing has been written.
inline void forget(const void* memory, std::size_t bytes) {
  if constexpr (kWatched) detail::forget(memory, bytes);
}
/// A cp.async of the current thread: it reads the source and owns the destination until it has arrived.
inline void async_issued(const void* shared, std::size_t bytes, const void* global, std::size_t valid,
                         const void* code) {
  if constexpr (kWatched) detail::async_issued(shared, bytes, global, valid, code);
}
inline void async_arrived(const void* shared, std::size_t bytes, const void* code) {
  if constexpr (kWatched) detail::async_arrived(shared, bytes, code);
}
/// An access of kernel code by one instruction, whose address must be a multiple of its bytes.
void check_wide(const void* address, std::size_t bytes, Kind kind, const void* code);
/// An access by the current thread, from the instruction at `code`.
inline void check(const void* address, std::size_t bytes, Kind kind, const void* code) {
  if constexpr (kWatched) detail::check(address, bytes, kind, code);
}

}  // namespace fno::cu::emulated::race
